/**
 * One optimizer step on a batch of groups: log-probs under the current weights, from them the objective's weights of
 * every token, their gradient, AdamW. The weights are exact, for nothing moves between `forward` and the step.
 */
import type { GroupAdvantages, LogProbs, Objective, ScoredGroup } from "../objectives/types.ts";
import type { Group } from "../rollouts/types.ts";
import type { AdamParams, Datum, ModelId, Worker } from "../types.ts";
import { datumOf, logProbsOf, scoredGroup } from "./datums.ts";

export interface Learner {
  readonly worker: Pick<Worker, "forward" | "forwardBackward" | "optimStep">;
  readonly model: ModelId;
  /** The frozen reference policy, where the objective needs one. */
  readonly reference?: ModelId | undefined;
}

export interface StepFigures {
  /** False where no token weighed anything, and nothing was done. */
  readonly stepped: boolean;
  /** The objective's loss at the weights before the step. */
  readonly loss: number;
  /** The objective's own figures. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Mean |log π(token) − what the sampler said|, before the step. At lag 0 it is the mismatch of two engines. */
  readonly logprobDelta: number;
  /** Of the summed gradient before clipping, where the worker tells it. */
  readonly gradientNorm: number | undefined;
}

/** Log-probs of every sampled token under `model`'s current weights. */
export async function currentLogProbs(
  worker: Pick<Worker, "forward">,
  model: ModelId,
  groups: readonly Group[],
  signal?: AbortSignal,
): Promise<LogProbs> {
  const data = groups.flatMap(({ trajectories }) => trajectories.map((trajectory) => datumOf(trajectory)));
  const { logprobs } = await worker.forward(model, { data, loss: "cross_entropy" }, { signal });
  return logProbsOf(groups, logprobs);
}

/** What a step is taken on, with the log-probs that it is decided by. */
export interface PreparedStep {
  readonly groups: readonly Group[];
  readonly scored: readonly ScoredGroup[];
  readonly current: LogProbs;
  readonly reference: LogProbs | undefined;
  readonly logprobDelta: number;
}

/** `groups` must not be empty. */
export async function prepareStep(
  { worker, model, reference }: Learner,
  objective: Objective,
  groups: readonly Group[],
  signal?: AbortSignal,
): Promise<PreparedStep> {
  const scored = groups.map(scoredGroup);
  const [current, referred] = await Promise.all([
    currentLogProbs(worker, model, groups, signal),
    objective.needs.reference && reference ? currentLogProbs(worker, reference, groups, signal) : undefined,
  ]);
  return { groups, scored, current, reference: referred, logprobDelta: meanDistance(scored, current) };
}

/** Takes the step, unless no token weighs anything: there is nothing to learn from then, and AdamW would still drift. */
export async function takeStep(
  { worker, model }: Learner,
  objective: Objective,
  { groups, scored, current, reference, logprobDelta }: PreparedStep,
  advantages: readonly GroupAdvantages[],
  adam: AdamParams,
  signal?: AbortSignal,
): Promise<StepFigures> {
  // One step a batch: where π_old is apart from the sampler, it is the policy that the step is taken from.
  const logprobs = { current, ...(objective.needs.old && { old: current }), ...(reference && { reference }) };
  const { weights, loss, metrics } = objective.weights(scored, advantages, logprobs);
  const data = groups.flatMap(({ trajectories }, g) =>
    trajectories.flatMap((trajectory, i): Datum[] => {
      const own = weights[g]![i]!;
      return own.some((weight) => weight !== 0) ? [datumOf(trajectory, own)] : [];
    }),
  );
  if (data.length === 0) return { stepped: false, loss, metrics, logprobDelta, gradientNorm: undefined };
  // Both are sent at once: the worker takes them in this order.
  const passed = worker.forwardBackward(model, { data, loss: "cross_entropy" }, { signal });
  const stepped = worker.optimStep(model, adam, { signal });
  const [, step] = await Promise.all([passed, stepped]);
  return { stepped: true, loss, metrics, logprobDelta, gradientNorm: step.metrics["grad_norm:mean"] };
}

function meanDistance(groups: readonly ScoredGroup[], current: LogProbs): number {
  let total = 0;
  let tokens = 0;
  groups.forEach(({ trajectories }, g) => {
    trajectories.forEach(({ sampled }, i) => {
      const own = current[g]![i]!;
      for (let t = 0; t < own.length; t++) total += Math.abs(own[t]! - sampled[t]!);
      tokens += own.length;
    });
  });
  return tokens > 0 ? total / tokens : 0;
}
