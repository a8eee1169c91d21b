/**
 * One consultation while it is in use: its events as stored, who listens, and the messages that wait for their turn. One
 * message at a time; what a turn gives is stored at once, all or nothing, and only then told.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "../../agents/index.ts";
import {
  AnamnesisError,
  type Clock,
  type ConsultationEvent,
  type EventBody,
  EventLog,
  type EventStore,
  replay,
  SequenceConflict,
  StoreError,
} from "../../src/index.ts";
import type { ServedConversation } from "./conversation.ts";
import { ServerError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import { type Log, traceOf } from "./log.ts";
import { DISCLAIMER, type Projection } from "./log-messages.ts";
import type { Metrics } from "./metrics.ts";
import {
  type Audience,
  CLOSE,
  type DifferentialView,
  type LiveMessage,
  type LogMessage,
  type Person,
  type Saying,
  type ServerMessage,
} from "./protocol.ts";
import { type FinishedTurn, runTurn } from "./running-turn.ts";

/** What a session needs of the server. */
export interface SessionContext {
  readonly store: EventStore;
  readonly conversation: ServedConversation;
  readonly projection: Projection;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Somebody who is told what happens: a connection. */
export interface Listener {
  readonly audience: Audience;
  tell(messages: readonly ServerMessage[]): void;
  /** The same for what was missed, however much it is. */
  catchUp(messages: readonly ServerMessage[]): void;
  tellDifferential(view: DifferentialView, seq: number): void;
  leave(code: number, reason: string): void;
}

type Reply = Extract<LiveMessage, { type: "reply" }>;

export interface Accepted {
  /** Place of the words, where they were kept. */
  readonly said?: number;
  /** The events of the turn: after `from`, up to and with `to`. */
  readonly from: number;
  readonly to: number;
  readonly reply?: Reply;
}

const APPEND_TRIES = 4;

export class Session {
  readonly id: string;
  readonly #context: SessionContext;
  readonly #listeners = new Set<Listener>();
  readonly #remembered = new Map<string, Promise<Accepted>>();
  /** What is stored, and how much of it was there when this process first saw the consultation. */
  #events: ConsultationEvent[];
  readonly #found: number;
  /** Words found in the store that a repetition already claimed. */
  readonly #claimed = new Set<number>();
  #reply: Reply | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #running: AbortController | undefined;
  /** The outcome of an append is not known: read before going on. */
  #stale = false;
  #deleted = false;
  /** When it was last used, on the steady clock. */
  touched = performance.now();

  constructor(id: string, context: SessionContext, events: ConsultationEvent[] = []) {
    this.id = id;
    this.#context = context;
    this.#events = events;
    this.#found = events.length;
  }

  get seq(): number {
    return this.#events.length;
  }

  get ended(): boolean {
    return this.#events.some(({ type }) => type === "concluded" || type === "handed-off" || type === "abandoned");
  }

  get inUse(): boolean {
    return this.#listeners.size > 0 || this.#waiting > 0;
  }

  /** Nothing is under way once this is fulfilled. */
  get settled(): Promise<unknown> {
    return this.#tail;
  }

  /** Stores the beginning: consent comes before the first question. */
  async begin({ age, sex }: Person): Promise<void> {
    const intake = { findings: [], ...(age !== undefined && { age }), ...(sex && { sex }) };
    const added = await this.#append([
      { type: "opened", intake, versions: { ...this.#context.conversation.versions } },
      { type: "consented", disclaimer: DISCLAIMER },
    ]);
    this.#events.push(...added);
  }

