import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClinicalError, Differential, entropy, rankDifferential, rankOf } from "../../src/index.ts";

const weight = fc.oneof(fc.constant(0), fc.double({ min: 1e-300, max: 1e9, noNaN: true }));
const weights = fc.array(weight, { minLength: 1, maxLength: 60 }).filter((all) => all.some((w) => w > 0));
const share = fc.double({ min: 0, max: 0.999, noNaN: true });
const idsOf = (all: readonly number[]): string[] => all.map((_, i) => `c${i}`);

describe("a differential from weights", () => {
  test("sums to 1 with its other share, is sorted, and fits its own schema", () => {
    fc.assert(
      fc.property(weights, share, (all, other) => {
        const differential = rankDifferential(idsOf(all), all, other);
        const sum = differential.entries.reduce((total, { probability }) => total + probability, differential.other);
        expect(sum).toBeCloseTo(1, 9);
        differential.entries.forEach(({ probability }, i) => {
          expect(probability).toBeLessThanOrEqual(differential.entries[i - 1]?.probability ?? 1);
        });
        expect(Differential.parse(differential)).toEqual(differential);
      }),
    );
  });

  test("keeps the proportions of the weights and leaves out what weighs nothing", () => {
    fc.assert(
      fc.property(weights, share, (all, other) => {
        const { entries } = rankDifferential(idsOf(all), all, other);
        const total = all.reduce((sum, w) => sum + w, 0);
        expect(entries).toHaveLength(all.filter((w) => w > 0).length);
        for (const { condition, probability } of entries) {
          expect(probability).toBeCloseTo((all[Number(condition.slice(1))]! / total) * (1 - other), 9);
        }
      }),
    );
  });

  test("keeps the given order where weights tie", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(1, 2), { minLength: 1, maxLength: 40 }), (all) => {
        const order = rankDifferential(idsOf(all), all).entries.map(({ condition }) => Number(condition.slice(1)));
        const expected = [2, 1].flatMap((w) => all.flatMap((weighs, i) => (weighs === w ? [i] : [])));
        expect(order).toEqual(expected);
      }),
    );
  });

  test("may be empty where everything is other, and is refused where nothing weighs anything", () => {
    expect(rankDifferential(["a", "b"], [0, 0], 1)).toEqual({ entries: [], other: 1 });
    for (const empty of [[0, 0], [], [Number.NaN, 1]]) {
      expect(() => rankDifferential(["a", "b"], empty)).toThrow(ClinicalError);
    }
    expect(() => rankDifferential(["a"], [0])).toThrow(expect.objectContaining({ code: "differential-empty" }));
  });

  test("sums to 1 even where the weights are as small as numbers get", () => {
    const { entries } = rankDifferential(["a", "b"], [5e-324, 5e-324]);
    expect(entries.map(({ probability }) => probability)).toEqual([0.5, 0.5]);
  });
});

test("the place of a condition counts from 1, and is missing where it is not listed", () => {
  const differential = rankDifferential(["a", "b", "c"], [1, 3, 2]);
  expect(["a", "b", "c", "d"].map((id) => rankOf(differential, id))).toEqual([3, 1, 2, undefined]);
});

test("entropy is ln n where n are equally likely, 0 where one is certain, and never more than ln n", () => {
  expect(entropy([0.25, 0.25, 0.25, 0.25])).toBeCloseTo(Math.log(4), 12);
  expect(entropy([0, 1, 0])).toBeCloseTo(0, 12);
  fc.assert(
    fc.property(weights, (all) => {
      const total = all.reduce((sum, w) => sum + w, 0);
      const uncertainty = entropy(all.map((w) => w / total));
      expect(uncertainty).toBeGreaterThanOrEqual(-1e-9);
      expect(uncertainty).toBeLessThanOrEqual(Math.log(all.length) + 1e-9);
    }),
  );
});
