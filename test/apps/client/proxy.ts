/** A bad line between client and server, for tests: it can be cut, fall silent, and lead to another server. */

import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface Proxy {
  readonly url: string;
  /** How many connections there have been. */
  readonly count: number;
  leadTo(url: string): void;
  /** Cuts what is open. */
  cut(): void;
  /** Cuts each connection, those that are open too, once so many more bytes came from the server on it. */
  cutAfter(bytes: (() => number) | undefined): void;
  /** What is open says nothing any more, and stays open. */
  silence(): void;
}

export async function proxyTo(url: string): Promise<Proxy> {
  let target = Number(new URL(url).port);
  let bytes: (() => number) | undefined;
  let count = 0;
  /** What is open, and how many bytes may still pass. */
  const open = new Map<Socket, number>();
  const silent = new Set<Socket>();
  const server = createServer((client) => {
    count++;
    const upstream = connect(target, "127.0.0.1");
    const end = (): void => {
      client.destroy();
      upstream.destroy();
      open.delete(client);
    };
    open.set(client, bytes?.() ?? Number.POSITIVE_INFINITY);
    client
      .on("error", end)
      .on("close", end)
      .on("data", (chunk) => upstream.write(chunk));
    upstream
      .on("error", end)
      .on("close", end)
      .on("data", (chunk) => {
        if (silent.has(client)) return;
        const left = open.get(client) ?? 0;
        open.set(client, left - chunk.length);
        if (chunk.length <= left) client.write(chunk);
        else client.end(chunk.subarray(0, left), end);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of open.keys()) socket.destroy();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get count() {
      return count;
    },
    leadTo(other) {
      target = Number(new URL(other).port);
    },
    cut,
    cutAfter(limit) {
      bytes = limit;
      for (const socket of open.keys()) open.set(socket, limit?.() ?? Number.POSITIVE_INFINITY);
    },
    silence() {
      for (const socket of open.keys()) silent.add(socket.removeAllListeners("data"));
    },
  };
}
