/** What became of a consultation for clinicians: how it ended, what they decided, what they changed. A fold over its events. */
import type { Conclude, ConsultationEvent } from "../../src/index.ts";
import { type SoapNote, summaryOf } from "./soap.ts";

export type Ending = Extract<ConsultationEvent, { type: "concluded" | "handed-off" }>;
export type Reviewed = Extract<ConsultationEvent, { type: "reviewed" }>;
export type Notified = Extract<ConsultationEvent, { type: "notified" }>;

export interface Outcome {
  /** The latest. */
  readonly ending: Ending;
  /** `returned`: it goes on, and may end again. */
  readonly state: "waiting" | "decided" | "returned";
  /** The latest, of whichever ending. */
  readonly review?: Reviewed;
  /** The agent's, or what a clinician made of it since it ended. */
  readonly conclusion?: Conclude;
  /** Who changed the conclusion. */
  readonly editor?: string;
  /** As a clinician left it since it ended. */
  readonly summary?: SoapNote;
  readonly notified?: Notified;
}

/** Undefined where nobody is to look at it: it goes on for the first time, or was abandoned without an end. */
export function outcomeOf(events: readonly ConsultationEvent[]): Outcome | undefined {
  let outcome: Outcome | undefined;
  for (const event of events) {
    switch (event.type) {
      case "concluded":
      case "handed-off": {
        const { review, notified } = outcome ?? {};
        const conclusion = event.type === "concluded" ? event.conclusion : agentsConclusion(events, event.seq);
        outcome = {
          ending: event,
          state: "waiting",
          ...(review && { review }),
          ...(notified && { notified }),
          ...(conclusion && { conclusion }),
        };
        break;
      }
      case "reviewed":
        if (outcome) outcome = reviewed(outcome, event);
        break;
      case "notified":
        if (outcome) outcome = { ...outcome, notified: event };
        break;
      default:
    }
  }
  return outcome;
}

function reviewed(outcome: Outcome, review: Reviewed): Outcome {
  if (review.decision === "returned") {
    const { ending, notified } = outcome;
    return { ending, state: "returned", review, ...(notified && { notified }) };
  }
  const summary = review.summary === undefined ? undefined : summaryOf(review.summary);
  const { conclusion, reviewer } = review;
  return {
    ...outcome,
    state: "decided",
    review,
    ...(summary && { summary }),
    ...(conclusion && { conclusion, editor: reviewer }),
  };
}

/** What the agent concluded before it was handed off after all, as after words of a crisis. */
function agentsConclusion(events: readonly ConsultationEvent[], before: number): Conclude | undefined {
  for (let at = before - 1; at >= 0; at--) {
    const event = events[at]!;
    if (event.type === "concluded") return event.conclusion;
    if (event.type === "reviewed" && event.decision === "returned") return undefined;
  }
  return undefined;
}
