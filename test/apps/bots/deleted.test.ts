/** A conversation whose consultation was deleted, here or by another server: who writes again begins anew. */
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { Conversations } from "../../../apps/bots/conversations.ts";
import { openPractice } from "../../../apps/bots/practice.ts";
import { openStore } from "../../../apps/server/stores/open.ts";
import { clinic } from "../../fixtures/clinic.ts";
import { redisServer } from "../../fixtures/redis-server.ts";

const redis = await redisServer();
afterAll(() => redis?.end());

const delivery = (text: string) => ({ conversation: "49151", text });

async function practiceOver(place: string) {
  const store = await openStore(place);
  onTestFinished(() => store.close());
  return openPractice({ base: clinic, store });
}

describe("a conversation whose consultation was deleted", () => {
  test("here, begins anew", async () => {
    const practice = await practiceOver("memory");
    const conversations = new Conversations(practice);
    const first = await conversations.take("sms", delivery("hello"));
    await conversations.take("sms", delivery("yes"));
    const id = `${conversations.nameOf("sms", "49151")}-1`;
    await (await practice.consultation(id)).delete();
    expect(await practice.holds(id)).toBe(false);
    expect((await conversations.take("sms", delivery("hello"))).text).toBe(first.text);
    expect((await practice.read(id)).map(({ type }) => type)).not.toContain("consented");
  });

  test.skipIf(!redis)("by another server, begins anew", async () => {
    const [mine, theirs] = [await practiceOver(redis!.url), await practiceOver(redis!.url)];
    const conversations = new Conversations(mine);
    const first = await conversations.take("sms", delivery("hello"));
    await conversations.take("sms", delivery("yes"));
    const id = `${conversations.nameOf("sms", "49151")}-1`;
    await (await theirs.consultation(id)).delete();
    expect((await conversations.take("sms", delivery("hello"))).text).toBe(first.text);
  });
});
