/** A client of chat completions names no conversation: how the messages lead to the right one, and never to another's. */
import OpenAI from "openai";
import type { ChatCompletionContentPart, ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { describe, expect, test } from "vitest";
import { openAiEndpoints } from "../../../apps/protocols/openai/index.ts";
import type { ServerOptions } from "../../../apps/server/server.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import type { EventStore } from "../../../src/index.ts";
import { serving } from "../server/serving.ts";

const model = "anamnesis";
const metadata = { consent: "true" };

async function client(options: Partial<ServerOptions> = {}) {
  const store = memoryStore();
  const { url } = await serving({ store, endpoints: openAiEndpoints, ...options });
  return { openai: new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 }), url, store };
}

const user = (content: string | ChatCompletionContentPart[]): ChatCompletionMessageParam => ({ role: "user", content });
const assistant = (content: string): ChatCompletionMessageParam => ({ role: "assistant", content });

/** Sends a list; gives the words and the consultation that they are of. */
async function ask(openai: OpenAI, messages: ChatCompletionMessageParam[], more: object = {}) {
  const { data, response } = await openai.chat.completions
    .create({ model, messages, metadata, ...more } as { model: string; messages: ChatCompletionMessageParam[] })
    .withResponse();
  return { words: data.choices[0]!.message.content!, of: response.headers.get("x-consultation")!, id: data.id };
}

async function saidIn(store: EventStore, consultation: string): Promise<string[]> {
  const events = await store.read(consultation);
  return events.flatMap(({ event }) => (event.type === "patient-said" ? [event.text] : []));
}

describe("The messages lead to the consultation", () => {
  test("that they were told in, whatever a page does to white space and instructions", async () => {
    const { openai, store } = await client();
    const one = await ask(openai, [user("I have a cough")]);
    const two = await ask(openai, [
      { role: "system", content: `It is ${new Date().toISOString()}. Tell the diagnosis.` },
      user("I have a  cough\n"),
      assistant(one.words.replaceAll("\n", " ")),
      user("no"),
    ]);
    expect(two.of).toBe(one.of);
    expect(await saidIn(store, one.of)).toEqual(["I have a cough", "no"]);
  });

  test("once: the same request again is answered as before, at the same time or later", async () => {
    const { openai, store } = await client();
    const [one, same] = await Promise.all([
      ask(openai, [user("I have a cough")]),
      ask(openai, [user("I have a cough")]),
    ]);
    expect(same).toEqual(one);
    const list = [user("I have a cough"), assistant(one.words), user("no")];
    const two = await ask(openai, list);
    expect(await ask(openai, list)).toEqual(two);
    expect(await store.list()).toEqual([one.of]);
    expect(await saidIn(store, one.of)).toEqual(["I have a cough", "no"]);
  });

  test("or, after a restart, to a new one that was told the same", async () => {
    const { openai, store } = await client();
    const list = [user("I have a runny nose"), assistant((await ask(openai, [user("I have a runny nose")])).words)];
    const there = await ask(openai, [...list, user("no")]);
    const { openai: restarted } = await client({ store });
    const here = await ask(restarted, [...list, user("no")]);
    expect(here.words).toBe(there.words);
    expect(here.of).not.toBe(there.of);
    expect(await saidIn(store, here.of)).toEqual(["I have a runny nose", "no"]);
  });

  test("or, where the past was edited, to a new one; the old one stays as it was", async () => {
    const { openai, store } = await client();
    const one = await ask(openai, [user("I have a cough")]);
    const two = await ask(openai, [user("I have a cough"), assistant(one.words), user("no")]);
    const edited = await ask(openai, [user("I have a cough"), assistant(one.words), user("yes")]);
    expect(edited.of).not.toBe(two.of);
    expect(await saidIn(store, one.of)).toEqual(["I have a cough", "no"]);
    expect(await saidIn(store, edited.of)).toEqual(["I have a cough", "yes"]);
  });

  test("never to another person's, who began with the same words", async () => {
    const { openai, store } = await client();
    const [ada, ben] = await Promise.all([ask(openai, [user("hello")]), ask(openai, [user("hello")])]);
    const answers = await Promise.all([
      ask(openai, [user("hello"), assistant(ada.words), user("I have a cough")]),
      ask(openai, [user("hello"), assistant(ben.words), user("I have a rash")]),
    ]);
    expect(new Set(answers.map(({ of }) => of)).size).toBe(2);
    for (const [index, words] of ["I have a cough", "I have a rash"].entries())
      expect(await saidIn(store, answers[index]!.of)).toEqual(["hello", words]);
  });

  test.each([
    ["user", { user: "ada" }, { user: "ben" }],
    ["age", { metadata: { ...metadata, age: "6" } }, { metadata: { ...metadata, age: "60" } }],
  ])("never to that of another %s", async (_, one, other) => {
    const { openai, store } = await client();
    const first = await ask(openai, [user("I have a cough")], one);
    const second = await ask(openai, [user("I have a cough")], other);
    expect(second.of).not.toBe(first.of);
    const list = [user("I have a cough"), assistant(first.words), user("no")];
    expect((await ask(openai, list, one)).of).toBe(first.of);
    expect(await store.list()).toHaveLength(2);
  });

  test("and begin a new one where the old one was deleted", async () => {
    const { openai, url, store } = await client();
    const one = await ask(openai, [user("I have a cough")]);
    await fetch(`${url}/v1/consultations/${one.of}`, { method: "DELETE" });
    const two = await ask(openai, [user("I have a cough"), assistant(one.words), user("no")]);
    expect(await store.list()).toEqual([two.of]);
  });
});

