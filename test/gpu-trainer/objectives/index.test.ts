/** Objectives by name, their options, a user's own, and what is refused. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  makeObjective,
  OBJECTIVES,
  type ObjectiveDefinition,
  type ObjectiveErrorCode,
  type ScoredGroup,
} from "../../../gpu-trainer/objectives/index.ts";
import { rewarded, sceneOf, step } from "./scenes.ts";

const failsWith = (code: ObjectiveErrorCode, ...texts: string[]): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(texts.map((text) => `(?=[^]*${text})`).join("")) });

describe("an objective by name", () => {
  test("carries its name, and states what it needs", () => {
    for (const name of Object.keys(OBJECTIVES)) {
      expect(makeObjective(name, name === "dr-grpo" ? { maxTokens: 100 } : {}).name).toBe(name);
    }
    expect(makeObjective("remax").needs.greedy).toBe(true);
    expect(makeObjective("grpo").needs).toMatchObject({ reference: false, greedy: false, old: false });
    expect(makeObjective("grpo", { klCoefficient: 0.1, importanceCap: 2 }).needs).toMatchObject({
      reference: true,
      old: true,
    });
    expect(makeObjective("dapo").needs.contrast).toBe(true);
    expect(makeObjective("dpo", { frozenReference: true }).needs.reference).toBe(true);
  });

  test("that nobody knows is refused with the names there are", () => {
    expect(() => makeObjective("ppo")).toThrow(failsWith("unknown-objective", '"ppo"', "grpo, dr-grpo"));
    expect(() => makeObjective("toString")).toThrow(failsWith("unknown-objective"));
  });
});

describe("options", () => {
  test.each([
    ["grpo", { clipLow: 1.5 }, "clipLow"],
    ["grpo", { clipHigh: 0 }, "clipHigh"],
    ["grpo", { importanceCap: 0.5 }, "importanceCap"],
    ["grpo", { aggregation: "mean" }, "token"],
    ["grpo", { aggregation: { maxTokens: 0 } }, "aggregation"],
    ["grpo", { aggregation: "token", maxTokens: 100 }, "maxTokens"],
    ["dr-grpo", {}, "most tokens"],
    ["dr-grpo", { maxTokens: 10, std: true }, "std"],
    ["rloo", { baseline: "group" }, "baseline"],
    ["oapl", { beta2: 0 }, "beta2"],
    ["oapl", { beta1: -1 }, "beta1"],
    ["drpo", { klDamping: 1 }, "klDamping"],
    ["dpo", { pairs: "some" }, "pairs"],
  ])("of %s: %j is refused", (name, options, place) => {
    expect(() => makeObjective(name, options)).toThrow(failsWith("bad-options", name, place));
  });
});

describe("a user's own objective", () => {
  const options = z.strictObject({ scale: z.number().default(2) });
  const reinforce: ObjectiveDefinition<typeof options> = {
    options,
    make: ({ scale }) => ({
      name: "my-reinforce",
      needs: { reference: false, greedy: false },
      advantages: (groups) =>
        groups.map(({ trajectories }) => ({ baseline: 0, advantages: trajectories.map((t) => t.reward), kept: true })),
      weights: (groups, advantages) => ({
        weights: groups.map(({ trajectories }, g) =>
          trajectories.map(({ sampled }, i) =>
            new Float64Array(sampled.length).fill(scale * advantages[g]!.advantages[i]!),
          ),
        ),
        loss: 0,
        metrics: {},
      }),
    }),
  };

  test("stands beside those of the package", () => {
    const { groups, logprobs } = sceneOf([1, 0.5]);
    const objective = makeObjective("my-reinforce", { scale: 3 }, { "my-reinforce": reinforce });
    const { weights } = objective.weights(groups, objective.advantages(groups), logprobs);
    expect(weights[0]!.map((row) => row[0])).toEqual([3, 1.5]);
    expect(makeObjective("grpo", {}, { "my-reinforce": reinforce }).name).toBe("grpo");
    expect(() => makeObjective("my-reinforce", { scale: "big" }, { "my-reinforce": reinforce })).toThrow(
      failsWith("bad-options", "scale"),
    );
  });

  test("takes no name that is taken", () => {
    expect(() => makeObjective("grpo", {}, { grpo: reinforce })).toThrow(failsWith("name-taken", '"grpo"'));
  });
});

describe("a batch", () => {
  const { groups, logprobs } = sceneOf([1, 0]);
  const grpo = makeObjective("grpo");
  const advantages = grpo.advantages(groups);
  const [a] = groups as [ScoredGroup];

  test("with a reward that is not finite is refused by the trajectory's name", () => {
    for (const reward of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const bad = rewarded({ groups, logprobs }, (old) => (old === 1 ? old : reward)).groups;
      expect(() => grpo.advantages(bad)).toThrow(failsWith("not-finite", 'group "case-a", trajectory 1', "reward"));
    }
  });

  test.each(["current", "old", "reference"] as const)("with %s log-probs that are not finite is refused", (kind) => {
    const bad = {
      ...logprobs,
      [kind]: [
        [
          [-1, -1],
          [-1, Number.NaN],
        ],
      ],
    };
    expect(() => grpo.weights(groups, advantages, bad)).toThrow(
      failsWith("not-finite", 'group "case-a", trajectory 1', "token 1", kind, "NaN"),
    );
  });

  test("whose lists do not fit is refused", () => {
    const short = { ...logprobs, current: [[[-1, -1], [-1]]] };
    expect(() => grpo.weights(groups, advantages, short)).toThrow(failsWith("bad-batch", "1 current", "2 sampled"));
    expect(() => grpo.weights(groups, advantages, { current: [] })).toThrow(failsWith("bad-batch", "no current"));
    expect(() => grpo.weights(groups, [], logprobs)).toThrow(failsWith("bad-advantages", "0 groups"));
    const one = [{ ...advantages[0]!, advantages: [1] }];
    expect(() => grpo.weights(groups, one, logprobs)).toThrow(failsWith("bad-advantages", "case-a", "1 advantages"));
  });

  test("with an advantage that a person made NaN is refused", () => {
    const bad = [{ ...advantages[0]!, advantages: [Number.NaN, 0] }];
    expect(() => grpo.weights(groups, bad, logprobs)).toThrow(failsWith("not-finite", "trajectory 0", "advantage"));
  });

  test("with no trajectory, no token or no version is refused", () => {
    const refused = (group: Partial<ScoredGroup>): void => {
      expect(() => grpo.advantages([{ ...a, ...group }])).toThrow(failsWith("bad-batch", "case-a"));
    };
    refused({ trajectories: [] });
    refused({ trajectories: [{ reward: 1, sampled: [] }] });
    refused({ version: Number.NaN });
  });

  test("whose ratios overflow is refused, and does not become NaN", () => {
    expect(() => step("grpo", {}, sceneOf([1, 0], 800))).toThrow(failsWith("not-finite", "trajectory 0", "overflows"));
    expect(step("grpo", {}, sceneOf([1, 0], -800)).metrics.ratio_mean).toBe(0);
  });

  test("without what the options need is refused with advice", () => {
    const { current } = logprobs;
    const weigh = (options: unknown): unknown =>
      makeObjective("grpo", options).weights(groups, advantages, { current });
    expect(() => weigh({ klCoefficient: 0.1 })).toThrow(failsWith("missing-log-probs", "reference", "forward"));
    expect(() => weigh({ importanceCap: 2 })).toThrow(failsWith("missing-log-probs", "`old`"));
    const ungreedy = [{ ...a, greedyReward: undefined }];
    expect(() => makeObjective("remax").advantages(ungreedy)).toThrow(failsWith("missing-greedy-reward", "case-a"));
    expect(() => makeObjective("remax").advantages([{ ...a, greedyReward: Number.NaN }])).toThrow(
      failsWith("not-finite"),
    );
  });

  test("with a group of one is refused where trajectories are compared, and teaches nothing elsewhere", () => {
    const { groups: single } = sceneOf([1]);
    expect(() => makeObjective("rloo").advantages(single)).toThrow(failsWith("group-too-small", "two or more"));
    expect(() => makeObjective("reinforce++", { baseline: "group" }).advantages(single)).toThrow(
      failsWith("group-too-small"),
    );
    expect(makeObjective("grpo").advantages(single)[0]!.advantages).toEqual([0]);
  });
});

describe("a person's correction of advantages", () => {
  test("is what weights are made of", () => {
    const { groups, logprobs } = sceneOf([1, 0]);
    const corrected = [{ baseline: 0, advantages: [-1, 2], kept: true }];
    const { weights, metrics } = makeObjective("grpo").weights(groups, corrected, logprobs);
    expect(weights[0]!.map((row) => row[0])).toEqual([-1 / 4, 2 / 4]);
    expect(metrics.advantage_mean).toBe(0.5);
    const dropped = [{ ...corrected[0]!, kept: false }];
    expect(makeObjective("grpo").weights(groups, dropped, logprobs).metrics.kept_groups).toBe(0);
  });
});

describe("metrics", () => {
  test("tell how far the policy is from the one that sampled: KL(sampled ‖ current) and the mean ℓ", () => {
    const { metrics } = step("grpo", {}, sceneOf([1, 0], 0.1));
    expect(metrics.log_ratio_mean).toBeCloseTo(0.2, 12);
    expect(metrics.kl_sampled).toBeCloseTo(Math.exp(0.1) - 0.1 - 1, 12);
    expect(metrics.ratio_mean).toBeCloseTo(Math.exp(0.1), 12);
    expect(metrics.clip_fraction).toBe(0);
    expect(step("grpo", {}, sceneOf([1, 0], 0.3)).metrics.clip_fraction).toBe(0.5);
  });
});
