/**
 * Keeps the register true to the store. What this process does is heard of and read at once; what others do to a shared
 * store is looked for, consultation by consultation, from the last event known on. Whatever is read comes by the observer.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ConsultationEvent, EventStore, StoredEvent } from "../../src/index.ts";
import { isAway } from "./observed-store.ts";
import type { Register } from "./register.ts";

/** Milliseconds between two looks at the store; after a long one, so many times as long as it took. */
const LOOK_EVERY_MS = 3_000;
const LOOK_REST = 20;
/** At every so many looks, consultations that were over for good are looked at too. */
const LOOK_AT_ALL = 10;
/** Lists that are read at once. */
const AT_ONCE = 32;

export interface SurveyOptions {
  readonly lookEveryMs?: number | undefined;
}

const TELLING: ReadonlySet<ConsultationEvent["type"]> = new Set([
  "concluded",
  "handed-off",
  "reviewed",
  "notified",
  "red-flag-raised",
]);

export class Survey {
  readonly #store: EventStore;
  readonly #register: Register;
  readonly #lookEveryMs: number;
  readonly #due = new Set<string>();
  #reading: Promise<void> | undefined;
  /** For a shared store: how many events each consultation is known to have, and the hash of the last. */
  readonly #known = new Map<string, { readonly count: number; readonly head: string }>();
  readonly #over = new Set<string>();
  #looks = 0;
  #looking: Promise<void> | undefined;
  #notBefore = 0;

  constructor(store: EventStore, register: Register, { lookEveryMs = LOOK_EVERY_MS }: SurveyOptions = {}) {
    this.#store = store;
    this.#register = register;
    this.#lookEveryMs = lookEveryMs;
  }

  /** Whether others may change the store too. */
  get isShared(): boolean {
    return this.#store.watch !== undefined;
  }

  /** This process appended: where that matters to clinicians, the whole is read. */
  appended(consultation: string, events: readonly ConsultationEvent[]): void {
    if (!events.some(({ type }) => TELLING.has(type))) return;
    this.#due.add(consultation);
    this.settle().catch(() => {});
  }

  read(consultation: string, stored: readonly StoredEvent[]): void {
    const last = stored.at(-1);
    if (!last) {
      this.deleted(consultation);
      return;
    }
    const events = stored.map(({ event }) => event);
    this.#register.take(consultation, events);
    if (!this.isShared) return;
    this.#known.set(consultation, { count: events.length, head: last.hash });
    const isOver = !this.#register.has(consultation) && events.some(({ type }) => ENDS.has(type));
    if (isOver) this.#over.add(consultation);
    else this.#over.delete(consultation);
  }

  deleted(consultation: string): void {
    this.#due.delete(consultation);
    this.#known.delete(consultation);
    this.#over.delete(consultation);
    this.#register.forget(consultation);
  }

  /** Reads what is due. Fulfilled when the register knows of everything that this process did. */
  settle(): Promise<void> {
    this.#reading ??= this.#readDue().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** Sees what others did, unless that was looked for a moment ago. `now` is a time of the steady clock. */
  look(now: number): Promise<void> {
    if (this.#looking || now < this.#notBefore) return this.#looking ?? Promise.resolve();
    this.#looking = this.#look(now).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(began: number): Promise<void> {
    const before = [...this.#register.ids(), ...this.#known.keys()];
    const ids = await this.#store.list();
    const there = new Set(ids);
    for (const id of before) if (!there.has(id)) this.deleted(id);
    if (this.isShared) {
      const all = this.#looks % LOOK_AT_ALL === 0;
      await inBatches(all ? ids : ids.filter((id) => !this.#over.has(id)), (id) => this.#lookAt(id).catch(passOver));
    }
    this.#looks++;
    const now = performance.now();
    this.#notBefore = now + Math.max(this.#lookEveryMs, LOOK_REST * (now - began));
  }

  async #lookAt(id: string): Promise<void> {
    const known = this.#known.get(id);
    if (!known) {
      await this.#store.read(id);
      return;
    }
    const [last, ...news] = await this.#store.read(id, known.count - 1);
    const isAnew = last?.hash !== known.head;
    // Deleted, and begun anew under the same id.
    if (isAnew) this.deleted(id);
    if (isAnew || news.some(({ event }) => TELLING.has(event.type))) await this.#store.read(id);
    else if (news.length > 0) this.#known.set(id, { count: known.count + news.length, head: news.at(-1)!.hash });
  }

  async #readDue(): Promise<void> {
    // Several appends in a row are read once.
    await sleep(0);
    while (this.#due.size > 0) {
      const ids = [...this.#due].slice(0, AT_ONCE);
      for (const id of ids) this.#due.delete(id);
      await inBatches(ids, async (id) => {
        await this.#store.read(id).catch((error) => {
          if (isAway(error)) this.#due.add(id);
          passOver(error);
        });
      });
    }
  }
}

const ENDS: ReadonlySet<ConsultationEvent["type"]> = new Set(["concluded", "handed-off", "abandoned"]);

/** One list that cannot be read hides no other; a store that is away hides them all. */
function passOver(error: unknown): void {
  if (isAway(error)) throw error;
}

async function inBatches(ids: readonly string[], work: (id: string) => Promise<void>): Promise<void> {
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const outcomes = await Promise.allSettled(ids.slice(from, from + AT_ONCE).map(work));
    const failed = outcomes.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }
}
