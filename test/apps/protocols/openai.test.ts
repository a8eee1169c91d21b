/** The agent as a model, driven by OpenAI's own client library against a running server. */
import OpenAI, { AuthenticationError, BadRequestError, NotFoundError } from "openai";
import type { ChatCompletion, ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { describe, expect, test } from "vitest";
import { openAiEndpoints } from "../../../apps/protocols/openai/index.ts";
import type { Standing } from "../../../apps/protocols/openai/types.ts";
import type { ServerOptions } from "../../../apps/server/server.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { serving } from "../server/serving.ts";

const model = "anamnesis";
const consented = { consent: "true" };

async function client(options: Partial<ServerOptions> = {}) {
  const store = memoryStore();
  const { url } = await serving({ store, endpoints: openAiEndpoints, ...options });
  return { openai: new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 }), url, store };
}

/** A chat page: keeps the list, sends all of it, shows what comes. */
function page(openai: OpenAI, { stream = false, metadata = {} }: { stream?: boolean; metadata?: object } = {}) {
  const messages: ChatCompletionMessageParam[] = [];
  return {
    messages,
    async say(content: string): Promise<string> {
      messages.push({ role: "user", content });
      const request = { model, messages, metadata: { ...metadata } };
      const answer = stream
        ? await openai.chat.completions.stream(request).finalContent()
        : (await openai.chat.completions.create(request)).choices[0]!.message.content;
      messages.push({ role: "assistant", content: answer });
      return answer ?? "";
    },
  };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const gathered: Item[] = [];
  for await (const item of items) gathered.push(item);
  return gathered;
}

const standing = (completion: ChatCompletion): Standing =>
  (completion as unknown as { consultation: Standing }).consultation;

describe("A consultation by OpenAI's client", () => {
  test.each([{ stream: false }, { stream: true }])("goes from consent to conclusion, $stream streamed", async (how) => {
    const { openai, store } = await client();
    const { say } = page(openai, how);
    expect(await say("hello")).toMatch(/Reply YES .*\n\n\(Yes \/ No\)$/);
    expect(await say("Yes")).toContain("what troubles you most");
    let answer = await say("I have a runny nose and a sore throat");
    for (let n = 0; n < 8 && answer.includes("?"); n++) answer = await say("Not sure");
    expect(answer).toMatch(/no further questions.* This is not a diagnosis/);
    expect(await store.list()).toHaveLength(1);
    expect(await say("And now?")).toContain("has ended");
  });

  test("says the same words as REST", async () => {
    const { openai, url } = await client();
    const { say } = page(openai, { metadata: consented });
    const post = async (path: string, body: object) => {
      const headers = { "content-type": "application/json" };
      return (await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) })).json();
    };
    const { consultation } = await post("/v1/consultations", { consent: true });
    for (const text of ["I have a cough and a fever", "no", "no", "no", "no", "no", "no"]) {
      const { messages } = await post(`/v1/consultations/${consultation}/messages`, { text });
      const { text: words, suggestions = [] } = messages.at(-1);
      const labels = suggestions.map(({ label }: { label: string }) => label);
      expect(await say(text)).toBe(labels.length > 0 ? `${words}\n\n(${labels.join(" / ")})` : words);
    }
  });

  test("heeds a red flag in the first message, before consent", async () => {
    const { openai } = await client();
    const completion = await openai.chat.completions.create({
      model,
      messages: [{ role: "user", content: "I cough up a lot of blood" }],
    });
    expect(completion.choices[0]!.message.content).toContain("I stop my questions here.");
    expect(standing(completion)).toMatchObject({
      ended: true,
      consented: false,
      suggestions: [],
      redFlag: { message: expect.stringContaining("Blood") },
    });
  });

  test("tells programs how things stand, and patients no probabilities", async () => {
    const { openai } = await client();
    const messages: ChatCompletionMessageParam[] = [{ role: "user", content: "I have a cough" }];
    const { data, response } = await openai.chat.completions
      .create({ model, messages, metadata: consented })
      .withResponse();
    expect(standing(data)).toMatchObject({
      consented: true,
      ended: false,
      suggestions: expect.arrayContaining(["Not sure"]),
    });
    expect(response.headers.get("x-consultation")).toBe(standing(data).id);
    expect(JSON.stringify(data)).not.toMatch(/probability|differential/);
    const clinician = await client({ audience: "clinician" });
    const told = await clinician.openai.chat.completions.create({ model, messages, metadata: consented });
    expect(Object.values(standing(told).differential!.conditions)[0]).toMatchObject({
      probability: expect.any(Number),
    });
  });

  test("streams pieces in OpenAI's order, with usage where it is asked for", async () => {
    const { openai } = await client();
    const messages: ChatCompletionMessageParam[] = [{ role: "user", content: "I have a cough" }];
    const request = { model, messages, metadata: consented, stream: true as const };
    const chunks = await all(
      await openai.chat.completions.create({ ...request, stream_options: { include_usage: true } }),
    );
    expect(chunks[0]!.choices[0]!.delta).toEqual({ role: "assistant", content: "" });
    expect(chunks.filter(({ choices }) => choices[0]?.delta.content).length).toBeGreaterThan(3);
    expect(chunks.at(-2)!.choices[0]!.finish_reason).toBe("stop");
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 0 } });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    const without = await all(await openai.chat.completions.create(request));
    expect(without.at(-1)!.choices[0]!.finish_reason).toBe("stop");
    expect(without[0]).not.toHaveProperty("usage");
  });

  test("lists its model", async () => {
    const { openai } = await client();
    expect((await openai.models.list()).data.map(({ id }) => id)).toEqual([model]);
    expect((await openai.models.retrieve(model)).id).toBe(model);
    await expect(openai.models.retrieve("gpt")).rejects.toMatchObject({ status: 404, code: "model_not_found" });
  });
});

