/** AG-UI under what nobody should send, and clients that leave in the middle of a run. */
import { HttpAgent } from "@ag-ui/client";
import { EventSchema } from "@ag-ui/core/schemas";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { agUiEndpoints } from "../../../apps/protocols/ag-ui/index.ts";
import type { Limits } from "../../../apps/server/limits.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { serving } from "../server/serving.ts";

async function served(more: Partial<Limits> = {}) {
  const lines: string[] = [];
  const store = memoryStore();
  const { url } = await serving({
    store,
    endpoints: agUiEndpoints,
    limits: { drainMs: 200, requestsPerSecond: 1e6, requestsAtOnce: 1e6, ...more },
    log: (level, occurrence) => void lines.push(JSON.stringify([level, occurrence])),
  });
  return { lines, store, at: `${url}/v1/ag-ui` };
}

const post = (url: string, body: string, type = "application/json") =>
  fetch(url, { method: "POST", headers: { "content-type": type }, body });

const input = (messages: readonly unknown[], more: object = {}) =>
  JSON.stringify({
    threadId: "t",
    runId: "r",
    state: {},
    messages,
    tools: [],
    context: [],
    forwardedProps: { consent: true },
    ...more,
  });
const said = (content: unknown, id = "1") => ({ id, role: "user", content });

const eventsOf = (text: string) =>
  text
    .split("\n\n")
    .flatMap((line) => (line === "" ? [] : [EventSchema.parse(JSON.parse(line.slice("data: ".length)))]));

describe("Any body", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("yes", "no", "I have a cough"));
  const source = fc.oneof(
    fc.record(
      { type: fc.constantFrom("url", "data", "file"), value: text, mimeType: text },
      { requiredKeys: ["type", "value"] },
    ),
    fc.jsonValue(),
  );
  const part = fc.oneof(
    fc.record({ type: fc.constant("text"), text }),
    fc.record({ type: fc.constantFrom("image", "audio", "video", "document"), source }),
    fc.jsonValue(),
  );
  const message = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ id: text, role: fc.constant("user"), content: fc.oneof(text, fc.array(part)) }),
    },
    fc.record({ id: text, role: fc.constantFrom("assistant", "system", "tool"), content: text }),
    fc.jsonValue(),
  );
  const rarely = (odd: fc.Arbitrary<unknown>) => fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, odd);
  const resume = fc.record(
    {
      interruptId: fc.oneof(text, fc.constantFrom("question-2", "question-4")),
      status: fc.constantFrom("resolved", "cancelled"),
      payload: fc.jsonValue(),
    },
    { requiredKeys: ["interruptId", "status"] },
  );
  const request = fc.record({
    threadId: fc.oneof({ weight: 5, arbitrary: text }, fc.jsonValue()),
    runId: text,
    messages: fc.oneof({ weight: 9, arbitrary: fc.array(message, { maxLength: 4 }) }, fc.jsonValue()),
    state: fc.jsonValue(),
    forwardedProps: rarely(fc.oneof(fc.record({ consent: fc.boolean(), interrupts: fc.boolean() }), fc.jsonValue())),
    resume: rarely(fc.oneof(fc.array(resume, { maxLength: 2 }), fc.jsonValue())),
    tools: rarely(fc.jsonValue()),
  });

  test("is answered by a whole run, or refused", async () => {
    const { at, lines } = await served();
    const seen = new Map<string, number>();
    const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 9, arbitrary: request }, fc.jsonValue()), async (body) => {
        const response = await post(at, JSON.stringify(body));
        const told = await response.text();
        if (response.status === 200) {
          const events = eventsOf(told);
          expect(events[0]!.type).toBe("RUN_STARTED");
          expect(events.at(-1)!.type).toMatch(/RUN_FINISHED|RUN_ERROR/);
          count(events.at(-1)!.type);
        } else {
          expect(response.status).toBeLessThan(500);
          expect(JSON.parse(told).error.advice).toMatch(/\w/);
          count(String(response.status));
        }
      }),
      { numRuns: 250 },
    );
    for (const what of ["RUN_FINISHED", "400"]) expect(seen.get(what)).toBeGreaterThan(10);
    expect(lines.filter((line) => line.includes("error"))).toEqual([]);
  });
});

