/**
 * What a chat client shows and does. *State* is how the conversation stands, a new object at each change; an *entry* is
 * one thing to show, in order; a *problem* is what stands in the way, with what to do. Knows no page and no terminal.
 */
import type { Audience, DifferentialView, LogMessage, Person } from "../server/protocol.ts";

/** What went wrong and what to do; `code` is one of the server's, or one of the client's own (`problems.ts`). */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly advice: string;
}

/**
 * `resting`: the server ended a connection that nothing was said on; the next thing that is done connects again.
 * `waiting`: the connection was lost, and is tried again after `nextTryMs`. `closed`: for good.
 */
export type ConnectionStatus = "connecting" | "open" | "waiting" | "resting" | "closed";

type Told<Type extends LogMessage["type"]> = Omit<Extract<LogMessage, { type: Type }>, "type">;

/** A question that is open. */
export type Question = Omit<Told<"question">, "seq">;
export type Suggestion = Question["suggestions"][number];

/** A finding as it was understood last. */
export type Understanding = Told<"understood">;

/** One thing to show. `key` is its own and stays the same; `seq` is the place of its event. */
export type Entry =
  | {
      readonly kind: "person";
      readonly key: string;
      readonly text: string;
      readonly status: "sending" | "accepted" | "failed";
      readonly seq?: number;
    }
  /** What the agent said. `question`: what it asked with it. */
  | {
      readonly kind: "agent";
      readonly key: string;
      readonly seq: number;
      readonly text: string;
      readonly question?: Question;
    }
  | ({ readonly kind: "red-flag"; readonly key: string } & Told<"red-flag">)
  | ({ readonly kind: "conclusion"; readonly key: string } & Told<"conclusion">)
  | ({ readonly kind: "handed-off"; readonly key: string } & Told<"handed-off">)
  /** For the record: the consultation was given up, a part was stood in for, somebody reviewed it. */
  | { readonly kind: "note"; readonly key: string; readonly seq: number; readonly text: string }
  /** The server refused something. `about`: the key of the person's entry that it concerns. */
  | ({ readonly kind: "error"; readonly key: string; readonly about?: string } & Problem);

export interface ChatState {
  readonly connection: ConnectionStatus;
  /** Milliseconds until the next try, while `waiting`. */
  readonly nextTryMs?: number;
  /** Told before anything is asked: show `disclaimer` and have it agreed to, then `begin`. */
  readonly audience?: Audience;
  readonly disclaimer?: string;
  /** The most characters of what is said at once. */
  readonly longestText: number;
  readonly consultation?: string;
  readonly person: Person;
  /** The largest `seq` seen. */
  readonly lastSeq: number;
  readonly entries: readonly Entry[];
  /** What the agent has said so far in this turn; an entry with all of it follows. */
  readonly streaming?: string;
  readonly question?: Question;
  /** By finding, in the order of their first mention. */
  readonly understood: readonly Understanding[];
  /** For clinicians, kept up to date. */
  readonly differential?: DifferentialView;
  /** Something that was said has no answer yet. */
  readonly awaiting: boolean;
  readonly ended: boolean;
  /** What stands in the way; gone when it is overcome. */
  readonly problem?: Problem;
}

/** `addEventListener` and the rest of a browser's WebSocket, as far as it is used. */
export interface Socket {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "open" | "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { readonly code: number }) => void): void;
}

export interface ChatClientOptions {
  /** `ws://HOST/v1/chat` or `wss://…`. */
  readonly url: string;
  /** Fetches what opens the next connection; see `ticketsFrom`. Default: nothing is needed. */
  readonly ticket?: () => Promise<string | undefined>;
  /** Default: the global one. */
  readonly WebSocket?: new (
    url: string,
    protocols: string,
  ) => Socket;
  /** Milliseconds before the first try after a loss, doubled at each further one up to the most. Default 250 and 15,000. */
  readonly backoffMs?: { readonly first: number; readonly most: number };
  /** Milliseconds that a connection may take to say hello. Default 10,000. */
  readonly helloWithinMs?: number;
  /** From 0 to 1: spreads the tries of many clients. Default `Math.random`. */
  readonly jitter?: () => number;
  /** Ids of messages: different ones in every client of a consultation. Default: random ones. */
  readonly newId?: () => string;
}

export interface ChatClient {
  readonly state: ChatState;
  /** Called after each change of `state`; gives what ends it. */
  subscribe(listener: () => void): () => void;
  /** Opens a consultation: the person has read the disclaimer and agreed. */
  begin(person: Person): void;
  /** Goes on with a consultation. What came up to and with `lastSeq` (default 0) is not told again. */
  resume(consultation: string, lastSeq?: number): void;
  say(text: string): void;
  /** Answers with a suggestion of the open question. */
  choose(suggestion: Suggestion): void;
  /** Sends again what failed; `key` is its entry's. */
  retry(key: string): void;
  /** Tries to connect now instead of later. */
  reconnect(): void;
  /** For good. The consultation stays and can be resumed by another client. */
  close(): void;
}

export type { Audience, DifferentialView, Person };
