/**
 * A *schedule* says which policy version samples the batch of a step. Versions are counted in optimizer steps; a step's
 * *lag* is the trainer's version minus the oldest version among its trajectories.
 */
import { z } from "zod";

export const ScheduleConfig = z.discriminatedUnion("kind", [
  /** Every batch is sampled by the weights that it changes: lag 0. */
  z.strictObject({ kind: z.literal("on-policy") }),
  /** The sampler is synchronised every `lag` steps. */
  z.strictObject({
    kind: z.literal("lagged"),
    /** L, 1 or more. 1 is on-policy. */
    lag: z.int().min(1).max(100_000),
    /**
     * Groups sampled a step, at most the batch; the rest is drawn from those sampled since the last synchronisation,
     * after which none is used any more. The first batch after it is sampled whole. Null: all are. Default null.
     */
    fresh: z.int().min(1).nullable().default(null),
  }),
  /**
   * Batches are sampled while the trainer steps; none is older than `maxStaleness` steps when it is used. A run that
   * resumes samples what was under way anew, with newer weights: its curve is another one from there.
   */
  z.strictObject({ kind: z.literal("asynchronous"), maxStaleness: z.int().min(1).max(1000) }),
  /** In each iteration a pool is sampled once, then trained on for so many steps. */
  z.strictObject({
    kind: z.literal("offline"),
    /** Groups of the pool, at least a batch. */
    pool: z.int().min(1),
    /** Steps of an iteration. */
    steps: z.int().min(1),
  }),
]);
export type ScheduleConfig = z.output<typeof ScheduleConfig>;
