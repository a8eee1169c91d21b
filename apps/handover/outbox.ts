/**
 * Tells another system of what happened to consultations, again and again until it took it or the schedule is through.
 * What is owed is read from a consultation's events, and how it went becomes one: after a restart it goes on from there,
 * and each occasion is told at least once, in order, under the same id.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type ConsultationEvent, type EventStore, type KnowledgeBase, seededRandom } from "../../src/index.ts";
import { ServerError } from "../server/errors.ts";
import type { Hub } from "../server/hub.ts";
import { type Log, traceOf } from "../server/log.ts";
import { messageAbout } from "./notice.ts";
import { isOccasion, owedOf } from "./owed.ts";
import { Slots } from "./slots.ts";
import type { Attempt, Webhook } from "./webhook.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Milliseconds between attempts, each up to a fifth longer. After the last attempt it is given up. */
export const SCHEDULE: readonly number[] = [SECOND, 5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 60 * MINUTE];
const JITTER = 0.2;
/** Attempts that are under way at once. */
const AT_ONCE = 8;

export interface OutboxContext {
  readonly store: EventStore;
  readonly hub: Pick<Hub, "session">;
  readonly base: KnowledgeBase;
  readonly webhook: Webhook;
  readonly schedule: readonly number[];
  /** What the paths of links are put behind. */
  readonly publicUrl: string;
  readonly log: Log;
}

interface Round {
  /** Something came to it since it last read the events. */
  isNew: boolean;
  /** Ends the rest before the next attempt. */
  wake: AbortController;
  /** Places of what was taken already. */
  readonly taken: Set<number>;
}

type Outcome = { readonly outcome: "delivered" | "dead"; readonly attempts: number; readonly reason?: string };

export class Outbox {
  readonly #context: OutboxContext;
  readonly #rounds = new Map<string, Round>();
  readonly #slots = new Slots(AT_ONCE);
  readonly #underWay = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  /** Ends attempts that are under way. */
  readonly #cut = new AbortController();

  constructor(context: OutboxContext) {
    this.#context = context;
  }

  /** Whether it is being told, or waits for its next attempt. */
  isTelling(consultation: string): boolean {
    return this.#rounds.has(consultation);
  }

  /** Tells what is owed of a consultation, from now on. `again`: what was given up too. */
  owe(consultation: string, again = false): void {
    if (this.#stopping.signal.aborted) return;
    const running = this.#rounds.get(consultation);
    if (running) {
      running.isNew = true;
      running.wake.abort();
      return;
    }
    const round: Round = { isNew: false, wake: new AbortController(), taken: new Set() };
    this.#rounds.set(consultation, round);
    const done = this.#rounded(consultation, round, again).finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  /** Lets attempts that are under way finish, for so many milliseconds; what is then still owed is told after a restart. */
  async stop(withinMs: number): Promise<void> {
    this.#stopping.abort();
    await Promise.race([Promise.allSettled(this.#underWay), sleep(withinMs, undefined, { ref: false })]);
    this.#cut.abort();
    await Promise.race([Promise.allSettled(this.#underWay), sleep(withinMs, undefined, { ref: false })]);
  }

  async #rounded(consultation: string, round: Round, again: boolean): Promise<void> {
    let failures = 0;
    do {
      round.isNew = false;
      try {
        await this.#round(consultation, round, again);
      } catch (error) {
        if (error instanceof ServerError && error.code === "not-found") break;
        this.#context.log("error", { event: "notice-failed", consultation, error: traceOf(error) });
        // The store is away, for a while as a rule. What stays owed is found by whoever next looks for it.
        const pause = this.#context.schedule[failures++];
        if (pause === undefined) break;
        round.isNew = true;
        await this.#rest(round, pause);
      }
    } while (round.isNew && !this.#stopping.signal.aborted);
    this.#rounds.delete(consultation);
  }

  /** Attempt after attempt until nothing is owed, or it is given up. */
  async #round(consultation: string, round: Round, again: boolean): Promise<void> {
    const { schedule, store } = this.#context;
    const chance = seededRandom("outbox", consultation);
    for (let attempts = 1; !this.#stopping.signal.aborted; attempts++) {
      const events = (await store.read(consultation)).map(({ event }) => event);
      const { occasions, dead } = owedOf(events);
      if (occasions.length === 0 || (dead && !again)) return;
      const attempt = await this.#slots.run(() => this.#tell(events, round.taken));
      if (attempt.ok) return this.#record(consultation, events, { outcome: "delivered", attempts });
      if (this.#cut.signal.aborted) return;
      const pause = schedule[attempts - 1];
      this.#context.log("warn", { event: "notice-refused", consultation, count: attempts });
      if (attempt.gone || pause === undefined)
        return this.#record(consultation, events, { outcome: "dead", attempts, reason: attempt.reason });
      await this.#rest(round, pause * (1 + JITTER * chance.float()), attempt.retryAfterMs);
    }
  }

  /** News ends a rest, unless the receiver asked for it. */
  async #rest(round: Round, ms: number, asked = 0): Promise<void> {
    round.wake = new AbortController();
    const signal = asked > 0 ? this.#stopping.signal : AbortSignal.any([this.#stopping.signal, round.wake.signal]);
    await sleep(Math.max(ms, asked), undefined, { ref: false, signal }).catch(() => {});
  }

  /** Sends what is owed one after another; the first that is refused ends it. */
  async #tell(events: readonly ConsultationEvent[], taken: Set<number>): Promise<Attempt> {
    const { webhook, base, publicUrl } = this.#context;
    for (const occasion of owedOf(events).occasions) {
      if (taken.has(occasion.seq)) continue;
      const attempt = await webhook.attempt(messageAbout(occasion, events, base, publicUrl), this.#cut.signal);
      if (!attempt.ok) return attempt;
      taken.add(occasion.seq);
    }
    return { ok: true };
  }

  /** Keeps how it went, unless something happened since that is owed too, or another server kept it. */
  async #record(consultation: string, known: readonly ConsultationEvent[], outcome: Outcome): Promise<void> {
    const { hub, webhook } = this.#context;
    const session = await hub.session(consultation);
    await session.note((events) => {
      const since = events.slice(known.length);
      const isMore = since.some(isOccasion);
      const isKept = since.some((event) => event.type === "notified");
      return isMore || isKept ? [] : [{ type: "notified", to: webhook.name, ...outcome }];
    });
    this.#context.log("info", { event: `notice-${outcome.outcome}`, consultation, count: outcome.attempts });
  }
}
