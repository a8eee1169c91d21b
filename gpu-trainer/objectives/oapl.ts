/**
 * OAPL: Ritter et al. (arXiv 2602.19362), as restated in KARL (arXiv 2603.05218) section 4.2: regression of the policy on
 * the optimum of KL-regularised RL against π_lag, the policy that sampled, however far the trainer has moved on:
 *   V̂*(x) = β1 ln( 1/G Σ_i exp(r_i / β1) ),  A_i = r_i − V̂*(x),  ℓ_i = Σ_t ln π(y_t) − ln π_lag(y_t)
 *   L = 1/N Σ_i (β2 ℓ_i − A_i)² / (2 β2),  so that every token of y_i weighs (A_i − β2 ℓ_i) / N
 * The paper's loss lacks the 1/(2 β2), which shrinks gradients by its inverse. No ratio, no clip, and no length
 * normalisation: ℓ is a sum, so β2 must fit the length. For answers of thousands of tokens the papers have 1e-3; on short
 * dialogues that is inert, and nothing but the term β2 ℓ keeps the policy from collapsing: watch `beta2_inert`.
 */
import { z } from "zod";
import { ObjectiveError, trajectoryName } from "./errors.ts";
import { checkGroups, hasContrast, rewardsOf } from "./groups.ts";
import { mean, standardDeviation } from "./statistics.ts";
import { logRatioOf, outcome, stepOf } from "./step.ts";
import type { ObjectiveDefinition, ScoredGroup } from "./types.ts";

export const OaplOptions = z.strictObject({
  /** β1 ≥ 0, in units of reward: V̂* is the best reward at 0 and falls to the mean as it grows. Default 1. */
  beta1: z.number().min(0).default(1),
  /** β2 > 0, in reward a nat: what draws the policy back to π_lag. Default 0.1, for short dialogues; 1e-3 for long texts. */
  beta2: z.number().gt(0).default(0.1),
  /** Whether groups of equal rewards take part: they pull the policy back to π_lag. Default false, as in KARL. */
  keepEqual: z.boolean().default(false),
});

/** β2 |ℓ| below this part of |A| bends nothing. At the first step after a sync ℓ is 0: read it at the end of a lag window. */
const INERT_BELOW = 0.01;

export const oapl: ObjectiveDefinition<typeof OaplOptions> = {
  options: OaplOptions,
  make: ({ beta1, beta2, keepEqual }) => ({
    name: "oapl",
    needs: { reference: false, greedy: false, contrast: !keepEqual },
    advantages: (groups) => {
      checkGroups(groups);
      return groups.map((group) => {
        checkOneVersion(group);
        const rewards = rewardsOf(group);
        const baseline = optimalValue(rewards, beta1);
        return { baseline, advantages: rewards.map((r) => r - baseline), kept: keepEqual || hasContrast(group) };
      });
    },
    weights: (groups, advantages, logprobs) => {
      const step = stepOf(groups, advantages, logprobs);
      const N = step.members.length;
      const l = step.members.map(logRatioOf);
      let loss = 0;
      step.members.forEach(({ advantage, weights }, i) => {
        const residual = beta2 * l[i]! - advantage;
        loss += residual ** 2 / (2 * beta2 * N);
        weights.fill(-residual / N);
      });
      const pull = beta2 * mean(l.map(Math.abs));
      const push = mean(step.members.map(({ advantage }) => Math.abs(advantage)));
      return outcome(step, loss, {
        v_star_mean: mean(advantages.filter(({ kept }) => kept).map(({ baseline }) => baseline)),
        log_ratio_std: standardDeviation(l),
        // Without any advantage there is nothing to compare with, and β2 ℓ is all there is.
        ...(push > 0 ? { beta2_ratio: pull / push, beta2_inert: Number(pull < INERT_BELOW * push) } : {}),
      });
    },
  }),
};

/**
 * V̂* = β1 ln mean exp(r / β1), from the largest reward down: exp never overflows, and with log1p and expm1 a large β1
 * loses no digits. At β1 = 0 it is the largest reward, its limit.
 */
export function optimalValue(rewards: readonly number[], beta1: number): number {
  const best = Math.max(...rewards);
  if (beta1 === 0) return best;
  return best + beta1 * Math.log1p(mean(rewards.map((r) => Math.expm1((r - best) / beta1))));
}

function checkOneVersion({ id, version, trajectories }: ScoredGroup): void {
  trajectories.forEach((trajectory, i) => {
    if ((trajectory.version ?? version) === version) return;
    const name = trajectoryName(id, i);
    const versions = `${name} was sampled by version ${trajectory.version}, its group by version ${version}`;
    const advice =
      "V̂* belongs to one policy: let trajectories end before weights are exchanged, or drop those that did not";
    throw new ObjectiveError("mixed-versions", `${versions}: ${advice}`);
  });
}
