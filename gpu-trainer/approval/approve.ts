/**
 * A batch's way to its approval: held, decided on, corrected and held again, until it is confirmed or rejected; and the
 * gate of a run, which holds every batch or those that the rules find odd.
 */
import type { Objective } from "../objectives/types.ts";
import type { Group } from "../rollouts/types.ts";
import { type ApprovedBatch, advantagesOf, applyDecision } from "./apply.ts";
import { ApprovalError } from "./errors.ts";
import { type BatchToHold, holdBatch } from "./hold.ts";
import { OddityHistory, OddityRules, oddities } from "./rules.ts";
import type { Approver, Reason } from "./types.ts";

export type BatchToApprove = Omit<BatchToHold, "round" | "advantages" | "objective" | "reasons"> & {
  readonly objective: Pick<Objective, "name" | "advantages">;
};

/** The batch that a step may be taken on; undefined where it was rejected. `reasonsOf`: why it is held, in each round. */
export async function approveBatch(
  approver: Approver,
  { groups, objective, ...rest }: BatchToApprove,
  signal?: AbortSignal,
  reasonsOf: (groups: readonly Group[]) => readonly Reason[] = () => [],
): Promise<ApprovedBatch | undefined> {
  let batch: ApprovedBatch = { groups, advantages: advantagesOf(groups, objective) };
  for (let round = 0; ; round++) {
    const held = holdBatch({ ...rest, ...batch, objective, round, reasons: reasonsOf(batch.groups) });
    const decision = await approver.review(held, signal);
    const next = applyDecision(batch.groups, objective, decision);
    if (!next || decision.type === "confirm") return next;
    batch = next;
  }
}

export interface GateOptions {
  readonly approver: Approver;
  /** `all`: every batch, with what the rules at their defaults find odd about it. Rules: batches that they find odd. */
  readonly hold: "all" | OddityRules;
}

export interface ApprovalGate {
  /** The batch that a step may be taken on, at once where nothing holds it; undefined where it was rejected. */
  approve(batch: BatchToApprove, signal?: AbortSignal): Promise<ApprovedBatch | undefined>;
  /** What the rules remember: plain JSON, to be saved with the run. */
  state(): OddityHistory;
  /** Takes what `state` gave. Throws `bad-batch` on anything else, and changes nothing. */
  restore(state: unknown): void;
}

export function approvalGate({ approver, hold }: GateOptions): ApprovalGate {
  const rules = hold === "all" ? OddityRules.parse({}) : hold;
  let history: OddityHistory = [];
  return {
    async approve(batch, signal) {
      const reasonsOf = (groups: readonly Group[]) => oddities(groups, history, rules).reasons;
      const { groups, objective } = batch;
      const isHeld = hold === "all" || reasonsOf(groups).length > 0;
      const approved = isHeld
        ? await approveBatch(approver, batch, signal, reasonsOf)
        : { groups, advantages: advantagesOf(groups, objective) };
      if (approved) ({ history } = oddities(approved.groups, history, rules));
      return approved;
    },
    state: () => history,
    restore(state) {
      const parsed = OddityHistory.safeParse(state);
      const advice = "what the approval rules remembered cannot be read: resume from an earlier checkpoint";
      if (!parsed.success) throw new ApprovalError("bad-batch", advice, { cause: parsed.error });
      history = parsed.data;
    },
  };
}
