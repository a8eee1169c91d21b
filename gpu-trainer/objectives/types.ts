/**
 * What an objective speaks of. A *group* is the trajectories of one case under one policy version. An objective first
 * turns rewards into *advantages*, which a person may look at before any step, then log-probs into *weights*: the weight
 * of a token is −∂loss/∂log π(token), so that weighted cross-entropy on any worker takes the objective's gradient.
 * Only tokens that the policy sampled appear here; prompts and answers are no concern of an objective.
 */
import type { z } from "zod";

export interface ScoredTrajectory {
  readonly reward: number;
  /** log π(token) of each of its T ≥ 1 sampled tokens, under the weights and at the temperature they were sampled with. */
  readonly sampled: ArrayLike<number>;
  /** The oldest version that sampled a part of it, where it went on across an exchange of weights. Default: its group's. */
  readonly version?: number | undefined;
}

export interface ScoredGroup {
  readonly id: string;
  /** Of the case; groups of cases without one share the domain "". */
  readonly domain: string;
  /** Optimizer steps behind the weights that sampled it. */
  readonly version: number;
  /** One or more. */
  readonly trajectories: readonly ScoredTrajectory[];
  /** Reward of the greedy trajectory of the same case, where the objective needs it. */
  readonly greedyReward?: number | undefined;
}

/** What became of one group's rewards. */
export interface GroupAdvantages {
  /** What rewards are compared with: a mean, V̂*, a greedy reward. */
  readonly baseline: number;
  /** One a trajectory, in order. */
  readonly advantages: readonly number[];
  /** False where the group takes no part in the step (for example: all rewards equal). */
  readonly kept: boolean;
}

/**
 * log π of every sampled token: `[group][trajectory][token]`, in the batch's order. Those of a group that is not kept are
 * not looked at and may be an empty list, so that no forward pass is spent on it.
 */
export type LogProbs = readonly (readonly ArrayLike<number>[])[];

export interface PolicyLogProbs {
  /** Under the weights that the step is taken from. */
  readonly current: LogProbs;
  /**
   * Under the trainer's weights when the first step on this batch began. It stands for π_old where a batch serves several
   * steps, and differs from what the sampler said by the mismatch of the two engines. Default: the sampler's.
   */
  readonly old?: LogProbs | undefined;
  /** Under the frozen reference policy, where the objective needs it. */
  readonly reference?: LogProbs | undefined;
}

export interface TokenWeights {
  /** −∂loss/∂log π(token), `[group][trajectory][token]`. Groups that were not kept have zeros. */
  readonly weights: readonly (readonly Float64Array[])[];
  readonly loss: number;
  /** Figures of this batch, by stable names in snake_case: `clip_fraction`, `kl_reference`, `log_ratio_mean` … */
  readonly metrics: Readonly<Record<string, number>>;
}

/** What the rollouts and the worker must provide besides rewards and log-probs. */
export interface ObjectiveNeeds {
  /** `PolicyLogProbs.reference`. */
  readonly reference: boolean;
  /** `ScoredGroup.greedyReward`. */
  readonly greedy: boolean;
  /** `PolicyLogProbs.old`. Default false. */
  readonly old?: boolean | undefined;
  /**
   * Groups whose rewards differ: others are not kept, so rollouts may draw other cases in their place (`hasContrast`;
   * DAPO's dynamic sampling). Default false.
   */
  readonly contrast?: boolean | undefined;
}

/** What an objective remembers from batch to batch. It is saved with the run, and restored before it goes on. */
export interface ObjectiveMemory {
  /** Plain JSON. */
  state(): unknown;
  /** Takes what `state` gave, after any detour through JSON. Throws `bad-state` on anything else, and changes nothing. */
  restore(state: unknown): void;
}

export interface Objective {
  readonly name: string;
  readonly needs: ObjectiveNeeds;
  advantages(groups: readonly ScoredGroup[]): readonly GroupAdvantages[];
  /** `advantages`: what `advantages` gave, or a person's correction of it. */
  weights(
    groups: readonly ScoredGroup[],
    advantages: readonly GroupAdvantages[],
    logprobs: PolicyLogProbs,
  ): TokenWeights;
  /**
   * Absent where it remembers nothing: then both functions above are pure. Otherwise `advantages` only reads it and
   * `weights` adds the batch, once however often it is called with it.
   */
  readonly memory?: ObjectiveMemory | undefined;
}

/** An objective by name: its options with their bounds and defaults, and how it is made of them. */
export interface ObjectiveDefinition<Options extends z.ZodType = z.ZodType> {
  readonly options: Options;
  make(options: z.output<Options>): Objective;
}
