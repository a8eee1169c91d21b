/**
 * A stored event as one line of JSON, in the file store and in transcripts: `{"event":{…},"hash":"…"}`. `rest` says that
 * so many events of the same append follow; where they do not, the append was cut short and never acknowledged.
 */
import { z } from "zod";
import { canonicalJson } from "../../../src/index.ts";
import { corrupt, type Entry, parsedJson } from "./entry.ts";

export function entryLine({ event, hash }: Entry, rest = 0): string {
  return `{"event":${event},"hash":"${hash}"${rest > 0 ? `,"rest":${rest}` : ""}}\n`;
}

/** All lines of one append. */
export function appendLines(entries: readonly Entry[]): string {
  return entries.map((entry, index) => entryLine(entry, entries.length - 1 - index)).join("");
}

const Line = z.object({
  event: z.looseObject({ consultation: z.string(), seq: z.int().min(0) }),
  hash: z.string(),
  rest: z.int().min(0).default(0),
});

export interface ParsedLine {
  readonly entry: Entry;
  readonly consultation: string;
  readonly seq: number;
  readonly rest: number;
}

/** Reads as much of a line as a store needs to go on; the audit looks closer. */
export function parseLine(text: string, file: string): ParsedLine {
  const line = Line.safeParse(parsedJson(text));
  if (!line.success) throw corrupt({ file }, line.error);
  const { event, hash, rest } = line.data;
  return { entry: { event: canonicalJson(event), hash }, consultation: event.consultation, seq: event.seq, rest };
}
