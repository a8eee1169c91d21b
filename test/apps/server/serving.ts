/** Servers for tests, over the starter knowledge base and the real Bayesian agent; each is drained after its test. */
import { onTestFinished } from "vitest";
import { bayesAgent } from "../../../agents/index.ts";
import { servedConversation } from "../../../apps/server/conversation.ts";
import { type RunningServer, type ServerOptions, startServer } from "../../../apps/server/server.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../../../simulators/index.ts";
import type { AgentCore } from "../../../src/index.ts";

export const base = await loadKnowledgeBase(STARTER_DIRECTORY);
const core = bayesAgent(base) as AgentCore;
export const conversation = servedConversation(base, core, { budget: 6 });

export async function serving(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({ conversation, store: memoryStore(), limits: { drainMs: 200 }, ...options });
  onTestFinished(() => server.drain());
  return server;
}
