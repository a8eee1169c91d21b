/** A batch as a person sees it: transcripts for tokens, names for ids, the distribution of rewards. Decides nothing. */
import type { Task } from "../dialogues/types.ts";
import type { GroupAdvantages } from "../objectives/types.ts";
import type { Group, Trajectory } from "../rollouts/types.ts";
import { ApprovalError } from "./errors.ts";
import type { HeldBatch, HeldGroup, HeldTrajectory, Histogram, Reason } from "./types.ts";

export interface BatchToHold {
  /** The optimizer step that waits, counted from 1. */
  readonly step: number;
  /** Corrections before this one. Default 0. */
  readonly round?: number | undefined;
  readonly objective: { readonly name: string };
  /** Optimizer steps behind the trainer's weights. */
  readonly version: number;
  readonly groups: readonly Group[];
  /** Of `groups`, in order. */
  readonly advantages: readonly GroupAdvantages[];
  /** Those of the groups, by their names. */
  readonly tasks: readonly Pick<Task, "name" | "transcribe">[];
  /** How a condition is called. Default: by its id. */
  readonly nameOf?: ((condition: string) => string) | undefined;
  /** Default: none, for every batch is held. */
  readonly reasons?: readonly Reason[] | undefined;
}

const BINS = 16;

export function holdBatch(given: BatchToHold): HeldBatch {
  const { step, round = 0, objective, version, groups, advantages, reasons = [] } = given;
  if (groups.length === 0) throw new ApprovalError("bad-batch", "a batch without groups needs no approval: skip it");
  if (advantages.length !== groups.length) {
    const lengths = `${advantages.length} groups of advantages for ${groups.length} groups`;
    throw new ApprovalError("bad-batch", `${lengths}: pass what the objective gave for this batch`);
  }
  return {
    step,
    round,
    objective: objective.name,
    version,
    lag: Math.max(0, version - Math.min(...groups.map((group) => group.version))),
    groups: groups.map((group, g) => heldGroup(group, advantages[g]!, given)),
    rewards: histogram(groups.flatMap(({ trajectories }) => trajectories.map(({ reward }) => reward))),
    reasons: [...reasons],
  };
}

function heldGroup(group: Group, scored: GroupAdvantages, { tasks, nameOf = (id) => id }: BatchToHold): HeldGroup {
  const { id, caseId, domain, version, trajectories } = group;
  const task = tasks.find(({ name }) => name === group.task);
  if (!task) throw new ApprovalError("bad-batch", `group "${id}" is of the task "${group.task}", which is not given`);
  const heldTrajectory = (trajectory: Trajectory, i: number): HeldTrajectory => ({
    transcript: task.transcribe(trajectory.tokens),
    reward: figure(trajectory.reward),
    components: Object.fromEntries(Object.entries(trajectory.components).map(([name, value]) => [name, figure(value)])),
    stop: trajectory.stop,
    correct: trajectory.correct,
    questions: trajectory.questions,
    ranked: trajectory.ranked.map(nameOf),
    advantage: figure(scored.advantages[i]!),
  });
  return {
    id,
    caseId,
    task: group.task,
    domain,
    version,
    labels: (trajectories[0]?.labels ?? []).map(nameOf),
    baseline: figure(scored.baseline),
    kept: scored.kept,
    trajectories: trajectories.map(heldTrajectory),
  };
}

const figure = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** One bin where all are equal. */
export function histogram(values: readonly number[], bins: number = BINS): Histogram {
  const finite = values.filter(Number.isFinite);
  const notFinite = values.length - finite.length;
  if (finite.length === 0) return { least: 0, most: 0, counts: [], notFinite };
  // One by one: a large batch has more rewards than a call takes arguments.
  const least = finite.reduce((a, b) => Math.min(a, b));
  const most = finite.reduce((a, b) => Math.max(a, b));
  const counts = new Array<number>(least === most ? 1 : bins).fill(0);
  for (const value of finite) {
    // The halves, so that a width beyond the largest number does not overflow.
    const place = least === most ? 0 : Math.floor(((value / 2 - least / 2) / (most / 2 - least / 2)) * bins);
    counts[Math.min(place, bins - 1)]!++;
  }
  return { least, most, counts, notFinite };
}
