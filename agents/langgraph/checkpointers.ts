/** Checkpointers by where they keep; their libraries are loaded when one is asked for. */
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import type { Redis } from "ioredis";
import type { RedisCheckpointerOptions } from "./redis-checkpointer.ts";

/** Over a connected client, which the caller closes. */
export async function redisCheckpointer(
  redis: Redis,
  options: RedisCheckpointerOptions = {},
): Promise<BaseCheckpointSaver> {
  const { RedisCheckpointer } = await import("./redis-checkpointer.ts");
  return new RedisCheckpointer(redis, options);
}

/** In this process: the newest checkpoint of each thread, since the list of events can rebuild any other. */
export async function memoryCheckpointer(): Promise<BaseCheckpointSaver> {
  const { NewestMemorySaver } = await import("./memory-checkpointer.ts");
  return new NewestMemorySaver();
}
