/** Ratios of two policies, from the difference of their log-probs, and the estimators of KL made of them. */
import { ObjectiveError, trajectoryName } from "./errors.ts";

/** Whose ratio it is, for messages. */
export interface Owner {
  readonly id: string;
  readonly index: number;
}

/** exp(d). A difference that overflows (above 709) shows two policies that no longer speak of the same text. */
export function ratio({ id, index }: Owner, d: number): number {
  const value = Math.exp(d);
  if (value !== Number.POSITIVE_INFINITY) return value;
  const advice = "check that the log-probs are of the same tokens at the same temperature";
  throw new ObjectiveError("not-finite", `${trajectoryName(id, index)}: a log-ratio of ${d} overflows: ${advice}`);
}

/**
 * An estimator of KL(π ‖ other) from d = log π(token) − log other(token) of tokens sampled by π (Schulman 2020), and its
 * slope: the derivative to log π(token).
 */
export interface KlEstimator {
  value(owner: Owner, d: number): number;
  slope(owner: Owner, d: number): number;
}

/** exp(−d) + d − 1: DeepSeekMath (arXiv 2402.03300) eq. 4. */
export const K3: KlEstimator = {
  value: (owner, d) => {
    ratio(owner, -d);
    return Math.max(0, Math.expm1(-d) + d); // never below 0, not even by rounding
  },
  slope: (owner, d) => {
    ratio(owner, -d);
    return -Math.expm1(-d);
  },
};

/** d² / 2. Its gradient, as a loss, is that of KL(π ‖ other) on tokens of π. */
export const K2: KlEstimator = { value: (_, d) => (d * d) / 2, slope: (_, d) => d };
