/** Arithmetic of differentials: conditions ranked by probability, summing to 1 together with an *other* share. */
import { z } from "zod";
import { ClinicalError } from "./errors.ts";
import { Id } from "./vocabulary.ts";

export const DifferentialEntry = z.strictObject({ condition: Id, probability: z.number().min(0).max(1) });
export type DifferentialEntry = z.infer<typeof DifferentialEntry>;

export const Differential = z.strictObject({
  /** Highest probability first. */
  entries: z.array(DifferentialEntry),
  /** The share of everything that the knowledge base does not know. */
  other: z.number().min(0).max(1),
});
export type Differential = z.infer<typeof Differential>;

/**
 * Ranks non-negative `weights` (one a condition) and scales them so that they and `other` sum to 1.
 * Ties keep the order of `conditions`; entries of zero weight are left out.
 * Throws `differential-empty` when every weight is zero, unless *other* has it all.
 */
export function rankDifferential(conditions: readonly string[], weights: ArrayLike<number>, other = 0): Differential {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]!;
  if (!(total > 0)) {
    if (other === 1) return { entries: [], other: 1 };
    throw new ClinicalError("differential-empty", "no condition has a positive weight", { fault: "work" });
  }
  const entries: DifferentialEntry[] = [];
  for (let i = 0; i < weights.length; i++) {
    const probability = Math.min(1, (weights[i]! / total) * (1 - other));
    if (weights[i]! > 0) entries.push({ condition: conditions[i]!, probability });
  }
  entries.sort((a, b) => b.probability - a.probability);
  return { entries, other };
}

/** Shannon entropy in nats of a distribution given as non-negative weights that sum to 1. */
export function entropy(probabilities: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i]!;
    if (p > 0) sum -= p * Math.log(p);
  }
  return sum;
}

/** Place of `condition` in the ranking, from 1; undefined where it is not listed. */
export function rankOf(differential: Differential, condition: string): number | undefined {
  const index = differential.entries.findIndex((entry) => entry.condition === condition);
  return index < 0 ? undefined : index + 1;
}
