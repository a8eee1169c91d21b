/** What of a run is kept on the disk: checkpoints, the best among them, and the weights that they refer to. */
import type { Objective } from "../objectives/index.ts";
import type { Supply } from "../schedules/supply.ts";
import type { StatePath } from "../types.ts";
import {
  type Checkpoint,
  checkpointSteps,
  dropCheckpoint,
  type Progress,
  readCheckpoint,
  superseded,
  writeCheckpoint,
} from "./checkpoints.ts";
import type { RunPaths } from "./directory.ts";
import type { WeightStore } from "./weights.ts";

export interface KeeperOptions {
  readonly paths: RunPaths;
  readonly store: WeightStore;
  readonly objective: Objective;
  /** Checkpoints kept besides the best. */
  readonly keep: number;
  /** The weights that the run's first step started from; those of the first checkpoint where it is new. */
  readonly reference: StatePath | undefined;
}

/** Writes the checkpoint of where the run stands, and lets go of those that it supersedes. */
export type Keeper = (now: Progress, supply: Supply) => Promise<Checkpoint>;

export function checkpointKeeper({ paths, store, objective, keep, reference }: KeeperOptions): Keeper {
  let first = reference;
  return async (now, supply) => {
    const [state, weights] = await Promise.all([store.whole(now.step), store.forSampling(now.version)]);
    first ??= state;
    const states = objective.memory ? { ...now.states, objective: objective.memory.state() } : now.states;
    const checkpoint: Checkpoint = { ...now, states, supply: supply.state(), state, weights, reference: first };
    await writeCheckpoint(paths, checkpoint);
    for (const step of superseded(await checkpointSteps(paths), keep, now.best?.step))
      await dropCheckpoint(paths, step);
    await store.sweep(new Set([...(await referredPaths(paths)), ...supply.paths()]));
    return checkpoint;
  };
}

/** Everything on the worker that a checkpoint of the run refers to. */
export async function referredPaths(paths: RunPaths): Promise<Set<StatePath>> {
  const found = await Promise.all((await checkpointSteps(paths)).map((step) => readCheckpoint(paths, step)));
  return new Set(
    found.flatMap((checkpoint) => {
      if (!checkpoint) return [];
      const { state, weights, reference, supply } = checkpoint;
      return [state, weights, reference, ...(supply.sampler ? [supply.sampler.path] : [])];
    }),
  );
}
