/**
 * The state of a chat, moved on by what the server says. Pure. A log message whose place was seen before changes nothing;
 * what the person said stands at the end until the server tells its place.
 */
import { patched } from "../server/json-patch.ts";
import {
  type DifferentialView,
  LiveMessage,
  LONGEST_TEXT,
  type LogMessage,
  type ServerMessage,
} from "../server/protocol.ts";
import type { ChatState, Entry, Question, Understanding } from "./types.ts";

export const AT_FIRST: ChatState = {
  connection: "connecting",
  longestText: LONGEST_TEXT,
  person: {},
  lastSeq: 0,
  entries: [],
  understood: [],
  awaiting: false,
  ended: false,
};

const LIVE: ReadonlySet<string> = new Set(LiveMessage.options.map(({ shape }) => shape.type.value));

const isLog = (message: ServerMessage): message is LogMessage => !LIVE.has(message.type);

/** The state after a message of the server. */
export function advance(state: ChatState, message: ServerMessage): ChatState {
  if (isLog(message) && message.seq <= state.lastSeq) return state;
  const lastSeq = Math.max(state.lastSeq, message.seq);
  return awaited({ ...moved(state, message), lastSeq });
}

/** The state after the person said something: it is shown at once, and sent. */
export function withSaid(state: ChatState, key: string, text: string): ChatState {
  const entry: Entry = { kind: "person", key, text, status: "sending" };
  return awaited({ ...state, entries: [...state.entries.filter((each) => !isAbout(each, key)), entry] });
}

/** The state after something that was said could not be delivered; what has its place was, by this client or another. */
export function withFailed(state: ChatState, key: string): ChatState {
  const entries = state.entries.map((entry) => {
    if (entry.kind !== "person" || entry.key !== key || entry.status !== "sending") return entry;
    return { ...entry, status: entry.seq === undefined ? "failed" : "accepted" } as const;
  });
  return awaited({ ...state, entries });
}

/** The state after the connection was lost: pieces of an answer are worth nothing without the rest. */
export function withoutStreaming({ streaming: _, ...state }: ChatState): ChatState {
  return state;
}

function moved(state: ChatState, message: ServerMessage): ChatState {
  switch (message.type) {
    case "hello": {
      const { audience, disclaimer, longestText } = message;
      return { ...state, audience, disclaimer, longestText };
    }
    case "opened": {
      const { consultation, audience, disclaimer, seq, prompt, age, sex } = message;
      const person = { ...(age !== undefined && { age }), ...(sex && { sex }) };
      return logged({ ...state, consultation, audience, disclaimer, person }, { kind: "agent", seq, text: prompt });
    }
    case "resumed": {
      const { consultation, audience, disclaimer, ended } = message;
      return { ...state, consultation, audience, disclaimer, ended };
    }
    case "consented":
      return state;
    case "said":
      return said(state, message);
    case "accepted":
      return accepted(state, message);
    case "understood": {
      const { type: _, ...finding } = message;
      return { ...state, understood: withFinding(state.understood, finding) };
    }
    case "text-delta":
      return { ...state, streaming: (state.streaming ?? "") + message.delta };
    case "question": {
      const { type: _, seq, ...question } = message;
      return logged({ ...withoutStreaming(state), question }, { kind: "agent", seq, text: question.text, question });
    }
    case "reply": {
      const { seq, text } = message;
      const question = askedAgain(state.question, message);
      const entry = { kind: "agent", seq, text, ...(question && { question }) } as const;
      return logged({ ...withoutStreaming(state), ...(question && { question }) }, entry);
    }
    case "red-flag": {
      const { type: kind, ...flag } = message;
      return logged(state, { kind, ...flag });
    }
    case "conclusion": {
      const { type: kind, ...conclusion } = message;
      return logged(finished(state), { kind, ...conclusion });
    }
    case "handed-off": {
      const { type: kind, ...handedOff } = message;
      return logged(finished(state), { kind, ...handedOff });
    }
    case "abandoned":
      return logged(finished(state), {
        kind: "note",
        seq: message.seq,
        text: `The conversation was given up: ${message.reason}.`,
      });
    case "fell-back": {
      const { seq, part, reason } = message;
      return logged(state, { kind: "note", seq, text: `The ${part} was stood in for: ${reason}.` });
    }
    case "model-called":
    case "notified":
      return state;
    case "attachment": {
      const { seq, attachment } = message;
      return logged(state, { kind: "note", seq, text: `Sent along: ${attachment.name ?? attachment.type}.` });
    }
    case "reviewed": {
      const { seq, reviewer, decision, note } = message;
      const open = decision === "returned" ? { ...state, ended: false } : state;
      return logged(open, { kind: "note", seq, text: `${reviewer} ${decision} it${note ? `: ${note}` : "."}` });
    }
    case "differential":
      return { ...state, differential: message.differential };
    case "differential-delta":
      if (!state.differential) return state;
      return { ...state, differential: patched(state.differential, message.patch) as DifferentialView };
    case "error":
      return refused(state, message);
    case "pong":
    case "draining":
      return state;
    default:
      message satisfies never;
      return state;
  }
}

