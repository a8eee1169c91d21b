/** Streams of chat completions: real pieces while the agent still speaks, clients that leave, clients that do not read. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI, { RateLimitError } from "openai";
import { describe, expect, test } from "vitest";
import { bayesAgent, type Phraser, templatePhraser } from "../../../agents/index.ts";
import { openAiEndpoints } from "../../../apps/protocols/openai/index.ts";
import { servedConversation } from "../../../apps/server/conversation.ts";
import type { Limits } from "../../../apps/server/limits.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import type { AgentCore } from "../../../src/index.ts";
import { base, serving } from "../server/serving.ts";

const template = templatePhraser(base);

/** Speaks sentence by sentence, as slowly as a language model. */
function slowly(ms: number): Phraser {
  return {
    name: "slow",
    async *phrase(...given) {
      yield "Thank you for telling me. ";
      await sleep(ms);
      yield "That helps. ";
      await sleep(ms);
      yield* template.phrase(...given);
    },
  };
}

async function slowServer(ms: number, limits: Partial<Limits> = {}) {
  const store = memoryStore();
  const conversation = servedConversation(base, bayesAgent(base) as AgentCore, {
    budget: 6,
    parts: { phraser: slowly(ms) },
  });
  const { url } = await serving({
    store,
    conversation,
    endpoints: openAiEndpoints,
    limits: { drainMs: 200, ...limits },
  });
  return { store, url, openai: new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 }) };
}

const request = {
  model: "anamnesis",
  messages: [{ role: "user" as const, content: "I have a cough" }],
  metadata: { consent: "true" },
};

describe("A stream", () => {
  test("tells pieces while the agent still speaks, and altogether what is stored", async () => {
    const { openai, store } = await slowServer(150);
    const began = performance.now();
    const stream = await openai.chat.completions.create({ ...request, stream: true });
    let [content, first] = ["", 0];
    for await (const { choices } of stream) {
      content += choices[0]?.delta.content ?? "";
      if (content !== "") first ||= performance.now() - began;
    }
    expect(performance.now() - began - first).toBeGreaterThan(150);
    const [id] = await store.list();
    const asked = (await store.read(id!)).flatMap(({ event }) => (event.type === "agent-asked" ? [event.text] : []));
    expect(content).toMatch(/^Thank you for telling me\. That helps\. .*\?\s+\(.*Not sure\)$/s);
    expect(content.startsWith(asked[0]!)).toBe(true);
    const again = await openai.chat.completions.create(request);
    expect(again.choices[0]!.message.content!.split(/\s+/)).toEqual(content.split(/\s+/));
  });

  test("may be left: the answer is kept, and found by who sends the same again", async () => {
    const { openai, store } = await slowServer(100);
    const stream = await openai.chat.completions.create({ ...request, stream: true });
    for await (const { choices } of stream) if (choices[0]?.delta.content) break;
    stream.controller.abort();
    const again = await openai.chat.completions.create(request);
    expect(again.choices[0]!.message.content).toContain("?");
    const [id, ...others] = await store.list();
    expect(others).toEqual([]);
    const said = (await store.read(id!)).filter(({ event }) => event.type === "patient-said");
    expect(said).toHaveLength(1);
  });

  test("holds nobody up that does not read it", async () => {
    const { url, openai } = await slowServer(10);
    const { port, hostname } = new URL(url);
    const body = JSON.stringify({ ...request, stream: true, user: "silent" });
    const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/json\r\n`;
    const socket = connect(Number(port), hostname);
    socket.pause();
    socket.write(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    expect((await openai.chat.completions.create(request)).choices[0]!.message.content).toContain("?");
    socket.destroy();
  });
});

describe("When there is too much to do", () => {
  const asking = (openai: OpenAI, user: string, stream: boolean) =>
    openai.chat.completions.create({ ...request, user, stream } as typeof request);

  test.each([false, true])("a client is told so by a status, streamed or not (%s)", async (stream) => {
    const { openai } = await slowServer(100, { underWay: 1 });
    const [one, other] = await Promise.allSettled([asking(openai, "ada", stream), asking(openai, "ben", stream)]);
    const refused = [one, other].flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    expect(refused).toMatchObject([{ status: 503, code: "overloaded", type: "server_error" }]);
  });

  test("and one that calls too often gets a rate limit error", async () => {
    const { openai } = await slowServer(0, { requestsAtOnce: 1, requestsPerSecond: 0.001 });
    await openai.models.list();
    await expect(openai.models.list()).rejects.toBeInstanceOf(RateLimitError);
  });
});
