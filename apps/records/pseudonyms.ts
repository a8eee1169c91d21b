/**
 * Pseudonyms: HMAC-SHA-256 of a consultation's id under a key of the operator's. Who has an export without the key cannot
 * tell whose a record is, even with the ids at hand; who has both can, so the key must not lie with the export.
 */
import { createHmac, randomBytes } from "node:crypto";
import { link, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { RecordError } from "./errors.ts";

export interface Pseudonyms {
  of(consultation: string): string;
  /** Tells one key from another, and nothing of it. */
  readonly mark: string;
}

const KEY = /^[0-9a-f]{64}$/;

/** The key in `file`; with `make`, a new one where there is none. Nobody but the owner may read it. */
export async function openPseudonyms(file: string, { make }: { readonly make: boolean }): Promise<Pseudonyms> {
  const place = { file };
  const key = (await readKey(file)) ?? (make ? await makeKey(file) : undefined);
  if (key === undefined)
    throw new RecordError("bad-key", "there is no such key; name the file that `anamnesis export` was given", {
      place,
    });
  if (!KEY.test(key))
    throw new RecordError("bad-key", "holds no key of `anamnesis export`; name another file", { place });
  const mac = (text: string): string =>
    createHmac("sha256", Buffer.from(key, "hex")).update(text).digest("hex").slice(0, 32);
  return { of: (consultation) => `p-${mac(`consultation ${consultation}`)}`, mark: mac("export") };
}

/** Refuses a key that would be handed on with the export. */
export async function requireApart(keyFile: string, directory: string): Promise<void> {
  const folder = await realpath(directory).catch(() => directory);
  const key = join(await realpath(dirname(keyFile)).catch(() => dirname(keyFile)), basename(keyFile));
  const way = relative(folder, key);
  if (way === ".." || way.startsWith(`..${sep}`)) return;
  const message = "lies in the export, where whoever gets the records gets the key; put it elsewhere";
  throw new RecordError("key-inside", message, { place: { file: keyFile } });
}

async function readKey(file: string): Promise<string | undefined> {
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw new RecordError("bad-key", `could not be read: ${cause.code}`, { place: { file }, cause });
  });
  return text?.trim();
}

/** Of two who make it at once, both use the same: whole files are linked into place, and the first stands. */
async function makeKey(file: string): Promise<string | undefined> {
  const part = `${file}.part-${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    await writeFile(part, `${randomBytes(32).toString("hex")}\n`, { flag: "wx", mode: 0o600, flush: true });
    await link(part, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } catch (cause) {
    const message = `could not be made: ${(cause as NodeJS.ErrnoException).code}; name a file in a folder that exists`;
    throw new RecordError("bad-key", message, { place: { file }, cause });
  } finally {
    await rm(part, { force: true });
  }
  return readKey(file);
}
