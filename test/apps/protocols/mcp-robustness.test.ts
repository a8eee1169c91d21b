/** Whatever is sent as MCP, the server answers in the protocol's words, keeps nothing open and goes on. */
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import type { Log } from "../../../apps/server/log.ts";
import { type Surgery, surgery } from "./holders.ts";
import { call, overHttp, refused, started, told } from "./mcp-client.ts";

const TOOLS = [
  "start_consultation",
  "answer",
  "differential",
  "triage",
  "export_fhir",
  "read_transcript",
  "delete_consultation",
];
const METHODS = [
  "tools/call",
  "tools/list",
  "initialize",
  "ping",
  "server/discover",
  "prompts/list",
  "resources/read",
  "subscriptions/listen",
  "notifications/cancelled",
];

/** What the server found wrong with itself. */
const failures: string[] = [];
let place: Surgery;
let consultation: string;
beforeEach(async () => {
  failures.length = 0;
  const log: Log = (level, { event, error }) => {
    if (level === "error") failures.push(`${event} ${error}`);
  };
  place = await surgery({ log, limits: { drainMs: 200, requestsPerSecond: 1e6, requestsAtOnce: 1e6 } });
  consultation = await started(await overHttp(place.url, place.tokens.dr));
});

function post(body: string, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(`${place.url}/mcp`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${place.tokens.dr}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body,
    ...(signal && { signal }),
  });
}

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};
const odd = fc.jsonValue({ maxDepth: 3 });
const sometimes = <Value>(value: fc.Arbitrary<Value>) => fc.oneof({ weight: 4, arbitrary: value }, odd);
const params = fc.record(
  {
    name: sometimes(fc.constantFrom(...TOOLS)),
    arguments: sometimes(
      fc.record(
        {
          consent: sometimes(fc.boolean()),
          consultation: sometimes(fc.constant(null).map(() => consultation)),
          text: sometimes(fc.string({ unit: "binary" })),
          id: sometimes(fc.uuid()),
          age: sometimes(fc.integer()),
          record: odd,
        },
        { requiredKeys: [] },
      ),
    ),
    _meta: sometimes(fc.constant(META)),
    protocolVersion: odd,
  },
  { requiredKeys: [] },
);
const message = fc.record(
  {
    jsonrpc: fc.constant("2.0"),
    id: sometimes(fc.oneof(fc.string(), fc.nat())),
    method: sometimes(fc.constantFrom(...METHODS)),
    params: sometimes(params),
  },
  { requiredKeys: ["jsonrpc"] },
);

test("any message is answered, and never with a failure of the server's", async () => {
  await fc.assert(
    fc.asyncProperty(message, async (body) => {
      const ended = new AbortController();
      const method = typeof body.method === "string" && /^[\w/]+$/.test(body.method) ? body.method : "ping";
      const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": method };
      for (const sent of [{}, headers]) {
        const response = await post(JSON.stringify(body), sent, ended.signal);
        expect(response.status).toBeLessThan(500);
        if (body.method !== "subscriptions/listen") await response.text();
      }
      ended.abort();
    }),
    { numRuns: 300 },
  );
  expect(failures).toEqual([]);
  const client = await overHttp(place.url, place.tokens.dr);
  expect((await client.listTools()).tools).toHaveLength(7);
}, 120_000);

test("what is too large, of another type, no JSON or a list is refused", async () => {
  const ping = (text: string) => JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping", params: { text } });
  expect((await post(ping("x".repeat(200_000)))).status).toBe(413);
  expect((await post(ping(""), { "content-type": "text/plain" })).status).toBe(415);
  expect((await post("{")).status).toBe(400);
  expect((await post(`[${ping("")},${ping("")}]`)).status).toBe(400);
  for (const method of ["GET", "DELETE"]) {
    const headers = { authorization: `Bearer ${place.tokens.dr}`, accept: "text/event-stream" };
    expect((await fetch(`${place.url}/mcp`, { method, headers })).status).toBe(405);
  }
});

test("arguments that no tool takes are a tool error or the protocol's own, and say which", async () => {
  const client = await overHttp(place.url, place.tokens.dr);
  for (const input of [{}, { consent: "yes" }, { consent: true, age: -3 }, { consent: true, name: "Ann" }]) {
    const result = await call(client, "start_consultation", input).catch((error) => ({ isError: true, error }));
    expect(result.isError).toBe(true);
  }
  const long = await call(client, "answer", { consultation, text: "x".repeat(20_001) });
  expect(long.isError).toBe(true);
  for (const wrong of ["no-such", "a".repeat(100)])
    expect(await refused(client, "triage", { consultation: wrong })).toBe("not-found");
  expect((await call(client, "triage", { consultation: "../../etc" })).isError).toBe(true);
});

test("a server that goes down lets go of who listens for changes", async () => {
  const params = { _meta: META, notifications: { toolsListChanged: true } };
  const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": "subscriptions/listen" };
  const listening = await post(
    JSON.stringify({ jsonrpc: "2.0", id: 1, method: "subscriptions/listen", params }),
    headers,
  );
  expect([listening.status, listening.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  const all = listening.text().catch(() => "cut off");
  await place.drain();
  expect(await all).toBeDefined();
});

test("a client that goes away while it waits leaves nothing behind, and the answer is kept", async () => {
  const client = await overHttp(place.url, place.tokens.ann);
  const mine = await started(client);
  const gone = new AbortController();
  const body = { name: "answer", arguments: { consultation: mine, text: "I have a cough", id: "once" } };
  const call = client.callTool(body, { signal: gone.signal });
  gone.abort();
  await expect(call).rejects.toThrow();
  const again = await told(client, "answer", body.arguments);
  expect(again).toMatchObject({ ended: false, text: expect.stringMatching(/\?$/) });
});
