/** Calls to a model against a scripted OpenAI-compatible server: slow, failing, malformed, streaming, and what it costs. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  type ChatModel,
  modelCaller,
  openChatModel,
  spendingMeter,
  structuredCall,
  tokenCounter,
} from "../../../agents/index.ts";
import { openaiServer, type ScriptedServer } from "../../fixtures/openai-server.ts";

let server: ScriptedServer;
let model: ChatModel;
beforeAll(async () => {
  server = await openaiServer();
  model = await openChatModel({ model: "scripted", baseUrl: server.url, apiKey: "none" });
});
afterAll(() => server.close());

const prompt = { system: "You answer.", user: "Well?" };
const quick = { backoff: 5, timeout: 300 };

describe("a call", () => {
  test("streams an answer through LangChain's own chat model", async () => {
    server.play(() => ({ content: "a longer answer that comes in many pieces", between: 1 }));
    expect(await modelCaller({ model, ...quick })(prompt)).toBe("a longer answer that comes in many pieces");
    expect(server.requests[0]!.messages.map(({ role }) => role)).toEqual(["system", "user"]);
  });

  test.each([429, 500, 503])("is tried again after a %d", async (status) => {
    server.play((_, index) => (index === 0 ? { status } : "better"));
    expect(await modelCaller({ model, ...quick })(prompt)).toBe("better");
    expect(server.requests.length).toBe(2);
  });

  test("is not tried again where trying cannot help", async () => {
    server.play(() => ({ status: 401 }));
    await expect(modelCaller({ model, ...quick })(prompt)).rejects.toMatchObject({
      code: "model-failed",
      fault: "work",
    });
    expect(server.requests.length).toBe(1);
  });

  test("gives up after its retries", async () => {
    server.play(() => ({ status: 500 }));
    await expect(modelCaller({ model, ...quick, retries: 2 })(prompt)).rejects.toMatchObject({ code: "model-failed" });
    expect(server.requests.length).toBe(3);
  });

  test("ends at its time limit, before the first byte or in the middle of a stream", async () => {
    server.play(() => ({ content: "late", delay: 2_000 }));
    const call = modelCaller({ model, ...quick, timeout: 80, retries: 0 });
    await expect(call(prompt)).rejects.toMatchObject({ code: "model-timeout" });
    server.play(() => ({ content: "x".repeat(400), between: 50 }));
    await expect(call(prompt)).rejects.toMatchObject({ code: "model-timeout" });
  });

  test("fails where the stream breaks or is no stream at all", async () => {
    const call = modelCaller({ model, ...quick, retries: 0 });
    server.play(() => ({ content: "half of this is lost on the way", breakAfter: 1 }));
    await expect(call(prompt)).rejects.toMatchObject({ code: "model-failed" });
    server.play(() => ({ raw: "data: {not json\n\n" }));
    await expect(call(prompt)).rejects.toMatchObject({ code: "model-failed" });
  });

  test("ends at once when the caller leaves, and does not call that a failure of the model", async () => {
    server.play(() => ({ content: "late", delay: 2_000 }));
    const leaving = new AbortController();
    const said = modelCaller({ model, timeout: 5_000 })(prompt, { signal: leaving.signal });
    setTimeout(() => leaving.abort(new Error("left")), 50);
    await expect(said).rejects.toThrow("left");
  });

  test("reads no further than it is told", async () => {
    server.play(() => ({ content: "x".repeat(10_000) }));
    expect((await modelCaller({ model, ...quick })(prompt, { longest: 100 })).length).toBeLessThan(150);
  });
});

describe("what is spent", () => {
  test("is counted by consultation: calls, tokens, dollars", async () => {
    const meter = spendingMeter({ price: { input: 2, output: 8 } });
    const call = modelCaller({ model, ...quick, meter });
    server.play(() => "one two three");
    await call(prompt, { consultation: "a" });
    await call(prompt, { consultation: "a" });
    await call(prompt, { consultation: "b" });
    const count = await tokenCounter();
    const input = 2 * (count(prompt.system) + count(prompt.user) + 8);
    const output = 2 * count("one two three");
    expect(meter.of("a")).toEqual({
      calls: 2,
      input,
      output,
      cost: expect.closeTo((2 * input + 8 * output) / 1e6),
    });
    expect(meter.of("b").calls).toBe(1);
  });

  test("is told to the log, call by call, retries included", async () => {
    const told: object[] = [];
    const call = modelCaller({ model, ...quick, meter: spendingMeter({ price: { input: 1, output: 1 } }) });
    server.play((_, index) => (index === 0 ? { status: 500 } : "fine"));
    await call(prompt, { part: "phraser", report: (event) => told.push(event) });
    expect(told).toEqual([
      { type: "model-called", part: "phraser", input: expect.any(Number), output: 0, cost: expect.any(Number) },
      { type: "model-called", part: "phraser", input: expect.any(Number), output: 1, cost: expect.any(Number) },
    ]);
  });

  test("counts from what the log says where the consultation was begun elsewhere", async () => {
    server.play(() => "fine");
    const call = modelCaller({ model, ...quick, meter: spendingMeter({ tokens: 1000 }) });
    const spent = { calls: 9, input: 900, output: 99, cost: 0 };
    await expect(call(prompt, { consultation: "moved", spent })).rejects.toMatchObject({ code: "over-budget" });
    expect(server.requests).toHaveLength(0);
  });

  test("is bounded: past the budget nothing is called", async () => {
    server.play(() => "fine");
    const call = modelCaller({ model, ...quick, meter: spendingMeter({ tokens: 20 }) });
    await call(prompt, { consultation: "a" });
    await expect(call(prompt, { consultation: "a" })).rejects.toMatchObject({ code: "over-budget" });
    await expect(
      modelCaller({ model, meter: spendingMeter({ cost: 1e-9, price: { input: 1, output: 1 } }) })(prompt),
    ).rejects.toMatchObject({ code: "over-budget" });
    expect(server.requests.length).toBe(1);
  });

  test("counts what looks like a special token as text", async () => {
    expect((await tokenCounter())("<|endoftext|>")).toBeGreaterThan(1);
  });
});

describe("a structured answer", () => {
  const Answer = z.object({ mood: z.enum(["good", "bad"]) });
  const ask = () => structuredCall(modelCaller({ model, ...quick }), Answer, prompt, {});

  test("is read out of what stands around it", async () => {
    server.play(() => 'Sure!\n```json\n{"mood": "good"}\n```');
    expect(await ask()).toEqual({ mood: "good" });
  });

  test("is mended once, the fault told to the model", async () => {
    server.play((_, index) => (index === 0 ? '{"mood": "so-so"}' : '{"mood": "bad"}'));
    expect(await ask()).toEqual({ mood: "bad" });
    expect(server.requests[1]!.messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "user"]);
    expect(server.requests[1]!.messages[3]!.content).toContain("mood");
  });

  test.each(["", "no json here", "{", '{"mood": 3}'])("that never fits is a typed failure: %s", async (content) => {
    server.play(() => content);
    await expect(ask()).rejects.toMatchObject({ code: "bad-output", fault: "work" });
    expect(server.requests.length).toBe(2);
  });
});

test("a model that cannot be opened is an error that says which", async () => {
  await expect(openChatModel({ model: "no-such-provider:x" })).rejects.toMatchObject({ code: "no-model" });
});
