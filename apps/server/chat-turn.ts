/**
 * A turn as chats need it, around the agent's own: consent is asked for in words, a message that comes late asks nothing,
 * and attachments are kept. Until there is consent nothing that was sent is kept; red flags and crises are heeded nevertheless.
 */
import {
  CONVERSATION_DISCLAIMER as DISCLAIMER,
  type Message,
  OPENING,
  type SafetyOptions,
  type TurnOutput,
} from "../../agents/index.ts";
import {
  type Attachment,
  type ConsultationEvent,
  type EventBody,
  endingOf,
  type KnowledgeBase,
} from "../../src/index.ts";

/** What came with a message's words. */
export interface Sent {
  /** Rises from message to message, where the sender counts. A smaller one than was seen before comes late. */
  readonly order?: number | undefined;
  readonly attachments?: readonly Attachment[] | undefined;
}

/** The agent's own turn, and what the chat's words are made of. */
export interface InnerTurn {
  readonly base: KnowledgeBase;
  readonly safety: SafetyOptions;
  turn(events: readonly ConsultationEvent[], message: Message, signal: AbortSignal): AsyncIterable<TurnOutput>;
}

type Said = Extract<EventBody, { type: "patient-said" }>;
const NO_WORDS: Said = { type: "patient-said", text: "" };

const YES = /^\s*(?:y|yes|yes please|yeah|yep|ok|okay|agree|i agree|i understand)[\s.!]*$/i;
const NO = /^\s*(?:n|no|nope|no thanks?|no thank you)[\s.!]*$/i;
const UNSEEN = "I cannot look at pictures or files myself, but they are kept with this conversation.";

/** Whether consent was, or is to be, asked for in the chat itself. */
export function consentsInWords(events: readonly ConsultationEvent[]): boolean {
  return events[1]?.type !== "consented";
}

export async function* chatTurn(
  inner: InnerTurn,
  events: readonly ConsultationEvent[],
  said: Message,
  { order, attachments = [] }: Sent,
  signal: AbortSignal,
): AsyncGenerator<TurnOutput> {
  const words = typeof said === "string" ? said : said.text;
  const late = order !== undefined && order < newestOrder(events);
  const outputs = inner.turn(heard(events), said, signal);
  if (!late && attachments.length === 0 && events.some(({ type }) => type === "consented")) {
    yield* withWords(outputs);
    return;
  }
  const bodies: EventBody[] = [];
  for await (const output of outputs) if (output.type === "event") bodies.push(output.body);
  const kept = bodies.find((body): body is Said => body.type === "patient-said") ?? NO_WORDS;
  const rest = bodies.filter(({ type }) => type !== "patient-said");
  for (const body of follows(inner, events, kept, rest, words, late, attachments)) yield { type: "event", body };
}

/** The agent's own turn as it comes; the person's words come first, kept or not. */
async function* withWords(outputs: AsyncIterable<TurnOutput>): AsyncGenerator<TurnOutput> {
  let said = false;
  for await (const output of outputs) {
    if (output.type === "event" && !said) {
      if (output.body.type !== "patient-said") yield { type: "event", body: NO_WORDS };
      said = true;
    }
    yield output;
  }
  if (!said) yield { type: "event", body: NO_WORDS };
}

/** The events of the turn. The person's words come first, kept or not: their id tells a repetition. */
function follows(
  { safety }: InnerTurn,
  events: readonly ConsultationEvent[],
  said: Said,
  rest: readonly EventBody[],
  words: string,
  late: boolean,
  attachments: readonly Attachment[],
): EventBody[] {
  const alarm = rest.some(({ type }) => type === "red-flag-raised" || type === "handed-off");
  if (!events.some(({ type }) => type === "consented")) {
    const unkept = { ...said, text: "" };
    if (alarm) return [unkept, ...rest.flatMap(withoutFindings)];
    if (late) return [unkept];
    if (endingOf(events)) return [unkept, ...rest];
    // Whoever agrees before having been told has agreed to nothing.
    const told = events.some(({ type }) => type === "agent-said");
    return told && YES.test(words)
      ? [said, { type: "consented", disclaimer: DISCLAIMER }, { type: "agent-said", text: OPENING }]
      : [unkept, { type: "agent-said", text: consentWords(NO.test(words), safety.emergencyNumber) }];
  }
  const sent: EventBody[] = [
    said,
    ...attachments.map((attachment) => ({ type: "attachment-received", attachment }) as const),
  ];
  if (alarm) return [...sent, ...rest];
  if (late) return [...sent, ...besidesTheQuestion(events, rest)];
  if (endingOf(events)) return [...sent, ...rest];
  return [...sent, { type: "agent-said", text: UNSEEN }, ...rest];
}

type Asked = Extract<ConsultationEvent, { type: "agent-asked" | "agent-examined" }>;

/** What the agent asked last, unless a clinician asked something since. */
function questionIn(events: readonly ConsultationEvent[]): Asked | undefined {
  const last = events.findLast(
    ({ type }) => type === "agent-asked" || type === "agent-examined" || type === "reviewed",
  );
  return last?.type === "agent-asked" || last?.type === "agent-examined" ? last : undefined;
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
  if (!open || endingOf(events)) return [];
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

function newestOrder(events: readonly ConsultationEvent[]): number {
  return events.reduce((most, event) => {
    const order = event.type === "patient-said" ? /^(\d+)~/.exec(event.id ?? "")?.[1] : undefined;
    return order === undefined ? most : Math.max(most, Number(order));
  }, -1);
}
