/** A consultation that nobody goes on with ends as `abandoned`, whether anybody still listens or not, and wherever it lies. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { openStore } from "../../../apps/server/stores/open.ts";
import type { ConsultationEvent, EventStore } from "../../../src/index.ts";
import { eventsOf } from "../../fixtures/consultation-events.ts";
import { inFolder } from "../cli/command.ts";
import { connect, opened } from "./client.ts";
import { serving } from "./serving.ts";

const limits = { expireMs: 150, drainMs: 200 };
const ABANDONED = { type: "abandoned", actor: "system", reason: "idle" };

async function lastEvent(store: EventStore, consultation: string): Promise<ConsultationEvent> {
  return (await store.read(consultation)).at(-1)!.event;
}

async function untilAbandoned(store: EventStore, consultation: string): Promise<void> {
  while ((await lastEvent(store, consultation)).type !== "abandoned") await sleep(10);
}

test("who still listens is told, and the event is stored once", async () => {
  const store = memoryStore();
  const { url } = await serving({ store, limits });
  const { client, consultation } = await opened(url);
  expect(await client.next("abandoned")).toMatchObject({ seq: 3, reason: "idle" });
  await sleep(2 * limits.expireMs);
  expect((await store.read(consultation)).filter(({ event }) => event.type === "abandoned")).toHaveLength(1);
  expect(await lastEvent(store, consultation)).toMatchObject(ABANDONED);
});

test("one that everybody left is ended too, and is resumed as ended", async () => {
  const store = memoryStore();
  const { url } = await serving({ store, limits });
  const { client, consultation } = await opened(url);
  client.close();
  await untilAbandoned(store, consultation);
  const again = await connect(url);
  again.send({ type: "open", resume: { consultation, lastSeq: 2 } });
  expect(await again.next("resumed")).toMatchObject({ ended: true });
  expect(await again.next("abandoned")).toMatchObject({ seq: 3 });
});

test("one that a message keeps alive, or that has ended, is not", async () => {
  const store = memoryStore();
  let now = Date.parse("2026-01-01T00:00:00Z");
  const clock = { now: () => new Date(now) };
  const { url } = await serving({ store, clock, limits: { expireMs: 60_000, drainMs: 200 } });
  const { client, consultation } = await opened(url);
  now += 59_000;
  await client.say("I have a cough");
  now += 59_000;
  const again = await connect(url);
  again.send({ type: "open", resume: { consultation, lastSeq: 0 } });
  expect(await again.next("resumed")).toMatchObject({ ended: false });
  const other = await opened(url);
  await other.client.say("I want to kill myself");
  const { length } = await store.read(other.consultation);
  now += 3_600_000;
  await fetch(`${url}/v1/consultations/${other.consultation}/transcript`);
  expect(await store.read(other.consultation)).toHaveLength(length);
});

test("one that an earlier process left is found when the server starts", () =>
  inFolder(async (folder) => {
    const left = await openStore(`file:${folder}`);
    await left.append("left", eventsOf("left", 3), 0);
    await left.close();
    const store = await openStore(`file:${folder}`);
    await serving({ store, limits });
    await untilAbandoned(store, "left");
    expect(await lastEvent(store, "left")).toMatchObject({ ...ABANDONED, seq: 3 });
  }));

test("one that another server heard of meanwhile is left alone, and what was heard is told", async () => {
  const store = memoryStore();
  let now = Date.parse("2026-01-01T00:00:00Z");
  const clock = { now: () => new Date(now) };
  const one = await serving({ store, clock, limits });
  const two = await serving({ store, clock, limits });
  const { client, consultation } = await opened(one.url);
  const elsewhere = await connect(two.url);
  elsewhere.send({ type: "open", resume: { consultation, lastSeq: 2 } });
  await elsewhere.next("resumed");
  now += 100;
  await client.say("I have a cough");
  now += 100;
  expect(await elsewhere.next("question")).toEqual(client.all("question")[0]);
  expect((await lastEvent(store, consultation)).type).toBe("agent-asked");
});
