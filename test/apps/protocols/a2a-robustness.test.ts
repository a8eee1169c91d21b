/** Whatever is sent as A2A, the server answers in the protocol's words, keeps nothing open and goes on. */
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { Log } from "../../../apps/server/log.ts";
import { client, data, get, request, send, text } from "./a2a-client.ts";
import { type Surgery, surgery } from "./holders.ts";

const METHODS = [
  "SendMessage",
  "SendStreamingMessage",
  "GetTask",
  "CancelTask",
  "ListTasks",
  "SubscribeToTask",
  "GetExtendedAgentCard",
  "CreateTaskPushNotificationConfig",
  "ListTaskPushNotificationConfigs",
  "message/send",
  "constructor",
];

/** What the server found wrong with itself. */
const failures: string[] = [];
let place: Surgery;
let taskId: string;
beforeEach(async () => {
  failures.length = 0;
  const log: Log = (level, { event, error }) => {
    if (level === "error") failures.push(`${event} ${error}`);
  };
  place = await surgery({ log, limits: { drainMs: 200, requestsPerSecond: 1e6, requestsAtOnce: 1e6 } });
  ({ id: taskId } = await send(await client(place.url, place.tokens.dr), [data({ consent: true }), text("a cough")]));
});

function post(body: string, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(`${place.url}/a2a`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${place.tokens.dr}`,
      "content-type": "application/json",
      "a2a-version": "1.0",
      ...headers,
    },
    body,
    ...(signal && { signal }),
  });
}

const odd = fc.jsonValue({ maxDepth: 3 });
const sometimes = <Value>(value: fc.Arbitrary<Value>) => fc.oneof({ weight: 4, arbitrary: value }, odd);
const id = sometimes(fc.oneof(fc.constant(undefined), fc.constantFrom("", "no-such", "../..", "a--2"), fc.uuid()));
const taskIds = fc.oneof(
  id,
  fc.constant(null).map(() => taskId),
);
const part = sometimes(
  fc.oneof(
    fc.record({ text: sometimes(fc.string({ unit: "binary" })) }),
    fc.record({ url: sometimes(fc.webUrl()), mediaType: sometimes(fc.constant("image/png")), filename: odd }),
    fc.record({ raw: sometimes(fc.base64String()) }),
    fc.record({
      data: sometimes(fc.record({ consent: odd, age: odd, sex: odd, record: odd }, { requiredKeys: [] })),
    }),
  ),
);
const message = sometimes(
  fc.record(
    {
      messageId: sometimes(fc.uuid()),
      role: sometimes(fc.constantFrom("ROLE_USER", "ROLE_AGENT", 1)),
      parts: sometimes(fc.array(part, { maxLength: 3 })),
      contextId: id,
      taskId: taskIds,
      referenceTaskIds: odd,
    },
    { requiredKeys: [] },
  ),
);
const params = sometimes(
  fc.record(
    {
      message,
      configuration: sometimes(fc.record({ historyLength: odd, returnImmediately: odd }, { requiredKeys: [] })),
      id: taskIds,
      taskId: taskIds,
      contextId: id,
      historyLength: odd,
      pageSize: odd,
      status: odd,
      tenant: odd,
    },
    { requiredKeys: [] },
  ),
);
const call = fc.record(
  {
    jsonrpc: fc.constant("2.0"),
    id: sometimes(fc.oneof(fc.string(), fc.nat())),
    method: sometimes(fc.constantFrom(...METHODS)),
    params,
  },
  { requiredKeys: ["jsonrpc"] },
);

describe("any call", () => {
  test("is answered, and never with a failure of the server's", async () => {
    const codes = new Set<number>();
    await fc.assert(
      fc.asyncProperty(call, async (body) => {
        const response = await post(JSON.stringify(body));
        expect(response.status).toBeLessThan(500);
        // A stream may go on for as long as its task does.
        if (/event-stream/.test(response.headers.get("content-type") ?? "")) return response.body?.cancel();
        const said = await response.text();
        if (response.status !== 200) return;
        const { error } = JSON.parse(said);
        if (error) codes.add(error.code);
      }),
      { numRuns: 400 },
    );
    expect(failures).toEqual([]);
    expect([...codes]).toEqual(expect.arrayContaining([-32_001, -32_602]));
    // Would be an error inside.
    expect(codes).not.toContain(-32_603);
    const task = await get(await client(place.url, place.tokens.dr), taskId);
    expect(task.id).toBe(taskId);
  }, 120_000);
});

test("what is too large, too deep, of another type or no JSON is refused before it is looked at", async () => {
  expect((await post(JSON.stringify(request("x".repeat(200_000))))).status).toBe(413);
  const deep = `{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":${'{"a":'.repeat(20_000)}1${"}".repeat(20_001)}`;
  expect((await post(deep)).status).toBeLessThan(500);
  expect((await post("{}", { "content-type": "text/plain" })).status).toBe(415);
  expect((await post("{")).status).toBe(400);
  expect((await post("[]")).status).toBe(400);
});

test("words that are too long are refused in the protocol's own words", async () => {
  const agent = await client(place.url, place.tokens.ann);
  await expect(send(agent, "x".repeat(30_000))).rejects.toThrow(/20000 characters/);
});

test("a client that goes away leaves nothing behind, and the message is kept", async () => {
  const gone = new AbortController();
  const agent = await client(place.url, place.tokens.ann);
  const stream = agent.sendMessageStream(request([data({ consent: true }), text("I have a cough")]), {
    signal: gone.signal,
  });
  const { value } = await stream.next();
  gone.abort();
  await stream.return();
  if (value?.payload?.$case !== "task") throw new Error("expected the task first");
  const { id } = value.payload.value;
  await expect.poll(async () => (await get(agent, id)).history.length).toBeGreaterThan(0);
});

test("a server that goes down lets go of who follows a task", async () => {
  const follower = (await client(place.url, place.tokens.dr)).resubscribeTask({ tenant: "", id: taskId });
  expect((await follower.next()).value?.payload?.$case).toBe("task");
  const rest = follower.next().then(
    ({ done }) => done,
    () => true,
  );
  await place.drain();
  expect(await rest).toBe(true);
});

test("an unknown or foreign id is no such task, whatever it looks like", async () => {
  const agent = await client(place.url, place.tokens.ann);
  for (const wrong of ["no-such", "../../etc/passwd", "__proto__", taskId, `${taskId}--2`, "x".repeat(5_000)])
    await expect(get(agent, wrong), wrong.slice(0, 40)).rejects.toThrow(/no such/);
});
