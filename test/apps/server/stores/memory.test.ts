import { describe, expect, test } from "vitest";
import { sha256 } from "../../../../apps/server/stores/entry.ts";
import { frozen } from "../../../../apps/server/stores/frozen.ts";
import { memoryStore } from "../../../../apps/server/stores/memory.ts";
import { type ConsultationEvent, verifyChain } from "../../../../src/index.ts";
import { eventsOf } from "../../../fixtures/consultation-events.ts";
import { storeContract } from "./contract.ts";

describe("the memory store", () => {
  storeContract(() => ({
    durable: false,
    place: async () => "",
    open: async () => memoryStore(),
    end: async () => {},
  }));

  test("forgets what was idle for too long, counted from the last append", async () => {
    let now = 0;
    const store = memoryStore({ idleMs: 1000, clock: { now: () => new Date(now) } });
    await store.append("a", eventsOf("a", 1), 0);
    await store.append("b", eventsOf("b", 1), 0);
    now = 600;
    await store.append("a", eventsOf("a", 1, 1), 1);
    now = 1000;
    expect(await store.list()).toEqual(["a"]);
    now = 1599;
    expect(await store.read("a")).toHaveLength(2);
    now = 1600;
    expect(await store.read("a")).toEqual([]);
  });

  test("the chain of frozen events holds, where a schema adds what they leave out too", async () => {
    const store = memoryStore();
    const [opened, said] = eventsOf("a", 2);
    const events = frozen([{ ...opened, intake: {} }, said]) as ConsultationEvent[];
    const { head } = await store.append("a", events, 0);
    const stored = await store.read("a");
    expect(verifyChain(stored, sha256)).toEqual({ whole: true, count: 2, head });
    expect(stored[0]!.event).toMatchObject({ intake: { findings: [] } });
  });
});
