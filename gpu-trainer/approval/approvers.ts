/** Who decides: people, by way of the mailbox, or the rules alone. */
import { ApprovalError } from "./errors.ts";
import { type MailboxOptions, openMailbox, referenceTo } from "./mailbox.ts";
import type { Approver, Verdict } from "./types.ts";

/** Waits for the decisions that a page or a terminal lays into the run's review folder. */
export function mailboxApprover(directory: string, options: MailboxOptions = {}): Approver {
  const mailbox = openMailbox(directory, options);
  return { review: async (held, signal) => (await mailbox.hold(held)) ?? mailbox.wait(held, signal) };
}

export interface AutomaticOptions extends MailboxOptions {
  /** What becomes of a batch that a rule found odd; others are confirmed. Default `reject`. */
  readonly whenOdd?: "confirm" | "reject" | undefined;
}

/** Decides by the rules alone, with nobody there. Its decisions lie in the review folder and its events as a person's do. */
export function automaticApprover(directory: string, options: AutomaticOptions = {}): Approver {
  const { whenOdd = "reject" } = options;
  const mailbox = openMailbox(directory, options);
  return {
    async review(held) {
      const decided = await mailbox.hold(held);
      if (decided) return decided;
      const reason = held.reasons.map(({ message }) => message).join("; ");
      const isRejected = held.reasons.length > 0 && whenOdd === "reject";
      const verdict: Verdict = isRejected ? { type: "reject", reason: reason.slice(0, 1_000) } : { type: "confirm" };
      await mailbox.decide(referenceTo(held), verdict, "rules").catch((error: unknown) => {
        // A person was quicker, and has the word.
        if (!(error instanceof ApprovalError && error.code === "already-decided")) throw error;
      });
      return mailbox.wait(held);
    },
  };
}
