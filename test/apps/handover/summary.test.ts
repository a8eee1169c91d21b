/** The summary, over whatever is known of a person: deterministic, complete, and no advice. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bayesAgent } from "../../../agents/index.ts";
import { Summary } from "../../../apps/handover/api.ts";
import { outcomeOf } from "../../../apps/handover/outcome.ts";
import { summaryOf, summaryText } from "../../../apps/handover/soap.ts";
import { summaryFrom } from "../../../apps/handover/summary.ts";
import { differentialViewer } from "../../../apps/server/differential-view.ts";
import {
  type AgentCore,
  type ConsultationEvent,
  type EventBody,
  EventLog,
  isForbidden,
  isTold,
  type KnowledgeBase,
  nextAct,
  type ObservedFinding,
  replay,
  steppingClock,
} from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";
import { speech } from "../../fixtures/consultation-events.ts";
import { base as starter } from "../server/serving.ts";

const safety = { emergencyNumber: "112" };

/** Any state of any findings of a base. */
function observations(base: KnowledgeBase): fc.Arbitrary<ObservedFinding[]> {
  const some = fc.subarray(base.findings.map(({ id }) => id));
  return fc.tuple(some, fc.infiniteStream(fc.nat())).map(([ids, chance]) =>
    ids.map((id): ObservedFinding => {
      const finding = base.findings.find((each) => each.id === id)!;
      const draw = (n: number): number => chance.next().value! % n;
      const state = (["present", "present", "absent", "unknown"] as const)[draw(4)]!;
      if (state !== "present" || finding.type === "binary") return { finding: id, state };
      if (finding.type === "numeric") return { finding: id, state, number: (finding.range?.[0] ?? 0) + draw(5) };
      return { finding: id, state, values: [finding.values[draw(finding.values.length)]!.id] };
    }),
  );
}

function eventsOf(
  base: KnowledgeBase,
  core: AgentCore,
  words: string,
  told: readonly ObservedFinding[],
  flags: number,
) {
  const log = new EventLog("a", steppingClock());
  const bodies: EventBody[] = [
    { type: "opened", intake: { age: 40, sex: "female", findings: [] }, versions: {} },
    { type: "consented", disclaimer: "d" },
    { type: "patient-said", text: words },
    ...told.map((observed) => ({ type: "finding-observed", observed }) as const),
    ...base.redFlags
      .slice(0, flags)
      .map(({ id, urgency, message }) => ({ type: "red-flag-raised", rule: id, urgency, message }) as const),
  ];
  for (const body of bodies) log.append(body);
  const act = nextAct(core, log.events, 0);
  if (act.type === "conclude") log.append({ type: "concluded", conclusion: act, text: "t" });
  else log.append({ type: "handed-off", reason: "self-harm" });
  return log.events;
}

const bases = [clinic, starter].map((base) => ({
  base,
  core: bayesAgent(base) as AgentCore,
  view: differentialViewer(base),
}));

function summed({ base, view }: (typeof bases)[number], events: readonly ConsultationEvent[]) {
  const outcome = outcomeOf(events)!;
  const differential = view(outcome.conclusion?.differential ?? { entries: [], other: 1 }, replay(events).findings);
  return summaryFrom(events, outcome, { base, safety }, differential);
}

/** The items of a list, brackets opened. */
const itemsIn = (text: string, head: string): string[] =>
  (new RegExp(`^${head}: (.*)\\.$`, "m").exec(text)?.[1] ?? "")
    .split(/; | \(|\)/)
    .map((item) => item.trim())
    .filter((item) => item !== "");

