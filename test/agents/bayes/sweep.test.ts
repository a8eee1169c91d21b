import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Belief, beliefUpdater, PRESENT, UNKNOWN } from "../../../agents/bayes/belief.ts";
import { chanceBeforeAnythingIsTold, compileRule, type RuleState, trackRule } from "../../../agents/bayes/rule-risk.ts";
import { redFlagSweep } from "../../../agents/bayes/sweep.ts";
import { bayesAgent } from "../../../agents/index.ts";
import {
  buildLikelihoodModel,
  type Intake,
  KnowledgeBase,
  type ObservedFinding,
  raisedRedFlags,
} from "../../../src/index.ts";

const finding = (id: string, more: object = {}) => ({
  id,
  name: id,
  kind: "symptom",
  type: "binary",
  question: `${id}?`,
  background: 0.05,
  ...more,
});
const values = (...ids: string[]) => ids.map((id) => ({ id, name: id }));
const condition = (id: string, urgency: string, prior: number, findings: object) => ({
  id,
  name: id,
  icd10: "A00",
  severity: 3,
  domain: "d",
  urgency,
  prior,
  findings,
});
const rule = (id: string, when: object, urgency = "emergency") => ({ id, name: id, when, urgency, message: id });

/** A ward where chest pain is mostly a strained rib, seldom the heart. */
const ward = KnowledgeBase.parse({
  id: "ward",
  version: "1",
  notice: "Written for tests. Not medical advice.",
  findings: [
    finding("pain"),
    finding("place", { type: "multiple", parent: "pain", values: values("arm", "back", "rib") }),
    finding("onset", { type: "categorical", values: values("sudden", "hours", "weeks") }),
    finding("sweat"),
    finding("faint"),
    finding("fear"),
    finding("pressure", {
      kind: "sign",
      type: "numeric",
      values: [
        { id: "low", name: "low", below: 90 },
        { id: "normal", name: "normal", from: 90 },
      ],
      background: { low: 0.05, normal: 0.95 },
    }),
  ],
  conditions: [
    condition("heart", "emergency", 5, {
      pain: 0.9,
      place: { arm: 0.6, back: 0.2, rib: 0.1 },
      onset: { sudden: 0.5, hours: 0.4, weeks: 0.1 },
      sweat: 0.6,
      faint: 0.2,
      pressure: { low: 0.4, normal: 0.6 },
    }),
    condition("rib", "self-care", 90, {
      pain: 0.95,
      place: { arm: 0.05, back: 0.2, rib: 0.9 },
      onset: { sudden: 0.1, hours: 0.3, weeks: 0.6 },
    }),
    condition("panic", "consultation", 5, {
      pain: 0.3,
      fear: 0.95,
      sweat: 0.5,
      onset: { sudden: 0.9, hours: 0.05, weeks: 0.05 },
    }),
  ],
  redFlags: [
    rule("arm", { all: ["place=arm"], any: ["sweat", "onset=sudden", "onset=hours"] }),
    rule("two-signs", { atLeast: { n: 2, of: ["sweat", "faint", "place=back"] }, any: ["onset=sudden", "faint"] }),
    rule("shock", { all: ["faint"], any: ["pressure<90", "sweat"], unless: ["fear"] }),
    rule("old", { all: ["pain"], age: { from: 60 } }),
  ],
});

const model = buildLikelihoodModel(ward);
const everyCondition = model.conditions.map((_, index) => index);
const { open, observe } = beliefUpdater(model, 0.01);

/** Everything that a person of the ward may answer. */
const answers: Record<string, readonly ObservedFinding[]> = Object.fromEntries(
  ward.findings.map(({ id, type, values: known }) => {
    const absent: ObservedFinding = { finding: id, state: "absent" };
    const present = (given: object): ObservedFinding => ({ finding: id, state: "present", ...given });
    const each = known.map((value) => present({ values: [value.id] }));
    return [id, type === "binary" ? [absent, present({})] : type === "multiple" ? [absent, ...each] : each];
  }),
);
const someAnswers = fc
  .subarray(Object.keys(answers))
  .chain((ids) => fc.tuple(...ids.map((id) => fc.constantFrom(...answers[id]!))))
  .filter((told) => !told.some(({ finding: id }) => id === "place") || told.some(isPain));
function isPain({ finding: id, state }: ObservedFinding): boolean {
  return id === "pain" && state === "present";
}
const someone = fc.record({ age: fc.constantFrom(30, 70), told: someAnswers });

const believing = (age: number, told: readonly ObservedFinding[]): Belief =>
  told.reduce(observe, open({ age, findings: [] }, ""));
const canLearn = ({ status }: Belief): Uint8Array =>
  Uint8Array.from(model.findings, ({ parent, finding: { kind } }, f) =>
    Number(kind === "symptom" && status[f] === UNKNOWN && (parent < 0 || status[parent] !== 2)),
  );