describe("The bounds", () => {
  test("let 20,000 characters through; more is an error of the run", async () => {
    const { at } = await served();
    const whole = await post(at, input([said(`I have a cough. ${"x".repeat(19_984)}`)]));
    expect(eventsOf(await whole.text()).at(-1)!.type).toBe("RUN_FINISHED");
    const more = await post(at, input([said("x".repeat(20_001), "2")]));
    expect(eventsOf(await more.text()).at(-1)).toMatchObject({ type: "RUN_ERROR", code: "too-large" });
  });

  test("hold however deep a body is", async () => {
    const { at, lines } = await served();
    const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
    for (const state of [deep, `{"understood":${deep}}`, `{"consultation":${deep}}`]) {
      const response = await post(at, input([said("hi")]).replace('"state":{}', `"state":${state}`));
      expect(eventsOf(await response.text()).at(-1)!.type).toBe("RUN_FINISHED");
    }
    for (const name of ["forwardedProps", "messages", "resume", "tools"]) {
      const response = await post(at, `{"threadId":"t","runId":"r","messages":[],"${name}":${deep}}`);
      expect(response.status, name).toBe(400);
    }
    expect(lines.filter((line) => line.includes("error"))).toEqual([]);
  });

  test.each([
    ["a body above the limit", input([said("x".repeat(5_000))]), 413],
    ["what the client's program tells wrongly", input([], { forwardedProps: { age: "old" } }), 400],
    ["messages without a list", input([], { messages: null }), 400],
    ["no JSON", "{", 400],
  ])("refuse %s", async (_, body, status) => {
    const { at } = await served({ payloadBytes: 4_096 });
    expect((await post(at, body)).status).toBe(status);
  });

  test("hold for messages and attachments", async () => {
    const { at, store } = await served();
    const many = Array.from({ length: 201 }, (_, index) => said("no", String(index)));
    const images = Array(21).fill({ type: "image", source: { type: "url", value: "https://a.example/b.png" } });
    for (const messages of [many, [said(images)]]) {
      const events = eventsOf(await (await post(at, input(messages))).text());
      expect(events.at(-1)).toMatchObject({ type: "RUN_ERROR", code: "too-large" });
    }
    const [id] = await store.list();
    expect((await store.read(id!)).some(({ event }) => event.type === "patient-said")).toBe(false);
  });
});

test("pictures become attachments; of those that are sent whole only the media type is kept", async () => {
  const { at, store } = await served();
  const content = [
    { type: "text", text: "I have a rash" },
    { type: "image", source: { type: "url", value: "https://a.example/rash.jpg", mimeType: "image/jpeg" } },
    { type: "document", source: { type: "data", value: "SECRETPAGES", mimeType: "application/pdf" } },
  ];
  await (await post(at, input([said(content)]))).text();
  const [id] = await store.list();
  const events = (await store.read(id!)).map(({ event }) => event);
  expect(events.flatMap((event) => (event.type === "attachment-received" ? [event.attachment] : []))).toEqual([
    { type: "image/jpeg", url: "https://a.example/rash.jpg" },
    { type: "application/pdf" },
  ]);
  expect(JSON.stringify(events)).not.toContain("SECRETPAGES");
});

test("a run that was left in its middle is answered when its message comes again", async () => {
  const { at, store } = await served();
  const agent = new HttpAgent({ url: at, threadId: "left" });
  agent.addMessage({ id: "1", role: "user", content: "I have a cough" });
  await agent
    .runAgent({ forwardedProps: { consent: true } }, { onRunStartedEvent: () => agent.abortRun() })
    .catch(() => {});
  agent.setMessages([{ id: "1", role: "user", content: "I have a cough" }]);
  const { newMessages } = await agent.runAgent({ forwardedProps: { consent: true } });
  expect(newMessages).toMatchObject([{ role: "assistant", content: expect.stringContaining("?") }]);
  const [id, ...others] = await store.list();
  expect(others).toEqual([]);
  expect((await store.read(id!)).filter(({ event }) => event.type === "patient-said")).toHaveLength(1);
});

test("what people write is in no log, and in no refusal", async () => {
  const { at, lines } = await served();
  const secret = "SECRETWORDS";
  await (await post(at, input([said(`I have a cough ${secret}`)]))).text();
  const refused = await post(at, input([{ id: secret, role: secret, content: secret }], { forwardedProps: secret }));
  expect(refused.status).toBe(400);
  expect(await refused.text()).not.toContain(secret);
  expect(lines.join("")).not.toContain(secret);
});
