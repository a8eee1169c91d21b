/**
 * One consultation while it is in use: its events as stored, who listens, and the messages that wait for their turn. One
 * message at a time; what a turn gives is stored at once, all or nothing, and only then told.
 */
import type { Message } from "../../agents/index.ts";
import {
  AnamnesisError,
  type Clock,
  type ConsultationEvent,
  type EventBody,
  type EventStore,
  endingOf,
  replay,
  SequenceConflict,
  StoreError,
} from "../../src/index.ts";
import { type Tracing, untraced } from "../tracing/index.ts";
import { appendAt } from "./appending.ts";
import { type Beginning, beginningOf } from "./beginning.ts";
import type { Sent } from "./chat-turn.ts";
import type { ServedConversation } from "./conversation.ts";
import { ServerError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import { type Listener, Listeners } from "./listeners.ts";
import { type Log, traceOf } from "./log.ts";
import type { Projection } from "./log-messages.ts";
import type { Metrics } from "./metrics.ts";
import {
  type Audience,
  CLOSE,
  type DifferentialView,
  type LogMessage,
  type Person,
  type Saying,
  type ServerMessage,
} from "./protocol.ts";
import { type FinishedTurn, runTurn } from "./running-turn.ts";
import { messageOf, storedBefore, underId } from "./sayings.ts";
import { isSpoken } from "./spoken.ts";

/** What a session needs of the server. */
export interface SessionContext {
  readonly store: EventStore;
  readonly conversation: ServedConversation;
  readonly projection: Projection;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly tracing?: Tracing | undefined;
}

export interface Accepted {
  /** Place of the words, where they were kept. */
  readonly said?: number;
  /** The events of the turn: after `from`, up to and with `to`. */
  readonly from: number;
  readonly to: number;
  /** The same came before: this is what it led to then. */
  readonly repeated?: boolean;
}

/** What is said to a session; `sent` where it comes out of a chat, see `ServedConversation.turn`. */
export type SessionSaying = Saying & { readonly sent?: Sent };

export class Session {
  readonly id: string;
  readonly #context: SessionContext;
  readonly #listeners = new Listeners();
  /** Ends the watch over what other servers do, which lasts as long as somebody listens. */
  #unwatch: (() => void) | undefined;
  readonly #remembered = new Map<string, Promise<Accepted>>();
  #events: ConsultationEvent[];
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #running: AbortController | undefined;
  /** The outcome of an append is not known: read before going on. */
  #stale = false;
  /** A look at what another server did is due. */
  #behind = false;
  #deleted = false;
  /** When it was last used, on the steady clock. */
  touched = performance.now();

  constructor(id: string, context: SessionContext, events: ConsultationEvent[] = []) {
    this.id = id;
    this.#context = context;
    this.#events = events;
  }

  get seq(): number {
    return this.#events.length;
  }

  get ended(): boolean {
    return endingOf(this.#events) !== undefined;
  }

  get inUse(): boolean {
    return this.#listeners.count > 0 || this.#waiting > 0;
  }

  /** Nothing is under way once this is fulfilled. */
  get settled(): Promise<unknown> {
    return this.#tail;
  }

  /** Stores the beginning, see `Beginning`. */
  async begin(person: Person, consented: boolean, findings: Beginning["findings"] = [], training = false) {
    const { versions } = this.#context.conversation;
    await this.#add(beginningOf(person, { consented, findings, training }, versions));
  }

  /** The events so far. */
  get events(): readonly ConsultationEvent[] {
    return this.#events;
  }

  /** Adds what did not come of a message, in its turn; `bodies` sees the events as they are by then. */
  async note(bodies: (events: readonly ConsultationEvent[]) => readonly EventBody[]): Promise<void> {
    await this.#queue(async () => {
      for (let attempt = 0; ; attempt++) {
        this.#requirePresent();
        const from = this.seq;
        try {
          await this.#add(bodies(this.#events));
        } catch (error) {
          if (!(error instanceof SequenceConflict) || attempt >= 2) throw error;
          await this.#reload();
          continue;
        }
        this.touched = performance.now();
        this.#listeners.tell((audience) => this.messages(audience, from));
        return;
      }
    });
  }

  async #add(bodies: readonly EventBody[]): Promise<void> {
    this.#events.push(...(await this.#append(bodies)));
  }

  /** Looks at what other servers did meanwhile, unless it is watched anyway. */
  async refresh(): Promise<void> {
    if (!this.#unwatch && this.#context.store.watch) await this.#catchUp();
  }

  /** Lets somebody listen, and tells what came after `lastSeq`. */
  attach(listener: Listener, lastSeq: number): void {
    this.#requirePresent();
    if (lastSeq > this.seq) throw new ServerError("bad-resume", `there are ${this.seq} events, not ${lastSeq}`);
    this.touched = performance.now();
    this.#listeners.add(listener);
    this.#unwatch ??= this.#context.store.watch?.(this.id, () => void this.#catchUp());
    listener.catchUp(this.messages(listener.audience, lastSeq));
    if (listener.audience === "clinician") listener.tellDifferential(this.differential(), this.seq);
  }

  detach(listener: Listener): void {
    this.#listeners.remove(listener);
    this.#watchNoMore();
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
  say(saying: SessionSaying): Promise<Accepted> {
    this.#requirePresent();
    const { limits, metrics } = this.#context;
    this.touched = performance.now();
    const before = this.#remembered.get(saying.id);
    if (before) {
      metrics.count("repeated_total");
      return before.then((accepted) => ({ ...accepted, repeated: true }));
    }
    if (this.#waiting >= limits.queue) throw new ServerError("busy", `${limits.queue} messages wait already`);
    if (this.seq >= limits.events) throw new ServerError("full", `a consultation has at most ${limits.events} events`);
    const { tracing = untraced } = this.#context;
    const answer = this.#queue(() => tracing.span("turn", { consultation: this.id }, () => this.#answer(saying)));
    this.#remembered.set(saying.id, answer);
    answer.catch(() => this.#remembered.delete(saying.id));
    if (this.#remembered.size > limits.remembered)
      this.#remembered.delete(this.#remembered.keys().next().value as string);
    return answer;
  }

  /** Ends the consultation where the last event is older than the limit, in the store too. */
  async expire(): Promise<void> {
    await this.#queue(async () => {
      if (this.#deleted || this.ended || !this.isSilent()) return;
      try {
        const from = this.seq;
        await this.#add([{ type: "abandoned", reason: "idle" }]);
        this.#listeners.tell((audience) => this.messages(audience, from));
      } catch (error) {
        // Another server heard of it meanwhile.
        if (!(error instanceof SequenceConflict)) throw error;
        await this.#reload();
      }
    });
  }

  /** Whether nothing was stored for so long that it counts as abandoned. */
  isSilent(): boolean {
    const { clock, limits } = this.#context;
    return this.lastTime !== undefined && clock.now().getTime() - this.lastTime >= limits.expireMs;
  }

  /** When the last event was, in milliseconds of the clock on the wall. */
  get lastTime(): number | undefined {
    const last = this.#events.at(-1);
    return last && Date.parse(last.time);
  }

  /** Deletes the consultation, whatever is under way; tells whether there was one. */
  async delete(): Promise<boolean> {
    this.#deleted = true;
    this.#running?.abort();
    try {
      return await this.#queue(async () => {
        await this.#context.conversation.forget(this.id);
        return this.#context.store.delete(this.id);
      });
    } finally {
      this.#dismiss();
    }
  }

  #dismiss(): void {
    this.#deleted = true;
    this.#events = [];
    this.#remembered.clear();
    this.#listeners.dismiss(CLOSE.deleted, "the consultation was deleted");
    this.#watchNoMore();
  }

  #watchNoMore(): void {
    if (this.#listeners.count > 0) return;
    this.#unwatch?.();
    this.#unwatch = undefined;
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

  async #answer(saying: SessionSaying): Promise<Accepted> {
    const began = performance.now();
    this.#requirePresent();
    if (this.#stale) await this.#reload();
    for (let attempt = 0; ; attempt++) {
      const repeated = storedBefore(saying, this.#events);
      if (repeated) {
        this.#context.metrics.count("repeated_total");
        return { ...repeated, repeated: true };
      }
      const message = messageOf(saying, this.#events, this.#context.projection);
      if (message === undefined)
        throw new ServerError("not-offered", "no such suggestion belongs to the question that is open");
      const finished = await this.#run(message, sentWith(saying));
      this.#requirePresent();
      let added: readonly ConsultationEvent[];
      try {
        added = await this.#append(underId(saying, finished.bodies));
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
  #conclude(added: readonly ConsultationEvent[], { rest }: FinishedTurn): Accepted {
    const from = this.seq;
    this.#events.push(...added);
    const said = added.find(({ type }) => type === "patient-said");
    this.#listeners.tell((audience) => {
      const told: ServerMessage[] = this.messages(audience, from);
      const last = told.findIndex(isSpoken);
      const at = last < 0 ? told.length : last;
      if (rest !== "") told.splice(at, 0, { type: "text-delta", seq: told[at - 1]?.seq ?? from, delta: rest });
      return told;
    });
    this.#tellDifferential();
    for (const event of added) {
      if (event.type !== "fell-back") continue;
      this.#context.metrics.count("fell_back_total", `part="${event.part}"`);
      this.#context.log("warn", { event: "fell-back", consultation: this.id, code: event.reason });
    }
    return { from, to: this.seq, ...(said && { said: said.seq + 1 }) };
  }

  #tellDifferential(): void {
    this.#listeners.tellDifferential(() => this.differential(), this.seq);
  }

  async #run(message: Message, sent: Sent | undefined) {
    const running = new AbortController();
    this.#running = running;
    const { conversation, limits } = this.#context;
    const show = (delta: string): void => {
      const { seq } = this;
      this.#listeners.tell(() => [{ type: "text-delta", seq, delta }]);
    };
    try {
      return await runTurn(
        conversation.turn(this.#events, message, running.signal, sent),
        running,
        limits.turnMs,
        show,
      );
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

  #append(bodies: readonly EventBody[]): Promise<readonly ConsultationEvent[]> {
    return appendAt(this.#context, this.id, this.seq, bodies);
  }

  /** Looks at what another server may have done. While the store is away there is nothing to tell; the next look follows. */
  async #catchUp(): Promise<void> {
    if (this.#behind) return;
    this.#behind = true;
    await this.#queue(async () => {
      this.#behind = false;
      if (!this.#deleted) await this.#reload();
    }).catch(() => {});
  }

  /** Takes what the store says, and tells what is new in it. */
  async #reload(): Promise<void> {
    const before = this.seq;
    // From the last event known: where not even that is there, the consultation is gone.
    const from = Math.max(0, before - 1);
    const stored = await this.#context.store.read(this.id, from);
    if (stored.length === 0) {
      this.#dismiss();
      // A turn that was under way may have kept a checkpoint after another server deleted them.
      await this.#context.conversation.forget(this.id);
      this.#requirePresent();
    }
    this.#stale = false;
    if (from + stored.length === before) return;
    this.#events.push(...stored.slice(before - from).map(({ event }) => event));
    this.#listeners.tell((audience) => this.messages(audience, before));
    this.#tellDifferential();
  }
}

/** What came with the words, where they came out of a chat or brought attachments. */
function sentWith(saying: SessionSaying): Sent | undefined {
  if (saying.sent || saying.type !== "message" || !saying.attachments?.length) return saying.sent;
  return { attachments: saying.attachments };
}
