/** What a clinician's review becomes: events, or a refusal that says why. Sees the list as it is when they are appended. */
import {
  type Conclude,
  type ConsultationEvent,
  type Differential,
  type EventBody,
  filterOutput,
  type KnowledgeBase,
} from "../../src/index.ts";
import type { ServedConversation } from "../server/conversation.ts";
import { ServerError } from "../server/errors.ts";
import type { Review } from "./api.ts";
import { differentialOf, requireOutcome } from "./dossier.ts";
import type { Outcome } from "./outcome.ts";
import { summaryText } from "./soap.ts";

type Edited = Extract<Review, { decision: "edited" }>;
type Ranking = NonNullable<Edited["differential"]>;

/** What may happen after a clinician looked and before the decision counts. */
const IMMATERIAL: ReadonlySet<ConsultationEvent["type"]> = new Set(["notified", "model-called"]);
/** The share of a condition that the agent's list does not hold, where the clinician gives none. */
const LEAST_SHARE = 0.01;

/** Refuses words that advise on drugs, and conditions that are not known here. */
export function checkReview(review: Review, base: KnowledgeBase): void {
  if (review.decision === "returned" && filterOutput(review.message).removed.length > 0)
    throw new ServerError("drug-advice", "the message advises on a drug or holds a dose");
  if (review.decision !== "edited") return;
  const unknown = review.differential?.find(({ condition }) => !base.conditions.some(({ id }) => id === condition));
  if (unknown) throw new ServerError("bad-message", "differential names a condition that is not known here");
}

/** Throws `not-found`, `not-waiting` and `review-changed`. */
export function reviewBodies(
  review: Review,
  reviewer: string,
  events: readonly ConsultationEvent[],
  conversation: ServedConversation,
): EventBody[] {
  const outcome = requireOutcome(events);
  const since = events.slice(review.seq).filter(({ type }) => !IMMATERIAL.has(type));
  if (review.seq > events.length || since.length > 0)
    throw new ServerError("review-changed", "something happened since it was read");
  if (outcome.state !== "waiting" && !(outcome.state === "decided" && review.decision === "edited"))
    throw new ServerError("not-waiting", outcome.state === "decided" ? "it is decided already" : "it was returned");
  const { decision, note } = review;
  const head = { type: "reviewed", reviewer, decision, ...(note !== undefined && { note }) } as const;
  switch (review.decision) {
    case "confirmed":
      return [head];
    case "edited": {
      const { summary } = review;
      const conclusion = conclusionOf(review, events, outcome, conversation);
      return [{ ...head, ...(summary && { summary: summaryText(summary) }), ...(conclusion && { conclusion }) }];
    }
    case "returned":
      return [head, { type: "agent-said", text: review.message }];
    default:
      return review satisfies never;
  }
}

function conclusionOf(
  { differential, urgency }: Edited,
  events: readonly ConsultationEvent[],
  outcome: Outcome,
  conversation: ServedConversation,
): Conclude | undefined {
  if (!differential && !urgency) return undefined;
  const before = differentialOf(events, outcome, conversation);
  const { confidence, ...rest } = outcome.conclusion ?? { type: "conclude", abstained: false };
  return {
    ...rest,
    ...(differential
      ? { differential: rankedAs(differential, before), abstained: false }
      : { differential: before, ...(confidence !== undefined && { confidence }) }),
    ...(urgency && { urgency }),
  };
}

/** Without probabilities the shares there are keep their places, and the conditions change theirs. */
function rankedAs(ranking: Ranking, before: Differential): Differential {
  const own = new Map(before.entries.map(({ condition, probability }) => [condition, probability]));
  const shares = ranking
    .map(({ condition, probability }) => probability ?? Math.max(LEAST_SHARE, own.get(condition) ?? 0))
    .sort((a, b) => b - a);
  const sum = shares.reduce((a, b) => a + b, 0);
  const scale = sum > 1 ? 1 / sum : 1;
  const entries = ranking.map(({ condition }, index) => ({ condition, probability: shares[index]! * scale }));
  return { entries, other: Math.max(0, 1 - sum * scale) };
}
