/** Event streams over real sockets: readers that wait, and readers that never come. */
import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type EventStream, eventStream } from "../../../apps/protocols/event-stream.ts";

const PIECE = "x".repeat(64 * 1_024);
/** More than the system's own buffers hold. */
const PIECES = 512;

async function answering(write: (stream: EventStream, response: ServerResponse) => Promise<void>, patienceMs = 10_000) {
  const server = createServer((_, response) => void write(eventStream(response, { patienceMs }), response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return new Promise<IncomingMessage>((resolve) => get({ port, host: "127.0.0.1" }, resolve));
}

async function all(stream: EventStream): Promise<void> {
  for (let n = 0; n < PIECES; n++) {
    stream.send(n % 2 === 0 ? PIECE : Buffer.from(PIECE));
    if (n % 8 === 0) await sleep(0);
  }
  await stream.end();
}

test("a reader that waits gets all of it", async () => {
  const answer = await answering(all);
  expect(answer.headers).toMatchObject({
    "content-type": "text/event-stream; charset=utf-8",
    "x-accel-buffering": "no",
  });
  await sleep(50);
  let size = 0;
  for await (const chunk of answer) size += chunk.length;
  expect(size).toBe(PIECE.length * PIECES);
});

test("a reader that never comes is left, and what waits for it ends", async () => {
  const ended = Promise.withResolvers<ServerResponse>();
  const answer = await answering(async (stream, response) => {
    await all(stream);
    expect(stream.gone).toBe(true);
    ended.resolve(response);
  }, 50);
  answer.on("error", () => {});
  const response = await ended.promise;
  expect(response.listenerCount("drain")).toBe(0);
});
