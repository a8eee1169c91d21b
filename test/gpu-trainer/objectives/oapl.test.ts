/** OAPL beyond its gradient: V̂* and its limits, and the signs of a β2 that does nothing. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeObjective } from "../../../gpu-trainer/objectives/index.ts";
import { optimalValue } from "../../../gpu-trainer/objectives/oapl.ts";
import { sceneOf, step } from "./scenes.ts";

const rewards = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 16 });
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("V̂*", () => {
  test.each([
    [1, 0.195],
    [4, 0.62],
    [7, 0.918],
  ])("of %i right answers in 8 at β1 = 1 is %f", (right, expected) => {
    const binary = Array.from({ length: 8 }, (_, i) => Number(i < right));
    expect(optimalValue(binary, 1)).toBeCloseTo(expected, 3);
    expect(optimalValue(binary, 1)).toBeCloseTo(Math.log(1 + (right / 8) * (Math.E - 1)), 14);
  });

  test("is the best reward at β1 = 0 and near it, and the mean for a large β1", () => {
    fc.assert(
      fc.property(rewards, (all) => {
        const best = Math.max(...all);
        expect(optimalValue(all, 0)).toBe(best);
        expect(optimalValue(all, 1e-12)).toBeCloseTo(best, 9);
        expect(optimalValue(all, 1e12)).toBeCloseTo(meanOf(all), 9);
        expect(optimalValue(all, Number.MAX_VALUE)).toBeCloseTo(meanOf(all), 9);
      }),
    );
  });

  test("falls from the best reward to the mean as β1 grows", () => {
    fc.assert(
      fc.property(rewards, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (all, beta1) => {
        const value = optimalValue(all, beta1);
        expect(value).toBeLessThanOrEqual(optimalValue(all, beta1 / 2) + 1e-12);
        expect(value).toBeGreaterThanOrEqual(meanOf(all) - 1e-12);
      }),
    );
  });

  test("does not overflow where exp(r / β1) would", () => {
    expect(optimalValue([-1e6, 0, 1e6], 1)).toBeCloseTo(1e6 - Math.log(3), 6);
  });
});

describe("the weight of a token", () => {
  test("is A − β2 ℓ, averaged over trajectories, with ℓ the sum over tokens whatever the length", () => {
    for (const tokens of [1, 5, 200]) {
      const { weights } = step("oapl", { beta1: 1e15, beta2: 0.1 }, sceneOf([1, 0], 0.02, tokens));
      const log = 0.02 * tokens;
      expect(weights[0]![0]![0]).toBeCloseTo((0.5 - 0.1 * log) / 2, 12);
      expect(weights[0]![1]!.at(-1)).toBeCloseTo((-0.5 - 0.1 * log) / 2, 12);
    }
  });

  test("is not clipped, however far the policy has moved", () => {
    const { weights } = step("oapl", { beta1: 1e15, beta2: 1 }, sceneOf([1, 0], -30));
    expect(weights[0]![0]![0]).toBeCloseTo((0.5 + 60) / 2, 9);
  });

  test("pulls groups of equal rewards back to the sampler's policy where they are kept", () => {
    const { weights, metrics } = step("oapl", { keepEqual: true, beta2: 0.1 }, sceneOf([1, 1], 0.5));
    expect(weights[0]![0]![0]).toBeCloseTo(-0.05, 12);
    expect(metrics).not.toHaveProperty("beta2_inert");
  });
});

describe("β2", () => {
  test("is called inert where it bends nothing", () => {
    const metricsAt = (beta2: number) => step("oapl", { beta2 }, sceneOf([1, 0], 0.5)).metrics;
    expect(metricsAt(1e-3)).toMatchObject({ beta2_inert: 1, log_ratio_mean: 1, log_ratio_std: 0 });
    expect(metricsAt(0.3).beta2_inert).toBe(0);
    expect(metricsAt(0.3).beta2_ratio).toBeCloseTo(0.3 / 0.5, 12);
  });
});

test("a group whose trajectories come from several versions is refused", () => {
  const { groups } = sceneOf([1, 0]);
  const mixed = groups.map((group) => ({
    ...group,
    version: 5,
    trajectories: group.trajectories.map((trajectory, i) => ({ ...trajectory, version: 5 - i })),
  }));
  expect(() => makeObjective("oapl").advantages(mixed)).toThrow(
    expect.objectContaining({
      code: "mixed-versions",
      message: expect.stringContaining('group "case-a", trajectory 1'),
    }),
  );
});