describe("where a rule stands", () => {
  test("is fired exactly where the rule holds on what is known", () => {
    fc.assert(
      fc.property(someone, ({ age, told }) => {
        const intake: Intake = { age, findings: [] };
        const raised = raisedRedFlags(ward.redFlags, intake, new Map(told.map((one) => [one.finding, one])));
        const belief = believing(age, told);
        for (const flag of ward.redFlags) {
          // A value id of a number is not its number, which the rules compare.
          if (flag.id === "shock" && told.some(({ finding: id }) => id === "pressure")) continue;
          const { standing } = standingOf(flag.id, belief);
          expect(standing === "fired", `${flag.id} ${JSON.stringify(told)}`).toBe(raised.includes(flag));
        }
      }),
    );
  });

  test("gives the chance of firing that counting all patients gives", () => {
    const belief = believing(30, [{ finding: "pain", state: "present" }]);
    const heart = model.conditions.indexOf("heart");
    // Arm 0.6, then sweat 0.6 or an onset within hours 0.9.
    expect(standingOf("arm", belief).p[heart]).toBeCloseTo(0.6 * (1 - 0.4 * 0.1), 2);
    // Faint with sweat or back; else sweat and back with a sudden onset.
    const twoSigns = 0.2 * (1 - 0.4 * 0.8) + 0.8 * 0.6 * 0.2 * 0.5;
    expect(standingOf("two-signs", belief).p[heart]).toBeCloseTo(twoSigns, 2);
    // The pressure is not told, so that only sweat can make it.
    expect(standingOf("shock", belief).p[heart]).toBeCloseTo(0.2 * 0.6, 2);
  });

  test("counts a child finding with the chance of its parent until the parent is known", () => {
    const heart = model.conditions.indexOf("heart");
    const before = standingOf("arm", believing(30, [])).p[heart]!;
    const after = standingOf("arm", believing(30, [{ finding: "pain", state: "present" }])).p[heart]!;
    expect(before).toBeCloseTo(0.9 * after, 6);
    expect(standingOf("arm", believing(30, [{ finding: "pain", state: "absent" }])).standing).toBe("dead");
  });

  test("is never likelier than before anything was told while nothing that the rule looks at is present", () => {
    let compared = 0;
    fc.assert(
      fc.property(someone, ({ age, told }) => {
        const belief = believing(age, told);
        for (const flag of ward.redFlags) {
          const compiled = compileRule(flag, model);
          const looked = [...compiled.needed, ...compiled.optional].flatMap((term) => [
            term.finding,
            ...term.parents.map((parent) => parent.finding),
          ]);
          if (looked.some((f) => belief.status[f] === PRESENT)) continue;
          const most = chanceBeforeAnythingIsTold(compiled, everyCondition);
          standingOf(flag.id, belief).p.forEach((p, c) => {
            compared++;
            expect(p).toBeLessThanOrEqual(most[c]! + 1e-12);
          });
        }
      }),
    );
    expect(compared).toBeGreaterThan(100);
  });

  test("is dead for whom a rule is not meant, and where an `unless` holds", () => {
    expect(standingOf("old", believing(30, [])).standing).toBe("dead");
    expect(standingOf("old", believing(70, [])).standing).toBe("open");
    expect(standingOf("shock", believing(30, [{ finding: "fear", state: "present" }])).standing).toBe("dead");
  });

  function standingOf(id: string, belief: Belief): RuleState {
    const flag = ward.redFlags.find((known) => known.id === id)!;
    return trackRule(compileRule(flag, model), { watched: everyCondition, others: [] })(belief, canLearn(belief));
  }
});

describe("the sweep", () => {
  const bound = 0.02;

  test("is done before the agent concludes, unless the budget is spent", () => {
    const sweep = redFlagSweep(model, { redFlagRisk: bound, examine: false });
    const core = bayesAgent(ward, { redFlagRisk: bound, minGain: 1 });
    fc.assert(
      fc.property(someone, fc.nat(8), ({ age, told }, budget) => {
        const says = new Map(told.map((one) => [one.finding, one]));
        let belief = core.open({ age, findings: [] }, "");
        const asked: string[] = [];
        for (;;) {
          const act = core.decide(belief, { asked: asked.length, budget });
          if (act.type === "conclude") {
            expect(asked.length >= budget || sweep(belief) === -1).toBe(true);
            return;
          }
          const id = act.type === "ask" ? act.finding! : "";
          expect(asked).not.toContain(id);
          asked.push(id);
          belief = core.observe(belief, says.get(id) ?? { finding: id, state: "absent" });
        }
      }),
    );
  });

  test("asks no more once an emergency is flagged", () => {
    const sweep = redFlagSweep(model, { redFlagRisk: 0, examine: true });
    fc.assert(
      fc.property(someone, ({ age, told }) => {
        const known = new Map(told.map((one) => [one.finding, one]));
        fc.pre(!known.has("pressure") && raisedRedFlags(ward.redFlags, { age, findings: [] }, known).length > 0);
        expect(sweep(believing(age, told))).toBe(-1);
      }),
    );
  });

  test("asks first for what would call a rule off, where that is likely", () => {
    const shock = buildLikelihoodModel({ ...ward, redFlags: ward.redFlags.filter(({ id }) => id === "shock") });
    const sweep = redFlagSweep(shock, { redFlagRisk: 0.001, examine: false });
    const fainted = believing(30, [{ finding: "faint", state: "present" }]);
    expect(model.findings[sweep(fainted)]?.finding.id).toBe("fear");
    const fearless = observe(fainted, { finding: "fear", state: "absent" });
    expect(model.findings[sweep(fearless)]?.finding.id).toBe("sweat");
  });

  test("leaves the questions as they were where a base has no rules, or the bound is 1", () => {
    const bare = { ...ward, redFlags: [] };
    const asked = (base: KnowledgeBase, redFlagRisk: number, minGain = 0.001): string[] => {
      const core = bayesAgent(base, { redFlagRisk, minGain });
      let belief = core.open({ age: 30, findings: [{ finding: "pain", state: "present" }] }, "");
      const questions: string[] = [];
      for (;;) {
        const act = core.decide(belief, { asked: questions.length, budget: 20 });
        if (act.type !== "ask") return questions;
        questions.push(act.finding!);
        belief = core.observe(belief, { finding: act.finding!, state: "absent" });
      }
    };
    expect(asked(bare, 0)).toEqual(asked(bare, 1));
    expect(asked(ward, 1)).toEqual(asked(bare, 1));
    expect(asked(bare, 0, 1)).toEqual([]);
    expect(asked(ward, 0, 1)).not.toEqual([]);
  });
});
