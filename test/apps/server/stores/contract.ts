/** What every store must do, as a suite that each store's tests run. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../../../apps/server/stores/entry.ts";
import { type ConsultationEvent, type EventStore, SequenceConflict, verifyChain } from "../../../../src/index.ts";
import { eventsOf, speech } from "../../../fixtures/consultation-events.ts";

/** Where stores come from. Each `open` without a place gives an empty store; `end` cleans up. */
export interface StoreSource {
  /** A place nothing was stored in yet. */
  place(): Promise<string>;
  open(place: string): Promise<EventStore>;
  end(): Promise<void>;
  /** Whether what was stored is there after `close` and `open`. */
  readonly durable: boolean;
}

const PLACES = ["c-1", "Ünï/../code 痛", "..", "C-1", "a".repeat(200)];

const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "done",
    (error) => error.code,
  );
const eventsIn = async (store: EventStore, id: string, from?: number) =>
  (await store.read(id, from)).map(({ event }) => event);

export function storeContract(make: () => StoreSource): void {
  let source: StoreSource;
  let store: EventStore;
  beforeAll(async () => {
    source = make();
    store = await source.open(await source.place());
  });
  afterAll(async () => {
    await store.close();
    await source.end();
  });

  describe("append and read", () => {
    test("gives back what was appended, chained, from any place on", async () => {
      const events = eventsOf("chained", 7);
      expect(await store.append("chained", events.slice(0, 3), 0)).toMatchObject({ count: 3, repeated: false });
      const { head } = await store.append("chained", events.slice(3), 3);
      const stored = await store.read("chained");
      expect(stored.map(({ event }) => event)).toEqual(events);
      expect(verifyChain(stored, sha256)).toEqual({ whole: true, count: 7, head });
      expect(await eventsIn(store, "chained", 5)).toEqual(events.slice(5));
      expect(await store.read("chained", 7)).toEqual([]);
      expect(await store.read("chained", 700)).toEqual([]);
    });

    test("a consultation that nobody opened has no events", async () => {
      expect(await store.read("nobody")).toEqual([]);
    });

    test("keeps consultations apart, whatever they are called", async () => {
      for (const id of PLACES) await store.append(id, eventsOf(id, 2), 0);
      for (const id of PLACES) expect(await eventsIn(store, id)).toEqual(eventsOf(id, 2));
      expect(await store.list()).toEqual(expect.arrayContaining(PLACES));
    });

    test("keeps every character that a patient may type", () =>
      fc.assert(
        fc.asyncProperty(fc.array(speech, { minLength: 1, maxLength: 4 }), fc.uuid(), async (texts, id) => {
          await store.delete(id);
          const [opened] = eventsOf(id, 1);
          const said = eventsOf(id, texts.length, 1).map((event, index) => ({ ...event, text: texts[index] }));
          const events = [opened, ...said] as ConsultationEvent[];
          await store.append(id, events, 0);
          const stored = await store.read(id);
          expect(stored.map(({ event }) => event)).toEqual(events);
          expect(verifyChain(stored, sha256)).toMatchObject({ whole: true });
        }),
        { numRuns: 40 },
      ));

    test("an event altered by its reader or writer is not altered in the store", async () => {
      const events = eventsOf("kept", 2);
      await store.append("kept", events, 0);
      (events[1] as { text: string }).text = "something else";
      const read = await store.read("kept");
      // Where it cannot be altered at all, so much the better.
      Reflect.set(read[1]!.event, "text", "something else");
      expect(await eventsIn(store, "kept")).toEqual(eventsOf("kept", 2));
    });
  });

  describe("refuses", () => {
    const two = eventsOf("refused", 2);
    test.each<[string, string, unknown[], number, string]>([
      ["no events", "refused", [], 0, "bad-append"],
      ["what is no event", "refused", [two[0], { ...two[1], extra: 1 }], 0, "bad-append"],
      ["another consultation's event", "refused", [two[0], { ...two[1], consultation: "x" }], 0, "bad-append"],
      ["a gap in the sequence", "refused", [two[0], { ...two[1], seq: 2 }], 0, "bad-append"],
      ["a beginning that is not `opened`", "refused", [{ ...two[1], seq: 0 }], 0, "bad-append"],
      ["a second `opened`", "refused", [two[0], { ...two[0], seq: 1 }], 0, "bad-append"],
      ["a negative place", "refused", two, -1, "bad-place"],
      ["a place that is no whole number", "refused", two, 0.5, "bad-place"],
      ["an empty id", "", two, 0, "bad-consultation"],
      ["half a surrogate pair as id", "\ud800", two, 0, "bad-consultation"],
      ["an id of 201 characters", "x".repeat(201), two, 0, "bad-consultation"],
    ])("%s, and stores none of it", async (_, id, events, expectedSeq, expected) => {
      expect(await code(store.append(id, events as ConsultationEvent[], expectedSeq))).toBe(expected);
      expect(await store.read("refused")).toEqual([]);
    });

    test("to read from a place that is none", async () => {
      expect(await code(store.read("refused", -1))).toBe("bad-place");
      expect(await code(store.read("refused", Number.NaN))).toBe("bad-place");
    });
  });

  describe("optimistic append", () => {
    test.each([
      ["too early", 5],
      ["too late", 1],
    ])("%s: a conflict that tells how many events there are, and nothing is stored", async (_, at) => {
      const id = `conflict-${at}`;
      await store.append(id, eventsOf(id, 3), 0);
      const refused = await store.append(id, eventsOf(id, 1, at, "other"), at).catch((error) => error);
      expect(refused).toBeInstanceOf(SequenceConflict);
      expect(refused).toMatchObject({ code: "sequence-conflict", expected: at, actual: 3 });
      expect(await eventsIn(store, id)).toEqual(eventsOf(id, 3));
    });

    test("the same append again is recognised, and stored once, even when others came after it", async () => {
      const events = eventsOf("again", 5);
      await store.append("again", events.slice(0, 2), 0);
      const first = await store.append("again", events.slice(2, 4), 2);
      expect(await store.append("again", events.slice(2, 4), 2)).toEqual({ ...first, repeated: true });
      await store.append("again", events.slice(4), 4);
      expect(await store.append("again", events.slice(2, 4), 2)).toEqual({ ...first, repeated: true });
      expect(await code(store.append("again", eventsOf("again", 4, 2), 2))).toBe("sequence-conflict");
      expect(await eventsIn(store, "again")).toEqual(events);
    });

    test("of many who append at once, exactly one wins each place", async () => {
      const id = "crowd";
      await store.append(id, eventsOf(id, 1), 0);
      for (let round = 0; round < 5; round++) {
        const at = 1 + 2 * round;
        const rivals = Array.from({ length: 12 }, (_, rival) => eventsOf(id, 2, at, `rival ${rival}`));
        const outcomes = await Promise.allSettled(rivals.map((events) => store.append(id, events, at)));
        const won = outcomes.flatMap(({ status }, rival) => (status === "fulfilled" ? [rival] : []));
        expect(won).toHaveLength(1);
        expect(await eventsIn(store, id, at)).toEqual(rivals[won[0]!]);
      }
      expect(verifyChain(await store.read(id), sha256)).toMatchObject({ whole: true, count: 11 });
    });

    test("many consultations at once do not disturb each other", async () => {
      const ids = Array.from({ length: 300 }, (_, index) => `many-${index}`);
      await Promise.all(
        ids.map(async (id) => {
          for (let seq = 0; seq < 4; seq++) await store.append(id, eventsOf(id, 1, seq), seq);
        }),
      );
      for (const id of ids) expect(await eventsIn(store, id)).toEqual(eventsOf(id, 4));
    });
  });

  describe("delete", () => {
    test("leaves nothing to read or list, and says whether there was something", async () => {
      await store.append("gone", eventsOf("gone", 3), 0);
      expect(await store.delete("gone")).toBe(true);
      expect(await store.read("gone")).toEqual([]);
      expect(await store.list()).not.toContain("gone");
      expect(await store.delete("gone")).toBe(false);
    });

    test("a writer that has not heard of it cannot bring half a consultation back", async () => {
      await store.append("half", eventsOf("half", 3), 0);
      await store.delete("half");
      expect(await code(store.append("half", eventsOf("half", 1, 3), 3))).toBe("sequence-conflict");
      await store.append("half", eventsOf("half", 2, 0, "anew"), 0);
      const { head } = await store.append("half", eventsOf("half", 2, 2, "anew"), 2);
      expect(verifyChain(await store.read("half"), sha256)).toEqual({ whole: true, count: 4, head });
    });
  });

  test("agrees with a plain map of lists, whatever is done in whatever order", () => {
    const id = fc.constantFrom("a", "B", "ü/x");
    const action = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant("append" as const),
          id,
          count: fc.integer({ min: 1, max: 3 }),
          off: fc.constantFrom(0, 0, 0, -1, 1, -2),
          mark: fc.constantFrom("x", "y"),
        }),
      },
      fc.record({ do: fc.constant("delete" as const), id }),
      fc.record({ do: fc.constant("read" as const), id, from: fc.nat(6) }),
      fc.record({ do: fc.constant("reopen" as const) }),
    );
    return fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
        const place = await source.place();
        const model = new Map<string, ConsultationEvent[]>();
        let tried = await source.open(place);
        for (const step of actions) {
          if (step.do === "reopen") {
            if (!source.durable) continue;
            await tried.close();
            tried = await source.open(place);
          } else if (step.do === "append") {
            const list = model.get(step.id) ?? [];
            const at = Math.max(0, list.length + step.off);
            const events = eventsOf(step.id, step.count, at, step.mark);
            const standing = list.slice(at, at + step.count);
            const repeated = at < list.length && JSON.stringify(standing) === JSON.stringify(events);
            const stores = at === list.length;
            const outcome = await tried.append(step.id, events, at).then(
              (done) => done.repeated,
              (error) => error.actual,
            );
            expect(outcome).toBe(stores ? false : repeated ? true : list.length);
            if (stores) model.set(step.id, [...list, ...events]);
          } else if (step.do === "delete") expect(await tried.delete(step.id)).toBe(model.delete(step.id));
          else expect(await eventsIn(tried, step.id, step.from)).toEqual((model.get(step.id) ?? []).slice(step.from));
          expect(await tried.list()).toEqual([...model.keys()].sort());
        }
        for (const each of model.keys())
          expect(verifyChain(await tried.read(each), sha256, each)).toMatchObject({ whole: true });
        await tried.close();
      }),
      { numRuns: 30 },
    );
  });

  test("after close every call fails with a typed error, and closing again is no fault", async () => {
    const closed = await source.open(await source.place());
    const last = closed.append("c", eventsOf("c", 1), 0);
    await closed.close();
    await expect(last).resolves.toMatchObject({ count: 1 });
    await closed.close();
    const calls = [closed.append("c", eventsOf("c", 1, 1), 1), closed.read("c"), closed.list(), closed.delete("c")];
    expect(await Promise.all(calls.map(code))).toEqual(Array(4).fill("store-closed"));
  });
}
