/**
 * What rollouts speak of. A *trajectory* is one dialogue as tokens: what was sampled and what was not, with which
 * log-probs, by which policy version. A *group* is the trajectories of one case under one version.
 */
import type { Outcome, StopReason } from "../dialogues/types.ts";

/** Tokens sampled in one turn: `[start, start + length)` of the trajectory. */
export interface Span {
  readonly start: number;
  readonly length: number;
  /** Optimizer steps behind the weights that sampled it. */
  readonly version: number;
  readonly temperature: number;
}

export interface Trajectory extends Outcome {
  /** All tokens in order; each turn's prompt is a prefix of them, so nothing was ever tokenised twice. */
  readonly tokens: readonly number[];
  /** 1 where the policy sampled the token, 0 elsewhere; as long as `tokens`. */
  readonly mask: readonly number[];
  /** Log-probs at the temperature of sampling, 0 where the mask is; as long as `tokens`. */
  readonly logprobs: readonly number[];
  /** In order, one a turn. */
  readonly spans: readonly Span[];
}

export interface Group {
  /** Names it within a run: the same id, the same case and chance. */
  readonly id: string;
  readonly caseId: string;
  readonly domain: string;
  readonly task: string;
  readonly version: number;
  readonly trajectories: readonly Trajectory[];
  /** The greedy trajectory, where the objective asked for one. It is not trained on. */
  readonly greedy?: Trajectory | undefined;
}

/**
 * What becomes of a trajectory that ended so: trained on with the reward it got, trained on with this reward instead,
 * or left out (and counted).
 */
export type StopPolicy = Readonly<Record<StopReason, "keep" | "drop" | { readonly reward: number }>>;

/** A trajectory that ran out of time, or whose patient failed, says nothing of the policy. */
export const STOP_POLICY: StopPolicy = {
  concluded: "keep",
  budget: "keep",
  truncated: "drop",
  "parse-failure": "keep",
  timeout: "drop",
  "patient-error": "drop",
};

/** How many trajectories ended how, and how many were left out. */
export interface RolloutCounts {
  readonly stops: Readonly<Record<StopReason, number>>;
  readonly dropped: number;
  /** What patients failed with, each message once, the first few. */
  readonly faults: readonly string[];
  /** Sample calls that were repeated because the worker was lost. */
  readonly recoveries: number;
}
