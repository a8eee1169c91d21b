import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  buildLikelihoodModel,
  KnowledgeBase,
  type ObservedFinding,
  outcomesOf,
  PRIOR_BANDS,
  PROBABILITY_BANDS,
  PROBABILITY_FLOOR,
  priorWeight,
  probabilityOf,
} from "../../src/index.ts";
import { clinic } from "../fixtures/clinic.ts";

const model = buildLikelihoodModel(clinic);
const of = (id: string) => model.findings[model.indexOf.get(id)!]!;
/** P(outcome | condition) as the model holds it. */
const p = (finding: string, outcome: string, condition: string, rows: "p" | "share" = "p"): number => {
  const { outcomes, [rows]: table } = of(finding);
  return table[outcomes.indexOf(outcome) * model.conditions.length + model.conditions.indexOf(condition)]!;
};

describe("bands", () => {
  test("fall in the order of their words, and numbers stand for themselves", () => {
    const figures = Object.values(PROBABILITY_BANDS);
    expect(figures).toEqual([...figures].sort((a, b) => b - a));
    expect(probabilityOf("often")).toBe(0.6);
    expect(probabilityOf(0.123)).toBe(0.123);
    expect(Object.values(PRIOR_BANDS)).toEqual([100, 30, 10, 3, 1]);
    expect(priorWeight("rare")).toBe(3);
    expect(priorWeight(7.5)).toBe(7.5);
  });
});

describe("probabilities of findings", () => {
  test("are the condition's own where it names the finding, else the finding's background", () => {
    expect(p("fever", "present", "pneumonia")).toBe(0.8);
    expect(p("fever", "absent", "pneumonia")).toBeCloseTo(0.2, 12);
    expect(p("smoker", "present", "cold")).toBe(0.3);
    expect(p("cough-type", "dry", "cold")).toBeCloseTo(0.6, 3);
    expect(p("cough-type", "bloody", "pneumonia")).toBeCloseTo(0.2, 3);
  });

  test("of several values at once are each value's own", () => {
    expect(p("rash-place", "face", "measles")).toBe(0.8);
    expect(p("rash-place", "trunk", "measles")).toBe(0.7);
  });

  test("as shares among the values given: none keeps its probability, the others divide the rest", () => {
    expect(p("rash-place", "nowhere", "measles", "share")).toBeCloseTo(0.1, 12);
    expect(p("rash-place", "face", "measles", "share") / p("rash-place", "trunk", "measles", "share")).toBeCloseTo(
      8 / 7,
    );
  });

  test("of a finding without background, in a condition that does not name it: absent, or any value alike", () => {
    const base = structuredClone(clinic);
    for (const finding of base.findings) delete finding.background;
    const bare = buildLikelihoodModel(base);
    const column = (id: string): number[] => {
      const { p: rows, outcomes, index } = bare.findings[bare.indexOf.get(id)!]!;
      expect(index).toBe(bare.indexOf.get(id));
      return outcomes.map((_, o) => rows[o * 4 + bare.conditions.indexOf("mastitis")]!);
    };
    expect(column("smoker")).toEqual([1 - PROBABILITY_FLOOR, PROBABILITY_FLOOR]);
    for (const q of column("cough-type")) expect(q).toBeCloseTo(1 / 3, 9);
  });
});

test("a finding knows its parent, its outcomes and the outcome that absence stands for", () => {
  expect(of("cough-type").parent).toBe(of("cough").index);
  expect(of("cough").parent).toBe(-1);
  expect(of("cough")).toMatchObject({ outcomes: ["absent", "present"], none: 0 });
  expect(of("rash-place")).toMatchObject({ outcomes: ["nowhere", "face", "trunk", "breast"], none: 0 });
  expect(of("temperature").none).toBe(-1);
});

