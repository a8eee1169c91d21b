/**
 * The store on the local disk: a directory with one append-only JSONL file a consultation, and one process that writes.
 * Files are small and many, so that deleting a consultation is deleting a file.
 */
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AnamnesisError, type EventStore, StoreError } from "../../../src/index.ts";
import { type ConsultationFile, syncPath } from "./consultation-file.ts";
import { lockDirectory } from "./directory-lock.ts";
import {
  admit,
  checkConsultation,
  checkSeq,
  closedError,
  entriesAfter,
  inOrder,
  repeatedOrConflict,
  sha256,
  storedEvent,
} from "./entry.ts";
import { parseLine } from "./line.ts";
import { OpenFiles } from "./open-files.ts";

/**
 * When events reach the disk: `always` before an append returns; `interval` within `syncEveryMs`; `never` when the
 * operating system sees fit. A killed process loses nothing acknowledged in any of them; a power cut does in the last two.
 */
export const FSYNC_POLICIES = ["always", "interval", "never"] as const;
export type FsyncPolicy = (typeof FSYNC_POLICIES)[number];

export interface FileStoreOptions {
  /** Default: `always`. */
  readonly fsync?: FsyncPolicy | undefined;
  /** Milliseconds between two fsyncs under `interval`, above 0. Default 1000. */
  readonly syncEveryMs?: number | undefined;
  /** The most files held open at once, at least 1. Default 256. */
  readonly maxOpenFiles?: number | undefined;
}

/** What a crash had left behind when the store was opened. */
export interface Recovered {
  /** Files whose half-written end was cut off. */
  readonly files: number;
  readonly bytes: number;
  /** Files left as they are, because their last line is whole but no event; using one fails with `store-corrupt`. */
  readonly corrupt: readonly string[];
}

export interface FileStore extends EventStore {
  readonly recovered: Recovered;
  /** Files open at this moment. */
  openFiles(): number;
}

const ENDING = ".jsonl";

/** A name without path separators, the same on file systems that ignore case; other ids go by their digest. */
export function fileNameOf(consultation: string): string {
  const plain = /^[a-z0-9][a-z0-9_-]{0,99}$/.test(consultation);
  return `${plain ? consultation : `~${sha256(consultation)}`}${ENDING}`;
}

/** The files of consultations in a directory. */
export async function transcriptNames(directory: string): Promise<string[]> {
  return inOrder((await readdir(directory)).filter((name) => name.endsWith(ENDING)));
}

async function consultationsIn(directory: string): Promise<string[]> {
  const ids: string[] = [];
  for (const name of await transcriptNames(directory)) {
    if (!name.startsWith("~")) ids.push(name.slice(0, -ENDING.length));
    else {
      const text = await readFile(join(directory, name), "utf8").catch(() => "");
      const end = text.indexOf("\n");
      if (end >= 0) ids.push(parseLine(text.slice(0, end), join(directory, name)).consultation);
    }
  }
  return inOrder(ids);
}

export async function openFileStore(directory: string, options: FileStoreOptions = {}): Promise<FileStore> {
  const { fsync = "always", syncEveryMs = 1000, maxOpenFiles = 256 } = options;
  const folder = resolve(directory);
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause) => {
    throw new StoreError("unknown-store", `cannot be used as a directory: ${String(cause)}`, {
      place: { file: folder },
    });
  });
  const unlock = await lockDirectory(folder);
  const files = new OpenFiles(maxOpenFiles);
  const recovered = await recover(folder, files).catch(async (error) => {
    await unlock();
    throw error;
  });
  const syncs = fsync === "interval" ? intervalSyncs(folder, syncEveryMs) : undefined;
  let closed: Promise<void> | undefined;

  const use = <Result>(id: string, work: (file: ConsultationFile) => Promise<Result>): Promise<Result> => {
    if (closed) throw closedError();
    checkConsultation(id);
    const path = join(folder, fileNameOf(id));
    return files.use(path, work).catch((cause) => {
      if (cause instanceof AnamnesisError) throw cause;
      const message = `could not be read or written: ${String(cause)}`;
      throw new StoreError("store-unavailable", message, { fault: "work", place: { file: path }, cause });
    });
  };

  return {
    recovered,
    openFiles: () => files.size,
    async append(consultation, events, expectedSeq) {
      if (closed) throw closedError();
      const admitted = admit(consultation, events, expectedSeq);
      return use(consultation, async (file) => {
        if (file.count !== expectedSeq)
          return repeatedOrConflict(consultation, admitted, expectedSeq, await file.entries());
        syncs?.check();
        await file.append(entriesAfter(file.head, admitted), fsync === "always");
        syncs?.add(file.path);
        return { count: file.count, head: file.head, repeated: false };
      });
    },
    async read(consultation, fromSeq = 0) {
      checkSeq("fromSeq", fromSeq);
      return use(consultation, async (file) => {
        const entries = await file.entries();
        return entries
          .slice(fromSeq)
          .map((entry, index) => storedEvent(entry, { file: file.path, line: fromSeq + index + 1 }));
      });
    },
    async list() {
      if (closed) throw closedError();
      return consultationsIn(folder);
    },
    async delete(consultation) {
      return use(consultation, (file) => file.remove());
    },
    close() {
      closed ??= (async () => {
        try {
          await files.close();
          await syncs?.end();
        } finally {
          await unlock();
        }
      })();
      return closed;
    },
  };
}

/** Looks at the end of every file once. */
async function recover(folder: string, files: OpenFiles): Promise<Recovered> {
  const corrupt: string[] = [];
  let cut = 0;
  let bytes = 0;
  for (const name of await transcriptNames(folder)) {
    try {
      const lost = await files.use(join(folder, name), async (file) => file.cut);
      bytes += lost;
      if (lost > 0) cut++;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      corrupt.push(name);
    }
  }
  return { files: cut, bytes, corrupt };
}

/** Brings files to the disk every so often. A failure is told to the next append, which then stores nothing. */
function intervalSyncs(folder: string, everyMs: number) {
  let waiting = new Set<string>();
  let failure: unknown;
  let running: Promise<void> | undefined;
  const flush = async (): Promise<void> => {
    const paths = waiting;
    waiting = new Set();
    try {
      for (const path of paths) await syncPath(path);
      if (paths.size > 0) await syncPath(folder);
    } catch (error) {
      failure = error;
    }
  };
  const timer = setInterval(() => {
    running ??= flush().finally(() => {
      running = undefined;
    });
  }, everyMs);
  timer.unref();
  const check = (): void => {
    if (failure === undefined) return;
    const message = `events could not be brought to the disk: ${String(failure)}; mend it, then open the store again`;
    throw new StoreError("store-write", message, { fault: "work", place: { file: folder }, cause: failure });
  };
  return {
    check,
    add: (path: string) => waiting.add(path),
    async end(): Promise<void> {
      clearInterval(timer);
      await running;
      await flush();
      check();
    },
  };
}
