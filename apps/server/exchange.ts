/**
 * One exchange with the agent, as bots and protocols need it: words in; words, suggestions and how things stand out. The
 * consultation is the server's own. Knows no wire, and leaves to `log-messages.ts` what an audience may see.
 */
import { hash } from "node:crypto";
import type { Attachment } from "../../src/index.ts";
import { ServerError } from "./errors.ts";
import type { Hub } from "./hub.ts";
import type { Listener } from "./listeners.ts";
import { DISCLAIMER } from "./log-messages.ts";
import { type Audience, type DifferentialView, LONGEST_TEXT, type LogMessage, type Person } from "./protocol.ts";
import type { Accepted, Session } from "./session.ts";
import { suggestionsOf, wordsOf } from "./spoken.ts";
import { type Holder, namedConsultationId } from "./tokens.ts";

type Told<Type extends LogMessage["type"]> = Extract<LogMessage, { type: Type }>;

export interface Exchange {
  readonly consultation: string;
  /** The events that it led to: after `from`, up to and with `to`. */
  readonly from: number;
  readonly to: number;
  /** What the agent said; paragraphs are separated by an empty line. */
  readonly text: string;
  /** What can be answered; each may be said letter for letter. Empty where any words will do, and at the end. */
  readonly suggestions: readonly string[];
  readonly consented: boolean;
  readonly ended: boolean;
  /** The same came before: this is what it led to then. */
  readonly repeated: boolean;
  /** What the message led to, as the audience may see it. */
  readonly messages: readonly LogMessage[];
  readonly redFlag?: Told<"red-flag">;
  readonly conclusion?: Told<"conclusion">;
  /** For clinicians. */
  readonly differential?: DifferentialView;
  readonly disclaimer: string;
}

export interface Beginning {
  /** That the person has read the disclaimer and agreed. Default: it is asked for in the conversation. */
  readonly consent?: boolean | undefined;
  readonly person?: Person | undefined;
  /** The caller's own name for it: the same holder's same name goes on with it. Default: a new one each time. */
  readonly name?: string | undefined;
}

export interface Words {
  /** By which a repetition is known, whatever its length. */
  readonly id: string;
  readonly text: string;
  readonly attachments?: readonly Attachment[] | undefined;
}

/** Begins a consultation that belongs to the holder, or goes on with the one of that name. */
export function begun(hub: Hub, holder: Holder, { consent = false, person = {}, name }: Beginning): Promise<Session> {
  if (name === undefined) return hub.open(holder, consent || "in-words", person);
  return hub.sessionOrNew(namedConsultationId(holder, name), (session) => session.begin(person, consent));
}

/** Says something; `show` is told pieces of the answer where the agent speaks in pieces and nobody else takes part. */
export async function exchange(
  hub: Hub,
  holder: Holder,
  session: Session,
  { id, text, attachments }: Words,
  show?: (delta: string) => void,
): Promise<Exchange> {
  if (text.length > LONGEST_TEXT)
    throw new ServerError("too-large", `a message has at most ${LONGEST_TEXT} characters`);
  await session.expire();
  const listener = show && !session.inUse ? listenerOf(holder.audience, show) : undefined;
  if (listener) session.attach(listener, session.seq);
  try {
    // A turn that has to look at more than the words tells no pieces.
    const sent = attachments?.length ? { sent: { attachments } } : {};
    const saying = { type: "message", id: stampOf(id), text: text.toWellFormed(), ...sent } as const;
    return exchangeOf(session, holder.audience, await hub.say(session, saying));
  } finally {
    if (listener) session.detach(listener);
  }
}

/** What a message led to, gathered. */
export function exchangeOf(session: Session, audience: Audience, { from, to, repeated = false }: Accepted): Exchange {
  const messages = session.messages(audience, from, to);
  const redFlag = messages.findLast((message) => message.type === "red-flag");
  const conclusion = messages.findLast((message) => message.type === "conclusion");
  const { ended, id: consultation } = session;
  const consented = session.events.some(({ type }) => type === "consented");
  return {
    consultation,
    from,
    to,
    text: messages.flatMap(wordsOf).join("\n\n"),
    suggestions: ended ? [] : consented ? messages.flatMap(suggestionsOf) : ["Yes", "No"],
    consented,
    ended,
    repeated,
    messages,
    ...(redFlag && { redFlag }),
    ...(conclusion && { conclusion }),
    ...(audience === "clinician" && { differential: session.differential() }),
    disclaimer: DISCLAIMER,
  };
}

/**
 * What is left to be told of a text, word by word. `told` was shown in pieces before, with white space of its own: where
 * it is not how the text begins, the whole text follows.
 */
export function restOf(text: string, told: string): string[] {
  let at = 0;
  for (const character of told.replace(/\s+/g, "")) {
    at = text.slice(at).search(/\S|$/) + at;
    if (!text.startsWith(character, at)) return piecesOf(`\n\n${text}`);
    at += character.length;
  }
  return piecesOf(text.slice(at));
}

function piecesOf(text: string): string[] {
  return text.match(/\s*\S+\s*$|\s*\S+|\s+/g) ?? [];
}

const LONGEST_STAMP = 64;

/**
 * The id under which words are stored: a client's own may be of any length. `order`: where the sender counts, so that any
 * process knows what is late.
 */
export function stampOf(id: string, order?: number): string {
  const place = order === undefined ? "" : `${order}~`;
  const stamp = place + id;
  const isPlain = /^[\w.:@+-]+$/.test(id) && stamp.length <= LONGEST_STAMP;
  return isPlain ? stamp : place + hash("sha256", id.toWellFormed(), "hex").slice(0, 40);
}

function listenerOf(audience: Audience, show: (delta: string) => void): Listener {
  return {
    audience,
    tell(messages) {
      for (const message of messages) if (message.type === "text-delta") show(message.delta);
    },
    catchUp() {},
    tellDifferential() {},
    leave() {},
  };
}
