/** The register against the store it is a view of: whatever happens to consultations, and in whichever order it is heard of. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { observedStore } from "../../../apps/handover/observed-store.ts";
import { outcomeOf } from "../../../apps/handover/outcome.ts";
import { owedOf } from "../../../apps/handover/owed.ts";
import { Register } from "../../../apps/handover/register.ts";
import { Survey } from "../../../apps/handover/survey.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { type ConsultationEvent, type EventBody, type EventStore, eventAt } from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";

const conclusion = (condition: string) => ({
  type: "conclude" as const,
  differential: { entries: [{ condition, probability: 0.8 }], other: 0.2 },
  abstained: false,
});
const reviewed = (decision: "confirmed" | "edited" | "returned") =>
  ({ type: "reviewed", reviewer: "dr-grey", decision }) as const;

const BODIES: readonly EventBody[] = [
  { type: "patient-said", text: "it hurts" },
  { type: "red-flag-raised", rule: "blood-coughed-up", urgency: "emergency", message: "m" },
  { type: "concluded", conclusion: conclusion("cold") },
  { type: "handed-off", reason: "self-harm" },
  { type: "abandoned", reason: "idle" },
  reviewed("confirmed"),
  { ...reviewed("edited"), conclusion: conclusion("measles") },
  reviewed("returned"),
  { type: "notified", to: "clinic", outcome: "delivered", attempts: 1 },
  { type: "notified", to: "clinic", outcome: "dead", attempts: 4, reason: "status 503" },
];

/** Appends to the end, or begins; as several do at once. */
async function append(store: EventStore, id: string, body: EventBody, time: number): Promise<void> {
  const seq = (await store.read(id)).length;
  const opened: EventBody = { type: "opened", intake: { findings: [] }, versions: {} };
  const at = (place: number) => ({ consultation: id, seq: place, time: new Date(time).toISOString() });
  const events = seq === 0 ? [eventAt(at(0), opened), eventAt(at(1), body)] : [eventAt(at(seq), body)];
  await store.append(id, events, seq).catch(() => {});
}

const operation = fc.record({
  id: fc.constantFrom("a", "b", "c", "d"),
  body: fc.option(fc.constantFrom(...BODIES), { freq: 8 }),
  awaited: fc.boolean(),
});

/** A store that others share: it can be watched, and what they do is not told. */
const shared = (store: EventStore): EventStore => ({ ...store, watch: () => () => {} });

function watched(store: EventStore) {
  const register = new Register(clinic, () => true);
  const observed = observedStore(store, {
    appended: (...heard) => survey.appended(...heard),
    read: (...heard) => survey.read(...heard),
    deleted: (...heard) => survey.deleted(...heard),
  });
  const survey = new Survey(observed, register, { lookEveryMs: 0 });
  return { register, survey, store: observed };
}

async function truth(store: EventStore): Promise<Register> {
  const register = new Register(clinic, () => true);
  for (const id of await store.list())
    register.take(
      id,
      (await store.read(id)).map(({ event }) => event),
    );
  return register;
}

const seen = (register: Register) => ({
  queue: register.queue(),
  dead: register.dead(),
  owed: register.owed().sort(),
});

describe("the register", () => {
  test("agrees with the store after anything that this process did", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
        const kept = memoryStore();
        const { register, survey, store } = watched(kept);
        const under: Promise<unknown>[] = [];
        for (const [index, { id, body, awaited }] of operations.entries()) {
          const done = body ? append(store, id, body, index * 1000) : store.delete(id);
          under.push(done);
          if (awaited) await done;
        }
        await Promise.all(under);
        await survey.settle();
        expect(seen(register)).toEqual(seen(await truth(kept)));
      }),
      { numRuns: 200 },
    );
  });

  test("agrees with a shared store once it looked, whoever did what", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
        const kept = memoryStore();
        const [one, two] = [watched(shared(kept)), watched(shared(kept))];
        for (const [index, { id, body, awaited }] of operations.entries()) {
          const { store } = awaited ? one : two;
          await (body ? append(store, id, body, index * 1000) : store.delete(id));
          if (index % 7 === 0) await Promise.all([one, two].map(({ survey }) => survey.look(performance.now() + 1e9)));
        }
        // What was over for good is looked at every tenth time.
        for (let n = 0; n < 11; n++)
          await Promise.all([one, two].map(({ survey }) => survey.look(performance.now() + 1e9)));
        const expected = seen(await truth(kept));
        for (const { survey, register } of [one, two]) {
          await survey.settle();
          expect(seen(register)).toEqual(expected);
        }
      }),
      { numRuns: 100 },
    );
  });
});

const eventsOf = (...bodies: readonly EventBody[]): ConsultationEvent[] =>
  bodies.map((body, seq) => eventAt({ consultation: "a", seq, time: "2026-01-01T00:00:00.000Z" }, body));
const ended: EventBody = { type: "concluded", conclusion: conclusion("cold") };

describe("what is owed", () => {
  test("is everything since the last that was delivered; what died stays owed until somebody says so", () => {
    const [, , , , , , , , delivered, dead] = BODIES as [EventBody, ...EventBody[]];
    const places = (...bodies: EventBody[]) => {
      const owed = owedOf(eventsOf(...bodies));
      return [owed.occasions.map(({ seq }) => seq), owed.dead?.seq];
    };
    expect(places(ended)).toEqual([[0], undefined]);
    expect(places(ended, delivered!)).toEqual([[], undefined]);
    expect(places(ended, dead!)).toEqual([[0], 1]);
    expect(places(ended, dead!, reviewed("confirmed"))).toEqual([[0, 2], undefined]);
    expect(places(ended, dead!, delivered!)).toEqual([[], undefined]);
    expect(places(ended, delivered!, reviewed("returned"), ended)).toEqual([[2, 3], undefined]);
  });
});

describe("the outcome", () => {
  test("after words of a crisis is the hand-off, and the agent's conclusion still stands", () => {
    const outcome = outcomeOf(eventsOf(ended, reviewed("confirmed"), { type: "handed-off", reason: "self-harm" }))!;
    expect(outcome).toMatchObject({ state: "waiting", ending: { type: "handed-off" }, conclusion: conclusion("cold") });
    const returned = outcomeOf(eventsOf(ended, reviewed("returned"), { type: "handed-off", reason: "self-harm" }))!;
    expect(returned.conclusion).toBeUndefined();
  });

  test("after an edit is the clinician's, until it ends anew", () => {
    const edited = { ...reviewed("edited"), conclusion: conclusion("measles") };
    expect(outcomeOf(eventsOf(ended, edited))).toMatchObject({ state: "decided", editor: "dr-grey" });
    expect(outcomeOf(eventsOf(ended, edited, reviewed("edited")))).toMatchObject({ conclusion: conclusion("measles") });
    expect(outcomeOf(eventsOf(ended, edited, ended))).not.toHaveProperty("editor");
  });
});
