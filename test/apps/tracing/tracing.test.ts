/** Traces of a real server, as a real collector gets them: their shape, whose they continue, and what is not in them. */
import { expect, onTestFinished, test } from "vitest";
import { bayesAgent, graphTurn, type TakeTurn, takeTurn } from "../../../agents/index.ts";
import { openWebhook } from "../../../apps/handover/webhook.ts";
import { servedConversation } from "../../../apps/server/conversation.ts";
import type { Occurrence } from "../../../apps/server/log.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { openTracing, tracedStore, tracedTurn, untraced } from "../../../apps/tracing/index.ts";
import { type AgentCore, systemClock } from "../../../src/index.ts";
import { traceCollector } from "../../fixtures/trace-collector.ts";
import { opened } from "../server/client.ts";
import { base, serving } from "../server/serving.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";

async function collecting({ ratio = 1, answer = 200 } = {}) {
  const collector = await traceCollector(answer);
  onTestFinished(() => collector.close());
  const logged: Occurrence[] = [];
  const settings = { endpoint: collector.url, authorization: "Bearer collector-hush", service: "ward", ratio };
  const tracing = await openTracing(settings, "1.2.3", (_, occurrence) => logged.push(occurrence));
  return { collector, tracing, logged };
}

async function tracedServer(turn: TakeTurn = takeTurn, options: { ratio?: number; answer?: number } = {}) {
  const collected = await collecting(options);
  const { tracing } = collected;
  const engine = { turn: tracedTurn(turn, tracing), forget: async () => {} };
  const conversation = servedConversation(base, bayesAgent(base) as AgentCore, { budget: 6, engine });
  const server = await serving({ conversation, store: tracedStore(memoryStore(), tracing), tracing });
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(server.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const consultation = async () =>
    ((await (await post("/v1/consultations", { consent: true })).json()) as { consultation: string }).consultation;
  return { ...collected, server, post, consultation };
}

test.each([
  ["the loop", async () => takeTurn],
  ["LangGraph", () => graphTurn()],
])(
  "a message over REST, run by %s: request, turn, its five steps, the append; continued from the caller's trace",
  async (_, engine) => {
    const { collector, tracing, post, consultation } = await tracedServer(await engine());
    const id = await consultation();
    const traceparent = `00-${TRACE}-${PARENT}-01`;
    const body = { id: "m1", text: "I have a cough" };
    expect((await post(`/v1/consultations/${id}/messages`, body, { traceparent })).status).toBe(200);
    await tracing.close();

    const spans = collector.spans.filter(({ traceId }) => traceId === TRACE);
    const [request] = spans.filter(({ parentSpanId }) => parentSpanId === PARENT);
    expect(request).toMatchObject({ name: "POST /v1/consultations/{id}/messages", kind: 2 });
    expect(request!.attributes).toMatchObject({ "http.request.method": "POST", "http.response.status_code": 200 });
    const [turn] = spans.filter(({ parentSpanId }) => parentSpanId === request!.spanId);
    expect(turn).toMatchObject({ name: "turn", attributes: { "anamnesis.consultation": id } });
    const inTurn = spans.filter(({ parentSpanId }) => parentSpanId === turn!.spanId).map(({ name }) => name);
    expect(inTurn).toEqual(["understand", "red-flags", "update", "choose", "phrase", "store append"]);
    expect(collector.resources[0]).toEqual({ "service.name": "ward", "service.version": "1.2.3" });
    expect(collector.requests[0]).toMatchObject({
      path: "/v1/traces",
      headers: { authorization: "Bearer collector-hush" },
    });
  },
);

test("a message over a WebSocket begins a trace of its own", async () => {
  const { collector, tracing, server } = await tracedServer();
  const { client, consultation } = await opened(server.url);
  await client.say("I have a cough");
  await tracing.close();
  const turn = collector.spans.find(({ name }) => name === "turn");
  expect(turn?.parentSpanId ?? "").toBe("");
  expect(turn?.attributes).toEqual({ "anamnesis.consultation": consultation });
});

test("health, metrics and the page are no traces; a request for what is not there says nothing of it", async () => {
  const { collector, tracing, server } = await tracedServer();
  for (const path of ["/healthz", "/readyz", "/metrics", "/my-name-is-ada?phone=5550100"])
    await fetch(server.url + path);
  await tracing.close();
  expect(collector.spans.map(({ name, attributes }) => [name, attributes])).toEqual([
    ["HTTP GET", { "http.request.method": "GET", "http.response.status_code": 404 }],
  ]);
});

test("no word of the person, no header and no error's message is ever in a span", async () => {
  const failing: TakeTurn = (parts, events, message, signal) => {
    if (JSON.stringify(message).includes("fail")) throw new TypeError(`cannot read ${JSON.stringify(message)}`);
    return takeTurn(parts, events, message, signal);
  };
  const { collector, tracing, post, consultation } = await tracedServer(failing);
  const id = await consultation();
  const headers = { authorization: "Bearer hush-hush", cookie: "hush=hush" };
  for (const text of ["My xylophone hurts, call 555 0100", "fail xylophone"])
    await post(`/v1/consultations/${id}/messages?xylophone=1`, { id: text.slice(0, 4), text }, headers);
  await tracing.close();
  const failed = collector.spans.filter(({ status }) => status.code === 2);
  expect(failed.map(({ name }) => name).sort()).toEqual(["POST /v1/consultations/{id}/messages", "turn"]);
  expect(failed.find(({ name }) => name === "turn")!.attributes["error.type"]).toBe("turn-failed");
  expect(failed.every(({ events, status }) => events.length === 0 && !status.message)).toBe(true);
  expect(collector.requests.map(({ body }) => body).join("")).not.toMatch(/xylophone|hush-|555 ?0100|cough/);
});

test.each([
  ["no trace", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"],
  ["no span", `00-${TRACE}-0000000000000000-01`],
  ["a version that is none", `ff-${TRACE}-${PARENT}-01`],
  ["anything", "I have a cough"],
])("a traceparent with %s counts as none", async (_, traceparent) => {
  const { collector, tracing, server } = await tracedServer();
  await fetch(`${server.url}/v1/nothing`, { headers: { traceparent } });
  await tracing.close();
  expect(collector.spans[0]!.traceId).not.toBe(TRACE);
  expect(collector.spans[0]!.parentSpanId ?? "").toBe("");
});

test("what the caller does not keep is not kept here, and a share of 0 keeps nothing begun here", async () => {
  const { collector, tracing, server } = await tracedServer(takeTurn, { ratio: 0 });
  await fetch(`${server.url}/v1/nothing`);
  await fetch(`${server.url}/v1/nothing`, { headers: { traceparent: `00-${TRACE}-${PARENT}-00` } });
  await fetch(`${server.url}/v1/nothing`, { headers: { traceparent: `00-${TRACE}-${PARENT}-01` } });
  await tracing.close();
  expect(collector.spans.map(({ traceId }) => traceId)).toEqual([TRACE]);
});

test("a request that is sent on carries the span under way", async () => {
  const { collector, tracing } = await collecting();
  expect(tracing.traceparent()).toBeUndefined();
  const sent = await tracing.span("deliver webhook", {}, async () => tracing.traceparent());
  await tracing.close();
  const [span] = collector.spans;
  expect(sent).toBe(`00-${span!.traceId}-${span!.spanId}-01`);
});

test("spans that the collector does not take are told in the log, and nothing else happens", async () => {
  const { tracing, logged, server } = await tracedServer(takeTurn, { answer: 400 });
  expect((await fetch(`${server.url}/v1/nothing`)).status).toBe(404);
  await tracing.close();
  expect(logged).toEqual([{ event: "spans-lost", count: 1 }]);
});

test("without a collector there is nothing around the work", async () => {
  const tracing = await openTracing({ service: "ward", ratio: 1 }, "1", () => {});
  expect(tracing).toBe(untraced);
  const [store, turn] = [memoryStore(), takeTurn];
  expect([tracedStore(store, tracing), tracedTurn(turn, tracing)]).toEqual([store, turn]);
  const work = Promise.resolve(1);
  expect(tracing.span("x", {}, () => work)).toBe(work);
});

test("a webhook's delivery is a span with the receiver's status, and tells the receiver of it", async () => {
  const { collector, tracing } = await collecting();
  const receiver = await traceCollector(503);
  onTestFinished(() => receiver.close());
  const options = { url: `${receiver.url}/hook`, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };
  const message = { id: "m1", body: '{"resourceSpans":[]}' };
  const attempt = openWebhook(options, systemClock, tracing).attempt(message, new AbortController().signal);
  expect(await attempt).toMatchObject({ ok: false, reason: "status 503" });
  await tracing.close();
  const [span] = collector.spans;
  expect(span).toMatchObject({ name: "webhook delivery", attributes: { "http.response.status_code": 503 } });
  expect(receiver.requests[0]!.headers.traceparent).toBe(`00-${span!.traceId}-${span!.spanId}-01`);
  expect(JSON.stringify(span)).not.toContain("/hook");
});
