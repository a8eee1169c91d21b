/** What holds for any batch: weights are the loss's gradient, order does not matter, nothing is ever NaN. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LogProbs, makeObjective } from "../../../gpu-trainer/objectives/index.ts";
import { reordered, rewarded, scenes, step, titleOf, VARIANTS } from "./scenes.ts";

const RUNS = { numRuns: 60 };

/** −0 and NaN are neither. */
const isClean = (value: number): boolean => Number.isFinite(value) && !Object.is(value, -0);

function expectAllClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-9): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs(actual[i]! - expected[i]!);
    if (!(distance <= tolerance * (1 + Math.abs(expected[i]!)))) expect.fail(`${actual[i]} is not ${expected[i]}`);
  }
}

const titled = VARIANTS.map((variant) => [titleOf(variant), ...variant] as const);

/** cispo's ratio is a constant to the gradient, but not to a difference of losses: golden vectors are its only judge. */
test.each(titled.filter(([, name]) => name !== "cispo"))(
  "weights of %s are the loss's derivative, token by token",
  (_, name, options) => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { weights } = step(name, options, scene);
        const h = 1e-5;
        const lossAt = (g: number, i: number, t: number, d: number): number => {
          const current = scene.logprobs.current.map((rows, a) =>
            rows.map((row, b) => Array.from(row, (value, c) => (a === g && b === i && c === t ? value + d : value))),
          );
          return step(name, options, { ...scene, logprobs: { ...scene.logprobs, current } }).loss;
        };
        weights.forEach((rows, g) => {
          rows.forEach((row, i) => {
            const slopes = Array.from(row, (_, t) => (lossAt(g, i, t, -h) - lossAt(g, i, t, h)) / (2 * h));
            expectAllClose(row, slopes, 1e-6);
          });
        });
      }),
      { numRuns: 25 },
    );
  },
);

describe.each(titled)("%s", (_, name, options) => {
  test("does not depend on the order of groups", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const places = scene.groups.map((_, g) => g).reverse();
        const plain = step(name, options, scene);
        const other = step(name, options, reordered(scene, places));
        expectAllClose([other.loss], [plain.loss]);
        expectAllClose(Object.values(other.metrics), Object.values(plain.metrics));
        places.forEach((place, g) => {
          plain.weights[place]!.forEach((row, i) => {
            expectAllClose(other.weights[g]![i]!, row);
          });
        });
      }),
      RUNS,
    );
  });

  test("gives numbers, everywhere, and zeros to groups that are not kept", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const objective = makeObjective(name, options);
        const advantages = objective.advantages(scene.groups);
        const { weights, loss, metrics } = objective.weights(scene.groups, advantages, scene.logprobs);
        expect(advantages.flatMap((group) => [group.baseline, ...group.advantages]).every(isClean)).toBe(true);
        expect([loss, ...Object.values(metrics)].every(isClean)).toBe(true);
        expect(metrics.kept_groups).toBe(advantages.filter(({ kept }) => kept).length);
        weights.forEach((rows, g) => {
          const all = rows.flatMap((row) => [...row]);
          expect(all.every(advantages[g]!.kept ? isClean : (weight) => Object.is(weight, 0))).toBe(true);
        });
      }),
      RUNS,
    );
  });

  test("does not look at the log-probs of groups that are not kept", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const kept = makeObjective(name, options)
          .advantages(scene.groups)
          .map((group) => group.kept);
        const emptied = (all: LogProbs): LogProbs => all.map((rows, g) => (kept[g] ? rows : []));
        const { current, old, reference } = scene.logprobs;
        const logprobs = { current: emptied(current), old: emptied(old), reference: emptied(reference) };
        expect(step(name, options, { ...scene, logprobs })).toEqual(step(name, options, scene));
      }),
      RUNS,
    );
  });
});

const shiftable = VARIANTS.filter(([name]) => !["sft", "drpo"].includes(name));

test.each(shiftable.map((v) => [titleOf(v), ...v] as const))(
  "%s does not see a shift of all rewards",
  (_, name, options) => {
    fc.assert(
      fc.property(scenes, fc.integer({ min: -20, max: 20 }), (scene, shift) => {
        const plain = step(name, options, scene);
        const shifted = step(
          name,
          options,
          rewarded(scene, (reward) => reward + shift),
        );
        expectAllClose([shifted.loss], [plain.loss], 1e-8);
        expectAllClose(
          shifted.weights.flat().flatMap((row) => [...row]),
          plain.weights.flat().flatMap((row) => [...row]),
          1e-8,
        );
      }),
      RUNS,
    );
  },
);

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

test.each(["grpo", "dapo", "gspo", "cispo", "rloo", "dpo"])("advantages of %s sum to 0 in each group", (name) => {
  fc.assert(
    fc.property(scenes, ({ groups }) => {
      for (const { advantages } of makeObjective(name).advantages(groups)) expect(total(advantages)).toBeCloseTo(0, 9);
    }),
    RUNS,
  );
});

test.each(["none", "group"])("advantages of reinforce++ with baseline %s sum to 0 over the batch", (baseline) => {
  fc.assert(
    fc.property(scenes, ({ groups }) => {
      const all = makeObjective("reinforce++", { baseline }).advantages(groups);
      expect(total(all.flatMap(({ advantages }) => advantages))).toBeCloseTo(0, 8);
    }),
    RUNS,
  );
});

const silent: readonly (readonly [string, unknown])[] = [
  ["grpo", { keepEqual: false }],
  ["dapo", {}],
  ["gspo", { keepEqual: false }],
  ["cispo", {}],
  ["oapl", {}],
  ["drpo", {}],
  ["sft", { threshold: 2 }],
  ["dpo", {}],
];

test.each(silent)("%s keeps nothing of equal rewards, and says so", (name, options) => {
  fc.assert(
    fc.property(scenes, (drawn) => {
      const scene = rewarded(drawn, () => 0.7);
      const { weights, loss, metrics } = step(name, options, scene);
      expect(loss).toBe(0);
      expect(metrics.kept_groups).toBe(0);
      expect(Object.values(metrics).every(isClean)).toBe(true);
      expect(
        weights
          .flat()
          .flatMap((row) => [...row])
          .every((weight) => Object.is(weight, 0)),
      ).toBe(true);
    }),
    RUNS,
  );
});

test.each([
  ["dr-grpo", { maxTokens: 9 }, { std: false, aggregation: { maxTokens: 9 } }],
  ["dapo", {}, { aggregation: "token", clipHigh: 0.28, keepEqual: false }],
] as const)("%s is grpo with other options", (name, options, same) => {
  fc.assert(
    fc.property(scenes, (scene) => {
      expect(step(name, options, scene)).toEqual(step("grpo", same, scene));
    }),
    RUNS,
  );
});
