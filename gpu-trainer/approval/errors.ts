/** What can go wrong while a batch is held, each under a stable code. */
import { AnamnesisError, type ErrorOptions } from "../../src/index.ts";

/**
 * - `bad-batch`: groups, advantages and tasks that do not belong together
 * - `bad-decision`: a decision that does not fit the batch: no such group, no such trajectory, nothing corrected
 * - `not-held`: no batch of this step waits for a decision
 * - `batch-changed`: the batch is no longer the one that was looked at
 * - `already-decided`: somebody else was first
 * - `bad-mailbox`: a file of the review folder that is not as it was written
 * - `chain-broken`: an event that was altered, left out, added or moved
 * - `not-written`: a file that could not be written; what was in it before stands
 */
export type ApprovalErrorCode =
  | "bad-batch"
  | "bad-decision"
  | "not-held"
  | "batch-changed"
  | "already-decided"
  | "bad-mailbox"
  | "chain-broken"
  | "not-written";

export class ApprovalError extends AnamnesisError {
  declare readonly code: ApprovalErrorCode;

  constructor(code: ApprovalErrorCode, message: string, options: ErrorOptions = {}) {
    super(code, message, { fault: code === "not-written" ? "work" : "input", ...options });
  }
}