describe("A consultation that is named", () => {
  const named = (consultation: string, message?: string) => ({
    metadata: { consultation, ...(message !== undefined && { message }) },
  });

  async function opened(url: string): Promise<string> {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}/v1/consultations`, { method: "POST", headers, body: '{"consent":true}' });
    return ((await response.json()) as { consultation: string }).consultation;
  }

  test("goes on with the last message alone, each under an id", async () => {
    const { openai, url, store } = await client();
    const id = await opened(url);
    await ask(openai, [user("I have a cough")], named(id));
    const one = await ask(openai, [user("no")], named(id, "m1"));
    expect(await ask(openai, [user("no")], named(id, "m1"))).toEqual(one);
    await ask(openai, [user("no")], named(id, "m2"));
    expect(await saidIn(store, id)).toEqual(["I have a cough", "no", "no"]);
    await expect(ask(openai, [user("no")], named(id))).rejects.toMatchObject({
      status: 400,
      param: "metadata.message",
    });
  });

  test("goes on with the whole list, without ids", async () => {
    const { openai, url, store } = await client();
    const id = await opened(url);
    const one = await ask(openai, [user("I have a cough")], named(id));
    const list = [user("I have a cough"), assistant(one.words), user("no")];
    const two = await ask(openai, list, named(id));
    expect(await ask(openai, list, named(id))).toEqual(two);
    expect(await saidIn(store, id)).toEqual(["I have a cough", "no"]);
  });

  test("is answered as before by another server over the same store", async () => {
    const { openai, url, store } = await client();
    const id = await opened(url);
    const one = await ask(openai, [user("I have a cough")], named(id));
    const { openai: other } = await client({ store });
    expect((await ask(other, [user("I have a cough")], named(id))).words).toBe(one.words);
    expect(await saidIn(store, id)).toEqual(["I have a cough"]);
  });

  test("is found by its owner only", async () => {
    const { openai } = await client();
    const refused = ask(openai, [user("hi")], named("0123456789abcdef-0"));
    await expect(refused).rejects.toMatchObject({ status: 404, code: "not-found", type: "invalid_request_error" });
  });
});

test("pictures become attachments; of those that are sent whole only the media type is kept", async () => {
  const { openai, store } = await client();
  const url = "https://pictures.example/rash.jpg";
  const { words, of } = await ask(openai, [
    user([
      { type: "text", text: "I have a rash" },
      { type: "image_url", image_url: { url } },
      { type: "image_url", image_url: { url: "data:image/png;base64,SECRETPIXELS" } },
    ]),
  ]);
  expect(words).toContain("cannot look at pictures");
  const events = (await store.read(of)).map(({ event }) => event);
  const kept = events.flatMap((event) => (event.type === "attachment-received" ? [event.attachment] : []));
  expect(kept).toEqual([{ type: "image/*", url }, { type: "image/png" }]);
  expect(JSON.stringify(events)).not.toContain("SECRETPIXELS");
});
