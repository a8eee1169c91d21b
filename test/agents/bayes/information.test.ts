import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildInformationTable } from "../../../agents/bayes/information.ts";
import { buildLikelihoodModel, entropy, KnowledgeBase, type LikelihoodModel } from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";

const weights = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.oneof({ weight: 4, arbitrary: fc.double({ min: 0.001, max: 1, noNaN: true }) }, fc.constant(0)), {
    minLength: length,
    maxLength: length,
  });

const normalised = (all: readonly number[]): Float64Array => {
  const total = all.reduce((sum, w) => sum + w, 0);
  return Float64Array.from(all, (w) => (total > 0 ? w / total : 1 / all.length));
};

/** A base of one finding of each type that has one outcome at a time, with random figures; some conditions name none. */
const anyBase = fc
  .record({ conditions: fc.integer({ min: 2, max: 8 }), values: fc.integer({ min: 2, max: 6 }) })
  .chain(({ conditions, values }) =>
    fc.record({
      values: fc.constant(values),
      binary: fc.array(fc.option(fc.double({ min: 0, max: 1, noNaN: true })), {
        minLength: conditions,
        maxLength: conditions,
      }),
      rows: fc.array(fc.option(weights(values)), { minLength: conditions, maxLength: conditions }),
      posterior: weights(conditions).map(normalised),
    }),
  )
  .map(({ values, binary, rows, posterior }) => {
    const ids = Array.from({ length: values }, (_, i) => `v${i}`);
    const base = KnowledgeBase.parse({
      id: "any",
      version: "1",
      notice: "-",
      findings: [
        { id: "b", name: "b", kind: "symptom", type: "binary", question: "b?", background: 0.1 },
        {
          ...{ id: "k", name: "k", kind: "symptom", type: "categorical", question: "k?" },
          values: ids.map((id) => ({ id, name: id })),
        },
      ],
      conditions: rows.map((row, c) => ({
        ...{ id: `c${c}`, name: `c${c}`, icd10: "A00", severity: 3, domain: "d", prior: 1 },
        findings: {
          ...(binary[c] != null && { b: binary[c] }),
          ...(row && { k: Object.fromEntries(ids.map((id, v) => [id, row[v]!])) }),
        },
      })),
    });
    return { model: buildLikelihoodModel(base), posterior };
  });

/** I(X; D) = Σ_x Σ_d P(d) P(x | d) ln(P(x | d) / P(x)), term by term. */
function mutualInformation({ findings, conditions }: LikelihoodModel, f: number, posterior: Float64Array): number {
  const { p, outcomes } = findings[f]!;
  let information = 0;
  for (let o = 0; o < outcomes.length; o++) {
    const row = conditions.map((_, c) => p[o * conditions.length + c]!);
    const marginal = row.reduce((sum, q, c) => sum + posterior[c]! * q, 0);
    row.forEach((q, c) => {
      if (q > 0 && posterior[c]! > 0) information += posterior[c]! * q * Math.log(q / marginal);
    });
  }
  return information;
}

describe("the expected information of a finding", () => {
  test("is its mutual information with the condition", () => {
    fc.assert(
      fc.property(anyBase, ({ model, posterior }) => {
        const table = buildInformationTable(model);
        const gain = table.under(posterior, entropy(posterior));
        for (const { index } of model.findings) {
          const expected = mutualInformation(model, index, posterior);
          expect(Math.abs(gain(index) - expected)).toBeLessThan(1e-3);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("is nothing where one condition is certain, whatever the finding", () => {
    const model = buildLikelihoodModel(clinic);
    const table = buildInformationTable(model);
    const certain = Float64Array.from([0, 1, 0, 0]);
    const gain = table.under(certain, 0);
    for (const { index } of model.findings) expect(gain(index)).toBeCloseTo(0, 3);
  });

  test("of a set of values grows with what it tells apart, and never exceeds what is open", () => {
    const model = buildLikelihoodModel(clinic);
    const table = buildInformationTable(model);
    const rash = model.indexOf.get("rash-place")!;
    const gain = (...posterior: number[]): number => {
      const all = normalised(posterior);
      const told = table.under(all, entropy(all))(rash);
      expect(told).toBeLessThanOrEqual(entropy(all) + 1e-3);
      return told;
    };
    // Measles and mastitis show in different places; cold and pneumonia show nowhere.
    expect(gain(0, 0, 1, 1)).toBeGreaterThan(0.3);
    expect(gain(1, 1, 0, 0)).toBeCloseTo(0, 3);
    fc.assert(
      fc.property(weights(4), (posterior) => {
        expect(gain(...posterior)).toBeGreaterThan(-1e-3);
      }),
    );
  });
});
