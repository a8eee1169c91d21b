/**
 * DAPO: Yu et al. (arXiv 2503.14476) eq. 8: GRPO with clip-higher, the mean over all tokens, and no group of equal rewards:
 *   J = E[ 1/Σ|o_i| Σ_i Σ_t min(ρ_t Â_i, clip(ρ_t, 1 − ε_low, 1 + ε_high) Â_i) ],  0 < |{i : o_i is right}| < G
 * Here the mean is over the tokens of the whole batch. Dynamic sampling, which replaces groups of equal rewards by others,
 * is the rollouts' work: they see it from `needs.contrast` and ask `hasContrast`. What reaches the batch is not kept.
 * Overlong reward shaping is a reward term, no part of the objective.
 */
import { z } from "zod";
import { ClipHigh, ClipLow } from "./clipping.ts";
import { checkGroups, hasContrast, standardised } from "./groups.ts";
import { K3 } from "./log-ratios.ts";
import { stepOf } from "./step.ts";
import { ImportanceCap, requiredBy, tokenSurrogate } from "./token-surrogate.ts";
import type { ObjectiveDefinition } from "./types.ts";

export const DapoOptions = z.strictObject({
  /** ε_low, in (0, 1]. Default 0.2. */
  clipLow: ClipLow.default(0.2),
  /** ε_high, above 0. Default 0.28. */
  clipHigh: ClipHigh.default(0.28),
  /** C, 1 or more; null: no correction. Default null. */
  importanceCap: ImportanceCap.default(null),
});

export const dapo: ObjectiveDefinition<typeof DapoOptions> = {
  options: DapoOptions,
  make: (options) => {
    const surrogate = { ...options, aggregation: "token", klCoefficient: 0, klEstimator: K3 } as const;
    const required = requiredBy(surrogate);
    return {
      name: "dapo",
      needs: { reference: false, greedy: false, old: required.includes("old"), contrast: true },
      advantages: (groups) => {
        checkGroups(groups);
        return groups.map((group) => standardised(group, hasContrast(group)));
      },
      weights: (groups, advantages, logprobs) =>
        tokenSurrogate(stepOf(groups, advantages, logprobs, required), surrogate),
    };
  },
};
