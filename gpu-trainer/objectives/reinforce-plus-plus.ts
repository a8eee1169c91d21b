/**
 * REINFORCE++: Hu et al. (arXiv 2501.03262): PPO's clipped loss without a critic, on advantages that are normalised over
 * the whole batch and not within a group:
 *   A_norm = (A − mean_batch(A)) / std_batch(A),  A = r   or, "with baseline" (groups of two or more),  A = r − mean_group(r)
 *   J = E[ min(ρ_t A_norm, clip(ρ_t, 1 − ε, 1 + ε) A_norm) − β k2(π, π_ref) ]
 * Mean and std are over trajectories: each has one terminal reward. The KL is the k2 loss of the variant with baseline; the
 * k1 penalty that the plain variant puts into the reward of every token would need rewards a token, and is left out.
 */
import { z } from "zod";
import { Aggregation } from "./aggregation.ts";
import { ClipHigh, ClipLow } from "./clipping.ts";
import { checkGroups, needsCompany, rewardsOf, STD_EPSILON } from "./groups.ts";
import { K2 } from "./log-ratios.ts";
import { mean, standardDeviation } from "./statistics.ts";
import { stepOf } from "./step.ts";
import { ImportanceCap, KlCoefficient, requiredBy, tokenSurrogate } from "./token-surrogate.ts";
import type { ObjectiveDefinition } from "./types.ts";

export const ReinforcePlusPlusOptions = z.strictObject({
  /** What is taken from rewards first: nothing, or the group's mean. Default `none`, which also serves groups of one. */
  baseline: z.enum(["none", "group"]).default("none"),
  /** Default `token`. */
  aggregation: Aggregation.default("token"),
  /** ε_low, in (0, 1]. Default 0.2. */
  clipLow: ClipLow.default(0.2),
  /** ε_high, above 0. Default 0.2. */
  clipHigh: ClipHigh.default(0.2),
  /** β of the k2 loss, 0 or more. Default 0: no reference is needed. */
  klCoefficient: KlCoefficient.default(0),
  /** C, 1 or more; null: no correction. Default null. */
  importanceCap: ImportanceCap.default(null),
});

export const reinforcePlusPlus: ObjectiveDefinition<typeof ReinforcePlusPlusOptions> = {
  options: ReinforcePlusPlusOptions,
  make: (options) => {
    const required = requiredBy(options);
    return {
      name: "reinforce++",
      needs: { reference: required.includes("reference"), greedy: false, old: required.includes("old") },
      advantages: (groups) => {
        checkGroups(groups);
        const batchMean = mean(groups.flatMap(rewardsOf));
        const raw = groups.map((group) => {
          const rewards = rewardsOf(group);
          if (options.baseline === "none") return { baseline: batchMean, A: rewards };
          needsCompany(group, "reinforce++ with a group baseline");
          const baseline = mean(rewards);
          return { baseline, A: rewards.map((r) => r - baseline) };
        });
        const all = raw.flatMap(({ A }) => A);
        const [centre, scale] = [mean(all), standardDeviation(all) + STD_EPSILON];
        return raw.map(({ baseline, A }) => ({ baseline, advantages: A.map((a) => (a - centre) / scale), kept: true }));
      },
      weights: (groups, advantages, logprobs) =>
        tokenSurrogate(stepOf(groups, advantages, logprobs, required), { ...options, klEstimator: K2 }),
    };
  },
};
