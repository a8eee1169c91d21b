/** Batches for tests of objectives: what they are made of, and arbitrary ones. */
import fc from "fast-check";
import {
  type LogProbs,
  makeObjective,
  type Objective,
  type PolicyLogProbs,
  type ScoredGroup,
  type TokenWeights,
} from "../../../gpu-trainer/objectives/index.ts";

export interface Scene {
  readonly groups: readonly ScoredGroup[];
  readonly logprobs: PolicyLogProbs & { readonly old: LogProbs; readonly reference: LogProbs };
}

/** Every objective, some with several options. */
export const VARIANTS: readonly (readonly [name: string, options: Readonly<Record<string, unknown>>])[] = [
  ["grpo", {}],
  ["grpo", { std: false, aggregation: "token", importanceCap: 1.2, klCoefficient: 0.1, keepEqual: false }],
  ["grpo", { aggregation: { maxTokens: 7 } }],
  ["dr-grpo", { maxTokens: 7 }],
  ["dapo", {}],
  ["gspo", { clipLow: 0.1, clipHigh: 0.2 }],
  ["cispo", {}],
  ["rloo", {}],
  ["reinforce++", {}],
  ["reinforce++", { baseline: "group", aggregation: "sequence", klCoefficient: 0.1 }],
  ["remax", {}],
  ["oapl", {}],
  ["oapl", { keepEqual: true, beta1: 0, beta2: 1 }],
  ["drpo", {}],
  ["drpo", { klDamping: 0.75, weightCap: 3, window: 2 }],
  ["sft", {}],
  ["sft", { aggregation: "sequence", threshold: 1 }],
  ["dpo", {}],
  ["dpo", { pairs: "all", beta: 1, frozenReference: true }],
];

export const titleOf = ([name, options]: (typeof VARIANTS)[number]): string => `${name} ${JSON.stringify(options)}`;

/** A scene of one group: rewards, and log-probs at a distance from the sampler's that is the same for every token. */
export function sceneOf(rewards: readonly number[], lag = 0, tokens = 2): Scene {
  const row = (value: number): number[] => Array.from({ length: tokens }, () => value);
  const each = (value: number): LogProbs => [rewards.map(() => row(value))];
  const trajectories = rewards.map((reward) => ({ reward, sampled: row(-1) }));
  const groups = [{ id: "case-a", domain: "", version: 0, trajectories, greedyReward: 0 }];
  return { groups, logprobs: { current: each(-1 + lag), old: each(-1), reference: each(-1) } };
}

/** Rewards are eighths, so that groups of equal rewards are common and shifts are exact; log-probs lie on a grid. */
export const scenes: fc.Arbitrary<Scene> = fc
  .array(
    fc.record({
      domain: fc.constantFrom("heart", "skin"),
      greedy: fc.integer({ min: 0, max: 8 }),
      trajectories: fc.array(
        fc.record({
          reward: fc.integer({ min: 0, max: 8 }),
          tokens: fc.array(
            fc.record({
              sampled: fc.integer({ min: 1, max: 60 }),
              old: fc.integer({ min: -6, max: 6 }),
              current: fc.integer({ min: -9, max: 9 }),
              reference: fc.integer({ min: -9, max: 9 }),
            }),
            { minLength: 1, maxLength: 4 },
          ),
        }),
        { minLength: 2, maxLength: 4 },
      ),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((drawn) => {
    type Token = (typeof drawn)[number]["trajectories"][number]["tokens"][number];
    const each = (value: (token: Token) => number): number[][][] =>
      drawn.map(({ trajectories }) => trajectories.map(({ tokens }) => tokens.map(value)));
    const sampled = (token: Token): number => -token.sampled / 10;
    const old = (token: Token): number => sampled(token) + token.old / 20;
    const groups = drawn.map(({ domain, greedy, trajectories }, g) => ({
      id: `case-${g}`,
      domain,
      version: 3,
      greedyReward: greedy / 8,
      trajectories: trajectories.map(({ reward, tokens }) => ({ reward: reward / 8, sampled: tokens.map(sampled) })),
    }));
    const current = each((token) => old(token) + token.current / 20);
    const reference = each((token) => sampled(token) + token.reference / 20);
    return { groups, logprobs: { current, old: each(old), reference } };
  });

/** One step of an objective: advantages, then weights. */
export function stepWith(objective: Objective, { groups, logprobs }: Scene): TokenWeights {
  return objective.weights(groups, objective.advantages(groups), logprobs);
}

export const step = (name: string, options: unknown, scene: Scene): TokenWeights =>
  stepWith(makeObjective(name, options), scene);

/** The scene with its groups in the order of `places`. */
export function reordered({ groups, logprobs }: Scene, places: readonly number[]): Scene {
  const move = <T>(items: readonly T[]): T[] => places.map((place) => items[place]!);
  const { current, old, reference } = logprobs;
  return {
    groups: move(groups),
    logprobs: { current: move(current), old: move(old), reference: move(reference) },
  };
}

/** The scene with other rewards. */
export function rewarded(scene: Scene, reward: (old: number) => number): Scene {
  const groups = scene.groups.map((group) => ({
    ...group,
    greedyReward: reward(group.greedyReward!),
    trajectories: group.trajectories.map((trajectory) => ({ ...trajectory, reward: reward(trajectory.reward) })),
  }));
  return { ...scene, groups };
}
