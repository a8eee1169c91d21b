/**
 * Held batches of a training run over REST: read the one that waits, and decide on it. The run's folder is all that is
 * shared with the trainer. A server that was started without a run to review knows nothing here.
 */
import { z } from "zod";
import {
  ApprovalError,
  BatchReference,
  Decision,
  type Mailbox,
  PendingBatch,
  Verdict,
} from "../../gpu-trainer/index.ts";
import { ServerError } from "./errors.ts";
import type { Page } from "./page.ts";
import type { Call, Route, RouteContext } from "./routes.ts";

export const REVIEW_PATH = "/review";

/** What is reviewed, and by whom. */
export interface ReviewDesk {
  readonly mailbox: Pick<Mailbox, "pending" | "decide">;
  /** Everybody may, as on a server without tokens; else clinicians. */
  readonly isOpen: boolean;
}

export const ReviewState = z.strictObject({
  /** The batch that waits; null: none. */
  held: BatchReference.nullable(),
});
export const ReviewDecision = z.strictObject({
  round: BatchReference.shape.round,
  digest: BatchReference.shape.digest,
  verdict: Verdict,
});

function deskOf({ holder }: Call, { review }: RouteContext): ReviewDesk {
  if (!review) throw new ServerError("not-found", "this server was started without a run to --review");
  if (!review.isOpen && holder.audience !== "clinician") throw new ServerError("forbidden", "this is for clinicians");
  return review;
}

export const REVIEW_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/review",
    operation: "readHeldBatch",
    summary: "The batch that waits for a decision before a training step. For clinicians.",
    status: 200,
    answer: { name: "PendingBatch", schema: PendingBatch },
    empty: "No batch waits.",
    handle: (call, context) => deskOf(call, context).mailbox.pending(),
  },
  {
    method: "GET",
    path: "/v1/review/state",
    operation: "readReviewState",
    summary: "Which batch waits, without the batch: for those who look again and again. For clinicians.",
    status: 200,
    answer: { name: "ReviewState", schema: ReviewState },
    async handle(call, context) {
      const pending = await deskOf(call, context).mailbox.pending();
      return {
        held: pending ? { step: pending.batch.step, round: pending.batch.round, digest: pending.digest } : null,
      };
    },
  },
  {
    method: "POST",
    path: "/v1/review/{step}/decision",
    operation: "decideOnBatch",
    summary: "Confirms, corrects or rejects the batch that waits. After a correction it is held again. For clinicians.",
    body: { name: "ReviewDecision", schema: ReviewDecision },
    status: 201,
    answer: { name: "Decision", schema: Decision },
    async handle(call, context) {
      const { mailbox, isOpen } = deskOf(call, context);
      const { verdict, round, digest } = call.body as z.infer<typeof ReviewDecision>;
      const step = /^\d{1,15}$/.test(call.id) ? Number(call.id) : undefined;
      if (step === undefined) throw new ServerError("not-found", "a step is a whole number");
      const by = isOpen ? "page" : call.holder.name;
      return mailbox.decide({ step, round, digest }, verdict, by).catch((error: unknown) => {
        throw refused(error);
      });
    },
  },
];

function refused(error: unknown): unknown {
  if (!(error instanceof ApprovalError)) return error;
  switch (error.code) {
    case "bad-decision":
      return new ServerError("bad-message", error.message, error);
    case "not-held":
    case "batch-changed":
    case "already-decided":
      return new ServerError("review-changed", error.message, error);
    default:
      return error;
  }
}

/** The page, at `/review` too. */
export function withReview(page: Page): Page {
  const file = page.get("/");
  return file ? new Map([...page, [REVIEW_PATH, file]]) : page;
}