describe("any base", () => {
  const probability = fc.oneof(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom(0, 1, ...(Object.keys(PROBABILITY_BANDS) as (keyof typeof PROBABILITY_BANDS)[])),
  );
  const base = fc
    .record({
      type: fc.constantFrom("categorical", "multiple", "numeric"),
      values: fc.integer({ min: 2, max: 6 }),
      none: fc.boolean(),
      rows: fc.array(fc.option(fc.array(probability, { minLength: 6, maxLength: 6 })), { minLength: 1, maxLength: 5 }),
      binary: fc.array(probability, { minLength: 5, maxLength: 5 }),
    })
    .map(({ type, values, none, rows, binary }) =>
      KnowledgeBase.parse({
        id: "any",
        version: "1",
        notice: "-",
        findings: [
          { id: "b", name: "b", kind: "symptom", type: "binary", question: "b?" },
          {
            ...{ id: "f", name: "f", kind: "symptom", type, question: "f?" },
            values: Array.from({ length: values }, (_, i) => ({ id: `v${i}`, name: `v${i}` })),
            ...(none && type !== "numeric" && { none: "v0" }),
          },
        ],
        conditions: rows.map((row, c) => ({
          ...{ id: `c${c}`, name: `c${c}`, icd10: "A00", severity: 3, domain: "d", prior: 1 },
          findings: {
            b: binary[c],
            ...(row && { f: Object.fromEntries(row.slice(0, values).map((q, v) => [`v${v}`, q])) }),
          },
        })),
      }),
    );

  test("has rows that sum to 1 a condition, with nothing impossible and nothing certain", () => {
    fc.assert(
      fc.property(base, (any) => {
        const { findings, conditions } = buildLikelihoodModel(any);
        for (const { outcomes, p: rows, share, finding } of findings) {
          for (let c = 0; c < conditions.length; c++) {
            const column = (table: Float64Array): number[] => outcomes.map((_, o) => table[o * conditions.length + c]!);
            const sum = (table: Float64Array): number => column(table).reduce((total, q) => total + q, 0);
            expect(sum(share)).toBeCloseTo(1, 9);
            if (finding.type !== "multiple") expect(sum(rows)).toBeCloseTo(1, 9);
            for (const q of column(rows)) {
              expect(q).toBeGreaterThanOrEqual((PROBABILITY_FLOOR / outcomes.length) * (1 - 1e-9));
              expect(q).toBeLessThanOrEqual(1 - PROBABILITY_FLOOR / 10);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("priors", () => {
  const prior = (age?: number, sex?: "female" | "male") =>
    Object.fromEntries([...model.prior(age, sex)].map((q, c) => [model.conditions[c]!, q]));

  test("are the weights, normalised, where neither age nor sex is known", () => {
    expect(prior()).toEqual({ cold: 0.6, pneumonia: 0.1, measles: 0.1, mastitis: 0.2 });
  });

  test("follow age group and sex", () => {
    expect(prior(70).pneumonia! / prior(70).cold!).toBeCloseTo(30 / 60, 9);
    expect(prior(5).measles! / prior(5).cold!).toBeCloseTo(50 / 60, 9);
    expect(prior(40, "female").mastitis).toBeCloseTo(0.2, 9);
  });

  test("keep a trace of what is impossible, so that a mistyped sex rules nothing out", () => {
    expect(prior(40, "male").mastitis).toBeGreaterThan(0);
    expect(prior(40, "male").mastitis).toBeLessThan(1e-4);
  });

  test("sum to 1 for every age and sex", () => {
    fc.assert(
      fc.property(
        fc.option(fc.double({ min: 0, max: 130, noNaN: true })),
        fc.constantFrom("female", "male"),
        (age, sex) => {
          expect(model.prior(age ?? undefined, sex as "female").reduce((sum, q) => sum + q, 0)).toBeCloseTo(1, 12);
        },
      ),
    );
  });
});

describe("what an observation stands for", () => {
  const outcomes = (finding: string, rest: Partial<ObservedFinding>) =>
    outcomesOf(of(finding), { finding, state: "present", ...rest })?.map((o) => of(finding).outcomes[o]);

  test("presence and absence of a binary finding", () => {
    expect(outcomes("fever", {})).toEqual(["present"]);
    expect(outcomes("fever", { state: "absent" })).toEqual(["absent"]);
  });

  test("one value of a categorical, several of a multiple finding", () => {
    expect(outcomes("cough-type", { values: ["bloody"] })).toEqual(["bloody"]);
    expect(outcomes("rash-place", { values: ["trunk", "face"] })).toEqual(["trunk", "face"]);
  });

  test("absence is the value for it where there is one, and says nothing where there is none", () => {
    expect(outcomes("rash-place", { state: "absent" })).toEqual(["nowhere"]);
    expect(outcomes("cough-type", { state: "absent" })).toBeUndefined();
    expect(outcomes("temperature", { state: "absent" })).toBeUndefined();
  });

  test("unknown, and presence without a value, say nothing", () => {
    for (const { finding } of model.findings) expect(outcomes(finding.id, { state: "unknown" })).toBeUndefined();
    expect(outcomes("cough-type", {})).toBeUndefined();
    expect(outcomes("temperature", {})).toBeUndefined();
  });

  test("a number is the interval it falls into, the lower bound included; an interval may be named as well", () => {
    const named = [37.9, 38, 39.4, 39.5, -300, 1000].map((number) => outcomes("temperature", { number })![0]);
    expect(named).toEqual(["normal", "raised", "raised", "high", "normal", "high"]);
    expect(outcomes("temperature", { values: ["raised"] })).toEqual(["raised"]);
  });

  test("a value that the finding lacks is an error, for numeric findings too", () => {
    const unknown = expect.objectContaining({ code: "unknown-value" });
    for (const finding of ["cough-type", "rash-place", "temperature"]) {
      expect(() => outcomes(finding, { values: ["purple"] }), finding).toThrow(unknown);
    }
  });
});
