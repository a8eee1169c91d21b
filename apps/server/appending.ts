/** Stores what happened at its place in a consultation's list. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Clock,
  type ConsultationEvent,
  type EventBody,
  type EventStore,
  eventAt,
  StoreError,
} from "../../src/index.ts";
import { frozen } from "./stores/frozen.ts";

const TRIES = 4;

/**
 * Stores events from the place `seq` on and gives them with their places. Where it is not known whether they were stored,
 * it tries again: the same append twice is stored once. Throws what the store throws.
 */
export async function appendAt(
  { store, clock }: { readonly store: EventStore; readonly clock: Clock },
  consultation: string,
  seq: number,
  bodies: readonly EventBody[],
): Promise<readonly ConsultationEvent[]> {
  if (bodies.length === 0) return [];
  const time = clock.now().toISOString();
  // Frozen, so that a store in this process need not hold copies.
  const added = bodies.map((body, index) => frozen(eventAt({ consultation, seq: seq + index, time }, body)));
  for (let attempt = 1; ; attempt++) {
    try {
      await store.append(consultation, added, seq);
      return added;
    } catch (error) {
      const isUnknown = error instanceof StoreError && error.code === "store-unavailable";
      if (!isUnknown || attempt >= TRIES) throw error;
      await sleep(50 * 2 ** attempt);
    }
  }
}
