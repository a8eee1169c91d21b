/** Everything a clinician reads before deciding on a consultation, as it is now. */
import { type ConsultationEvent, type Differential, replay } from "../../src/index.ts";
import type { ServedConversation } from "../server/conversation.ts";
import type { DifferentialViewer } from "../server/differential-view.ts";
import { ServerError } from "../server/errors.ts";
import { DISCLAIMER, type Projection } from "../server/log-messages.ts";
import type { Dossier } from "./api.ts";
import { entryOf } from "./entry.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { summaryFrom } from "./summary.ts";

export interface Reading {
  readonly conversation: ServedConversation;
  readonly projection: Projection;
  readonly view: DifferentialViewer;
}

/** Throws `not-found` where nobody is to look at it. */
export function dossierOf(events: readonly ConsultationEvent[], { conversation, projection, view }: Reading): Dossier {
  const outcome = requireOutcome(events);
  const { base } = conversation;
  const known = replay(events).findings;
  const differential = view(differentialOf(events, outcome, conversation), known);
  return {
    entry: entryOf(events, outcome, base),
    seq: events.length,
    summary: outcome.summary ?? summaryFrom(events, outcome, conversation, differential),
    differential,
    messages: events.flatMap((event) => projection.message(event, "clinician", known) ?? []),
    disclaimer: DISCLAIMER,
  };
}

export function requireOutcome(events: readonly ConsultationEvent[]): Outcome {
  const outcome = events.length > 0 ? outcomeOf(events) : undefined;
  if (!outcome) throw new ServerError("not-found", "no such consultation is in the queue");
  return outcome;
}

/** A clinician's, or the agent's at the end, or what the agent would conclude now; of conditions that are known here. */
export function differentialOf(
  events: readonly ConsultationEvent[],
  { conclusion }: Outcome,
  { base, differential }: ServedConversation,
): Differential {
  const all = conclusion?.differential ?? differential(events);
  const known = new Set(base.conditions.map(({ id }) => id));
  const entries = all.entries.filter(({ condition }) => known.has(condition));
  return { entries, other: Math.max(0, 1 - entries.reduce((sum, { probability }) => sum + probability, 0)) };
}
