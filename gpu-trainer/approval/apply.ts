/** What a decision makes of a batch: corrected rewards, rejected groups, and the advantages that the objective finds then. */
import { scoredGroup } from "../learner/datums.ts";
import type { GroupAdvantages, Objective } from "../objectives/types.ts";
import type { Group, Trajectory } from "../rollouts/types.ts";
import { ApprovalError } from "./errors.ts";
import type { CorrectedReward, Verdict } from "./types.ts";

/** The name of the reward's term that shows what people added. */
export const CORRECTION = "correction";

export interface ApprovedBatch {
  readonly groups: readonly Group[];
  /** Of `groups`, in order. */
  readonly advantages: readonly GroupAdvantages[];
}

/**
 * The objective's advantages. A group with a reward that is not finite has none (its figures are NaN), so that a person
 * can see it and correct it; no objective takes such a group.
 */
export function advantagesOf(groups: readonly Group[], objective: Pick<Objective, "advantages">): GroupAdvantages[] {
  const sound = groups.filter(isSound);
  const found = sound.length > 0 ? objective.advantages(sound.map(scoredGroup)) : [];
  const bySound = new Map(sound.map((group, g) => [group, found[g]!]));
  return groups.map(
    (group) =>
      bySound.get(group) ?? {
        baseline: Number.NaN,
        advantages: group.trajectories.map(() => Number.NaN),
        kept: false,
      },
  );
}

const isSound = ({ trajectories }: Group): boolean => trajectories.every(({ reward }) => Number.isFinite(reward));

/**
 * The batch after a verdict; undefined where it was rejected. After `correct` it is to be held again. Throws
 * `bad-decision` where the verdict does not fit the batch.
 */
export function applyDecision(
  groups: readonly Group[],
  objective: Pick<Objective, "advantages">,
  verdict: Verdict,
): ApprovedBatch | undefined {
  checkVerdict(groups, verdict);
  switch (verdict.type) {
    case "confirm":
      return { groups, advantages: advantagesOf(groups, objective) };
    case "correct": {
      const { rewards, rejectGroups } = verdict;
      const rejected = new Set(rejectGroups);
      const left = groups.filter(({ id }) => !rejected.has(id)).map((group) => corrected(group, rewards));
      return { groups: left, advantages: advantagesOf(left, objective) };
    }
    case "reject":
      return undefined;
    default:
      return verdict satisfies never;
  }
}

function corrected(group: Group, rewards: readonly CorrectedReward[]): Group {
  const own = new Map(rewards.filter((each) => each.group === group.id).map((each) => [each.trajectory, each.reward]));
  if (own.size === 0) return group;
  return {
    ...group,
    trajectories: group.trajectories.map((trajectory, i) => rewarded(trajectory, own.get(i) ?? trajectory.reward)),
  };
}

function rewarded(trajectory: Trajectory, reward: number): Trajectory {
  if (Object.is(reward, trajectory.reward)) return trajectory;
  const before = trajectory.components[CORRECTION] ?? 0;
  const difference = before + reward - trajectory.reward;
  // Of a reward that was no number nothing is left to correct.
  const correction = Number.isFinite(difference) ? difference : reward;
  return { ...trajectory, reward, components: { ...trajectory.components, [CORRECTION]: correction } };
}

interface Reviewed {
  readonly id: string;
  readonly trajectories: readonly { readonly reward: number | null }[];
}

/** Refuses, with `bad-decision`, what does not fit the groups, held or as they were rolled out. */
export function checkVerdict(groups: readonly Reviewed[], verdict: Verdict): void {
  const refuse = (message: string): never => {
    throw new ApprovalError("bad-decision", message);
  };
  if (verdict.type === "confirm") {
    const bad = groups.find(({ trajectories }) => trajectories.some(({ reward }) => !Number.isFinite(reward)));
    if (bad) refuse(`group "${bad.id}" has a reward that is no finite number: correct it, or reject the group`);
  }
  if (verdict.type !== "correct") return;
  const { rewards, rejectGroups } = verdict;
  const sizes = new Map(groups.map(({ id, trajectories }) => [id, trajectories.length]));
  if (rewards.length + rejectGroups.length === 0)
    refuse("nothing is corrected: change a reward, reject a group, or confirm");
  const seen = new Set<string>();
  for (const { group, trajectory, reward } of rewards) {
    const size = sizes.get(group) ?? refuse(`there is no group "${group}" in this batch`);
    if (trajectory >= size) refuse(`group "${group}" has trajectories 0 to ${size - 1}, not ${trajectory}`);
    if (!Number.isFinite(reward)) refuse(`group "${group}", trajectory ${trajectory}: a reward is a finite number`);
    const key = `${trajectory} ${group}`;
    if (seen.has(key)) refuse(`group "${group}", trajectory ${trajectory} is given two rewards`);
    seen.add(key);
  }
  const rejected = new Set(rejectGroups);
  for (const id of rejected) if (!sizes.has(id)) refuse(`there is no group "${id}" in this batch`);
  if (rejected.size === sizes.size) refuse("every group is rejected: reject the batch instead, with a reason");
}
