/**
 * `events.jsonl` of a review folder: a line for each event, appended and brought to the disk. What a crash left half-written
 * at the end is no event. One writer, the trainer; anybody may read.
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { onDisk, parsedJson } from "../durable.ts";
import { ApprovalError } from "./errors.ts";
import { chained, type ReviewEventBody, StoredReviewEvent, verifyReviewEvents } from "./events.ts";
import { readText, writing } from "./files.ts";

export interface EventFile {
  /** Whether this event was appended before: the same type on the same batch. */
  has(body: ReviewEventBody): boolean;
  append(bodies: readonly ReviewEventBody[]): Promise<void>;
}

interface Contents {
  readonly events: readonly StoredReviewEvent[];
  readonly head: string;
  /** Length of the whole lines, in bytes. */
  readonly size: number;
}

/** Proves the chain, and gives its events. Throws `chain-broken` with the line, or `bad-mailbox`. */
export async function readReviewEvents(file: string): Promise<readonly StoredReviewEvent[]> {
  return (await contentsOf(file)).events;
}

async function contentsOf(file: string): Promise<Contents> {
  const text = (await readText(file)) ?? "";
  const lines = text.split("\n");
  const last = lines.pop()!;
  // A whole event that lacks its line end is none either: its append never returned.
  const values = lines.map((line) => parsedJson(line));
  const verdict = verifyReviewEvents(values);
  if (!verdict.whole) {
    const advice = "the record was altered; keep it as it is, and go on in another run";
    const place = { file, line: verdict.index + 1 };
    throw new ApprovalError("chain-broken", `${verdict.detail}: ${advice}`, { place });
  }
  const size = Buffer.byteLength(text) - Buffer.byteLength(last);
  return { events: values.map((value) => StoredReviewEvent.parse(value)), head: verdict.head, size };
}

const keyOf = ({ type, step, round, digest }: Pick<ReviewEventBody, "type" | "step" | "round" | "digest">): string =>
  `${type} ${step} ${round} ${digest}`;

export async function openEventFile(file: string): Promise<EventFile> {
  const contents = await contentsOf(file);
  const known = new Set(contents.events.map(({ event }) => keyOf(event)));
  let { head, size } = contents;
  let seq = contents.events.length;
  return {
    has: (body) => known.has(keyOf(body)),
    append: (bodies) =>
      writing(file, async () => {
        if (bodies.length === 0) return;
        let previous = head;
        const stored = bodies.map((body, index) => {
          const next = chained(previous, seq + index, body);
          previous = next.hash;
          return next;
        });
        const lines = Buffer.from(stored.map((each) => `${JSON.stringify(each)}\n`).join(""));
        await mkdir(dirname(file), { recursive: true });
        await onDisk(file, "a", async (handle) => {
          await handle.truncate(size);
          await handle.appendFile(lines);
        });
        head = previous;
        seq += stored.length;
        size += lines.length;
        for (const body of bodies) known.add(keyOf(body));
      }),
  };
}