describe("What cannot be honoured", () => {
  const messages: ChatCompletionMessageParam[] = [{ role: "user", content: "I have a cough" }];
  test.each([
    ["n", { n: 2 }],
    ["response_format", { response_format: { type: "json_object" } }],
    ["tool_choice", { tool_choice: "required" }],
    ["logprobs", { logprobs: true }],
    ["audio", { audio: { voice: "alloy", format: "wav" } }],
    ["modalities", { modalities: ["text", "audio"] }],
    ["messages", { messages: [...messages, { role: "assistant", content: "well" }] }],
    ["messages", { messages: [] }],
    ["metadata.age", { metadata: { age: "200" } }],
    ["messages.0.content", { messages: [{ role: "user", content: [{ type: "input_audio", input_audio: {} }] }] }],
  ])("is refused by its name: %s", async (param, more) => {
    const { openai, store } = await client();
    const refused = openai.chat.completions.create({ model, messages, ...more } as never);
    await expect(refused).rejects.toBeInstanceOf(BadRequestError);
    await expect(refused).rejects.toMatchObject({
      type: "invalid_request_error",
      param: expect.stringContaining(param),
    });
    expect(await store.list()).toEqual([]);
  });

  test("changes nothing where nothing is misled", async () => {
    const { openai } = await client();
    const more = {
      temperature: 0,
      seed: 1,
      max_tokens: 5,
      n: 1,
      tools: [],
      response_format: { type: "text" },
      logprobs: false,
    };
    const { choices } = await openai.chat.completions.create({ model, messages, ...more } as never);
    expect(choices[0]!.message.content).toContain("Reply YES");
  });

  test("another model is not found", async () => {
    const { openai } = await client();
    const refused = openai.chat.completions.create({ model: "gpt-4o", messages });
    await expect(refused).rejects.toBeInstanceOf(NotFoundError);
  });
});

test("a token that the server does not know is an authentication error", async () => {
  const { openai } = await client({ tokens: [] });
  const refused = openai.chat.completions.create({ model, messages: [{ role: "user", content: "hi" }] });
  await expect(refused).rejects.toBeInstanceOf(AuthenticationError);
});
