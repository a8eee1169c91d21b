/** Chat completions under what nobody should send: any body at all, too much, nothing, at the wrong time. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openAiEndpoints } from "../../../apps/protocols/openai/index.ts";
import { ErrorBody } from "../../../apps/protocols/openai/types.ts";
import type { Limits } from "../../../apps/server/limits.ts";
import { serving } from "../server/serving.ts";

const limits = { drainMs: 200, requestsPerSecond: 1e6, requestsAtOnce: 1e6 };

async function served(more: Partial<Limits> = {}) {
  const lines: string[] = [];
  const server = await serving({
    endpoints: openAiEndpoints,
    limits: { ...limits, ...more },
    log: (level, occurrence) => void lines.push(JSON.stringify([level, occurrence])),
  });
  return { server, lines, at: `${server.url}/v1/chat/completions` };
}

const post = (url: string, body: string, type = "application/json") =>
  fetch(url, { method: "POST", headers: { "content-type": type }, body });
const list = (...messages: object[]) => JSON.stringify({ model: "anamnesis", messages });
const said = (content: unknown) => ({ role: "user", content });

describe("Any body", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("yes", "no", "I have a cough", "hello"));
  const part = fc.oneof(
    fc.record({ type: fc.constant("text"), text }),
    fc.record({ type: fc.constant("image_url"), image_url: fc.record({ url: fc.oneof(fc.webUrl(), text) }) }),
    fc.record({ type: fc.constant("file"), file: fc.record({ filename: text, file_data: text }) }),
    fc.jsonValue(),
  );
  const message = fc.oneof(
    { weight: 5, arbitrary: fc.record({ role: fc.constant("user"), content: fc.oneof(text, fc.array(part)) }) },
    fc.record({
      role: fc.constantFrom("assistant", "system", "tool", "king"),
      content: fc.oneof(text, fc.constant(null)),
    }),
    fc.jsonValue(),
  );
  const odd = fc.oneof(
    { weight: 12, arbitrary: fc.constant(undefined) },
    fc.jsonValue(),
    fc.constantFrom(true, false, "true", 1, 2, null, "auto", "required"),
  );
  const request = fc.record(
    {
      model: fc.oneof({ weight: 9, arbitrary: fc.constant("anamnesis") }, fc.jsonValue()),
      messages: fc.oneof({ weight: 9, arbitrary: fc.array(message, { maxLength: 4 }) }, fc.jsonValue()),
      stream: fc.oneof(fc.boolean(), odd),
      stream_options: fc.oneof(fc.record({ include_usage: fc.boolean() }), odd),
      n: odd,
      logprobs: odd,
      tool_choice: odd,
      response_format: odd,
      user: fc.oneof(fc.string(), odd),
      metadata: fc.oneof(
        fc.record({ consent: fc.constantFrom("true", "false"), age: fc.string() }, { requiredKeys: [] }),
        odd,
      ),
    },
    { requiredKeys: ["model", "messages"] },
  );

  test("is answered or refused in OpenAI's form", async () => {
    const { at, lines } = await served();
    const seen = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 9, arbitrary: request }, fc.jsonValue()), async (body) => {
        const response = await post(at, JSON.stringify(body));
        seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
        const told = await response.text();
        if (response.status === 200) expect(told).toMatch(/^\{"id":|\[DONE\]\n\n$/);
        else {
          expect(response.status).toBeLessThan(500);
          ErrorBody.parse(JSON.parse(told));
        }
      }),
      { numRuns: 300 },
    );
    expect(seen.get(200)).toBeGreaterThan(10);
    expect(seen.get(400)).toBeGreaterThan(10);
    expect(lines.filter((line) => line.includes("error"))).toEqual([]);
  });
});

describe("The bounds", () => {
  test("let 20,000 characters through, and no more", async () => {
    const { at } = await served();
    expect((await post(at, list(said(`I have a cough. ${"x".repeat(19_984)}`)))).status).toBe(200);
    const more = await post(at, list(said("x".repeat(20_001))));
    expect(more.status).toBe(413);
    expect(await more.json()).toMatchObject({ error: { code: "too-large", param: "messages.0.content" } });
  });

  test("hold however deep a body is", async () => {
    const { at } = await served();
    const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
    for (const name of ["modalities", "metadata", "response_format", "messages", "user", "store", "n"]) {
      const response = await post(
        at,
        `{"model":"anamnesis","messages":[{"role":"user","content":"hi"}],"${name}":${deep}}`,
      );
      expect(response.status, name).toBe(name === "store" ? 200 : 400);
    }
  });

  test.each([
    ["a body above the limit", list(said("x".repeat(5_000))), 413, "application/json"],
    ["more messages than a conversation has", list(...Array(201).fill(said("no"))), 400, "application/json"],
    [
      "more pictures than a message has",
      list(said(Array(21).fill({ type: "image_url", image_url: { url: "x" } }))),
      400,
      "application/json",
    ],
    ["no JSON", "{", 400, "application/json"],
    ["another type", list(said("hi")), 415, "text/plain"],
    ["nothing", "", 400, "application/json"],
  ])("refuse %s", async (_, body, status, type) => {
    const { at } = await served({ payloadBytes: body.includes("xxx") ? 4_096 : 131_072 });
    const response = await post(at, body, type);
    expect(response.status).toBe(status);
    expect(ErrorBody.parse(await response.json()).error.message).toMatch(/\w/);
  });
});

test("what people write is in no log, and in no refusal", async () => {
  const { at, lines } = await served();
  const secret = "SECRETWORDS";
  await post(at, list(said(`I have a cough ${secret}`)));
  const refused = await post(
    at,
    JSON.stringify({ model: secret, messages: [{ role: secret, content: secret }], n: secret }),
  );
  expect(await refused.text()).not.toContain(secret);
  expect(lines.join("")).not.toContain(secret);
});
