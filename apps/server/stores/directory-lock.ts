/**
 * One writer for a directory. Each candidate first puts down a lock file of its own name, then looks at the others: of two
 * that come at once at least one sees the other and gives way. Lock files of dead processes are removed.
 */
import { randomUUID } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { StoreError } from "../../../src/index.ts";
import { parsedJson } from "./entry.ts";

const PREFIX = ".lock-";

const Holder = z.object({
  pid: z.int().min(1),
  /** When the process began, in the kernel's own count: tells a process from a later one with the same number. */
  born: z.string(),
  host: z.string(),
});
type Holder = z.infer<typeof Holder>;

/** Locks `directory`; gives the function that unlocks it. Fails with `store-locked` where a living process holds it. */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const mine = `${PREFIX}${process.pid}-${randomUUID()}`;
  const unlock = () => rm(join(directory, mine), { force: true });
  const me: Holder = { pid: process.pid, born: await bornAt(process.pid), host: hostname() };
  await writeFile(join(directory, mine), JSON.stringify(me), { flag: "wx", mode: 0o600 });
  try {
    const names = await readdir(directory);
    for (const name of names.filter((each) => each.startsWith(PREFIX) && each !== mine)) {
      const file = join(directory, name);
      const holder = Holder.safeParse(parsedJson(await readFile(file, "utf8").catch(() => "")));
      if (await isHeld(name, holder.data)) throw lockedError(file, holder.data);
      await rm(file, { force: true });
    }
  } catch (error) {
    await unlock();
    throw error;
  }
  return unlock;
}

/** A lock file whose content a crash swallowed is judged by the process number in its name. */
async function isHeld(name: string, holder: Holder | undefined): Promise<boolean> {
  // Of another machine's processes nothing is known here.
  if (holder && holder.host !== hostname()) return true;
  const pid = holder?.pid ?? Number(name.slice(PREFIX.length).split("-")[0]);
  if (!isRunning(pid)) return false;
  return holder === undefined || holder.born === (await bornAt(pid));
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Field 22 of Linux's `/proc/PID/stat`; empty elsewhere, where the process number alone must do. */
async function bornAt(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

function lockedError(file: string, holder: Holder | undefined): StoreError {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : "another process";
  const message = `${who} writes here; stop it first, or delete this file if you are sure that it no longer runs`;
  return new StoreError("store-locked", message, { fault: "work", place: { file } });
}
