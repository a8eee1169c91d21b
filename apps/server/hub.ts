/** The consultations in use, by id. Each belongs to the holder of one token; nobody else can tell that it exists. */
import { type ObservedFinding, SequenceConflict } from "../../src/index.ts";
import { ServerError } from "./errors.ts";
import { traceOf } from "./log.ts";
import type { Person } from "./protocol.ts";
import { type Accepted, Session, type SessionContext, type SessionSaying } from "./session.ts";
import { type Holder, newConsultationId, owns } from "./tokens.ts";

/** Milliseconds after which a consultation that nobody uses leaves memory. It stays in the store. */
const KEPT_MS = 60_000;

export class Hub {
  readonly #context: SessionContext;
  readonly #sessions = new Map<string, Session>();
  readonly #loading = new Map<string, Promise<Session>>();
  /** Consultations that nobody ended and that are not in memory, with the time of their last event. */
  readonly #unended = new Map<string, number>();
  #underWay = 0;
  #draining = false;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get underWay(): number {
    return this.#underWay;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /**
   * `consent`: given, or `in-words`: it is asked for in the conversation. `findings`: known before the first question.
   * `training`: see `Session.begin`.
   */
  async open(
    holder: Holder,
    consent: boolean | "in-words" | undefined,
    person: Person,
    findings?: readonly ObservedFinding[],
    training?: boolean,
  ): Promise<Session> {
    this.#requireOpen();
    if (!consent) throw new ServerError("consent-required", "nothing is asked without consent");
    const session = new Session(newConsultationId(holder), this.#context);
    await this.#storing(() => session.begin(person, consent === true, findings, training));
    this.#sessions.set(session.id, session);
    this.#context.metrics.count("opened_total");
    return session;
  }

  /** Throws `not-found` where the holder has no such consultation. */
  async find(holder: Holder, id: string): Promise<Session> {
    if (!owns(holder, id)) throw new ServerError("not-found", "no such consultation");
    return this.session(id);
  }

  /** A consultation, whoever's it is: for callers that have seen to it that they may. Throws `not-found`. */
  async session(id: string): Promise<Session> {
    const session = this.#sessions.get(id);
    if (!session) return this.#loaded(id);
    await session.refresh();
    if (session.seq > 0) return session;
    // It was deleted, by another server.
    this.#sessions.delete(id);
    throw new ServerError("not-found", "no such consultation");
  }

  /** Goes on with a consultation of a given id, or begins it; `begin` stores its beginning. */
  async sessionOrNew(id: string, begin: (session: Session) => Promise<void>): Promise<Session> {
    this.#requireOpen();
    const held = this.#sessions.has(id) ? await this.session(id).catch(unlessGone) : undefined;
    if (held) return held;
    return this.#once(id, async () => {
      const stored = await this.#load(id);
      if (stored) return stored;
      const session = new Session(id, this.#context);
      try {
        await this.#storing(() => begin(session));
      } catch (error) {
        // Another process began it meanwhile.
        const began = error instanceof ServerError && error.cause instanceof SequenceConflict;
        const other = began ? await this.#load(id) : undefined;
        if (other) return other;
        throw error;
      }
      this.#sessions.set(id, session);
      this.#context.metrics.count("opened_total");
      return session;
    });
  }

  async say(session: Session, saying: SessionSaying): Promise<Accepted> {
    this.#requireOpen();
    if (this.#underWay >= this.#context.limits.underWay)
      throw new ServerError("overloaded", "too many messages are under way");
    this.#underWay++;
    try {
      return await session.say(saying);
    } finally {
      this.#underWay--;
    }
  }

  async delete(holder: Holder, id: string): Promise<void> {
    if (!owns(holder, id)) throw new ServerError("not-found", "no such consultation");
    await this.remove(id);
  }

  /** Deletes a consultation, whoever's it is, with everything that is kept of it. Throws `not-found`. */
  async remove(id: string): Promise<void> {
    const session = await this.session(id);
    try {
      await this.#storing(() => session.delete());
    } finally {
      this.#sessions.delete(id);
      this.#unended.delete(id);
    }
    this.#context.log("info", { event: "deleted", consultation: id });
  }

  /** Ends what was silent for too long, and lets go of what nobody uses; `now` is a time of the steady clock. */
  async sweep(now: number): Promise<void> {
    const { clock, limits } = this.#context;
    const silent = [...this.#sessions.values()].filter((session) => session.isSilent() && !session.ended);
    for (const [id, session] of this.#sessions) {
      if (session.inUse || now - session.touched < KEPT_MS) continue;
      this.#sessions.delete(id);
      this.#note(id, session);
    }
    const earliest = clock.now().getTime() - limits.expireMs;
    const due = [...this.#unended].filter(([, last]) => last <= earliest).map(([id]) => id);
    await this.#each(silent, (session) => session.expire());
    await this.#each(due, (id) => this.#loaded(id));
  }

  /** Looks for what nobody ended before this process began, so that it is ended in its time. */
  async survey(): Promise<void> {
    const ids = await this.#context.store.list();
    await this.#each(ids, async (id) => {
      if (this.#sessions.has(id)) return;
      const stored = await this.#context.store.read(id);
      this.#note(
        id,
        new Session(
          id,
          this.#context,
          stored.map(({ event }) => event),
        ),
      );
    });
  }

  /** Takes nothing more in. */
  stop(): void {
    this.#draining = true;
  }

  /** Fulfilled when nothing is under way. */
  async settled(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(({ settled }) => settled));
  }

  #loaded(id: string): Promise<Session> {
    return this.#once(id, async () => {
      const session = await this.#load(id);
      if (session) return session;
      throw new ServerError("not-found", "no such consultation");
    });
  }

  /** Of several who want the same consultation at once, one fetches it. */
  #once(id: string, fetch: () => Promise<Session>): Promise<Session> {
    const loading = this.#loading.get(id) ?? fetch().finally(() => this.#loading.delete(id));
    this.#loading.set(id, loading);
    return loading;
  }

  /** What was silent for too long is ended before anybody sees it. */
  async #load(id: string): Promise<Session | undefined> {
    this.#unended.delete(id);
    const stored = await this.#storing(() => this.#context.store.read(id));
    if (stored.length === 0) return undefined;
    const events = stored.map(({ event }) => event);
    const session = new Session(id, this.#context, events);
    await this.#storing(() => session.expire());
    this.#sessions.set(id, session);
    return session;
  }

  #note(id: string, { ended, lastTime }: Session): void {
    if (!ended && lastTime !== undefined) this.#unended.set(id, lastTime);
  }

  /** One after the other, as long as the server runs; one that fails is tried again when it is next looked at. */
  async #each<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
    for (const item of items) {
      if (this.#draining) return;
      await work(item).catch((error) => this.#context.log("error", { event: "expiry-failed", error: traceOf(error) }));
    }
  }

  async #storing<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ServerError) throw error;
      throw new ServerError("store-unavailable", "the store did not answer", error);
    }
  }

  #requireOpen(): void {
    if (this.#draining) throw new ServerError("draining", "the server goes down");
  }
}

/** For what may be there no more: undefined in the place of `not-found`. */
export function unlessGone(error: unknown): undefined {
  if (!(error instanceof ServerError && error.code === "not-found")) throw error;
}
