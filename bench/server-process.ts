/**
 * The server under load as a process of its own that tells its address; asked for its processor time it tells, and asked
 * for its memory it collects its garbage first. Also a bare `ws` echo server to compare it with, and that server's load.
 * `serve STORE ENGINE`, `echo`, or `echo-load URL CONNECTIONS`.
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
import { Echoes } from "./server-load.ts";

/** All from one address and one holder, which is no client's way to behave. */
const MANY = 1_000_000;
const LIMITS = { requestsPerSecond: MANY, requestsAtOnce: MANY, messagesPerSecond: MANY, messagesAtOnce: MANY };

const [mode, ...args] = process.argv.slice(2);
if (mode === "echo-load") await loadEcho(args[0]!, Number(args[1]));
else if (mode === "echo") process.send?.({ url: await echo() });
else {
  const [store = "memory", engine = "loop"] = args;
  const url = await serve(store, engine as EngineName);
  process.on("message", (asked) => (asked === "cpu" ? tellProcessorTime() : tellMemory()));
  process.send?.({ url });
}

function tellProcessorTime(): void {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system });
}

async function tellMemory(): Promise<void> {
  // Twice: what a first collection finalises, a second one frees.
  for (let n = 0; n < 2; n++) {
    globalThis.gc?.();
    await sleep(100);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send?.({ live: heapUsed + external, resident: rss });
}

/** Asked `{ window, seconds }`, tells the rate. */
async function loadEcho(url: string, connections: number): Promise<void> {
  const echoes = new Echoes();
  await echoes.open(url, connections);
  process.on("message", async ({ window, seconds }: { window: number; seconds: number }) => {
    process.send?.({ rate: await echoes.rate(window, seconds) });
  });
  process.send?.({ ready: true });
}

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
