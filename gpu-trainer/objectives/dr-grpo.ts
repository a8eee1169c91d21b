/**
 * Dr. GRPO ("GRPO done right"): Liu et al., Understanding R1-Zero-Like Training (arXiv 2503.20783). GRPO without its two
 * biases: no 1/|o_i|, which spares long wrong answers, and no std, which blows up easy and hard cases:
 *   J = E[ 1/G Σ_i Σ_t min(ρ_t Â_i, clip(ρ_t, 1 − ε, 1 + ε) Â_i) ],  Â_i = r_i − mean(r)
 * The sum over tokens is divided by a constant, as in the authors' code, so that the step size does not follow lengths.
 */
import { z } from "zod";
import { ClipHigh, ClipLow } from "./clipping.ts";
import { centred, checkGroups } from "./groups.ts";
import { K3 } from "./log-ratios.ts";
import { stepOf } from "./step.ts";
import { ImportanceCap, requiredBy, tokenSurrogate } from "./token-surrogate.ts";
import type { ObjectiveDefinition } from "./types.ts";

export const DrGrpoOptions = z.strictObject({
  /** The most tokens that a trajectory can have: the constant that sums are divided by. Above 0; no default. */
  maxTokens: z.number({ error: "give the most tokens that a trajectory can have" }).positive(),
  /** ε_low, in (0, 1]. Default 0.2. */
  clipLow: ClipLow.default(0.2),
  /** ε_high, above 0. Default 0.2. */
  clipHigh: ClipHigh.default(0.2),
  /** C, 1 or more; null: no correction. Default null. */
  importanceCap: ImportanceCap.default(null),
});

export const drGrpo: ObjectiveDefinition<typeof DrGrpoOptions> = {
  options: DrGrpoOptions,
  make: ({ maxTokens, ...options }) => {
    const surrogate = { ...options, aggregation: { maxTokens }, klCoefficient: 0, klEstimator: K3 };
    const required = requiredBy(surrogate);
    return {
      name: "dr-grpo",
      needs: { reference: false, greedy: false, old: required.includes("old") },
      advantages: (groups) => {
        checkGroups(groups);
        return groups.map((group) => centred(group, true));
      },
      weights: (groups, advantages, logprobs) =>
        tokenSurrogate(stepOf(groups, advantages, logprobs, required), surrogate),
    };
  },
};
