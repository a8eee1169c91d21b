import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectedF1Set } from "../../../agents/head/membership.ts";

const objective = (membership: readonly number[], set: readonly number[]): number => {
  const wanted = membership.reduce((sum, p) => sum + p, 0);
  return (2 * set.reduce((sum, i) => sum + membership[i]!, 0)) / (set.length + wanted);
};

describe("the list with the best expected F1", () => {
  test("is as good as the best of all sets", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 }),
        (membership) => {
          let best = 0;
          for (let mask = 1; mask < 1 << membership.length; mask++) {
            const set = membership.flatMap((_, i) => ((mask >> i) & 1 ? [i] : []));
            best = Math.max(best, objective(membership, set));
          }
          expect(objective(membership, expectedF1Set(membership))).toBeCloseTo(best, 12);
        },
      ),
    );
  });

  test("names the likeliest first", () => {
    expect(expectedF1Set([0.1, 0.9, 0.8])).toEqual([1, 2]);
  });

  test("takes a lower bar where everything is doubtful", () => {
    expect(expectedF1Set([0.3, 0.3])).toEqual([0, 1]);
    expect(expectedF1Set([0.99, 0.3])).toEqual([0]);
  });

  test("is empty only where nothing is possible", () => {
    expect(expectedF1Set([0, 0])).toEqual([]);
    expect(expectedF1Set([0, 1e-6])).toEqual([1]);
  });
});
