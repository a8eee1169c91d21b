/**
 * What is known here of consultations that were handed over: those that wait, the latest that were decided, those of
 * which somebody is still to be told. A view of lists as they were read; it reads nothing itself, and forgets the rest.
 */
import type { ConsultationEvent, KnowledgeBase } from "../../src/index.ts";
import { MOST_DECIDED, type Queue, type QueueEntry, type Undelivered } from "./api.ts";
import { byDecision, byUrgency, entryOf } from "./entry.ts";
import { outcomeOf } from "./outcome.ts";
import { owedOf } from "./owed.ts";

type DeadLetter = Undelivered["undelivered"][number];

interface Kept {
  /** How many events it is made of. */
  readonly seq: number;
  readonly entry: QueueEntry;
  readonly waits: boolean;
  readonly dead?: DeadLetter;
  /** Time of the latest that somebody is to be told of, where it was not given up. */
  readonly owedSince?: number;
}

export class Register {
  readonly #base: KnowledgeBase;
  readonly #isOwed: (since: number) => boolean;
  readonly #kept = new Map<string, Kept>();
  /** Decided ones and nothing more to do with them, which are let go when there are many. */
  #settled = 0;

  /** `isOwed`: whether somebody is still to be told of what happened at that time. */
  constructor(base: KnowledgeBase, isOwed: (since: number) => boolean) {
    this.#base = base;
    this.#isOwed = isOwed;
  }

  /** How many wait, and how many could not be told to another system. */
  get counts(): { readonly waiting: number; readonly undelivered: number } {
    let waiting = 0;
    let undelivered = 0;
    for (const { waits, dead } of this.#kept.values()) {
      if (waits) waiting++;
      if (dead) undelivered++;
    }
    return { waiting, undelivered };
  }

  has(consultation: string): boolean {
    return this.#kept.has(consultation);
  }

  /** Takes a whole list in, of one event at least; an older one than is known changes nothing. */
  take(consultation: string, events: readonly ConsultationEvent[]): void {
    const known = this.#kept.get(consultation);
    if (known && known.seq > events.length) return;
    const outcome = outcomeOf(events);
    if (!outcome) return;
    const { occasions, dead } = owedOf(events);
    const last = occasions.at(-1);
    const since = last && Date.parse(last.time);
    const letter = dead && {
      consultation,
      to: dead.to,
      attempts: dead.attempts,
      reason: dead.reason ?? "not known",
      time: dead.time,
    };
    this.forget(consultation);
    this.#keep(consultation, {
      seq: events.length,
      entry: entryOf(events, outcome, this.#base),
      waits: outcome.state === "waiting",
      ...(letter && { dead: letter }),
      ...(since !== undefined && !dead && this.#isOwed(since) && { owedSince: since }),
    });
  }

  forget(consultation: string): void {
    const kept = this.#kept.get(consultation);
    if (!kept) return;
    this.#kept.delete(consultation);
    if (isSettled(kept)) this.#settled--;
  }

  queue(): Queue {
    const all = [...this.#kept.values()];
    const waiting = all.filter(({ waits }) => waits).map(({ entry }) => entry);
    const decided = all.filter(({ waits }) => !waits).map(({ entry }) => entry);
    return { waiting: waiting.sort(byUrgency), decided: decided.sort(byDecision).slice(0, MOST_DECIDED) };
  }

  /** The longest dead first. */
  dead(): DeadLetter[] {
    const letters = [...this.#kept.values()].flatMap(({ dead }) => dead ?? []);
    return letters.sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
  }

  /** Consultations of which somebody is to be told, with the time since when. */
  owed(): [consultation: string, since: number][] {
    return [...this.#kept].flatMap(([id, { owedSince }]) => (owedSince === undefined ? [] : [[id, owedSince]]));
  }

  ids(): string[] {
    return [...this.#kept.keys()];
  }

  #keep(consultation: string, kept: Kept): void {
    this.#kept.set(consultation, kept);
    if (!isSettled(kept)) return;
    this.#settled++;
    if (this.#settled <= 2 * MOST_DECIDED) return;
    const settled = [...this.#kept.values()].filter(isSettled).map(({ entry }) => entry);
    for (const { consultation: old } of settled.sort(byDecision).slice(MOST_DECIDED)) this.forget(old);
  }
}

function isSettled({ waits, dead, owedSince }: Kept): boolean {
  return !waits && !dead && owedSince === undefined;
}
