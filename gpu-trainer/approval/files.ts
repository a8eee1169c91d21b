/** Files of the review folder: whole or not there, on the disk when a call returns. Knows nothing of what they hold. */
import { link, mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { z } from "zod";
import { parsedJson, placeWhole } from "../durable.ts";
import { ApprovalError } from "./errors.ts";

/** Replaces what was there. */
export function writeWhole(file: string, value: unknown): Promise<void> {
  return throughPart(file, value, rename);
}

/** Throws `already-decided` where the file is there. */
export function writeFirst(file: string, value: unknown): Promise<void> {
  return throughPart(file, value, async (part) => {
    try {
      await link(part, file);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      throw new ApprovalError("already-decided", "somebody else has decided on this batch: look at what is held now");
    } finally {
      await rm(part, { force: true });
    }
  });
}

let parts = 0;

async function throughPart(
  file: string,
  value: unknown,
  place: (part: string, file: string) => Promise<void>,
): Promise<void> {
  await writing(file, async () => {
    await mkdir(dirname(file), { recursive: true });
    await placeWhole(file, `${JSON.stringify(value)}\n`, `${file}.part-${process.pid}-${parts++}`, place);
  });
}

export async function writing(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (cause instanceof ApprovalError) throw cause;
    const message = `could not be written: ${(cause as Error).message}; make room or mend the disk, then resume the run`;
    throw new ApprovalError("not-written", message, { place: { file }, cause });
  }
}

/** Undefined where there is none. Throws `bad-mailbox`. */
export async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    throw new ApprovalError("bad-mailbox", `could not be read: ${(cause as Error).message}`, {
      place: { file },
      cause,
    });
  }
}

/** What the file holds; undefined where there is none. Throws `bad-mailbox`. */
export async function readWhole<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(parsedJson(text));
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const advice = "it is not as it was written: remove it, then decide again, or resume the run";
  const place = { file, field: path.map(String).join(".") || undefined };
  throw new ApprovalError("bad-mailbox", `${message}; ${advice}`, { place });
}

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
