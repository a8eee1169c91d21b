/**
 * RLOO, REINFORCE leave-one-out: Ahmadian et al., Back to Basics (arXiv 2402.14740), after Kool et al. 2019:
 *   J = E[ 1/k Σ_i ( r_i − 1/(k − 1) Σ_{j≠i} r_j ) log π(y_i) ],  log π(y) = Σ_t log π(y_t)
 * The baseline of a trajectory is the mean of the others, so it is unbiased. No ratio and no clip: for steps on the
 * policy that sampled. The paper's KL belongs into the reward.
 */
import { z } from "zod";
import { checkGroups, needsCompany, rewardsOf } from "./groups.ts";
import { mean } from "./statistics.ts";
import { stepOf } from "./step.ts";
import type { ObjectiveDefinition } from "./types.ts";
import { weightedLikelihood } from "./weighted-likelihood.ts";

export const RlooOptions = z.strictObject({});

export const rloo: ObjectiveDefinition<typeof RlooOptions> = {
  options: RlooOptions,
  make: () => ({
    name: "rloo",
    needs: { reference: false, greedy: false },
    advantages: (groups) => {
      checkGroups(groups);
      return groups.map((group) => {
        needsCompany(group, "rloo");
        const rewards = rewardsOf(group);
        const k = rewards.length;
        // r_i − (Σr − r_i) / (k − 1), written as the distance from the mean so that equal rewards give 0 exactly.
        const baseline = mean(rewards);
        const advantages = rewards.map((r) => ((r - baseline) * k) / (k - 1));
        return { baseline, advantages, kept: true };
      });
    },
    weights: (groups, advantages, logprobs) => {
      const step = stepOf(groups, advantages, logprobs);
      return weightedLikelihood(step, ({ advantage }) => advantage / step.members.length);
    },
  }),
};
