/**
 * What approval speaks of. A batch is *held* before any gradient is taken of it: it is shown with its transcripts and
 * rewards, and waits for a *decision*. A decision that corrects leads to the next *round*: the same batch with other
 * rewards and the advantages that follow from them, held again. All of it is plain JSON.
 */
import { z } from "zod";
import { STOP_REASONS } from "../dialogues/types.ts";

/** null: not a finite number. */
const Figure = z.number().nullable();
const Count = z.int().min(0);

export const HeldTrajectory = z.strictObject({
  /** As a person reads it. */
  transcript: z.string(),
  reward: Figure,
  /** The reward's terms, each times its weight; `correction` is what people added to it. */
  components: z.record(z.string(), Figure),
  stop: z.enum(STOP_REASONS),
  correct: z.boolean(),
  /** Questions and examinations put. */
  questions: Count,
  /** Names of what was concluded, likeliest first. */
  ranked: z.array(z.string()),
  advantage: Figure,
});
export type HeldTrajectory = z.output<typeof HeldTrajectory>;

export const HeldGroup = z.strictObject({
  id: z.string(),
  caseId: z.string(),
  task: z.string(),
  domain: z.string(),
  /** Optimizer steps behind the weights that sampled it. */
  version: Count,
  /** Names of the right answers. */
  labels: z.array(z.string()),
  /** What rewards are compared with: V̂*, a mean, a greedy reward. */
  baseline: Figure,
  /** False where the group takes no part in the step. */
  kept: z.boolean(),
  trajectories: z.array(HeldTrajectory).min(1),
});
export type HeldGroup = z.output<typeof HeldGroup>;

/** Bins of equal width from `least` to `most`; the last one holds `most` too. */
export const Histogram = z.strictObject({
  least: z.number(),
  most: z.number(),
  counts: z.array(Count),
  notFinite: Count,
});
export type Histogram = z.output<typeof Histogram>;

/** Why a batch was held. */
export const Reason = z.strictObject({
  /** Name of the rule. */
  rule: z.string(),
  message: z.string(),
  /** Ids of the groups that it speaks of; empty: of the batch as a whole. */
  groups: z.array(z.string()),
});
export type Reason = z.output<typeof Reason>;

export const HeldBatch = z.strictObject({
  /** The optimizer step that waits, counted from 1. */
  step: Count,
  /** Corrections before this one. */
  round: Count,
  objective: z.string(),
  /** Optimizer steps behind the trainer's weights. */
  version: Count,
  /** `version` minus the oldest version that sampled. */
  lag: Count,
  groups: z.array(HeldGroup).min(1),
  rewards: Histogram,
  /** Empty where every batch is held. */
  reasons: z.array(Reason),
});
export type HeldBatch = z.output<typeof HeldBatch>;

export const CorrectedReward = z.strictObject({
  group: z.string(),
  /** Place in its group, from 0. */
  trajectory: Count,
  reward: z.number(),
  note: z.string().max(1_000).optional(),
});
export type CorrectedReward = z.output<typeof CorrectedReward>;

const VERDICTS = {
  /** The step is taken. */
  confirm: {},
  /** The batch is held again, with these rewards and without these groups. */
  correct: { rewards: z.array(CorrectedReward), rejectGroups: z.array(z.string()) },
  /** No step is taken on the batch. */
  reject: { reason: z.string().trim().min(1).max(1_000) },
} as const;

/** What a reviewer says. */
export const Verdict = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("confirm"), ...VERDICTS.confirm }),
  z.strictObject({ type: z.literal("correct"), ...VERDICTS.correct }),
  z.strictObject({ type: z.literal("reject"), ...VERDICTS.reject }),
]);
export type Verdict = z.output<typeof Verdict>;

/** The batch that was looked at. */
export const BatchReference = z.strictObject({
  step: Count,
  round: Count,
  /** SHA-256 of the held batch: a decision holds for what was seen, and for nothing else. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
});
export type BatchReference = z.output<typeof BatchReference>;

const decided = {
  ...BatchReference.shape,
  /** Who: a token's name, `terminal`, `rules`. */
  by: z.string().min(1),
  at: z.iso.datetime(),
};

/** A verdict on a batch: whose, and when. */
export const Decision = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("confirm"), ...VERDICTS.confirm, ...decided }),
  z.strictObject({ type: z.literal("correct"), ...VERDICTS.correct, ...decided }),
  z.strictObject({ type: z.literal("reject"), ...VERDICTS.reject, ...decided }),
]);
export type Decision = z.output<typeof Decision>;

/** A held batch as it lies in the run's folder. */
export const PendingBatch = z.strictObject({
  digest: BatchReference.shape.digest,
  heldAt: z.iso.datetime(),
  batch: HeldBatch,
});
export type PendingBatch = z.output<typeof PendingBatch>;

export interface Approver {
  /**
   * Holds the batch until it is decided on. The same batch held again, after a crash for example, gets the decision that
   * was made already. Throws the signal's reason; the batch stays held then.
   */
  review(held: HeldBatch, signal?: AbortSignal): Promise<Decision>;
}
