/**
 * What holds for every vendor, with requests as its documentation has them: forged ones reach nothing, repeated and late
 * ones change nothing, and pictures become attachments of the consultation.
 */
import { describe, expect, onTestFinished, test } from "vitest";
import { serveWebhooks } from "../../../apps/bots/index.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import type { ConsultationEvent, EventStore } from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";
import { type Sending, VENDORS, type Vendor } from "./vendors.ts";

async function serving(open: () => Promise<Vendor>) {
  const vendor = await open();
  const store = memoryStore();
  const running = await serveWebhooks({ base: clinic, channels: { "/": vendor.channel }, store });
  onTestFinished(async () => {
    await running.close();
    await vendor.end?.();
  });
  const responses: string[] = [];
  const post = async (index: number, text: string, sending: Sending = {}): Promise<number> => {
    const response = await fetch(running.url, { method: "POST", ...(await vendor.deliver(index, text, sending)) });
    const body = await response.text();
    if (response.ok) responses.push(body);
    return response.status;
  };
  return { vendor, store, post, answers: () => vendor.answersIn(responses) };
}

async function eventsIn(store: EventStore): Promise<ConsultationEvent[]> {
  const lists = await Promise.all((await store.list()).map((id) => store.read(id)));
  return lists.flat().map(({ event }) => event);
}

const timeless = (events: readonly ConsultationEvent[]): object[] =>
  events.map(({ time: _, consultation: __, ...rest }) => rest);

const SCRIPT = ["hello", "yes", "I have a cough", "no", "it is dry", "no"];

describe.each(VENDORS)("%s", (_, open) => {
  test("is asked for its secret: what is forged reaches no conversation", async () => {
    const { store, post, answers } = await serving(open);
    expect(await post(0, "hello", { forged: true })).toBe(401);
    expect(await store.list()).toEqual([]);
    await post(0, "hello");
    expect(await post(1, "yes", { forged: true })).toBe(401);
    expect(answers()).toBe(1);
  });

  test("delivers again, at once or later, and nothing changes: each message is answered once", async () => {
    const plain = await serving(open);
    for (const [index, text] of SCRIPT.entries()) await plain.post(index, text);
    const expected = timeless(await eventsIn(plain.store));
    expect(plain.answers()).toBe(SCRIPT.length);

    const { store, post, answers } = await serving(open);
    for (const [index, text] of SCRIPT.entries()) {
      await Promise.all([post(index, text), post(index, text)]);
      for (const earlier of [index, 0, Math.floor(index / 2)]) expect(await post(earlier, SCRIPT[earlier]!)).toBe(200);
    }
    expect(timeless(await eventsIn(store))).toEqual(expected);
    expect(answers()).toBe(SCRIPT.length);
  });

  test("delivers late: where it numbers, what comes after a newer message is kept and asks nothing", async () => {
    const { vendor, store, post, answers } = await serving(open);
    for (const index of [0, 1, 2, 4]) await post(index, SCRIPT[index]!);
    const asked = async (): Promise<number> =>
      (await eventsIn(store)).filter(({ type }) => type === "agent-asked").length;
    const before = { asked: await asked(), answers: answers() };
    expect(await post(3, "and I smoke")).toBe(200);
    expect(JSON.stringify(await eventsIn(store))).toContain("and I smoke");
    const more = vendor.numbered ? 0 : 1;
    expect(answers()).toBe(before.answers + more);
    if (vendor.numbered) expect(await asked()).toBe(before.asked);
    const turns = (await eventsIn(store)).flatMap((event) => (event.type === "agent-asked" ? [event.turn] : []));
    expect(new Set(turns).size).toBe(turns.length);
  });

  test("sends pictures, which are kept once, by media type and reference, after consent only", async () => {
    const { vendor, store, post } = await serving(open);
    const kept = async () =>
      (await eventsIn(store)).flatMap((event) => (event.type === "attachment-received" ? [event.attachment] : []));
    expect(await post(0, "hello", { picture: true })).toBe(200);
    expect(await kept()).toEqual([]);
    for (const index of [1, 2]) await post(index, SCRIPT[index]!);
    for (let times = 0; times < 2; times++) expect(await post(3, "my rash", { picture: true })).toBe(200);
    expect(await kept()).toEqual(vendor.kept);
    await post(5, "no");
    // Later than a newer one, where the vendor numbers: kept all the same.
    expect(await post(4, "another picture", { picture: true })).toBe(200);
    expect(await kept()).toEqual([...vendor.kept, ...vendor.kept]);
  });
});
