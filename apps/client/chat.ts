/** A chat over as many connections as it takes: connects, opens or resumes, says, and connects again after a loss. */
import type { ServerMessage } from "../server/protocol.ts";
import { AT_FIRST, advance, withFailed, withoutStreaming, withSaid } from "./advance.ts";
import { type Line, type LineEnd, openLine } from "./line.ts";
import { outbox, type Words } from "./outbox.ts";
import { ChatProblem, CLOSES, TOO_LONG, UNREACHABLE } from "./problems.ts";
import type { ChatClient, ChatClientOptions, ChatState, Entry, Person, Problem } from "./types.ts";

/** What the chat is about; unknown until the person has agreed. */
type Aim =
  | { readonly type: "begin"; readonly person: Person }
  | { readonly type: "resume"; readonly consultation: string };

const BACKOFF = { first: 250, most: 15_000 };

export function openChat(options: ChatClientOptions): ChatClient {
  const { url, ticket, WebSocket = globalThis.WebSocket, backoffMs = BACKOFF, helloWithinMs = 10_000 } = options;
  const { jitter = Math.random, newId = randomId } = options;
  const listeners = new Set<() => void>();
  let state: ChatState = AT_FIRST;
  let aim: Aim | undefined;
  let line: Line | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Connections in a row that led to nothing. */
  let losses = 0;
  /** The place up to which the server is about to tell what was missed. */

  const set = (next: ChatState): void => {
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener();
  };
  const moveTo = (connection: ChatState["connection"], problem?: Problem, nextTryMs?: number): void => {
    const { nextTryMs: _, problem: __, ...rest } = withoutStreaming(state);
    set({ ...rest, connection, ...(problem && { problem }), ...(nextTryMs !== undefined && { nextTryMs }) });
  };
  const delay = (tries: number): number =>
    Math.min(backoffMs.most, backoffMs.first * 2 ** Math.min(tries, 30)) * (0.5 + jitter() / 2);

  const letters = outbox({
    send: (saying) => line?.send(saying),
    patience: delay,
  });

  const connect = (): void => {
    clearTimeout(timer);
    moveTo("connecting", state.problem);
    line = openLine({ url, ticket, WebSocket, helloWithinMs, onMessage: hear, onEnd: left });
  };
  const disconnect = (): void => {
    clearTimeout(timer);
    letters.stop();
    line?.end();
    line = undefined;
  };
  const left = (end: LineEnd): void => {
    const isNew = state.connection === "connecting";
    disconnect();
    const meaning = end.type === "closed" ? CLOSES[end.code] : undefined;
    if (end.type === "problem" && !end.cause.retryable) stop(end.cause.problem);
    else if (meaning?.connection === "closed") stop(meaning.problem);
    else if (meaning && letters.isEmpty && aim?.type !== "begin") moveTo("resting");
    else wait(end.type === "problem" ? end.cause.problem : isNew ? UNREACHABLE : undefined);
  };
  const wait = (problem?: Problem): void => {
    const ms = Math.round(delay(losses++));
    moveTo("waiting", problem, ms);
    timer = setTimeout(connect, ms);
  };
  const stop = (problem?: Problem): void => {
    disconnect();
    for (const entry of state.entries)
      if (entry.kind === "person" && entry.status === "sending") set(withFailed(state, entry.key));
    moveTo("closed", problem);
  };
  const act = (): void => {
    if (state.connection === "resting") connect();
    else if (state.connection === "open") open();
  };

  /** Asks the server for what the chat is about. */
  const open = (): void => {
    if (aim?.type === "begin") line?.send({ type: "open", consent: true, ...aim.person });
    if (aim?.type === "resume") {
      const { consultation } = aim;
      line?.send({ type: "open", resume: { consultation, lastSeq: state.lastSeq } });
    }
    moveTo(aim ? "connecting" : "open");
  };
  const hear = (message: ServerMessage): void => {
    switch (message.type) {
      case "hello":
        set(advance(state, message));
        open();
        return;
      case "opened":
      case "resumed":
        aim = { type: "resume", consultation: message.consultation };
        losses = 0;
        set(advance(state, message));
        moveTo("open");
        letters.start();
        return;
      case "accepted":
        set(advance(state, message));
        letters.accepted(message.id);
        return;
      case "error":
        refused(message);
        return;
      default:
        set(advance(state, message));
    }
  };
  const refused = (error: Extract<ServerMessage, { type: "error" }>): void => {
    const { code, message, advice, retryable } = error;
    if (error.id === undefined && aim && state.connection === "connecting") {
      if (code === "bad-resume" && state.lastSeq > 0) {
        set({ ...AT_FIRST, entries: state.entries.filter(isUnsent), awaiting: state.awaiting });
        open();
      } else if (retryable) left({ type: "problem", cause: new ChatProblem({ code, message, advice }, true) });
      else stop({ code, message, advice });
      return;
    }
    const isPending = !letters.isEmpty;
    const id = letters.refused(error.id, retryable);
    if (id !== undefined || !isPending) set(advance(state, { ...error, ...(id !== undefined && { id }) }));
  };

  const put = (id: string, text: string, words: Words): void => {
    set(withSaid(state, id, text));
    if (state.connection === "closed") {
      set(withFailed(state, id));
      return;
    }
    letters.add(id, words);
    if (state.connection === "resting") connect();
  };

  connect();
  return {
    get state() {
      return state;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    begin(person) {
      if (aim) return;
      aim = { type: "begin", person };
      act();
    },
    resume(consultation, lastSeq = 0) {
      if (aim) return;
      aim = { type: "resume", consultation };
      set({ ...state, consultation, lastSeq });
      act();
    },
    say(text) {
      if (text.trim() === "") return;
      const id = newId();
      if (text.length > state.longestText) {
        set(withSaid(state, id, text));
        set(advance(state, { type: "error", seq: state.lastSeq, ...TOO_LONG, retryable: false, id }));
      } else put(id, text, { type: "message", text });
    },
    choose({ label, observed }) {
      put(newId(), label, { type: "choose", observed });
    },
    retry(key) {
      const entry = state.entries.find((each) => each.key === key);
      if (entry?.kind !== "person" || state.connection === "closed" || !letters.retry(key)) return;
      set(withSaid(state, key, entry.text));
      if (state.connection === "resting") connect();
    },
    reconnect() {
      if (state.connection === "waiting" || state.connection === "resting") connect();
    },
    close() {
      stop(state.problem);
      listeners.clear();
    },
  };
}

const isUnsent = (entry: Entry): boolean => entry.kind === "person" && entry.status === "sending";

/** 16 random bytes. `crypto.randomUUID` is not there for pages without TLS. */
function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
