/** New groups for a batch: training cases in order, and with dynamic sampling further ones for those that teach nothing. */

import type { Case } from "../../simulators/index.ts";
import type { Task } from "../dialogues/types.ts";
import { scoredGroup } from "../learner/datums.ts";
import { hasContrast } from "../objectives/index.ts";
import { type RolloutOptions, type Rollouts, rollOut } from "../rollouts/roll-out.ts";
import type { Group } from "../rollouts/types.ts";

export interface BatchRollout {
  readonly task: Task;
  readonly stage: string;
  readonly groups: number;
  readonly groupSize: number;
  readonly greedy: boolean;
  /** Rounds of further sampling at most; 0: none, and groups of equal rewards stay. */
  readonly rounds: number;
  /** The next training case, and its number. */
  next(): { readonly case: Case; readonly index: number };
}

/** DAPO's dynamic sampling (arXiv 2503.14476, section 3.2) where `rounds` is above 0. */
export async function rollBatch(batch: BatchRollout, options: RolloutOptions): Promise<Rollouts> {
  const { task, stage, groups: wanted, groupSize, greedy, rounds, next } = batch;
  const kept: Group[] = [];
  let total: Rollouts | undefined;
  for (let round = 0; ; round++) {
    const missing = wanted - kept.length;
    const requests = Array.from({ length: missing }, () => {
      const { case: chosen, index } = next();
      return { id: `${stage}/${index}`, case: chosen, task, size: groupSize, greedy };
    });
    const rolled = await rollOut(requests, options);
    total = total ? sum(total, rolled) : rolled;
    kept.push(...(rounds > 0 ? rolled.groups.filter((group) => hasContrast(scoredGroup(group))) : rolled.groups));
    if (rounds === 0 || kept.length >= wanted || round >= rounds) return { ...total, groups: kept };
  }
}

function sum(a: Rollouts, b: Rollouts): Rollouts {
  const stops = Object.fromEntries(
    Object.entries(a.counts.stops).map(([reason, count]) => [
      reason,
      count + b.counts.stops[reason as keyof typeof b.counts.stops],
    ]),
  ) as Rollouts["counts"]["stops"];
  return {
    groups: [...a.groups, ...b.groups],
    generations: a.generations + b.generations,
    counts: {
      stops,
      dropped: a.counts.dropped + b.counts.dropped,
      faults: [...new Set([...a.counts.faults, ...b.counts.faults])],
      recoveries: a.counts.recoveries + b.counts.recoveries,
    },
  };
}
