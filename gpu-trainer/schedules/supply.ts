/** Where the batches of a run come from: who samples them, and what is used twice, by the run's schedule. */
import { seededRandom, shuffled } from "../../src/index.ts";
import type { Rollouts } from "../rollouts/roll-out.ts";
import type { PolicySampler } from "../rollouts/sampler.ts";
import type { Group, RolloutCounts } from "../rollouts/types.ts";
import type { ScheduleConfig } from "./types.ts";

export interface Batch {
  readonly groups: readonly Group[];
  /** Of the dialogues that were sampled for it, none where all were sampled before. */
  readonly counts: RolloutCounts | undefined;
  /** Trajectories sampled for it. */
  readonly generations: number;
}

/** What a run that resumes needs to go on with the same batches. */
export interface SupplyState {
  readonly sampler?: { readonly path: string; readonly version: number } | undefined;
  /** Groups sampled since the last synchronisation, where they may be drawn again. */
  readonly buffer: readonly Group[];
  /** Steps since then. */
  readonly steps: number;
}

export interface SavedSampler extends PolicySampler {
  readonly path: string;
}

export interface SupplyOptions {
  readonly schedule: ScheduleConfig;
  /** Groups a batch. */
  readonly groups: number;
  readonly seed: number;
  /** Samples so many new groups. */
  roll(sampler: PolicySampler, groups: number): Promise<Rollouts>;
  /** Saves the weights as they are now and gives their sampler. */
  synchronise(): Promise<SavedSampler>;
  reopen(saved: { readonly path: string; readonly version: number }): SavedSampler;
  readonly restored?: SupplyState | undefined;
}

export interface Supply {
  /** The batch of the next step; `step` counts from 0 and names its chance. */
  next(step: number): Promise<Batch>;
  state(): SupplyState;
  /** Takes over what became of a batch that was decided on: rewards that were corrected, groups that were rejected. */
  amend(before: readonly Group[], after: readonly Group[]): void;
  /** Saved weights that are sampled with, or will be again. */
  paths(): readonly string[];
  /** Ends what is under way. */
  close(): Promise<void>;
}

export function batchSupply(options: SupplyOptions): Supply {
  const { schedule, groups } = options;
  switch (schedule.kind) {
    case "on-policy":
      return windowed({ ...options, window: 1, atStart: 0, fresh: groups });
    case "lagged":
      return windowed({
        ...options,
        window: schedule.lag,
        atStart: 0,
        fresh: Math.min(schedule.fresh ?? groups, groups),
      });
    case "offline":
      return windowed({ ...options, window: schedule.steps, atStart: Math.max(schedule.pool, groups), fresh: 0 });
    case "asynchronous":
      return asynchronous({ ...options, maxStaleness: schedule.maxStaleness });
  }
}

/**
 * One sampler for `window` steps. At the window's start the buffer is emptied and `atStart` groups are sampled, at each
 * step `fresh` ones; what lacks to a batch is drawn from the buffer without replacement.
 */
function windowed(options: SupplyOptions & { window: number; atStart: number; fresh: number }): Supply {
  const { window, atStart, fresh, groups, seed, roll, synchronise, reopen, restored } = options;
  const drawsAgain = atStart > 0 || fresh < groups;
  let sampler = restored?.sampler && reopen(restored.sampler);
  let buffer: Group[] = [...(restored?.buffer ?? [])];
  let steps = restored?.steps ?? 0;
  return {
    async next(step) {
      const begins = sampler === undefined || steps >= window;
      if (begins) {
        sampler = await synchronise();
        buffer = [];
        steps = 0;
      }
      // The first batch of a window has nothing to draw from but what is sampled for it.
      const wanted = begins && drawsAgain ? Math.max(atStart, groups) : fresh;
      const rolled = wanted > 0 ? await roll(sampler!, wanted) : undefined;
      const own = rolled?.groups ?? [];
      const batch = own.slice(0, groups);
      if (batch.length < groups && drawsAgain) {
        batch.push(...shuffled(seededRandom(seed, "buffer", step), buffer).slice(0, groups - batch.length));
      }
      if (drawsAgain) buffer.push(...own);
      steps++;
      return { groups: batch, counts: rolled?.counts, generations: rolled?.generations ?? 0 };
    },
    state: () => ({
      ...(sampler && { sampler: { path: sampler.path, version: sampler.version } }),
      buffer: drawsAgain ? buffer : [],
      steps,
    }),
    amend(before, after) {
      const decided = new Map(after.map((group) => [group.id, group]));
      const seen = new Set(before.map(({ id }) => id));
      buffer = buffer.flatMap((group) => (seen.has(group.id) ? (decided.get(group.id) ?? []) : group));
    },
    paths: () => (sampler ? [sampler.path] : []),
    close: async () => {},
  };
}

/** Batch b is begun once step b − maxStaleness is done, with the weights there are then. */
function asynchronous(options: SupplyOptions & { maxStaleness: number }): Supply {
  const { maxStaleness, groups, roll, synchronise } = options;
  const under: Promise<Rollouts>[] = [];
  const used = new Set<string>();
  const begin = (): void => {
    const rolling = synchronise().then(async (sampler) => {
      used.add(sampler.path);
      const rolled = await roll(sampler, groups);
      used.delete(sampler.path);
      return rolled;
    });
    // Who waits for it learns of a failure; until then it is nobody's.
    rolling.catch(() => {});
    under.push(rolling);
  };
  return {
    async next() {
      while (under.length <= maxStaleness) begin();
      const { groups: batch, counts, generations } = await under.shift()!;
      return { groups: batch, counts, generations };
    },
    // A run that resumes begins its batches anew.
    state: () => ({ buffer: [], steps: 0 }),
    amend: () => {},
    paths: () => [...used],
    async close() {
      await Promise.allSettled(under);
    },
  };
}
