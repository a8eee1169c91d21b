/**
 * The store that lives and dies with its process, in as little memory as it can: events that are frozen are kept as
 * they are, others as frozen copies, and read as they are; hashes are not kept, since they follow from the events.
 */
import {
  type Clock,
  type ConsultationEvent,
  canonicalJson,
  type EventStore,
  GENESIS_HASH,
  systemClock,
} from "../../../src/index.ts";
import {
  checkConsultation,
  checkedAppend,
  checkSeq,
  closedError,
  type Entry,
  entriesAfter,
  inOrder,
  repeatedOrConflict,
} from "./entry.ts";
import { frozen, isFrozen } from "./frozen.ts";

export interface MemoryStoreOptions {
  /** Milliseconds after its last append at which a consultation is forgotten; above 0. Default: never. */
  readonly idleMs?: number | undefined;
  /** Default: the clock on the wall. */
  readonly clock?: Clock | undefined;
}

interface Kept {
  /** Nobody can alter them. */
  readonly events: ConsultationEvent[];
  /** Time of the last append, in milliseconds of the clock. */
  touched: number;
}

export function memoryStore({
  idleMs = Number.POSITIVE_INFINITY,
  clock = systemClock,
}: MemoryStoreOptions = {}): EventStore {
  /** The consultation that has been idle longest comes first. */
  const kept = new Map<string, Kept>();
  let closed = false;

  /** The time, once everything idle for too long is forgotten. */
  const tidied = (): number => {
    if (closed) throw closedError();
    const now = clock.now().getTime();
    // A look at the first would pass by all that was appended to since.
    if (idleMs === Number.POSITIVE_INFINITY) return now;
    for (const [consultation, { touched }] of kept) {
      if (now - touched < idleMs) break;
      kept.delete(consultation);
    }
    return now;
  };

  return {
    async append(consultation, events: readonly ConsultationEvent[], expectedSeq) {
      const now = tidied();
      const admitted = checkedAppend(consultation, events, expectedSeq);
      const list = kept.get(consultation) ?? { events: [], touched: now };
      if (list.events.length !== expectedSeq)
        return repeatedOrConflict(consultation, admitted.map(canonicalJson), expectedSeq, entriesOf(list.events));
      admitted.forEach((read, index) => {
        list.events.push(keepable(events[index]!, read));
      });
      const count = list.events.length;
      list.touched = now;
      // Last in line, which only matters where somebody is forgotten.
      if (idleMs !== Number.POSITIVE_INFINITY) kept.delete(consultation);
      kept.set(consultation, list);
      return {
        count,
        // Most callers never ask.
        get head() {
          return entriesOf(list.events.slice(0, count)).at(-1)!.hash;
        },
        repeated: false,
      };
    },
    async read(consultation, fromSeq = 0) {
      tidied();
      checkConsultation(consultation);
      checkSeq("fromSeq", fromSeq);
      const events = [...(kept.get(consultation)?.events ?? [])];
      let entries: Entry[] | undefined;
      return events.slice(fromSeq).map((event, index) => ({
        event,
        // Most callers never ask.
        get hash() {
          entries ??= entriesOf(events);
          return entries[fromSeq + index]!.hash;
        },
      }));
    },
    async list() {
      tidied();
      return inOrder(kept.keys());
    },
    async delete(consultation) {
      tidied();
      checkConsultation(consultation);
      return kept.delete(consultation);
    },
    async close() {
      closed = true;
      kept.clear();
    },
  };
}

function entriesOf(events: readonly ConsultationEvent[]): Entry[] {
  return entriesAfter(GENESIS_HASH, events.map(canonicalJson));
}

/** The event itself, where it is what was read of it for good. */
function keepable(event: ConsultationEvent, read: ConsultationEvent): ConsultationEvent {
  return isFrozen(event) && isSame(event, read) ? event : frozen(JSON.parse(canonicalJson(read)));
}

/** Whether plain data is the same, undefined members too. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return one === other;
  const keys = Object.keys(one);
  if (Array.isArray(one) !== Array.isArray(other) || keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => isSame(one[key as keyof typeof one], other[key as keyof typeof other]));
}