for (const place of bases)
  describe(`the summary over the knowledge base ${place.base.id}`, () => {
    const given = fc.tuple(speech, observations(place.base), fc.nat(3));

    test("is the same for the same events, fits, and holds no advice on drugs", () => {
      fc.assert(
        fc.property(given, ([words, told, flags]) => {
          const events = eventsOf(place.base, place.core, words, told, flags);
          const summary = summed(place, events);
          expect(summed(place, structuredClone(events))).toEqual(summary);
          expect(Summary.safeParse(summary).success).toBe(true);
          const { subjective, ...own } = summary;
          // The person's own words stand in quotation marks, whatever they are; the rest is the program's.
          const lines = [
            ...Object.values(own).join("\n").split("\n"),
            ...subjective.split("\n").filter((line) => !line.startsWith("Complaint:")),
          ];
          for (const sentence of lines.flatMap((line) => line.split(/[;:]/)))
            expect(isForbidden(sentence), sentence).toBe(false);
          expect(summary.plan.split("\n")).toHaveLength(2);
        }),
        { numRuns: 60 },
      );
    });

    test("names every present finding once, and what is absent or unknown as such", () => {
      fc.assert(
        fc.property(observations(place.base), (all) => {
          const told = all.slice(0, 40);
          const { subjective, objective } = summed(place, eventsOf(place.base, place.core, "it hurts", told, 0));
          const found = [
            ...["Reports", "History"].flatMap((head) => itemsIn(subjective, head)),
            ...itemsIn(objective, "Found"),
          ];
          for (const { finding: id, state } of told) {
            const { name, kind } = place.base.findings.find((each) => each.id === id)!;
            const times = found.filter((item) => item === name || item.startsWith(`${name}: `)).length;
            expect([id, times]).toEqual([id, state === "present" ? 1 : 0]);
            const other = isTold(kind) ? subjective : objective;
            if (state !== "present") expect(other).toContain(name);
          }
        }),
        { numRuns: 60 },
      );
    });
  });

test("a summary comes back from the text as which it is stored, whatever stands in it", () => {
  const line = fc.oneof(fc.string(), fc.constantFrom("PLAN", " PLAN", "SUBJECTIVE", "", "OBJECTIVE", "  ASSESSMENT"));
  const text = fc.array(line, { maxLength: 6 }).map((lines) => lines.join("\n"));
  const note = fc.record({ subjective: text, objective: text, assessment: text, plan: text });
  fc.assert(
    fc.property(note, (each) => {
      expect(summaryOf(summaryText(each))).toEqual(each);
    }),
  );
  expect(summaryOf("something else")).toBeUndefined();
});

test("a summary says who was told what, and leaves the rest to the clinician", () => {
  const [place] = bases;
  const told: ObservedFinding[] = [
    { finding: "cough", state: "present" },
    { finding: "cough-type", state: "present", values: ["bloody"] },
    { finding: "smoker", state: "present" },
    { finding: "fever", state: "absent" },
    { finding: "rash-place", state: "unknown" },
    { finding: "temperature", state: "present", number: 38.6 },
    { finding: "chest-x-ray", state: "absent" },
  ];
  const summary = summed(place!, eventsOf(clinic, place!.core, "I cough\n\nPLAN", told, 1));
  expect(`\n${summaryText(summary)}\n`).toMatchInlineSnapshot(`
    "
    SUBJECTIVE
    Person: age 40, female.
    Complaint: "I cough PLAN"
    Reports: cough (character of the cough: bloody).
    History: smoking.
    Denies: fever.
    Asked, not known: place of the rash.

    OBJECTIVE
    Found: body temperature: 38.6 °C.
    Not found: shadow on the chest X-ray.
    As reported in the conversation; nobody verified it.

    ASSESSMENT
    Red flags: Blood coughed up (emergency).
    Differential:
    1. Common cold: very likely (86 %)
    2. Pneumonia: less likely (6 %)
    3. Measles: less likely (6 %)
    Other or not known: 2 %.
    The interview ended by: budget, after 0 questions.
    Ranked by a software agent, from what was said alone.
    Not reviewed by a clinician.

    PLAN
    Urgency, by the agent: emergency. Go to an emergency department now, or call 112 if you cannot get there.
    Everything else is for the clinician to decide.
    "
  `);
});
