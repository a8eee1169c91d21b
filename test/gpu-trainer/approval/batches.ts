/** Batches for tests, rolled out by nobody: two groups of three over a task whose tokens are letters. */

import { advantagesOf } from "../../../gpu-trainer/approval/apply.ts";
import { type BatchToHold, holdBatch } from "../../../gpu-trainer/approval/hold.ts";
import type { HeldBatch } from "../../../gpu-trainer/approval/types.ts";
import { oapl } from "../../../gpu-trainer/objectives/oapl.ts";
import type { Objective } from "../../../gpu-trainer/objectives/types.ts";
import type { Group, Trajectory } from "../../../gpu-trainer/rollouts/types.ts";

export const letters = {
  name: "letters",
  transcribe: (tokens: ArrayLike<number>): string => String.fromCharCode(...Array.from(tokens, (id) => 97 + id)),
};

export const objective: Objective = oapl.make(oapl.options.parse({}));

export function trajectory(reward: number, given: Partial<Trajectory> = {}): Trajectory {
  const tokens = given.tokens ?? [0, 1, 2 + (Math.round(Math.abs(reward || 0) * 10) % 20)];
  return {
    tokens,
    mask: tokens.map((_, place) => Number(place > 0)),
    logprobs: tokens.map((_, place) => (place > 0 ? -0.5 : 0)),
    spans: [{ start: 1, length: tokens.length - 1, version: 4, temperature: 1 }],
    stop: "concluded",
    reward,
    components: { diagnosis: reward },
    correct: reward > 0.5,
    questions: 3,
    repeats: 0,
    ranked: [reward > 0.5 ? "flu" : "cold"],
    labels: ["flu"],
    ...given,
  };
}

export function group(id: string, rewards: readonly number[], given: Partial<Group> = {}): Group {
  const trajectories = rewards.map((reward) => trajectory(reward));
  return { id, caseId: `case-${id}`, domain: "infections", task: "letters", version: 4, trajectories, ...given };
}

export const batch = (): Group[] => [group("g-1", [1, 0, 0.2]), group("g-2", [0.4, 0.4, 0.9])];

export function held(groups: readonly Group[] = batch(), given: Partial<BatchToHold> = {}): HeldBatch {
  const advantages = advantagesOf(groups, objective);
  return holdBatch({ step: 12, objective, version: 7, groups, advantages, tasks: [letters], ...given });
}
