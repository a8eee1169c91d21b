/**
 * What another system is still to be told of a consultation, read from its events. What was delivered settles all that
 * happened before it; what died is owed until it is sent again. So nothing is kept beside the list.
 */
import type { ConsultationEvent } from "../../src/index.ts";
import type { Ending, Notified, Reviewed } from "./outcome.ts";

/** What others are told of. */
export type Occasion = Ending | Reviewed;

export interface Owed {
  /** In order, each to be told once. */
  readonly occasions: readonly Occasion[];
  /** It was given up after the last of them. */
  readonly dead?: Notified;
}

export function isOccasion(event: ConsultationEvent): event is Occasion {
  return event.type === "concluded" || event.type === "handed-off" || event.type === "reviewed";
}

export function owedOf(events: readonly ConsultationEvent[]): Owed {
  const delivered = events.findLastIndex((event) => event.type === "notified" && event.outcome === "delivered");
  const since = events.slice(delivered + 1);
  const occasions = since.filter(isOccasion);
  const last = occasions.at(-1);
  const dead = last && since.findLast((event): event is Notified => event.type === "notified" && event.seq > last.seq);
  return { occasions, ...(dead && { dead }) };
}
