/** Several servers over one Redis: a tab is told what happens on another server as it happens. */
import { afterAll, describe, expect, test } from "vitest";
import { openStore } from "../../../apps/server/stores/open.ts";
import { type RedisServer, redisServer } from "../../fixtures/redis-server.ts";
import { type Client, connect, opened } from "./client.ts";
import { serving } from "./serving.ts";

const redis = await redisServer();
afterAll(() => redis?.end());

describe.skipIf(!redis)("two servers over one Redis", () => {
  const { url, kill, start } = redis as RedisServer;
  const server = async () => serving({ store: await openStore(url) });

  async function tabs(): Promise<{ one: Client; two: Client; consultation: string; two_url: string }> {
    const [first, second] = await Promise.all([server(), server()]);
    const { client: one, consultation } = await opened(first.url);
    const two = await connect(second.url);
    two.send({ type: "open", resume: { consultation, lastSeq: one.seq() } });
    await two.next("resumed");
    return { one, two, consultation, two_url: second.url };
  }

  test("a tab is told what the other server stored, in the same words, without a message of its own", async () => {
    const { one, two } = await tabs();
    await two.say("I have a cough");
    expect(await one.next("question")).toEqual(two.all("question")[0]);
    await one.say("no");
    while (two.all("said").length < 2) await two.next("said");
    for (const type of ["said", "understood"] as const) {
      expect(one.all(type).map(({ seq }) => seq)).toEqual([...new Set(one.all(type).map(({ seq }) => seq))]);
      expect(two.all(type)).toEqual(one.all(type));
    }
  });

  test("a tab whose server had lost Redis is told what it missed once Redis is back", async () => {
    const { one, two } = await tabs();
    await kill();
    await start();
    await two.say("I have a cough");
    expect(await one.next("question")).toEqual(two.all("question")[0]);
  });

  test("deleting a consultation on one server closes its tabs on the other", async () => {
    const { one, consultation, two_url } = await tabs();
    await fetch(`${two_url}/v1/consultations/${consultation}`, { method: "DELETE" });
    expect(await one.closed).toMatchObject({ code: 4410 });
  });

  test("a consultation that is kept in memory is resumed as the other server left it", async () => {
    const { one, two, consultation } = await tabs();
    one.close();
    await one.closed;
    await two.say("I have a cough");
    const first = one.socket.url.replace("ws", "http").replace("/v1/chat", "");
    const again = await connect(first);
    again.send({ type: "open", resume: { consultation, lastSeq: one.seq() } });
    expect(await again.next("question")).toEqual(two.all("question")[0]);
  });
});
