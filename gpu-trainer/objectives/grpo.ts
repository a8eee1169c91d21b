/**
 * GRPO: Shao et al., DeepSeekMath (arXiv 2402.03300) eq. 3, with the unbiased KL estimator of eq. 4:
 *   J = E[ 1/G Σ_i 1/|o_i| Σ_t ( min(ρ_t Â_i, clip(ρ_t, 1 − ε, 1 + ε) Â_i) − β (s_t − ln s_t − 1) ) ]
 *   Â_i = (r_i − mean(r)) / std(r),  ρ_t = π(o_t) / π_old(o_t),  s_t = π_ref(o_t) / π(o_t)
 * Options turn it into its relatives: no std, another aggregation, clip-higher, truncated importance sampling.
 */
import { z } from "zod";
import { Aggregation } from "./aggregation.ts";
import { ClipHigh, ClipLow } from "./clipping.ts";
import { centred, checkGroups, hasContrast, standardised } from "./groups.ts";
import { K3 } from "./log-ratios.ts";
import { stepOf } from "./step.ts";
import { ImportanceCap, KlCoefficient, requiredBy, tokenSurrogate } from "./token-surrogate.ts";
import type { ObjectiveDefinition } from "./types.ts";

export const GrpoOptions = z.strictObject({
  /** Divide by the group's std. False: easy and hard cases are not blown up (Dr. GRPO). Default true. */
  std: z.boolean().default(true),
  /** Default `sequence`, as in the paper. */
  aggregation: Aggregation.default("sequence"),
  /** ε_low, in (0, 1]. Default 0.2. */
  clipLow: ClipLow.default(0.2),
  /** ε_high, above 0. Default 0.2; DAPO's clip-higher is 0.28. */
  clipHigh: ClipHigh.default(0.2),
  /** β, 0 or more. Default 0: no reference is needed; the paper has 0.04. */
  klCoefficient: KlCoefficient.default(0),
  /** C, 1 or more; null: no correction. Default null. */
  importanceCap: ImportanceCap.default(null),
  /** Whether groups of equal rewards count in the means, and feel the KL term. Default true. */
  keepEqual: z.boolean().default(true),
});

export const grpo: ObjectiveDefinition<typeof GrpoOptions> = {
  options: GrpoOptions,
  make: (options) => {
    const required = requiredBy(options);
    return {
      name: "grpo",
      needs: { reference: required.includes("reference"), greedy: false, old: required.includes("old") },
      advantages: (groups) => {
        checkGroups(groups);
        const advantagesOf = options.std ? standardised : centred;
        return groups.map((group) => advantagesOf(group, options.keepEqual || hasContrast(group)));
      },
      weights: (groups, advantages, logprobs) =>
        tokenSurrogate(stepOf(groups, advantages, logprobs, required), { ...options, klEstimator: K3 }),
    };
  },
};
