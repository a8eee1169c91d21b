/**
 * One consultation's file: a line of JSON an event, appended to, never rewritten. What a crash left half-written at its
 * end is cut off when it is opened. Knows no other file; whoever holds one lets one piece of work run at a time.
 */
import { type FileHandle, open, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { GENESIS_HASH, StoreError } from "../../../src/index.ts";
import type { Entry } from "./entry.ts";
import { appendLines, parseLine } from "./line.ts";

const NEWLINE = 0x0a;
/** Bytes read from a file's end at first, to find its last event; more where that event is longer. */
const TAIL = 8192;

interface Tail {
  /** Where the last whole append ends, in bytes. */
  readonly end: number;
  readonly count: number;
  readonly head: string;
}

const EMPTY: Tail = { end: 0, count: 0, head: GENESIS_HASH };

export class ConsultationFile {
  readonly path: string;
  /** Bytes that were cut off when it was opened. */
  readonly cut: number;
  /** Set when a write failed: the file must be opened anew, so that what is in it is looked at again. */
  broken = false;
  #handle: FileHandle | undefined;
  #tail: Tail;

  private constructor(path: string, handle: FileHandle | undefined, tail: Tail, cut: number) {
    this.path = path;
    this.cut = cut;
    this.#handle = handle;
    this.#tail = tail;
  }

  /** Opens the file, which need not exist yet: the first append creates it. */
  static async open(path: string): Promise<ConsultationFile> {
    const handle = await open(path, "r+").catch(unlessAbsent);
    if (!handle) return new ConsultationFile(path, undefined, EMPTY, 0);
    try {
      const { size } = await handle.stat();
      const tail = await readTail(handle, size, path);
      if (tail.end > 0) {
        if (tail.end < size) {
          await handle.truncate(tail.end);
          await handle.datasync();
        }
        return new ConsultationFile(path, handle, tail, size - tail.end);
      }
      await handle.close();
      await unlink(path);
      return new ConsultationFile(path, undefined, EMPTY, size);
    } catch (error) {
      await handle.close().catch(() => {});
      throw error;
    }
  }

  get count(): number {
    return this.#tail.count;
  }

  get head(): string {
    return this.#tail.head;
  }

  /** Writes the entries, which must follow `head`; with `durable`, they are on the disk when it returns. */
  async append(entries: readonly Entry[], durable: boolean): Promise<void> {
    const bytes = Buffer.from(appendLines(entries));
    const { end, count } = this.#tail;
    try {
      const created = this.#handle === undefined;
      this.#handle ??= await open(this.path, "wx+", 0o600);
      await writeAll(this.#handle, bytes, end);
      if (durable) await this.#handle.datasync();
      if (durable && created) await syncPath(dirname(this.path));
    } catch (cause) {
      this.broken = true;
      // Take back what was written; where even that fails, opening the file anew cuts off what is not whole.
      await (end > 0 ? this.#handle?.truncate(end) : unlink(this.path))?.catch(() => {});
      const message = `the events could not be written: ${String(cause)}; make room or mend the disk, then try again`;
      throw new StoreError("store-write", message, { fault: "work", place: { file: this.path }, cause });
    }
    this.#tail = { end: end + bytes.length, count: count + entries.length, head: entries.at(-1)!.hash };
  }

  async entries(): Promise<Entry[]> {
    if (!this.#handle) return [];
    const bytes = await readAt(this.#handle, 0, this.#tail.end);
    const lines = bytes.toString().split("\n").slice(0, -1);
    return lines.map((line) => parseLine(line, this.path).entry);
  }

  /** Deletes the file; tells whether there was one. */
  async remove(): Promise<boolean> {
    if (!this.#handle) return false;
    await unlink(this.path).catch(unlessAbsent);
    await this.close();
    await syncPath(dirname(this.path));
    return true;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    this.#tail = EMPTY;
    await handle?.close();
  }
}

/** Brings a file or folder to the disk; one that is gone needs nothing. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r").catch(unlessAbsent);
  if (!handle) return;
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unlessAbsent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
}

async function readTail(handle: FileHandle, size: number, path: string): Promise<Tail> {
  for (let window = TAIL; ; window *= 8) {
    const from = Math.max(0, size - window);
    const found = lastWhole(await readAt(handle, from, size), from, path);
    if (found) return found;
  }
}

/** The end of the last whole append in `bytes`, which begin at `from`; undefined where that lies before them. */
function lastWhole(bytes: Buffer, from: number, path: string): Tail | undefined {
  let end = bytes.lastIndexOf(NEWLINE) + 1;
  while (end > 0) {
    const start = bytes.subarray(0, end - 1).lastIndexOf(NEWLINE) + 1;
    if (start === 0 && from > 0) return undefined;
    const { entry, seq, rest } = parseLine(bytes.toString("utf8", start, end - 1), path);
    if (rest === 0) return { end: from + end, count: seq + 1, head: entry.hash };
    end = start;
  }
  return from > 0 ? undefined : EMPTY;
}

async function readAt(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(to - from);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}
