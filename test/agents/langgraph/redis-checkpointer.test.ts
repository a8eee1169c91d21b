/** LangGraph's own validation suite over a real Redis, and what this checkpointer adds: expiry and a bound. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import * as vitest from "vitest";
import { graphTurn, redisCheckpointer, type TakeTurn, takeTurn } from "../../../agents/index.ts";
import { clinic } from "../../fixtures/clinic.ts";
import { conversation, embeddedParts } from "../conversation/talk.ts";

const { afterAll, beforeAll, describe, expect, test } = vitest;
const folder = mkdtempSync(join(tmpdir(), "redis-"));
let server: ChildProcess | undefined;
let redis: Redis;

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

const port = await freePort();
const started = await new Promise<boolean>((resolve) => {
  const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
  server = spawn("redis-server", options, { stdio: ["ignore", "pipe", "ignore"] });
  server.on("error", () => resolve(false));
  server.stdout!.on("data", (text: Buffer) => text.includes("Ready to accept") && resolve(true));
});
const client = (): Redis => new Redis(port, "127.0.0.1", { lazyConnect: false });
afterAll(() => {
  redis?.disconnect();
  server?.kill();
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!started)("checkpoints in plain Redis (skipped where there is no redis-server)", async () => {
  beforeAll(() => {
    redis = client();
  });

  // The official suite takes the test functions from the global scope.
  Object.assign(globalThis, vitest);
  const { validate } = await import("@langchain/langgraph-checkpoint-validation");
  validate({
    checkpointerName: "plain Redis",
    async createCheckpointer() {
      await redis.flushall();
      return redisCheckpointer(redis);
    },
  });

  test("a consultation cached in Redis is the same as one without a cache, whatever is lost", async () => {
    const talk = async (turn: TakeTurn, forget?: () => Promise<unknown>): Promise<string> => {
      const { say, log } = conversation(embeddedParts(clinic), {}, { turn, id: "über {all} 1" });
      for (const text of ["I have a cough", "no", "yes", "no"]) {
        await say(text);
        await forget?.();
      }
      return JSON.stringify(log.events);
    };
    const graph = await graphTurn({ checkpointer: await redisCheckpointer(redis, { keep: 1 }) });
    const expected = await talk(takeTurn);
    expect(await talk(graph)).toBe(expected);
    expect(await talk(graph, () => redis.flushall())).toBe(expected);
  });

  test("keeps as many checkpoints as it is told, lets a thread expire, and deletes without a trace", async () => {
    await redis.flushall();
    const checkpointer = await redisCheckpointer(redis, { keep: 2, ttl: 60, prefix: "t" });
    const { say } = conversation(embeddedParts(clinic), {}, { turn: await graphTurn({ checkpointer }), id: "one" });
    for (const text of ["I have a cough", "no", "yes", "no", "no"]) await say(text);
    const keys = await redis.keys("t:*");
    expect(keys.filter((key) => key.includes(":c:")).length).toBe(2);
    expect(await redis.hlen("t:{one}:b")).toBeLessThan(12);
    expect(await checkpointer.getTuple({ configurable: { thread_id: "one" } })).toMatchObject({
      checkpoint: { channel_values: { standing: { consultation: "one" } } },
    });
    for (const key of keys.filter((name) => name.includes("{one}"))) expect(await redis.ttl(key)).toBeGreaterThan(0);
    await checkpointer.deleteThread("one");
    expect(await redis.keys("t:*")).toEqual([]);
  });

  test("says so when Redis cannot be written", async () => {
    const lone = client();
    const checkpointer = await redisCheckpointer(lone);
    await redis.set("anamnesis:graph:{x}:ix", "not an index");
    const config = { configurable: { thread_id: "x", checkpoint_ns: "" } };
    const { emptyCheckpoint } = await import("@langchain/langgraph-checkpoint");
    const metadata = { source: "input" as const, step: 0, parents: {} };
    await expect(checkpointer.put(config, emptyCheckpoint(), metadata, {})).rejects.toMatchObject({
      code: "checkpoint-lost",
    });
    await expect(checkpointer.put({}, emptyCheckpoint(), metadata, {})).rejects.toMatchObject({ code: "no-thread" });
    lone.disconnect();
  });
});
