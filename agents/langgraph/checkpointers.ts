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
