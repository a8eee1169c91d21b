/**
 * The port behind which consultations are kept. A store appends events to a consultation's list and gives them back,
 * each with its hash in the chain (`event-chain.ts`); it knows nothing of what the events mean.
 */
import { z } from "zod";
import { AnamnesisError, type ErrorOptions } from "./errors.ts";
import { ConsultationEvent } from "./events.ts";

/** An event as stored. */
export const StoredEvent = z.strictObject({
  event: ConsultationEvent,
  /** SHA-256 over the hash before it and the event's canonical JSON, 64 hexadecimal digits. */
  hash: z.string().regex(/^[0-9a-f]{64}$/, "a hash has 64 hexadecimal digits"),
});
export type StoredEvent = z.infer<typeof StoredEvent>;

/** What an append leaves behind. */
export interface Appended {
  /** Events now stored, up to and with those appended. */
  readonly count: number;
  /** Hash of the last event appended. */
  readonly head: string;
  /** The same events already stood in this place: an earlier append whose answer was lost. Nothing was stored twice. */
  readonly repeated: boolean;
}

export interface EventStore {
  /**
   * Stores all of `events` or none. `expectedSeq` is the number of events that the caller believes to be stored; where
   * another number is, `SequenceConflict` tells it, unless exactly these events already stand there.
   */
  append(consultation: string, events: readonly ConsultationEvent[], expectedSeq: number): Promise<Appended>;
  /** The events from `fromSeq` (default 0) on; none where nothing is stored. */
  read(consultation: string, fromSeq?: number): Promise<StoredEvent[]>;
  /** Every consultation that has events, in the order of their ids. */
  list(): Promise<string[]>;
  /** Removes a consultation with all its events; tells whether there was one. */
  delete(consultation: string): Promise<boolean>;
  /**
   * Where several processes share the store: calls `heed` soon after another process appended to the consultation or
   * deleted it, and whenever that may have been missed; at least once. Ends when the function given back is called.
   */
  watch?(consultation: string, heed: () => void): () => void;
  /** Finishes what is under way; every later call fails with `store-closed`. May be called twice. */
  close(): Promise<void>;
}

/**
 * Raised by stores. What the caller gave: `bad-append`, `bad-consultation`, `bad-place`, `unknown-store`, `no-file`,
 * `no-directory`, `no-consultation`. What happened: `sequence-conflict`; `store-locked`, `store-closed`, `store-corrupt`;
 * `store-write` (nothing was stored); `store-unavailable` (whether it was stored is not known: give the same append again).
 */
export class StoreError extends AnamnesisError {}

/** Somebody else was faster: the list holds `actual` events, not `expected`. Read on from `expected`, then decide anew. */
export class SequenceConflict extends StoreError {
  readonly expected: number;
  readonly actual: number;

  constructor(consultation: string, expected: number, actual: number, options: ErrorOptions = {}) {
    const message = `${consultation} holds ${actual} events, not ${expected}; read it again, then append`;
    super("sequence-conflict", message, { fault: "work", ...options });
    this.expected = expected;
    this.actual = actual;
  }
}
