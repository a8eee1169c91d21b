/** What commands write: files that are whole or not there, progress on standard error, and Ctrl-C. */
import { constants, rmSync } from "node:fs";
import { access, open, realpath, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { CommandError } from "../errors.ts";

/** Refuses, before any work is done, files that could not be written at the end, or that would overwrite each other. */
export async function requireWritable(...files: (string | undefined)[]): Promise<void> {
  const given = files.filter((file) => file !== undefined);
  const twice = given.find((file, index) => given.indexOf(file) < index);
  if (twice) throw new CommandError("same-file", "is given for two outputs", { place: { file: twice } });
  for (const file of given) {
    const place = { file };
    if (file === "") throw new CommandError("no-file", "an output needs a file name");
    const found = await stat(file).catch(() => undefined);
    if (found?.isDirectory())
      throw new CommandError("not-a-file", "is a directory, expected a file to write", { place });
    const folder = dirname(file);
    const isFolder = await stat(folder).then(
      (at) => at.isDirectory(),
      () => false,
    );
    if (!isFolder) throw new CommandError("no-directory", "its folder does not exist; create it first", { place });
    await access(folder, constants.W_OK).catch((cause) => {
      throw new CommandError("no-permission", "its folder may not be written to", { place, cause });
    });
  }
}

/** A file in the making: readers see the old one or the new one, never a part. */
export interface WholeFile {
  write(text: string): Promise<void>;
  /** Puts it in place. */
  keep(): Promise<void>;
  /** Removes what was written, unless it was kept. */
  discard(): Promise<void>;
}

/** What is not a regular file (a pipe, a device) is written to as it is. Throws `not-written`. */
export async function openWhole(file: string): Promise<WholeFile> {
  const place = { file };
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw new CommandError("not-written", `could not be written: ${String(cause)}`, { fault: "work", place, cause });
    }
  };
  const target = await realpath(file).catch(() => file);
  const found = await stat(target).catch(() => undefined);
  const isSpecial = found !== undefined && !found.isFile();
  const part = isSpecial ? target : `${target}.part-${process.pid}`;
  const handle = await attempt(() => open(part, isSpecial ? "a" : "w"));
  const sweep = (): void => rmSync(part, { force: true });
  if (!isSpecial) process.once("exit", sweep);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  return {
    write: (text) => attempt(async () => void (await handle.write(text))),
    keep: () =>
      attempt(async () => {
        await close();
        if (!isSpecial) await rename(part, target);
        process.off("exit", sweep);
      }),
    discard: async () => {
      if (!isOpen) return;
      await close();
      if (!isSpecial) sweep();
      process.off("exit", sweep);
    },
  };
}

/** Writes a file at once. */
export async function writeWhole(file: string, content: string): Promise<void> {
  const whole = await openWhole(file);
  try {
    await whole.write(content);
    await whole.keep();
  } finally {
    await whole.discard();
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
