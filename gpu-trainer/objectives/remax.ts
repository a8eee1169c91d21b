/**
 * ReMax: Li et al. (arXiv 2310.10505) Algorithm 1: REINFORCE whose baseline is the reward of the greedy trajectory:
 *   J = E[ 1/N Σ_i ( r(y_i) − r(ȳ) ) Σ_t log π(y_t) ],  ȳ greedy on the same case
 * Unbiased, for ȳ does not depend on what was sampled. No ratio and no clip: for steps on the policy that sampled.
 */
import { z } from "zod";
import { ObjectiveError } from "./errors.ts";
import { checkGroups, rewardsOf } from "./groups.ts";
import { stepOf } from "./step.ts";
import type { ObjectiveDefinition, ScoredGroup } from "./types.ts";
import { weightedLikelihood } from "./weighted-likelihood.ts";

export const RemaxOptions = z.strictObject({});

export const remax: ObjectiveDefinition<typeof RemaxOptions> = {
  options: RemaxOptions,
  make: () => ({
    name: "remax",
    needs: { reference: false, greedy: true },
    advantages: (groups) => {
      checkGroups(groups);
      return groups.map((group) => {
        const baseline = greedyRewardOf(group);
        return { baseline, advantages: rewardsOf(group).map((r) => r - baseline), kept: true };
      });
    },
    weights: (groups, advantages, logprobs) => {
      const step = stepOf(groups, advantages, logprobs);
      return weightedLikelihood(step, ({ advantage }) => advantage / step.members.length);
    },
  }),
};

function greedyRewardOf({ id, greedyReward }: ScoredGroup): number {
  if (greedyReward === undefined) {
    const advice = "roll out one greedy trajectory a case, which is not trained on";
    throw new ObjectiveError(
      "missing-greedy-reward",
      `group "${id}" has no greedy reward, remax's baseline: ${advice}`,
    );
  }
  if (Number.isFinite(greedyReward)) return greedyReward;
  throw new ObjectiveError("not-finite", `group "${id}": its greedy reward is ${greedyReward}: mend the reward`);
}
