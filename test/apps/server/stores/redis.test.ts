import { createServer, type Server, Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256 } from "../../../../apps/server/stores/entry.ts";
import { openRedisStore } from "../../../../apps/server/stores/redis.ts";
import { type EventStore, verifyChain } from "../../../../src/index.ts";
import { eventsOf } from "../../../fixtures/consultation-events.ts";
import { type RedisServer, redisServer } from "../../../fixtures/redis-server.ts";
import { storeContract } from "./contract.ts";

const available = await redisServer();
afterAll(() => available?.end());

describe.skipIf(!available)("the Redis store", () => {
  const server = available as RedisServer;
  let places = 0;

  storeContract(() => ({
    durable: true,
    place: async () => `contract-${places++}[*]:`,
    open: (prefix) => openRedisStore(server.url, { prefix }),
    end: async () => {},
  }));

  describe("on a server of its own", () => {
    let store: EventStore;
    let redis: Redis;
    beforeEach(async () => {
      redis = new Redis(server.url);
      redis.on("error", () => {});
      await redis.flushall();
      store = await openRedisStore(server.url, { prefix: "p:", ttlSeconds: 100, waitMs: 4000 });
    });
    afterEach(async () => {
      await store.close();
      redis.disconnect();
    });

    test("keeps one stream a consultation under its prefix, and deletes it", async () => {
      await store.append("a", eventsOf("a", 2), 0);
      expect(await redis.keys("*")).toEqual(["p:a"]);
      expect(await redis.type("p:a")).toBe("stream");
      await store.delete("a");
      expect(await redis.keys("*")).toEqual([]);
    });

    test("lists its own keys alone", async () => {
      await redis.set("p:text", "not a stream");
      await redis.xadd("q:other", "*", "a", "b");
      await store.append("a", eventsOf("a", 1), 0);
      expect(await store.list()).toEqual(["a"]);
    });

    test("lets a consultation live for so long after its last append, whoever reads", async () => {
      await store.append("a", eventsOf("a", 1), 0);
      expect(await redis.pttl("p:a")).toBeGreaterThan(99_000);
      await redis.expire("p:a", 10);
      await store.read("a");
      expect(await redis.ttl("p:a")).toBeLessThanOrEqual(10);
      await store.append("a", eventsOf("a", 1, 1), 1);
      expect(await redis.ttl("p:a")).toBeGreaterThan(90);
      const lasting = await openRedisStore(server.url, { prefix: "p:", ttlSeconds: 0 });
      await lasting.append("b", eventsOf("b", 1), 0);
      expect(await redis.ttl("p:b")).toBe(-1);
      await lasting.close();
    });

    test("of two servers that append at once one wins, and both then go on", async () => {
      const other = await openRedisStore(server.url, { prefix: "p:" });
      for (let at = 0; at < 20; at++) {
        const rivals = [store, other].map((each, index) => each.append("a", eventsOf("a", 1, at, `${index}`), at));
        const outcomes = await Promise.allSettled(rivals);
        expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      }
      expect(verifyChain(await store.read("a"), sha256)).toMatchObject({ whole: true, count: 20 });
      await other.close();
    });

    test("a consultation that another server deleted and began anew is chained to its new beginning", async () => {
      const other = await openRedisStore(server.url, { prefix: "p:" });
      await store.append("a", eventsOf("a", 2), 0);
      await other.delete("a");
      await other.append("a", eventsOf("a", 2, 0, "anew"), 0);
      await store.append("a", eventsOf("a", 1, 2), 2);
      expect(verifyChain(await store.read("a"), sha256)).toMatchObject({ whole: true, count: 3 });
      await other.close();
    });

    test("says what Redis refused, and stores none of it", async () => {
      await redis.set("p:a", "not a stream");
      await expect(store.append("a", eventsOf("a", 1), 0)).rejects.toMatchObject({ code: "store-write" });
    });

    test("SIGKILL and restart in between: an append waits, nothing acknowledged is lost, nothing doubled", async () => {
      let acknowledged = 0;
      let stop = false;
      const appending = (async () => {
        while (!stop) acknowledged = (await store.append("a", eventsOf("a", 2, acknowledged), acknowledged)).count;
      })();
      for (let round = 0; round < 3; round++) {
        await setTimeout(100);
        await server.kill();
        const before = acknowledged;
        await setTimeout(200);
        expect(acknowledged).toBe(before);
        await server.start();
        expect(await store.read("a")).toSatisfy((stored: unknown[]) => stored.length >= before);
      }
      await setTimeout(100);
      stop = true;
      await appending;
      const stored = await store.read("a");
      expect(stored.map(({ event }) => event)).toEqual(eventsOf("a", acknowledged));
      expect(verifyChain(stored, sha256)).toMatchObject({ whole: true });
    });

    test.each(["is gone", "hangs"])(
      "where Redis %s for too long, calls fail with a typed error, and work again after",
      async (how) => {
        const hasty = await openRedisStore(server.url, { prefix: "p:", waitMs: 400 });
        await hasty.append("a", eventsOf("a", 1), 0);
        await (how === "is gone" ? server.kill() : server.freeze());
        const started = performance.now();
        const calls = [hasty.append("a", eventsOf("a", 1, 1), 1), hasty.read("a"), hasty.list(), hasty.delete("b")];
        for (const outcome of await Promise.allSettled(calls))
          expect(outcome).toMatchObject({ status: "rejected", reason: { code: "store-unavailable", fault: "work" } });
        expect(performance.now() - started).toBeLessThan(3000);
        await (how === "is gone" ? server.start() : server.thaw());
        await expect
          .poll(
            () =>
              hasty.read("a").then(
                () => "read",
                () => "not yet",
              ),
            { timeout: 5000 },
          )
          .toBe("read");
        // Whether the append that failed was stored is not known; given again, it is there once.
        expect(await hasty.append("a", eventsOf("a", 1, 1), 1)).toMatchObject({ count: 2 });
        expect(await hasty.read("a")).toHaveLength(2);
        await hasty.close();
      },
    );

    test("closes at once where Redis is gone", async () => {
      await server.kill();
      await store.close();
      await server.start();
    });
  });

  describe("behind a line that drops answers", () => {
    let line: Server;
    let url: string;
    /** While set, requests pass, and the connection breaks before the answer comes back. */
    let dropping = false;
    let dropped = 0;
    const sockets = new Set<Socket>();
    beforeEach(async () => {
      dropping = false;
      dropped = 0;
      line = createServer((near) => {
        const far = new Socket().connect(server.port, "127.0.0.1");
        for (const socket of [near, far]) {
          sockets.add(socket);
          socket.on("error", () => {});
          socket.on("close", () => sockets.delete(socket));
        }
        near.on("data", (chunk) => far.write(chunk));
        near.on("close", () => far.destroy());
        far.on("close", () => near.destroy());
        far.on("data", (chunk) => {
          if (!dropping) return void near.write(chunk);
          dropping = false;
          dropped++;
          near.destroy();
        });
      });
      await new Promise<void>((resolve) => line.listen(0, "127.0.0.1", resolve));
      url = `redis://127.0.0.1:${(line.address() as { port: number }).port}`;
    });
    afterEach(() => {
      for (const socket of sockets) socket.destroy();
      line.close();
    });

    test("an append whose answer was lost is sent again and recognised: stored once", async () => {
      const store = await openRedisStore(url, { prefix: "line:" });
      await store.append("a", eventsOf("a", 1), 0);
      dropping = true;
      expect(await store.append("a", eventsOf("a", 3, 1), 1)).toMatchObject({ count: 4, repeated: true });
      expect(dropped).toBe(1);
      expect((await store.read("a")).map(({ event }) => event)).toEqual(eventsOf("a", 4));
      await store.close();
    });

    test("a caller who gave up, and whose server started anew, may give the same append again", async () => {
      const first = await openRedisStore(url, { prefix: "line2:", waitMs: 500 });
      await first.append("a", eventsOf("a", 1), 0);
      dropping = true;
      line.close();
      await expect(first.append("a", eventsOf("a", 2, 1), 1)).rejects.toMatchObject({ code: "store-unavailable" });
      await first.close();
      const second = await openRedisStore(server.url, { prefix: "line2:" });
      expect(await second.append("a", eventsOf("a", 2, 1), 1)).toMatchObject({ count: 3, repeated: true });
      expect(await second.read("a")).toHaveLength(3);
      await second.close();
    });
  });
});

test("a Redis that is not there is said at once, without the password", async () => {
  const error = await openRedisStore("redis://user:secret@127.0.0.1:1", { waitMs: 500 }).catch((refused) => refused);
  expect(error).toMatchObject({ code: "store-unavailable", fault: "work" });
  expect(error.message).toContain("127.0.0.1:1");
  expect(error.message).not.toContain("secret");
});
