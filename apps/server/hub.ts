/** The consultations in use, by id. Each belongs to the holder of one token; nobody else can tell that it exists. */
import { ServerError } from "./errors.ts";
import type { Person, Saying } from "./protocol.ts";
import { type Accepted, Session, type SessionContext } from "./session.ts";
import { type Holder, newConsultationId, owns } from "./tokens.ts";

/** Milliseconds after which a consultation that nobody uses leaves memory. It stays in the store. */
const KEPT_MS = 60_000;

export class Hub {
  readonly #context: SessionContext;
  readonly #sessions = new Map<string, Session>();
  readonly #loading = new Map<string, Promise<Session>>();
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

  async open(holder: Holder, consent: boolean | undefined, person: Person): Promise<Session> {
    this.#requireOpen();
    if (consent !== true) throw new ServerError("consent-required", "nothing is asked without consent");
    const session = new Session(newConsultationId(holder), this.#context);
    await this.#storing(() => session.begin(person));
    this.#sessions.set(session.id, session);
    this.#context.metrics.count("opened_total");
    return session;
  }

  /** Throws `not-found` where the holder has no such consultation. */
  async find(holder: Holder, id: string): Promise<Session> {
    if (!owns(holder, id)) throw new ServerError("not-found", "no such consultation");
    const session = this.#sessions.get(id);
    if (session) return session;
    const loading = this.#loading.get(id) ?? this.#load(id).finally(() => this.#loading.delete(id));
    this.#loading.set(id, loading);
    return loading;
  }

  async say(session: Session, saying: Saying): Promise<Accepted> {
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
    const session = await this.find(holder, id);
    try {
      await this.#storing(() => session.delete());
    } finally {
      this.#sessions.delete(id);
    }
    this.#context.log("info", { event: "deleted", consultation: id });
  }

  /** Lets go of what nobody uses. */
  sweep(now: number): void {
    for (const [id, session] of this.#sessions) {
      if (!session.inUse && now - session.touched >= KEPT_MS) this.#sessions.delete(id);
    }
  }

  /** Takes nothing more in. */
  stop(): void {
    this.#draining = true;
  }

  /** Fulfilled when nothing is under way. */
  async settled(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(({ settled }) => settled));
  }

  async #load(id: string): Promise<Session> {
    const stored = await this.#storing(() => this.#context.store.read(id));
    if (stored.length === 0) throw new ServerError("not-found", "no such consultation");
    const session = new Session(
      id,
      this.#context,
      stored.map(({ event }) => event),
    );
    this.#sessions.set(id, session);
    return session;
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