type WithoutKey<E> = E extends Entry ? Omit<E, "key"> : never;

/** Adds what stands in the log, before what was said and has no place yet. */
function logged(state: ChatState, entry: WithoutKey<Entry> & { readonly seq: number }): ChatState {
  return { ...state, entries: inserted(state.entries, { ...entry, key: `event-${entry.seq}` } as Entry) };
}

const isUnplaced = (entry: Entry): boolean =>
  entry.kind === "person" && entry.status === "sending" && entry.seq === undefined;

function inserted(entries: readonly Entry[], entry: Entry): Entry[] {
  const at = entries.findIndex(isUnplaced);
  return at < 0 ? [...entries, entry] : entries.toSpliced(at, 0, entry);
}

/** Words in the log are the client's own, if it is sending just these; else another tab's. */
function said(state: ChatState, { seq, text }: { readonly seq: number; readonly text: string }): ChatState {
  const own = state.entries.find((entry) => isUnplaced(entry) && "text" in entry && entry.text === text);
  const entries = state.entries.filter((entry) => entry !== own);
  const entry = { key: own?.key ?? `event-${seq}`, status: own ? "sending" : "accepted" } as const;
  return { ...state, entries: inserted(entries, { kind: "person", text, seq, ...entry }) };
}

function accepted(state: ChatState, { id, said, seq }: Extract<ServerMessage, { type: "accepted" }>): ChatState {
  const own = state.entries.find(({ key }) => key === id);
  if (own?.kind !== "person") return state;
  const entry = { ...own, status: "accepted" } as const;
  if (own.seq !== undefined) return { ...state, entries: state.entries.map((each) => (each === own ? entry : each)) };
  const entries = state.entries.filter((each) => each !== own);
  const placeOf = (place: number): number => entries.findIndex((each) => "seq" in each && each.seq === place);
  // The server kept the words a little differently, and told them so.
  if (said !== undefined && placeOf(said) >= 0) return { ...state, entries };
  // It did not keep them: they stand before what it answered.
  const answer = placeOf(seq);
  return { ...state, entries: answer < 0 ? inserted(entries, entry) : entries.toSpliced(answer, 0, entry) };
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly advice: string;
  readonly id?: string | undefined;
  readonly seq: number;
}

function refused(state: ChatState, { code, message, advice, id, seq }: Refusal): ChatState {
  const key = `error-${id ?? seq}-${state.entries.length}`;
  const error: Entry = { kind: "error", key, code, message, advice, ...(id !== undefined && { about: id }) };
  const failed = id === undefined ? state : withFailed(state, id);
  return { ...withoutStreaming(failed), entries: [...failed.entries, error] };
}

const isAbout = (entry: Entry, key: string): boolean =>
  entry.key === key || (entry.kind === "error" && entry.about === key);

function withFinding(known: readonly Understanding[], finding: Understanding): Understanding[] {
  const at = known.findIndex((each) => each.finding === finding.finding);
  return at < 0 ? [...known, finding] : known.with(at, finding);
}

/** The open question, where a reply puts it again. */
function askedAgain(open: Question | undefined, reply: Extract<LogMessage, { type: "reply" }>): Question | undefined {
  if (!open || reply.finding === undefined || reply.finding !== open.finding) return undefined;
  const { purpose = open.purpose, suggestions } = reply;
  return { ...open, suggestions, ...(purpose !== undefined && { purpose }) };
}

function finished({ question: _, ...state }: ChatState): ChatState {
  return { ...withoutStreaming(state), ended: true };
}

/** Keeps `awaiting` true to the entries. */
function awaited(state: ChatState): ChatState {
  const awaiting = state.entries.some((entry) => entry.kind === "person" && entry.status === "sending");
  return { ...state, awaiting };
}
