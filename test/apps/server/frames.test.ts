import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { textFrames } from "../../../apps/server/frames.ts";

test("frames of every length are read by a WebSocket client as the texts they were made of, in their order", async () => {
  const texts = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000].map((length) => "a".repeat(length));
  texts.push("Schmerzen, 痛, 🙂", "ü".repeat(63));
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer().on("upgrade", (request, stream: Duplex, head) =>
    sockets.handleUpgrade(request, stream, head, (socket) => {
      stream.write(textFrames(texts));
      socket.close(1000);
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const read: string[] = [];
  client.on("message", (data, isBinary) => read.push(isBinary ? "binary" : data.toString()));
  await new Promise((resolve) => client.on("close", resolve));
  expect(read).toEqual(texts);
});

test("no texts make no frames", () => {
  expect(textFrames([])).toHaveLength(0);
});
