import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Conclude,
  compareLists,
  type Differential,
  type FinishedConsultation,
  SCORES,
  scoreConsultation,
  URGENCIES,
} from "../../../src/index.ts";

const list = (probabilities: Record<string, number>, other = 0): Differential => ({
  entries: Object.entries(probabilities).map(([condition, probability]) => ({ condition, probability })),
  other,
});

const concluding = (differential: Differential, more: Partial<Conclude> = {}): Conclude => ({
  type: "conclude",
  differential,
  abstained: false,
  ...more,
});

const finished = (more: Partial<FinishedConsultation> = {}): FinishedConsultation => ({
  conclusion: concluding(list({ flu: 0.6, cold: 0.3, asthma: 0.05, gout: 0.03 }, 0.02)),
  label: "cold",
  turns: 4,
  positives: { all: 5, learnt: 3 },
  ...more,
});

describe("one consultation scores", () => {
  test("the label's place: first, among three, among five, or not at all", () => {
    const places = ["flu", "cold", "asthma", "gout", "measles"].map((label) => {
      const { top1, top3, top5 } = scoreConsultation(finished({ label }));
      return [top1, top3, top5];
    });
    expect(places).toEqual([
      [1, 1, 1],
      [0, 1, 1],
      [0, 1, 1],
      [0, 0, 1],
      [0, 0, 0],
    ]);
  });

  test("its length, the initial evidence counted as a question", () => {
    expect(scoreConsultation(finished({ turns: 0 })).il).toBe(1);
    expect(scoreConsultation(finished({ turns: 9 })).il).toBe(10);
  });

  test("the share of the patient's findings that were learnt, where there is any", () => {
    expect(scoreConsultation(finished()).per).toBeCloseTo(0.6, 12);
    expect(scoreConsultation(finished({ positives: { all: 0, learnt: 0 } }))).not.toHaveProperty("per");
  });

  test("the Brier score over all conditions and other: (0.3 − 1)² + 0.6² + 0.05² + 0.03² + 0.02²", () => {
    expect(scoreConsultation(finished()).brier).toBeCloseTo(0.49 + 0.36 + 0.0025 + 0.0009 + 0.0004, 12);
    expect(scoreConsultation(finished({ conclusion: concluding(list({ cold: 1 })) })).brier).toBeCloseTo(0, 12);
    expect(scoreConsultation(finished({ conclusion: concluding(list({ flu: 1 })) })).brier).toBeCloseTo(2, 12);
    expect(scoreConsultation(finished({ conclusion: concluding(list({}, 1)) })).brier).toBeCloseTo(2, 12);
  });

  test("nothing about lists, urgency and red flags where the case has nothing to compare with", () => {
    expect(Object.keys(scoreConsultation(finished())).sort()).toEqual(
      ["abstained", "brier", "il", "per", "top1", "top3", "top5"].sort(),
    );
  });

  test("under names that are all known", () => {
    const all = scoreConsultation(
      finished({
        reference: list({ cold: 1 }),
        urgency: "emergency",
        redFlag: true,
        conclusion: concluding(list({ cold: 1 }), { urgency: "emergency" }),
      }),
    );
    for (const name of Object.keys(all)) expect(SCORES).toContain(name);
  });
});

describe("lists are compared as the DDXPlus authors do", () => {
  test("a worked patient: four listed, three of them among the reference's five", () => {
    const predicted = list({ a: 0.5, b: 0.3, c: 0.1, x: 0.05, d: 0.005 });
    const reference = list({ a: 0.4, c: 0.3, b: 0.2, d: 0.05, e: 0.04, f: 0.01 });
    const { ddr, ddp, ddf1 } = compareLists(predicted, reference);
    expect(ddr).toBeCloseTo(3 / 5, 12);
    expect(ddp).toBeCloseTo(3 / 4, 12);
    expect(ddf1).toBeCloseTo((2 * 0.6 * 0.75) / 1.35, 12);
  });

  test("an entry of exactly 0.01 is not listed, one just above is", () => {
    expect(compareLists(list({ a: 0.01 }), list({ a: 1 })).ddr).toBe(0);
    expect(compareLists(list({ a: 0.010001 }), list({ a: 1 })).ddr).toBe(1);
  });

  test("nothing shared scores 0, and so does an empty list, never NaN", () => {
    for (const [predicted, reference] of [
      [list({ a: 1 }), list({ b: 1 })],
      [list({}, 1), list({ a: 1 })],
      [list({ a: 1 }), list({}, 1)],
    ] as const) {
      expect(compareLists(predicted, reference)).toEqual({ ddr: 0, ddp: 0, ddf1: 0 });
    }
  });

  test("a list against itself scores 1, and recall and precision swap with the lists", () => {
    const probability = fc.double({ min: 0, max: 1, noNaN: true });
    const any = fc.dictionary(fc.constantFrom(..."abcdefgh"), probability, { minKeys: 1 }).map((of) => list(of));
    fc.assert(
      fc.property(any, any, (one, two) => {
        const forth = compareLists(one, two);
        const back = compareLists(two, one);
        expect(forth.ddr).toBeCloseTo(back.ddp, 12);
        expect(forth.ddf1).toBeCloseTo(back.ddf1, 12);
        expect(forth.ddf1).toBeLessThanOrEqual(Math.max(forth.ddr, forth.ddp) + 1e-12);
        if (one.entries.some((entry) => entry.probability > 0.01)) expect(compareLists(one, one).ddf1).toBe(1);
      }),
    );
  });
});

describe("urgency", () => {
  const triage = (given: number, reference: number) => {
    const conclusion = concluding(list({ cold: 1 }), { urgency: URGENCIES[given]! });
    const { safe, over_triage } = scoreConsultation(finished({ conclusion, urgency: URGENCIES[reference]! }));
    return { safe, over_triage };
  };

  test("is safe at most one level under the reference, and over-triage more than one above it", () => {
    for (let given = 0; given < 5; given++) {
      for (let reference = 0; reference < 5; reference++) {
        const expected = { safe: Number(given - reference <= 1), over_triage: Number(reference - given > 1) };
        expect(triage(given, reference), `${given} for ${reference}`).toEqual(expected);
      }
    }
  });

  test("counts red flags where they were due (an emergency) and where they were not (no hurry)", () => {
    const flagged = (redFlag: boolean | undefined, level: number) => {
      const scores = scoreConsultation(finished({ redFlag, urgency: URGENCIES[level]! }));
      return [scores.red_flag_recall, scores.red_flag_false_alarms];
    };
    expect([0, 1, 2, 3, 4].map((level) => flagged(true, level))).toEqual([
      [1, undefined],
      [1, undefined],
      [undefined, undefined],
      [undefined, 1],
      [undefined, 1],
    ]);
    expect(flagged(false, 0)).toEqual([0, undefined]);
    expect(flagged(undefined, 0)).toEqual([undefined, undefined]);
  });
});
