/** What a saying means in the light of the events: which suggestion was chosen, and whether it is stored already. */
import type { Message } from "../../agents/index.ts";
import type { ConsultationEvent, EventBody } from "../../src/index.ts";
import type { Projection } from "./log-messages.ts";
import type { Saying } from "./protocol.ts";

/** What is said after `events`; undefined where it was not offered. */
export function messageOf(
  saying: Saying,
  events: readonly ConsultationEvent[],
  { inquiry }: Projection,
): Message | undefined {
  if (saying.type === "message") return saying.text;
  const question = events.findLast(
    (event) =>
      event.type === "agent-asked" ||
      event.type === "agent-examined" ||
      (event.type === "reviewed" && event.decision === "returned"),
  );
  const finding = question && "finding" in question ? question.finding : undefined;
  const chosen = JSON.stringify(saying.observed);
  const suggestion = inquiry(finding).suggestions.find(({ observed }) => JSON.stringify(observed) === chosen);
  return suggestion && { text: suggestion.label, observed: suggestion.observed };
}

/** `bodies` with the saying's id at its words, by which any server knows a repetition. */
export function underId({ id }: Saying, bodies: readonly EventBody[]): EventBody[] {
  return bodies.map((body) => (body.type === "patient-said" ? { ...body, id } : body));
}

/** The events that the saying led to when it came before, by this process or another. */
export function storedBefore(
  { id }: Saying,
  events: readonly ConsultationEvent[],
): { readonly said: number; readonly from: number; readonly to: number } | undefined {
  const from = events.findIndex((event) => event.type === "patient-said" && event.id === id);
  if (from < 0) return undefined;
  const next = events.findIndex(({ seq, type }) => seq > from && type === "patient-said");
  return { said: from + 1, from, to: next < 0 ? events.length : next };
}
