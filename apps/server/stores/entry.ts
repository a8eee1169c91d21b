/**
 * What is the same in every store: which appends are admitted, how an event becomes text (canonical JSON and its hash),
 * and how it is read back. Holds no events itself.
 */
import { hash } from "node:crypto";
import {
  type Appended,
  ConsultationEvent,
  canonicalJson,
  chainHashes,
  type Place,
  SequenceConflict,
  StoredEvent,
  StoreError,
} from "../../../src/index.ts";

/** A stored event as text. */
export interface Entry {
  /** Canonical JSON. */
  readonly event: string;
  readonly hash: string;
}

export const sha256 = (text: string): string => hash("sha256", text, "hex");

const LONGEST_ID = 200;

/** Refuses what no consultation is called: such ids could not be told apart once written as UTF-8. */
export function checkConsultation(consultation: string): void {
  if (consultation.length >= 1 && consultation.length <= LONGEST_ID && consultation.isWellFormed()) return;
  const message = `a consultation's id has 1 to ${LONGEST_ID} characters, without halves of surrogate pairs`;
  throw new StoreError("bad-consultation", message);
}

/** Refuses a place in a list that is no whole number from 0. */
export function checkSeq(name: string, seq: number): void {
  if (Number.isSafeInteger(seq) && seq >= 0) return;
  throw new StoreError("bad-place", `expected a whole number from 0, got ${seq}`, { place: { field: name } });
}

/** Checks an append and gives its events as canonical JSON. */
export function admit(
  consultation: string,
  events: readonly ConsultationEvent[],
  expectedSeq: number,
): readonly string[] {
  return checkedAppend(consultation, events, expectedSeq).map(canonicalJson);
}

/** Checks an append and gives its events as the schema reads them. */
export function checkedAppend(
  consultation: string,
  events: readonly ConsultationEvent[],
  expectedSeq: number,
): readonly ConsultationEvent[] {
  checkConsultation(consultation);
  checkSeq("expectedSeq", expectedSeq);
  if (events.length === 0) throw new StoreError("bad-append", "there is no event to append");
  return events.map((given, index) => {
    const refuse = (field: string, message: string): never => {
      throw new StoreError("bad-append", message, { place: { field: `events[${index}]${field}` } });
    };
    const parsed = ConsultationEvent.safeParse(given);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return refuse(issue!.path.map((part) => `.${String(part)}`).join(""), issue!.message);
    }
    const { data: event } = parsed;
    const seq = expectedSeq + index;
    if (event.consultation !== consultation) return refuse(".consultation", `expected ${consultation}`);
    if (event.seq !== seq) return refuse(".seq", `expected ${seq}, got ${event.seq}`);
    if ((event.type === "opened") !== (seq === 0))
      return refuse(".type", "a consultation begins with `opened`, and opens only once");
    return event;
  });
}

/** The entries of admitted events that follow the event with the hash `previous`. */
export function entriesAfter(previous: string, admitted: readonly string[]): Entry[] {
  const hashes = chainHashes(previous, admitted, sha256);
  return admitted.map((event, index) => ({ event, hash: hashes[index]! }));
}

/** What to answer to an append that comes too late or too early: it was stored before, or there is a conflict. */
export function repeatedOrConflict(
  consultation: string,
  admitted: readonly string[],
  expectedSeq: number,
  stored: readonly Entry[],
): Appended {
  const standing = stored.slice(expectedSeq, expectedSeq + admitted.length);
  const same = standing.length === admitted.length && standing.every(({ event }, index) => event === admitted[index]);
  if (!same) throw new SequenceConflict(consultation, expectedSeq, stored.length);
  return { count: expectedSeq + admitted.length, head: standing.at(-1)!.hash, repeated: true };
}

export function storedEvent({ event, hash }: Entry, place: Place): StoredEvent {
  const stored = StoredEvent.safeParse({ event: parsedJson(event), hash });
  if (stored.success) return stored.data;
  throw corrupt(place, stored.error);
}

/** `undefined` where the text is not JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function corrupt(place: Place, cause?: unknown): StoreError {
  const message = "holds something that no store wrote; `anamnesis audit` names the first altered event";
  return new StoreError("store-corrupt", message, { fault: "work", place, cause });
}

export function closedError(): StoreError {
  return new StoreError("store-closed", "the store was closed; open it again", { fault: "work" });
}

/** Sorted by code units: the order of `list()` in every store. */
export function inOrder(ids: Iterable<string>): string[] {
  return [...new Set(ids)].sort();
}
