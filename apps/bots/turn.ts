/**
 * A turn as chats need it, around the agent's own: consent is asked for in words, a message that comes late asks nothing,
 * and attachments are noted. Until there is consent no words are kept; red flags and crises are heeded nevertheless.
 */
import { type Message, suggestionsFor, type TurnOutput } from "../../agents/index.ts";
import type { ConsultationEvent, EventBody } from "../../src/index.ts";
import type { ServedConversation } from "../server/conversation.ts";
import { DISCLAIMER } from "../server/log-messages.ts";
import type { Attachment } from "./types.ts";

/** What is being said, besides its words. */
export interface Circumstances {
  readonly order?: number | undefined;
  readonly attachments: readonly Attachment[];
  /** The first question once there is consent. */
  readonly prompt: string;
}

type Said = Extract<EventBody, { type: "patient-said" }>;

const YES = /^\s*(?:y|yes|yes please|yeah|yep|ok|okay|agree|i agree|i understand)[\s.!]*$/i;
const NO = /^\s*(?:n|no|nope|no thanks?|no thank you)[\s.!]*$/i;
const UNSEEN = "I cannot look at pictures or files; please tell me in words.";

export async function* botTurn(
  inner: ServedConversation,
  events: readonly ConsultationEvent[],
  words: string,
  circumstances: Circumstances,
  signal: AbortSignal,
): AsyncGenerator<TurnOutput> {
  const { order } = circumstances;
  const late = order !== undefined && order < newestOrder(events);
  const message = late ? words : chosenBy(words, inner, events);
  const bodies: EventBody[] = [];
  for await (const output of inner.turn(heard(events), message, signal)) {
    if (output.type === "event") bodies.push(output.body);
  }
  const said = bodies.find((body): body is Said => body.type === "patient-said") ?? { type: "patient-said", text: "" };
  const rest = bodies.filter(({ type }) => type !== "patient-said");
  for (const body of follows(inner, events, said, rest, words, late, circumstances)) yield { type: "event", body };
}

/** The events of the turn. The person's words come first, kept or not: their id tells a repetition. */
function follows(
  { safety }: ServedConversation,
  events: readonly ConsultationEvent[],
  said: Said,
  rest: readonly EventBody[],
  words: string,
  late: boolean,
  { attachments, prompt }: Circumstances,
): EventBody[] {
  const consented = events.some(({ type }) => type === "consented");
  const noted = consented ? withNotes(said, attachments) : { ...said, text: "" };
  const alarm = rest.some(({ type }) => type === "red-flag-raised" || type === "handed-off");
  if (alarm) return [noted, ...(consented ? rest : rest.flatMap(withoutFindings))];
  if (late) return [noted, ...(consented ? besidesTheQuestion(events, rest) : [])];
  if (hasEnded(events)) return [noted, ...rest];
  if (!consented) {
    if (YES.test(words))
      return [said, { type: "consented", disclaimer: DISCLAIMER }, { type: "agent-said", text: prompt }];
    return [noted, { type: "agent-said", text: consentWords(NO.test(words), safety.emergencyNumber) }];
  }
  return [noted, ...(attachments.length > 0 ? [{ type: "agent-said", text: UNSEEN } as const] : []), ...rest];
}

/** The suggestion of the open question that the words are, letter for letter; else the words. */
function chosenBy(words: string, { base }: ServedConversation, events: readonly ConsultationEvent[]): Message {
  const open = questionIn(events);
  const finding = open && base.findings.find(({ id }) => id === open.finding);
  const typed = words.trim().toLowerCase();
  const chosen = finding && suggestionsFor(finding).find(({ label }) => label.toLowerCase() === typed);
  return chosen ? { text: words, observed: chosen.observed } : words;
}

type Asked = Extract<ConsultationEvent, { type: "agent-asked" | "agent-examined" }>;

function questionIn(events: readonly ConsultationEvent[]): Asked | undefined {
  return events.findLast((event): event is Asked => event.type === "agent-asked" || event.type === "agent-examined");
}

function consentWords(refused: boolean, emergencyNumber = "112"): string {
  if (refused) return "Nothing was asked, and nothing of what you wrote is kept. If you change your mind, reply YES.";
  return `I am a program that asks about symptoms. ${DISCLAIMER} In an emergency call ${emergencyNumber} now. Your answers are kept. Reply YES if you understand this and want to go on.`;
}

/**
 * The events as the agent is to see them: a consultation that began with consent, without words that were not kept. The
 * places are counted anew.
 */
export function heard(events: readonly ConsultationEvent[]): readonly ConsultationEvent[] {
  const consent = events.findIndex(({ type }) => type === "consented");
  const until = consent < 0 ? events.length : consent;
  const kept = events.filter(
    (event, index) =>
      !(event.type === "patient-said" && (event.text === "" || index < until)) &&
      !(event.type === "agent-said" && index < until),
  );
  return kept.length === events.length ? events : kept.map((event, seq) => ({ ...event, seq }));
}

/** A late message is no answer to the question that is open by now; what else it tells counts. */
function besidesTheQuestion(events: readonly ConsultationEvent[], rest: readonly EventBody[]): EventBody[] {
  const open = questionIn(events);
  if (!open || hasEnded(events)) return [];
  return rest.filter(
    (body) =>
      (body.type === "finding-observed" || body.type === "finding-corrected") && body.observed.finding !== open.finding,
  );
}

/** What may be kept without consent: that there was an alarm, and what was said to it. */
function withoutFindings(body: EventBody): EventBody[] {
  switch (body.type) {
    case "red-flag-raised":
    case "handed-off":
      return [body];
    case "concluded":
      return [{ ...body, conclusion: { ...body.conclusion, differential: { entries: [], other: 1 } } }];
    default:
      return [];
  }
}

/** The event list has no place for attachments: that there were any is noted in the words. */
function withNotes(said: Said, attachments: readonly Attachment[]): Said {
  const notes = attachments.map(({ type }) => `[attachment: ${type}]`);
  return { ...said, text: [said.text, ...notes].filter(Boolean).join("\n").slice(0, 20_000) };
}

function hasEnded(events: readonly ConsultationEvent[]): boolean {
  return events.some(({ type }) => type === "concluded" || type === "handed-off" || type === "abandoned");
}

function newestOrder(events: readonly ConsultationEvent[]): number {
  return events.reduce((most, event) => {
    const order = event.type === "patient-said" ? /^(\d+)~/.exec(event.id ?? "")?.[1] : undefined;
    return order === undefined ? most : Math.max(most, Number(order));
  }, -1);
}