  /** Lets somebody listen, and tells what came after `lastSeq`. */
  attach(listener: Listener, lastSeq: number): void {
    this.#requirePresent();
    if (lastSeq > this.seq) throw new ServerError("bad-resume", `there are ${this.seq} events, not ${lastSeq}`);
    this.touched = performance.now();
    this.#listeners.add(listener);
    listener.catchUp(this.messages(listener.audience, lastSeq));
    if (this.#reply && lastSeq < this.#reply.seq && this.#reply.seq === this.seq) listener.tell([this.#reply]);
    if (listener.audience === "clinician") listener.tellDifferential(this.differential(), this.seq);
  }

  detach(listener: Listener): void {
    this.#listeners.delete(listener);
    this.touched = performance.now();
  }

  /** Log messages after `lastSeq`, up to and with `upTo`. */
  messages(audience: Audience, lastSeq: number, upTo: number = this.seq): LogMessage[] {
    const events = this.#events.slice(lastSeq, upTo);
    // What is known matters to a conclusion alone, and is folded only for one.
    const known = events.some(({ type }) => type === "concluded") ? replay(this.#events).findings : new Map();
    return events.flatMap((event) => this.#context.projection.message(event, audience, known) ?? []);
  }

  differential(): DifferentialView {
    this.#requirePresent();
    return this.#context.projection.differential(this.#events, replay(this.#events).findings);
  }

  /** Answers a message in its turn. The same id again gets the first answer. */
  say(saying: Saying): Promise<Accepted> {
    this.#requirePresent();
    const { limits, metrics } = this.#context;
    this.touched = performance.now();
    const before = this.#remembered.get(saying.id);
    if (before) {
      metrics.count("repeated_total");
      return before;
    }
    if (this.#waiting >= limits.queue) throw new ServerError("busy", `${limits.queue} messages wait already`);
    if (this.seq >= limits.events) throw new ServerError("full", `a consultation has at most ${limits.events} events`);
    const answer = this.#queue(() => this.#answer(saying));
    this.#remembered.set(saying.id, answer);
    answer.catch(() => this.#remembered.delete(saying.id));
    if (this.#remembered.size > limits.remembered)
      this.#remembered.delete(this.#remembered.keys().next().value as string);
    return answer;
  }

  /** Deletes the consultation, whatever is under way; tells whether there was one. */
  async delete(): Promise<boolean> {
    this.#deleted = true;
    this.#running?.abort();
    try {
      return await this.#queue(() => this.#context.store.delete(this.id));
    } finally {
      this.#dismiss();
    }
  }

  #dismiss(): void {
    this.#deleted = true;
    this.#events = [];
    this.#reply = undefined;
    this.#remembered.clear();
    for (const listener of this.#listeners) listener.leave(CLOSE.deleted, "the consultation was deleted");
    this.#listeners.clear();
  }

  #queue<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#waiting++;
    const done = this.#tail.then(work).finally(() => {
      this.#waiting--;
    });
    this.#tail = done.catch(() => {});
    return done;
  }

  #requirePresent(): void {
    if (this.#deleted) throw new ServerError("not-found", "no such consultation");
  }

  async #answer(saying: Saying): Promise<Accepted> {
    const began = performance.now();
    this.#requirePresent();
    if (this.#stale) await this.#reload();
    const message = this.#messageOf(saying);
    const repeated = this.#storedBefore(saying, typeof message === "string" ? message : message.text);
    if (repeated) return repeated;
    for (let attempt = 0; ; attempt++) {
      const finished = await this.#run(message);
      this.#requirePresent();
      let added: readonly ConsultationEvent[];
      try {
        added = await this.#append(finished.bodies);
      } catch (error) {
        // Another server was faster: look at what it stored, and answer in its light.
        if (!(error instanceof SequenceConflict) || attempt >= 2) throw this.#failure(error);
        await this.#reload();
        continue;
      }
      this.touched = performance.now();
      this.#context.metrics.answered((this.touched - began) / 1000);
      return this.#conclude(added, finished);
    }
  }

  /** Tells everybody what a turn gave, now that it is stored. */
  #conclude(added: readonly ConsultationEvent[], { words, rest, asked }: FinishedTurn): Accepted {
    const from = this.seq;
    this.#events.push(...added);
    const text = words.trim();
    this.#reply =
      text === "" || this.#tells(added, text)
        ? undefined
        : { type: "reply", seq: this.seq, text, ...this.#context.projection.inquiry(asked) };
    const said = added.find(({ type }) => type === "patient-said");
    for (const listener of this.#listeners) {
      const told = this.messages(listener.audience, from);
      const last = told.findIndex(({ type }) => type === "question" || type === "conclusion" || type === "handed-off");
      const at = last < 0 ? told.length : last;
      const seq = told[at - 1]?.seq ?? from;
      listener.tell([
        ...told.slice(0, at),
        ...(rest === "" ? [] : [{ type: "text-delta", seq, delta: rest } as const]),
        ...told.slice(at),
        ...(this.#reply ? [this.#reply] : []),
      ]);
    }
    this.#tellDifferential();
    return { from, to: this.seq, ...(said && { said: said.seq + 1 }), ...(this.#reply && { reply: this.#reply }) };
  }

  /** Whether a question, a conclusion or a hand-off among the events has just these words. */
  #tells(added: readonly ConsultationEvent[], words: string): boolean {
    return added.some((event) => {
      if (event.type === "patient-said" || event.type === "finding-observed") return false;
      const message = this.#context.projection.message(event, "patient", new Map());
      return message !== undefined && "text" in message && message.text === words;
    });
  }

  #tellDifferential(): void {
    const clinicians = [...this.#listeners].filter(({ audience }) => audience === "clinician");
    if (clinicians.length === 0) return;
    const view = this.differential();
    for (const listener of clinicians) listener.tellDifferential(view, this.seq);
  }

  async #run(message: Message) {
    const running = new AbortController();
    this.#running = running;
    const { conversation, limits } = this.#context;
    const show = (delta: string): void => {
      const { seq } = this;
      for (const listener of this.#listeners) listener.tell([{ type: "text-delta", seq, delta }]);
    };
    try {
      return await runTurn(conversation.turn(this.#events, message, running.signal), running, limits.turnMs, show);
    } catch (error) {
      this.#requirePresent();
      throw this.#failure(error);
    } finally {
      this.#running = undefined;
    }
  }

  #failure(error: unknown): ServerError {
    if (error instanceof ServerError) return error;
    const code = error instanceof AnamnesisError ? error.code : undefined;
    this.#context.log("error", { event: "turn-failed", consultation: this.id, code, error: traceOf(error) });
    if (error instanceof StoreError) {
      this.#stale = true;
      return new ServerError("store-unavailable", "the answer could not be stored", error);
    }
    return new ServerError("turn-failed", "no answer could be found", error);
  }

  /** Stores events and gives them with their places. Where it is not known whether they were stored, it tries again. */
  async #append(bodies: readonly EventBody[]): Promise<readonly ConsultationEvent[]> {
    if (bodies.length === 0) return [];
    const { store, clock } = this.#context;
    const draft = new EventLog(this.id, clock);
    draft.events.push(...this.#events);
    const added = bodies.map((body) => draft.append(body));
    for (let attempt = 1; ; attempt++) {
      try {
        await store.append(this.id, added, this.seq);
        return added;
      } catch (error) {
        const isUnknown = error instanceof StoreError && error.code === "store-unavailable";
        if (!isUnknown || attempt >= APPEND_TRIES) throw error;
        await sleep(50 * 2 ** attempt);
      }
    }
  }

  /** Takes what the store says, and tells what is new in it. */
  async #reload(): Promise<void> {
    const stored = await this.#context.store.read(this.id);
    if (stored.length === 0) {
      this.#dismiss();
      this.#requirePresent();
    }
    const before = this.seq;
    this.#events = stored.map(({ event }) => event);
    this.#stale = false;
    for (const listener of this.#listeners) listener.tell(this.messages(listener.audience, before));
  }

  #messageOf(saying: Saying): Message {
    if (saying.type === "message") return saying.text;
    const question = this.#events.findLast(({ type }) => type === "agent-asked" || type === "agent-examined");
    const finding = question && "finding" in question ? question.finding : undefined;
    const chosen = JSON.stringify(saying.observed);
    const suggestion = this.#context.projection
      .inquiry(finding)
      .suggestions.find(({ observed }) => JSON.stringify(observed) === chosen);
    if (!suggestion) throw new ServerError("not-offered", "no such suggestion belongs to the question that is open");
    return { text: suggestion.label, observed: suggestion.observed };
  }

  /** The same words, stored before this process began and after what the client had seen: its message did arrive. */
  #storedBefore({ after }: Saying, text: string): Accepted | undefined {
    if (after === undefined || after >= this.#found) return undefined;
    const found = this.#events
      .slice(after, this.#found)
      .find((event) => event.type === "patient-said" && event.text === text && !this.#claimed.has(event.seq));
    if (!found) return undefined;
    this.#claimed.add(found.seq);
    this.#context.metrics.count("repeated_total");
    const next = this.#events.findIndex(({ seq, type }) => seq > found.seq && type === "patient-said");
    return { said: found.seq + 1, from: found.seq, to: next < 0 ? this.seq : next };
  }
}
