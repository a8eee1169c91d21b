/**
 * Supervised fine-tuning: log π of trajectories whose reward reaches a threshold is maximised. On the policy's own groups
 * this is rejection-sampling fine-tuning (RAFT, arXiv 2304.06767); on demonstrations it is plain supervised training.
 *   L = −Σ_i a_i share_i Σ_t log π(y_t),  a_i = 1 where r_i ≥ threshold, else 0
 * Advantages are the a_i. Trajectories with a_i = 0 count in no mean.
 */
import { z } from "zod";
import { Aggregation, tokenShares } from "./aggregation.ts";
import { checkGroups, rewardsOf } from "./groups.ts";
import { stepOf } from "./step.ts";
import type { ObjectiveDefinition } from "./types.ts";
import { weightedLikelihood } from "./weighted-likelihood.ts";

export const SftOptions = z.strictObject({
  /** The least reward of a trajectory to learn from, in units of reward. Default 0.5: right, with any number of questions. */
  threshold: z.number().default(0.5),
  /** Default `token`. */
  aggregation: Aggregation.default("token"),
});

export const sft: ObjectiveDefinition<typeof SftOptions> = {
  options: SftOptions,
  make: ({ threshold, aggregation }) => ({
    name: "sft",
    needs: { reference: false, greedy: false },
    advantages: (groups) => {
      checkGroups(groups);
      return groups.map((group) => {
        const advantages = rewardsOf(group).map((r) => Number(r >= threshold));
        return { baseline: threshold, advantages, kept: advantages.includes(1) };
      });
    },
    weights: (groups, advantages, logprobs) => {
      const step = stepOf(groups, advantages, logprobs);
      const chosen = step.members.filter(({ advantage }) => advantage !== 0);
      const shareOf = tokenShares(aggregation, chosen);
      const metrics = { kept_trajectories: chosen.length };
      return weightedLikelihood(step, (m) => (m.advantage === 0 ? 0 : m.advantage * shareOf(m)), metrics);
    },
  }),
};
