/** Groups of rewards: what is checked before advantages are made of them, and what most advantages begin with. */
import { ObjectiveError, trajectoryName } from "./errors.ts";
import { allEqual, mean, standardDeviation } from "./statistics.ts";
import type { GroupAdvantages, ScoredGroup } from "./types.ts";

/** Keeps (r − mean) / std finite where rewards are all but equal; verl and ART have the same figure. */
export const STD_EPSILON = 1e-6;

export function checkGroups(groups: readonly ScoredGroup[]): void {
  for (const { id, version, trajectories } of groups) {
    if (trajectories.length === 0) {
      throw new ObjectiveError("bad-batch", `group "${id}" has no trajectory: leave such groups out of the batch`);
    }
    if (!Number.isInteger(version) || version < 0) {
      throw new ObjectiveError("bad-batch", `group "${id}": version ${version} is not a count of optimizer steps`);
    }
    trajectories.forEach(({ reward, sampled }, i) => {
      const name = trajectoryName(id, i);
      if (!Number.isFinite(reward)) {
        throw new ObjectiveError("not-finite", `${name}: its reward is ${reward}: mend the reward, or leave it out`);
      }
      if (sampled.length === 0) {
        throw new ObjectiveError("bad-batch", `${name} has no sampled token: leave it out of its group`);
      }
    });
  }
}

export const rewardsOf = (group: ScoredGroup): number[] => group.trajectories.map(({ reward }) => reward);

/** Whether rewards differ. Where they do not, a comparison within the group teaches nothing. */
export const hasContrast = (group: ScoredGroup): boolean => !allEqual(rewardsOf(group));

/** A_i = r_i − mean(r). */
export function centred(group: ScoredGroup, kept: boolean): GroupAdvantages {
  const rewards = rewardsOf(group);
  const baseline = mean(rewards);
  return { baseline, advantages: rewards.map((reward) => reward - baseline), kept };
}

/** A_i = (r_i − mean(r)) / (std(r) + ε), GRPO (arXiv 2402.03300) section 4.1.2. */
export function standardised(group: ScoredGroup, kept: boolean): GroupAdvantages {
  const { baseline, advantages } = centred(group, kept);
  const scale = standardDeviation(rewardsOf(group)) + STD_EPSILON;
  return { baseline, advantages: advantages.map((advantage) => advantage / scale), kept };
}

/** Raised where trajectories are compared with one another and there is but one. */
export function needsCompany(group: ScoredGroup, objective: string): void {
  if (group.trajectories.length > 1) return;
  const advice = "sample two or more trajectories a case, or leave the group out";
  throw new ObjectiveError("group-too-small", `group "${group.id}" has one trajectory; ${objective} ${advice}`);
}
