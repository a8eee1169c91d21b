/** Trajectories as a worker trains on them, and the log-probs of what was sampled as it gives them back. */
import type { LogProbs, ScoredGroup } from "../objectives/types.ts";
import type { Group, Trajectory } from "../rollouts/types.ts";
import type { Datum } from "../types.ts";

/** Places of the sampled tokens among the targets of a trajectory: token p is target p − 1. */
export function sampledPlaces({ mask }: Pick<Trajectory, "mask">): number[] {
  const places: number[] = [];
  for (let p = 1; p < mask.length; p++) if (mask[p] === 1) places.push(p - 1);
  return places;
}

/**
 * A trajectory of N + 1 tokens as N inputs that predict the next N. `weights`: one a sampled token, in order; everything
 * else weighs 0. Without them all weigh 0, which is enough for `forward`.
 */
export function datumOf({ tokens, mask }: Pick<Trajectory, "tokens" | "mask">, weights?: ArrayLike<number>): Datum {
  const spread = new Float64Array(tokens.length - 1);
  if (weights) {
    let next = 0;
    for (let p = 1; p < mask.length; p++) if (mask[p] === 1) spread[p - 1] = weights[next++]!;
  }
  return { tokens: tokens.slice(0, -1), inputs: { target_tokens: tokens.slice(1), weights: spread } };
}

/** What a worker gave for each trajectory, cut down to its sampled tokens and put back into groups. */
export function logProbsOf(groups: readonly Group[], outputs: readonly ArrayLike<number>[]): LogProbs {
  let next = 0;
  return groups.map(({ trajectories }) =>
    trajectories.map((trajectory) => {
      const all = outputs[next++]!;
      return Float64Array.from(sampledPlaces(trajectory), (place) => all[place]!);
    }),
  );
}

/** What objectives see of a group. */
export function scoredGroup({ id, domain, version, trajectories, greedy }: Group): ScoredGroup {
  return {
    id,
    domain,
    version,
    trajectories: trajectories.map((trajectory) => ({
      reward: trajectory.reward,
      sampled: Float64Array.from(sampledPlaces(trajectory), (place) => trajectory.logprobs[place + 1]!),
    })),
    ...(greedy && { greedyReward: greedy.reward }),
  };
}
