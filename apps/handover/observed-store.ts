/** A store whose changes somebody hears of: what this process appends and deletes, and every list that is read in whole. */
import { type ConsultationEvent, type EventStore, type StoredEvent, StoreError } from "../../src/index.ts";

export interface Observer {
  /** They are stored; or, where the store did not answer, they may be. */
  appended(consultation: string, events: readonly ConsultationEvent[]): void;
  /** All events, as they were when they were read; none: there is no such consultation. */
  read(consultation: string, stored: readonly StoredEvent[]): void;
  deleted(consultation: string): void;
}

/** Whether the store did not answer, as it will again or not. */
export function isAway(error: unknown): boolean {
  return error instanceof StoreError && (error.code === "store-unavailable" || error.code === "store-closed");
}

export function observedStore(store: EventStore, observer: Observer): EventStore {
  let deletions = 0;
  let reading = 0;
  /** When consultations were deleted, as long as somebody reads: what was read of them must not come back. */
  const gone = new Map<string, number>();
  return {
    ...(store.watch && { watch: store.watch.bind(store) }),
    list: () => store.list(),
    close: () => store.close(),
    async append(consultation, events, expectedSeq) {
      try {
        const appended = await store.append(consultation, events, expectedSeq);
        observer.appended(consultation, events);
        return appended;
      } catch (error) {
        if (isAway(error)) observer.appended(consultation, events);
        throw error;
      }
    },
    async read(consultation, fromSeq = 0) {
      const began = deletions;
      reading++;
      try {
        const stored = await store.read(consultation, fromSeq);
        if (fromSeq === 0 && (gone.get(consultation) ?? 0) <= began) observer.read(consultation, stored);
        return stored;
      } finally {
        if (--reading === 0) gone.clear();
      }
    },
    async delete(consultation) {
      try {
        return await store.delete(consultation);
      } finally {
        deletions++;
        if (reading > 0) gone.set(consultation, deletions);
        observer.deleted(consultation);
      }
    },
  };
}
