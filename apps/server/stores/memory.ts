/** The store that lives and dies with its process. Events are kept as text, so that nobody can alter one in place. */
import { type Clock, type ConsultationEvent, type EventStore, GENESIS_HASH, systemClock } from "../../../src/index.ts";
import {
  admit,
  checkConsultation,
  checkSeq,
  closedError,
  type Entry,
  entriesAfter,
  inOrder,
  repeatedOrConflict,
  storedEvent,
} from "./entry.ts";

export interface MemoryStoreOptions {
  /** Milliseconds after its last append at which a consultation is forgotten; above 0. Default: never. */
  readonly idleMs?: number | undefined;
  /** Default: the clock on the wall. */
  readonly clock?: Clock | undefined;
}

interface Kept {
  readonly entries: Entry[];
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
    for (const [consultation, { touched }] of kept) {
      if (now - touched < idleMs) break;
      kept.delete(consultation);
    }
    return now;
  };

  return {
    async append(consultation, events: readonly ConsultationEvent[], expectedSeq) {
      const now = tidied();
      const admitted = admit(consultation, events, expectedSeq);
      const list = kept.get(consultation) ?? { entries: [], touched: now };
      if (list.entries.length !== expectedSeq)
        return repeatedOrConflict(consultation, admitted, expectedSeq, list.entries);
      list.entries.push(...entriesAfter(list.entries.at(-1)?.hash ?? GENESIS_HASH, admitted));
      list.touched = now;
      kept.delete(consultation);
      kept.set(consultation, list);
      return { count: list.entries.length, head: list.entries.at(-1)!.hash, repeated: false };
    },
    async read(consultation, fromSeq = 0) {
      tidied();
      checkConsultation(consultation);
      checkSeq("fromSeq", fromSeq);
      const entries = kept.get(consultation)?.entries ?? [];
      return entries.slice(fromSeq).map((entry) => storedEvent(entry, { field: consultation }));
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
