/**
 * The server under load, or a bare `ws` echo server to compare it with, as a process of its own that writes its address
 * and tells how much processor time it has taken; asked for its memory, it collects its garbage and tells.
 * `serve STORE ENGINE` or `echo`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocketServer } from "ws";
import { bayesAgent } from "../agents/index.ts";
import { servedConversation } from "../apps/server/conversation.ts";
import { type EngineName, openEngine } from "../apps/server/engine.ts";
import { collectSeldom } from "../apps/server/heap.ts";
import { startServer } from "../apps/server/server.ts";
import { openStore, storeSpec } from "../apps/server/stores/open.ts";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../simulators/index.ts";
import type { AgentCore } from "../src/index.ts";

/** All from one address and one holder, which is no client's way to behave. */
const MANY = 1_000_000;
const LIMITS = { requestsPerSecond: MANY, requestsAtOnce: MANY, messagesPerSecond: MANY, messagesAtOnce: MANY };

const [mode, store = "memory", engineName = "loop"] = process.argv.slice(2);
const url = mode === "echo" ? await echo() : await serve(store, engineName as EngineName);
process.on("message", async (asked) => {
  if (asked === "cpu") {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpu: user + system });
    return;
  }
  // Twice: what a first collection finalises, a second one frees.
  for (let n = 0; n < 2; n++) {
    globalThis.gc?.();
    await sleep(100);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send?.({ live: heapUsed + external, resident: rss });
});
process.send?.({ url });

async function serve(named: string, engine: EngineName): Promise<string> {
  collectSeldom();
  const base = await loadKnowledgeBase(STARTER_DIRECTORY);
  const spec = storeSpec(named);
  const conversation = servedConversation(base, bayesAgent(base) as AgentCore, {
    budget: 30,
    engine: await openEngine(engine, spec),
  });
  return (await startServer({ conversation, store: await openStore(spec), limits: LIMITS })).url;
}

async function echo(): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  server.on("connection", (socket) =>
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
