/** Two servers over one Redis: one queue, one message to others, and what one deletes is gone for both. */
import { afterAll, describe, expect, test } from "vitest";
import { openRedisStore } from "../../../apps/server/stores/redis.ts";
import { redisServer } from "../../fixtures/redis-server.ts";
import { serving } from "../server/serving.ts";
import { BLOOD, CRISIS, conversation, receiver, SECRET, TOKENS, until, type Ward, wardAt } from "./ward.ts";

const redis = await redisServer();
afterAll(() => redis?.end());

let prefixes = 0;

describe.skipIf(!redis)("two servers over one store", () => {
  async function both(hook: string, { schedule = [50, 100], waitMs = 2_000 } = {}) {
    const prefix = `handover-${prefixes++}:`;
    const start = async () => {
      const store = await openRedisStore(redis!.url, { prefix, waitMs });
      const handover = {
        webhook: { url: hook, secret: SECRET },
        schedule,
        lookEveryMs: 20,
        claimEveryMs: 200,
      };
      const server = await serving({ conversation, tokens: TOKENS, store, handover });
      return { server, at: wardAt(server.url) };
    };
    return { start, one: await start(), two: await start() };
  }
  const waiting = async (at: Ward): Promise<string[]> => (await at.queue()).waiting.map((each) => each.consultation);

  test("have one queue: what ends at one is decided at the other", async () => {
    const hook = await receiver();
    const { one, two } = await both(hook.url);
    const [blood, crisis] = [await one.at.consulted(BLOOD), await two.at.consulted(CRISIS)];
    for (const { at } of [one, two])
      await until("both wait", async () => JSON.stringify(await waiting(at)) === JSON.stringify([blood, crisis]));
    const { seq } = await one.at.dossier(blood);
    const reviews = await Promise.all(
      [one, two].map(({ at }, n) => at.review(blood, { seq, decision: "confirmed" }, ["dr-grey", "dr-house"][n]!)),
    );
    expect(reviews.map(({ status }) => status).sort()).toEqual([200, 409]);
    for (const { at } of [one, two]) await until("one waits", async () => (await waiting(at)).length === 1);
    expect((await one.at.queue()).decided).toEqual((await two.at.queue()).decided);
  });

  test("tell others once, by the server at which it happened", async () => {
    const hook = await receiver();
    const { one, two } = await both(hook.url);
    const all = [];
    for (let n = 0; n < 10; n++) all.push(await [one, two][n % 2]!.at.consulted(CRISIS));
    await until("all are told", async () =>
      (await one.at.queue()).waiting.every(({ notified }) => notified?.outcome === "delivered"),
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(hook.received.map(({ notice }) => notice.consultation).sort()).toEqual([...all].sort());
  });

  test("show a dead letter at both, and either sends it again", async () => {
    let up = false;
    const hook = await receiver((_, response) => {
      if (!up) response.writeHead(503).end();
    });
    const { one, two } = await both(hook.url);
    const id = await one.at.consulted(BLOOD);
    for (const { at } of [one, two]) await until("given up", async () => (await at.undelivered()).length === 1);
    up = true;
    expect((await two.at.call("POST", `/v1/undelivered/${id}`)).status).toBe(200);
    for (const { at } of [one, two]) await until("sent", async () => (await at.undelivered()).length === 0);
  });

  test("take over what one left untold", async () => {
    let up = false;
    const hook = await receiver((_, response) => {
      if (!up) response.writeHead(503, { "retry-after": "3600" }).end();
    });
    const { one, start } = await both(hook.url);
    await one.at.consulted(BLOOD);
    await until("tried", () => hook.received.length === 1);
    await one.server.drain();
    up = true;
    const three = await start();
    await until("told", async () => (await three.at.queue()).waiting[0]?.notified?.outcome === "delivered");
    expect(new Set(hook.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  test("forget what one deletes", async () => {
    const hook = await receiver();
    const { one, two } = await both(hook.url);
    const id = await one.at.consulted(BLOOD);
    await until("it waits", async () => (await waiting(two.at)).length === 1);
    await one.at.call("DELETE", `/v1/consultations/${id}`, undefined, "ada");
    expect(await waiting(one.at)).toEqual([]);
    expect((await two.at.call("GET", `/v1/queue/${id}`)).status).toBe(404);
    await until("it is gone", async () => (await waiting(two.at)).length === 0);
  });

  test("lose nothing while the store is away", async () => {
    let refuse = true;
    const hook = await receiver((_, response) => {
      if (refuse) response.writeHead(503).end();
    });
    const { one, two } = await both(hook.url, { schedule: [200, 400, 800, 1_600], waitMs: 150 });
    const id = await one.at.consulted(BLOOD);
    await until("tried", () => hook.received.length > 0);
    refuse = false;
    await redis!.kill();
    // What was looked at a moment ago is still answered.
    const refusalOf = async (path: string) => (await two.at.call("GET", path)).body.error?.code;
    try {
      await until("it says so", async () => (await refusalOf("/v1/queue")) === "store-unavailable");
      expect(await refusalOf(`/v1/queue/${id}`)).toBe("store-unavailable");
    } finally {
      await redis!.start();
    }
    for (const { at } of [one, two])
      await until("it is told and waits", async () => {
        const { status, body } = await at.call("GET", "/v1/queue");
        return status === 200 && body.waiting[0]?.notified?.outcome === "delivered";
      });
  });

  test("return it at one, and the person goes on at the other", async () => {
    const hook = await receiver();
    const { one, two } = await both(hook.url);
    const id = await one.at.consulted(BLOOD);
    const { seq } = await two.at.dossier(id);
    const message = "Since when do you smoke?";
    expect((await two.at.review(id, { seq, decision: "returned", message })).status).toBe(200);
    await until("not waiting", async () => (await waiting(one.at)).length === 0);
    expect((await one.at.say(id, "for years")).status).toBe(200);
    await until("it waits again", async () => (await waiting(two.at)).length === 1);
    expect((await two.at.dossier(id)).messages.filter(({ type }) => type === "reviewed").length).toBe(1);
  });
});
