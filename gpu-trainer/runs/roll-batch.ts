/** New groups for a batch: training cases in order, and with dynamic sampling further ones for those that teach nothing. */

import type { Case } from "../../simulators/index.ts";
import { type DynamicSamplingOptions, dynamicSampling } from "../curriculum/dynamic-sampling.ts";
import type { Task } from "../dialogues/types.ts";
import { type RolloutOptions, type Rollouts, rollOut } from "../rollouts/roll-out.ts";
import type { Group } from "../rollouts/types.ts";

export interface BatchRollout {
  readonly task: Task;
  readonly stage: string;
  readonly groups: number;
  readonly groupSize: number;
  readonly greedy: boolean;
  /** Null: groups of equal rewards stay in the batch. */
  readonly dynamic: Omit<DynamicSamplingOptions, "wanted"> | null;
  /** The next training case, and the number of its use, which names its chance. */
  next(): { readonly case: Case; readonly use: number };
  /** Told of all groups that were rolled out, those that teach nothing among them. */
  onRolled(groups: readonly Group[]): void;
}

export async function rollBatch(batch: BatchRollout, options: RolloutOptions): Promise<Rollouts> {
  const { task, stage, groups: wanted, groupSize, greedy, dynamic, next, onRolled } = batch;
  const roll = async (count: number): Promise<Rollouts> => {
    const requests = Array.from({ length: count }, () => {
      const { case: chosen, use } = next();
      return { id: `${stage}/${use}`, case: chosen, task, size: groupSize, greedy };
    });
    const rolled = await rollOut(requests, options);
    onRolled(rolled.groups);
    return rolled;
  };
  let total = await roll(wanted);
  if (!dynamic) return total;
  for (let round = 1; ; round++) {
    const { informative, request } = dynamicSampling(total.groups, round, { wanted, ...dynamic });
    if (request === 0) return { ...total, groups: informative };
    total = sum(total, await roll(request));
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
