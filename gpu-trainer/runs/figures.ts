/** The figures of a step, from its trajectories and from what the objective said. */
import type { StepFigures } from "../learner/step.ts";
import { mean, ratioOrZero, sum } from "../objectives/statistics.ts";
import type { Group, RolloutCounts, Trajectory } from "../rollouts/types.ts";
import type { Look } from "./held-out.ts";
import type { MetricsRow } from "./metrics.ts";

/** Of a batch before its step. */
export interface BatchFigures {
  readonly reward_mean: number;
  readonly reward_std: number;
  readonly accuracy: number;
  readonly questions_mean: number;
  /** Nats a sampled token: the mean of −log π over what was sampled. */
  readonly entropy: number;
  readonly tokens: number;
  readonly equal_groups: number;
  readonly truncated: number;
  readonly parse_failures: number;
  readonly patient_errors: number;
  readonly timeouts: number;
  readonly same_conclusion: number;
  readonly repeats: number;
}

export function batchFigures(groups: readonly Group[], counts: RolloutCounts | undefined): BatchFigures {
  const trajectories = groups.flatMap((group) => group.trajectories);
  const rewards = trajectories.map(({ reward }) => reward);
  const rewardMean = mean(rewards);
  const ended = counts ? Object.values(counts.stops).reduce((sum, count) => sum + count, 0) : 0;
  const share = (count: number | undefined): number => (ended > 0 ? (count ?? 0) / ended : 0);
  const { tokens, nats } = surprise(trajectories);
  return {
    reward_mean: rewardMean,
    reward_std: Math.sqrt(mean(rewards.map((reward) => (reward - rewardMean) ** 2))),
    accuracy: mean(trajectories.map(({ correct }) => Number(correct))),
    questions_mean: mean(trajectories.map(({ questions }) => questions)),
    entropy: tokens > 0 ? nats / tokens : 0,
    tokens,
    equal_groups: mean(groups.map((group) => Number(isEqual(group.trajectories)))),
    truncated: share(counts?.stops.truncated),
    parse_failures: share(counts?.stops["parse-failure"]),
    patient_errors: share(counts?.stops["patient-error"]),
    timeouts: share(counts?.stops.timeout),
    same_conclusion: commonest(trajectories.flatMap(({ ranked }) => ranked.slice(0, 1))),
    repeats: ratioOrZero(
      sum(trajectories.map(({ repeats }) => repeats)),
      sum(trajectories.map(({ questions }) => questions)),
    ),
  };
}

export interface RowParts {
  readonly step: number;
  readonly generations: number;
  readonly lag: number;
  readonly seconds: number;
  readonly batch: BatchFigures;
  readonly taken: StepFigures;
}

export function metricsRow({ step, generations, lag, seconds, batch, taken }: RowParts): MetricsRow {
  const { reward_mean, accuracy, questions_mean, entropy, ...rest } = batch;
  const own = Object.fromEntries(Object.entries(taken.metrics).filter(([, value]) => Number.isFinite(value)));
  return {
    ...own,
    step,
    generations,
    reward_mean,
    accuracy,
    questions_mean,
    kl: taken.metrics.kl_sampled ?? 0,
    entropy,
    logprob_delta: taken.logprobDelta,
    lag,
    seconds,
    loss: taken.loss,
    ...(taken.gradientNorm !== undefined && { gradient_norm: taken.gradientNorm }),
    ...rest,
  };
}

/** Of a look at held-out cases. */
export const heldOutFigures = (look: Look) => ({
  held_out_accuracy: look.accuracy,
  held_out_low: look.low,
  held_out_high: look.high,
  held_out_reward: look.rewardMean,
  held_out_questions: look.questionsMean,
  ...Object.fromEntries(Object.entries(look.domains).map(([domain, share]) => [`held_out_accuracy_${domain}`, share])),
});

/** The row before the first step, from a look alone. */
export function firstRow(look: Look): MetricsRow {
  const { tokens, nats } = surprise(look.trajectories);
  const nothing = { step: 0, generations: 0, kl: 0, logprob_delta: 0, lag: 0, seconds: 0 };
  return {
    ...nothing,
    reward_mean: look.rewardMean,
    accuracy: look.accuracy,
    questions_mean: look.questionsMean,
    entropy: tokens > 0 ? nats / tokens : 0,
    ...heldOutFigures(look),
  };
}

function surprise(trajectories: readonly Trajectory[]): { tokens: number; nats: number } {
  let tokens = 0;
  let nats = 0;
  for (const { mask, logprobs } of trajectories) {
    for (let p = 0; p < mask.length; p++) {
      if (mask[p] !== 1) continue;
      tokens++;
      nats -= logprobs[p]!;
    }
  }
  return { tokens, nats };
}

const isEqual = (trajectories: readonly Trajectory[]): boolean =>
  trajectories.every(({ reward }) => reward === trajectories[0]!.reward);

function commonest(names: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return names.length === 0 ? 0 : Math.max(...counts.values()) / names.length;
}
