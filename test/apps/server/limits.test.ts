/** Bounds on what a client sends, how fast it reads, and how long it may be silent. */
import { createHash, randomBytes } from "node:crypto";
import { connect as connectTcp, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import type { Message, TurnOutput } from "../../../agents/index.ts";
import { Limits, RateLimit } from "../../../apps/server/limits.ts";
import { connect, opened } from "./client.ts";
import { conversation, serving } from "./serving.ts";

describe("a rate", () => {
  test("allows a burst, then so many a second", () => {
    const rate = new RateLimit(2, 3, 0);
    const takes = (now: number, times: number) => Array.from({ length: times }, () => rate.take(now));
    expect(takes(0, 4)).toEqual([true, true, true, false]);
    expect(takes(500, 2)).toEqual([true, false]);
    expect(takes(60_000, 4)).toEqual([true, true, true, false]);
  });
});

describe("a client", () => {
  test.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["an unknown type", { type: "system", text: "x" }],
    ["an unknown field", { type: "message", id: "a", text: "x", role: "system" }],
    ["no id", { type: "message", text: "x" }],
    ["an endless id", { type: "message", id: "x".repeat(65), text: "x" }],
    ["more than 20,000 characters", { type: "message", id: "a", text: "x".repeat(20_001) }],
    ["an age of 200", { type: "open", consent: true, age: 200 }],
    ["both consent and resume", { type: "open", consent: true, resume: { consultation: "a", lastSeq: 0 } }],
    ["a negative place", { type: "open", resume: { consultation: "a", lastSeq: -1 } }],
  ])("that sends %s is told so, and may go on", async (_, message) => {
    const { url } = await serving();
    const client = await connect(url);
    client.send(message);
    const error = await client.next("error");
    expect(error).toMatchObject({ code: "bad-message", retryable: false });
    expect(error.advice).toMatch(/openapi/);
    client.send({ type: "open", consent: true });
    await client.next("opened");
  });

  test("may say 20,000 characters, of four bytes each", async () => {
    const { url } = await serving();
    const { client } = await opened(url);
    await client.say("🤒".repeat(10_000));
  });

  test("that sends too much at once, or bytes, is closed", async () => {
    const { url } = await serving();
    const large = await connect(url);
    large.send("x".repeat(200_000));
    expect((await large.closed).code).toBe(1009);
    const binary = await connect(url);
    binary.socket.send(Buffer.from([1, 2, 3]));
    expect((await binary.closed).code).toBe(1003);
  });

  test("cannot make a consultation endless", async () => {
    const { url } = await serving({ limits: { events: 10 } });
    const { client } = await opened(url);
    const chatter = async () => {
      for (let n = 0; n < 12; n++) await client.say(`and ${n}`);
    };
    await expect(chatter()).rejects.toThrow("full");
  });

  test("that speaks before open, or opens twice, is told", async () => {
    const { url } = await serving();
    const client = await connect(url);
    await expect(client.say("hello")).rejects.toThrow("not-opened");
    client.send({ type: "open", consent: true });
    client.send({ type: "open", consent: true });
    await client.next("opened");
    expect(client.all("error").map(({ code }) => code)).toEqual(["not-opened", "already-open"]);
    expect(client.all("opened")).toHaveLength(1);
  });

  test("that sends too fast is slowed, and closed if it does not care", async () => {
    const limits = { messagesPerSecond: 1, messagesAtOnce: 3, refusals: 10 };
    const { url } = await serving({ limits });
    const client = await connect(url);
    for (let n = 0; n < 6; n++) client.send({ type: "ping" });
    expect(await client.next("error")).toMatchObject({ code: "rate-limited", retryable: true });
    for (let n = 0; n < 20; n++) client.send({ type: "ping" });
    expect((await client.closed).code).toBe(1008);
    expect(client.all("pong")).toHaveLength(3);
  });

  test("that opens too many consultations has to wait", async () => {
    const { url } = await serving({ limits: { requestsPerSecond: 0.1, requestsAtOnce: 2 } });
    await opened(url);
    await opened(url);
    const late = await connect(url);
    late.send({ type: "open", consent: true });
    expect((await late.next("error")).code).toBe("rate-limited");
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}/v1/consultations`, { method: "POST", headers, body: '{"consent":true}' });
    expect(response.status).toBe(429);
  });

  test("beyond the most connections is refused", async () => {
    const { url } = await serving({ limits: { connections: 1 } });
    await connect(url);
    await expect(connect(url)).rejects.toThrow("503");
  });

  test("of another protocol or path is refused; one that names none is served", async () => {
    const { url } = await serving();
    await expect(connect(url, { protocols: ["graphql-ws"] })).rejects.toThrow("400");
    await expect(connect(`${url}/elsewhere`)).rejects.toThrow("404");
    expect((await connect(url, { protocols: [] })).socket.protocol).toBe("");
  });
});

describe("silence", () => {
  test("before open closes the connection", async () => {
    const { url } = await serving({ limits: { openWithinMs: 40, heartbeatMs: 20 } });
    expect((await (await connect(url)).closed).code).toBe(4401);
  });

  test("afterwards too, whatever pings; the consultation can be resumed", async () => {
    const { url } = await serving({ limits: { idleMs: 150, heartbeatMs: 20 } });
    const { client, consultation } = await opened(url);
    const pings = setInterval(
      () => client.socket.readyState === client.socket.OPEN && client.send({ type: "ping" }),
      60,
    );
    expect((await client.closed).code).toBe(4408);
    clearInterval(pings);
    const again = await connect(url);
    again.send({ type: "open", resume: { consultation, lastSeq: client.seq() } });
    await again.next("resumed");
    await again.say("I have a cough");
  });

  test("of a half-open connection is noticed by heartbeats; one that answers stays", async () => {
    const { url } = await serving({ limits: { heartbeatMs: 50 } });
    const deaf = await connect(url);
    (deaf.socket as unknown as { _autoPong: boolean })._autoPong = false;
    const well = await connect(url);
    expect((await deaf.closed).code).toBe(1006);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(well.socket.readyState).toBe(well.socket.OPEN);
  });
});

describe("a client that does not read", () => {
  test("gets fewer pieces of text, and is closed in the end; it can resume", async () => {
    /** Says back what it was told. */
    const echoing = {
      ...conversation,
      async *turn(_: unknown, message: Message): AsyncIterable<TurnOutput> {
        const text = String(message);
        yield { type: "event", body: { type: "patient-said", text } };
        yield { type: "text", delta: text };
      },
    };
    const limits = { messagesAtOnce: 1_000, dropAboveBytes: 100_000, closeAboveBytes: 1_000_000 };
    const { url, port } = await serving({ conversation: echoing, limits });
    const { client, consultation } = await opened(url);
    const reader = await sleepyReader(port, consultation);
    const metric = async (name: string): Promise<number> => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^anamnesis_${name.replace(/[{}]/g, "\\$&")} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
    };
    for (let n = 0; n < 400 && (await metric('closed_total{code="1013"}')) === 0; n++)
      await client.say("x".repeat(20_000));
    expect(await metric('closed_total{code="1013"}')).toBe(1);
    expect(await metric("dropped_total")).toBeGreaterThan(0);
    reader.destroy();
    const again = await connect(url);
    again.send({ type: "open", resume: { consultation, lastSeq: 0 } });
    await again.next("resumed");
    again.send({ type: "ping" });
    await again.next("pong");
    expect(again.all("said").map(({ seq }) => seq)).toEqual(client.all("said").map(({ seq }) => seq));
  }, 30_000);
});

/** A WebSocket spoken by hand, which asks to resume and then reads nothing. */
async function sleepyReader(port: number, consultation: string): Promise<Socket> {
  const socket = connectTcp(port, "127.0.0.1");
  const key = randomBytes(16).toString("base64");
  socket.write(
    `GET /v1/chat HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
  const text = Buffer.from(JSON.stringify({ type: "open", resume: { consultation } }));
  const mask = createHash("md5").update(key).digest().subarray(0, 4);
  const masked = text.map((byte, index) => byte ^ mask[index % 4]!);
  const length = text.length < 126 ? [0x80 | text.length] : [0x80 | 126, text.length >> 8, text.length & 255];
  socket.write(Buffer.concat([Buffer.from([0x81, ...length]), mask, masked]));
  return socket;
}

test("limits have defaults, and bounds of their own", () => {
  expect(Limits.parse({})).toMatchObject({ payloadBytes: 131_072, idleMs: 900_000 });
  expect(() => Limits.parse({ queue: 0 })).toThrow();
});
