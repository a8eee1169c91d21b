/**
 * Stores and exported files as an auditor reads them: lines as they stand, nothing mended, nothing locked, nothing
 * written. Works beside a running server.
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { StoreError } from "../../../src/index.ts";
import { fileNameOf, transcriptNames } from "./file.ts";
import { entryLine } from "./line.ts";
import { parseStoreSpec, STORE_FORMS } from "./open.ts";

export interface Transcript {
  /** File or key. */
  readonly place: string;
  /** Whose it should be, where the place alone says so. */
  readonly consultation: string | undefined;
  /** Whether a consultation belongs in this place. */
  belongs(consultation: string): boolean;
  readonly lines: readonly string[];
  /** Bytes of an unfinished append at the end, which no one was told was stored. */
  readonly unfinished: number;
}

/** Every transcript behind `source`, or the one of `consultation`; one after the other. */
export async function* transcriptsOf(source: string, consultation?: string): AsyncGenerator<Transcript> {
  const spec = parseStoreSpec(source);
  if (spec?.kind === "memory") {
    const message = `a memory store lives in the server alone; audit its transcripts, or use ${STORE_FORMS}`;
    throw new StoreError("unknown-store", message);
  }
  if (spec?.kind === "redis") yield* redisTranscripts(spec.url, consultation);
  else if (spec?.kind === "file") yield* fileTranscripts(spec.directory, consultation);
  else {
    const lines = (await readText(source)).split(/\r?\n/);
    if (lines.at(-1) === "") lines.pop();
    yield { place: source, consultation, belongs: () => true, lines, unfinished: 0 };
  }
}

async function* fileTranscripts(directory: string, wanted: string | undefined): AsyncGenerator<Transcript> {
  const found = await stat(directory).catch(() => undefined);
  if (!found?.isDirectory()) throw new StoreError("no-directory", "no such directory", { place: { file: directory } });
  for (const name of wanted === undefined ? await transcriptNames(directory) : [fileNameOf(wanted)]) {
    const place = join(directory, name);
    // One that is not asked for by name may have been deleted since it was listed.
    const text = await readText(place).catch((error: unknown) => {
      if (wanted !== undefined || !isAbsent(error)) throw error;
    });
    if (text === undefined) continue;
    const end = wholeEnd(text);
    const lines = text.slice(0, end).split("\n").slice(0, -1);
    const belongs = (consultation: string): boolean => fileNameOf(consultation) === name;
    yield { place, consultation: wanted, belongs, lines, unfinished: Buffer.byteLength(text.slice(end)) };
  }
}

/** Where the last whole append ends: after a line that is terminated and announces no more. */
function wholeEnd(text: string): number {
  let end = text.lastIndexOf("\n") + 1;
  while (end > 0) {
    const start = end >= 2 ? text.lastIndexOf("\n", end - 2) + 1 : 0;
    if (!/,"rest":[1-9]\d*\}$/.test(text.slice(start, end - 1))) break;
    end = start;
  }
  return end;
}

async function* redisTranscripts(url: string, wanted: string | undefined): AsyncGenerator<Transcript> {
  const { connectRedis, REDIS_DEFAULTS, streamEntries, streamsUnder } = await import("./redis.ts");
  const redis = await connectRedis(url);
  const { prefix } = REDIS_DEFAULTS;
  try {
    for (const consultation of wanted === undefined ? await streamsUnder(redis, prefix) : [wanted]) {
      const place = prefix + consultation;
      const entries = await streamEntries(redis, place, 0);
      if (wanted !== undefined && entries.length === 0)
        throw new StoreError("no-consultation", "no such consultation", { place: { file: place } });
      const belongs = (id: string): boolean => id === consultation;
      yield { place, consultation, belongs, lines: entries.map((entry) => entryLine(entry).trimEnd()), unfinished: 0 };
    }
  } finally {
    redis.disconnect();
  }
}

const isAbsent = (error: unknown): boolean =>
  error instanceof StoreError && (error.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause) => {
    const message = cause.code === "ENOENT" ? "no such file" : `could not be read: ${String(cause)}`;
    throw new StoreError("no-file", message, { place: { file }, cause });
  });
}
