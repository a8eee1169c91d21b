/** What commands write: files that are whole or not there, progress on standard error, and Ctrl-C. */
import { rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { CommandError } from "../errors.ts";

/** Refuses, before any work is done, a file that could not be written at the end. */
export async function requireWritable(file: string | undefined): Promise<void> {
  if (file === undefined) return;
  const place = { file };
  const directory = await stat(dirname(file)).catch(() => undefined);
  if (!directory?.isDirectory())
    throw new CommandError("no-directory", "its folder does not exist; create it first", { place });
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) throw new CommandError("not-a-file", "is a directory, expected a file to write", { place });
}

/** Writes a file at once: a reader sees the old one or the new one, never a part. */
export async function writeWhole(file: string, content: string): Promise<void> {
  const part = `${file}.part-${process.pid}`;
  try {
    await writeFile(part, content);
    await rename(part, file);
  } catch (cause) {
    await rm(part, { force: true });
    throw new CommandError("not-written", `could not be written: ${String(cause)}`, {
      fault: "work",
      place: { file },
      cause,
    });
  }
}

export function writeJson(file: string, value: unknown): Promise<void> {
  return writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** Progress with rate and, where the total is known, the time left: one line rewritten on a terminal, a line now and then elsewhere. */
export function progressMeter(noun: string, total?: number): { tick(done: number): void; end(): void } {
  const { stderr } = process;
  const every = stderr.isTTY ? 100 : 10_000;
  const started = performance.now();
  let shown = started;
  let wrote = false;
  return {
    tick(done) {
      if (done % 16 !== 0) return;
      const now = performance.now();
      if (now - shown < every) return;
      shown = now;
      wrote = true;
      const rate = done / ((now - started) / 1000);
      const left = total === undefined ? "" : `, ${Math.ceil((total - done) / rate)} s left`;
      const line = `${done}${total === undefined ? "" : ` of ${total}`} ${noun}, ${rate.toFixed(0)} a second${left}`;
      stderr.write(stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
    },
    end() {
      if (wrote && stderr.isTTY) stderr.write("\r\u001b[K");
    },
  };
}

/** A signal that Ctrl-C (or SIGTERM) sets once; the second Ctrl-C ends the process as usual. */
export function interruption(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
    release();
  };
  const release = (): void => {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return { signal: controller.signal, release };
}
