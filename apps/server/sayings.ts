/** What a saying means in the light of the events: which suggestion was chosen, and whether its words are stored already. */
import type { Message } from "../../agents/index.ts";
import type { ConsultationEvent } from "../../src/index.ts";
import type { Projection } from "./log-messages.ts";
import type { Saying } from "./protocol.ts";

/** What is said after the first `seq` events; undefined where it was not offered then. */
export function messageOf(
  saying: Saying,
  events: readonly ConsultationEvent[],
  seq: number,
  { inquiry }: Projection,
): Message | undefined {
  if (saying.type === "message") return saying.text;
  const question = events.findLast(
    (event) => event.seq < seq && (event.type === "agent-asked" || event.type === "agent-examined"),
  );
  const finding = question && "finding" in question ? question.finding : undefined;
  const chosen = JSON.stringify(saying.observed);
  const suggestion = inquiry(finding).suggestions.find(({ observed }) => JSON.stringify(observed) === chosen);
  return suggestion && { text: suggestion.label, observed: suggestion.observed };
}

/**
 * The same words, stored by another process after what the client had seen: its message did arrive. `claimed`: places of
 * words whose message is known otherwise.
 */
export function storedBefore(
  saying: Saying,
  events: readonly ConsultationEvent[],
  claimed: ReadonlySet<number>,
  projection: Projection,
): { readonly said: number; readonly from: number; readonly to: number } | undefined {
  const { after } = saying;
  if (after === undefined || after >= events.length) return undefined;
  const message = messageOf(saying, events, after, projection);
  const text = typeof message === "string" ? message : message?.text;
  const found = events
    .slice(after)
    .find((event) => event.type === "patient-said" && event.text === text && !claimed.has(event.seq));
  if (!found) return undefined;
  const next = events.findIndex(({ seq, type }) => seq > found.seq && type === "patient-said");
  return { said: found.seq + 1, from: found.seq, to: next < 0 ? events.length : next };
}
