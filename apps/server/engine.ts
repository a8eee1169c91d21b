/** What runs the turns of a served agent: the plain loop, or the same steps as a LangGraph that checkpoints standings. */
import { graphTurn, memoryCheckpointer, redisCheckpointer, type TakeTurn, takeTurn } from "../../agents/index.ts";
import type { StoreSpec } from "./stores/open.ts";

export const ENGINES = ["loop", "langgraph"] as const;
export type EngineName = (typeof ENGINES)[number];

export interface Engine {
  readonly turn: TakeTurn;
  /** Lets go of what is cached of a consultation. */
  forget(consultation: string): Promise<void>;
  close(): Promise<void>;
}

/** Seconds after its last message that Redis forgets a consultation's checkpoint. */
const CACHED_S = 3_600;

/** Checkpoints go where the events are: to the same Redis, and to memory otherwise. */
export async function openEngine(name: EngineName, store: StoreSpec): Promise<Engine> {
  if (name === "loop") return { turn: takeTurn, forget: async () => {}, close: async () => {} };
  if (store.kind !== "redis") {
    const checkpointer = await memoryCheckpointer();
    const forget = (consultation: string): Promise<void> => checkpointer.deleteThread(consultation);
    return { turn: await graphTurn({ checkpointer }), forget, close: async () => {} };
  }
  const { Redis } = await import("ioredis");
  const redis = new Redis(store.url);
  // Told by the store's own client; without a listener Node would end the process.
  redis.on("error", () => {});
  const checkpointer = await redisCheckpointer(redis, { ttl: CACHED_S, keep: 1 });
  return {
    turn: await graphTurn({ checkpointer }),
    forget: (consultation) => checkpointer.deleteThread(consultation),
    close: async () => redis.disconnect(),
  };
}
