/** Files that are on the disk when a call returns, and digests of what is in them. Each room's part words its own errors. */
import { hash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Opens a file (or a folder, with `r`), does the work, and brings it to the disk. */
export async function onDisk(path: string, flags: string, work?: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(path, flags);
  try {
    await work?.(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a text beside its place, under the name `part`, and then puts it there, by default in place of what there was:
 * readers find the old file or the new one, never a piece. The folder must exist.
 */
export async function placeWhole(
  file: string,
  text: string,
  part: string = `${file}.part`,
  place: (part: string, file: string) => Promise<void> = rename,
): Promise<void> {
  try {
    await onDisk(part, "w", (handle) => handle.writeFile(text));
    await place(part, file);
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw error;
  }
  await onDisk(dirname(file), "r");
}

/** Undefined where it is not JSON; no JSON text is undefined. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const sha256 = (text: string): string => hash("sha256", text, "hex");
