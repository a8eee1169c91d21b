/**
 * The hash chain over a consultation's events: hash(n) = SHA-256(hash(n - 1) + canonical JSON of event n), text in UTF-8,
 * the hash before the first being 64 zeros. Whoever alters, drops, inserts or moves an event breaks it there. Knows no
 * store and no cryptography: the digest is handed in.
 */
import { z } from "zod";
import { ConsultationEvent } from "./events.ts";

/** SHA-256 of a text's UTF-8 bytes, as 64 lower-case hexadecimal digits. */
export type Digest = (text: string) => string;

export const GENESIS_HASH = "0".repeat(64);

/** JSON with keys sorted by UTF-16 code units and no white space (RFC 8785); a key whose value is undefined is left out. */
export function canonicalJson(value: unknown): string {
  // Joined once: a string that grew piece by piece keeps its pieces for as long as it is kept.
  const pieces: string[] = [];
  write(value, pieces);
  return pieces.join("");
}

function write(value: unknown, pieces: string[]): void {
  if (typeof value !== "object" || value === null) pieces.push(JSON.stringify(value));
  else if (Array.isArray(value)) {
    pieces.push("[");
    value.forEach((each, index) => {
      if (index > 0) pieces.push(",");
      write(each ?? null, pieces);
    });
    pieces.push("]");
  } else {
    const members = value as Readonly<Record<string, unknown>>;
    let before = "{";
    for (const key of Object.keys(members).sort()) {
      if (members[key] === undefined) continue;
      pieces.push(before, JSON.stringify(key), ":");
      write(members[key], pieces);
      before = ",";
    }
    pieces.push(before === "{" ? "{}" : "}");
  }
}

/** The hashes of events, given as canonical JSON, that follow the event with the hash `previous`. */
export function chainHashes(previous: string, canonicalEvents: readonly string[], digest: Digest): string[] {
  let hash = previous;
  return canonicalEvents.map((event) => {
    hash = digest(hash + event);
    return hash;
  });
}

/** `rest` stands beside the chain: how many events of the same append the store wrote after this one. */
const Envelope = z.strictObject({ event: z.unknown(), hash: z.string(), rest: z.int().min(1).optional() });

/**
 * `unreadable`: no event at all. `out-of-place`: another consultation's, or events before it are missing, added or moved.
 * `altered`: it, or its hash, is not what was stored.
 */
export type Breach = "unreadable" | "out-of-place" | "altered";

export type ChainVerdict =
  | { readonly whole: true; readonly count: number; readonly head: string }
  | { readonly whole: false; readonly index: number; readonly breach: Breach; readonly detail: string };

/**
 * Proves that `list`, stored events as parsed from JSON, is one untampered consultation, or names the first broken place.
 * What a chain cannot show is that events are missing at its end: compare `head` with one noted earlier.
 */
export function verifyChain(list: readonly unknown[], digest: Digest, consultation?: string): ChainVerdict {
  let head = GENESIS_HASH;
  let id = consultation;
  for (const [index, item] of list.entries()) {
    const broken = (breach: Breach, detail: string): ChainVerdict => ({ whole: false, index, breach, detail });
    const envelope = Envelope.safeParse(item);
    if (!envelope.success) return broken("unreadable", "is not an event with its hash");
    const event = ConsultationEvent.safeParse(envelope.data.event);
    if (!event.success) return broken("unreadable", `is not an event: ${event.error.issues[0]?.path.join(".")}`);
    id ??= event.data.consultation;
    if (event.data.consultation !== id) return broken("out-of-place", "belongs to another consultation");
    if (event.data.seq !== index) return broken("out-of-place", `says that it is event ${event.data.seq}`);
    if ((event.data.type === "opened") !== (index === 0)) return broken("out-of-place", `is ${event.data.type}`);
    // The event as it stands there, not as a schema sees it: a later schema's defaults must not break old chains.
    head = digest(head + canonicalJson(envelope.data.event));
    if (head !== envelope.data.hash) return broken("altered", "does not follow from its hash and the events before it");
  }
  return { whole: true, count: list.length, head };
}
