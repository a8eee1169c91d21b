/**
 * An export on disk: a folder with one file a kind, a record a line in the order of pseudonyms, and what is known of it as a
 * whole. A file is replaced as a whole, so that what is no longer exported is gone from it. One process writes.
 */
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { syncPath } from "../server/stores/consultation-file.ts";
import { lockDirectory } from "../server/stores/directory-lock.ts";
import { parsedJson } from "../server/stores/entry.ts";
import { RecordError } from "./errors.ts";
import { EXPORT_KINDS, type ExportKind, Pseudonym } from "./types.ts";

const ABOUT = "export.json";
const About = z.strictObject({
  about: z.string(),
  /** Of the key that its pseudonyms are made with. */
  key: z.string(),
});
const NOTICE =
  "Redacted consultations of people who agreed to training. Redaction is not anonymity: see docs/privacy.md. Not medical advice.";
const Line = z.object({ id: Pseudonym });

export const exportFile = (directory: string, kind: ExportKind): string => join(directory, `${kind}.jsonl`);

/** Holds the export while `work` runs; nobody else writes to it meanwhile. */
export async function holding<Result>(directory: string, work: () => Promise<Result>): Promise<Result> {
  const unlock = await lockDirectory(directory);
  try {
    for (const kind of EXPORT_KINDS) await rm(partOf(exportFile(directory, kind)), { force: true });
    return await work();
  } finally {
    await unlock();
  }
}

/** Makes the folder ready, and refuses one whose pseudonyms are of another key. */
export async function prepareExport(directory: string, mark: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if ((await markOf(directory)) === undefined) {
    const about = { about: NOTICE, key: mark };
    await place(join(directory, ABOUT), `${JSON.stringify(about, null, 2)}\n`);
  } else await requireSameKey(directory, mark);
}

/** Refuses a folder that is no export, or one of another key. */
export async function requireSameKey(directory: string, mark: string): Promise<void> {
  const found = await markOf(directory);
  const place = { file: directory };
  if (found === undefined) throw new RecordError("bad-export", "is no folder that `anamnesis export` wrote", { place });
  if (found === mark) return;
  throw new RecordError("other-key", "its pseudonyms were made with another key; name that one, or another folder", {
    place,
  });
}

async function markOf(directory: string): Promise<string | undefined> {
  const text = await readFile(join(directory, ABOUT), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const about = About.safeParse(parsedJson(text));
  if (about.success) return about.data.key;
  throw new RecordError("bad-export", "is not as `anamnesis export` wrote it; delete the export and write it anew", {
    place: { file: join(directory, ABOUT) },
  });
}

/** Replaces a kind's file; where there are no records there is no file. Gives how many records of before are gone. */
export async function replaceRecords(
  directory: string,
  kind: ExportKind,
  records: readonly { readonly id: string }[],
): Promise<number> {
  const file = exportFile(directory, kind);
  const before = (await linesOf(file)).map(idOf);
  const sorted = [...records].sort((a, b) => (a.id < b.id ? -1 : 1));
  await write(
    file,
    sorted.map((record) => JSON.stringify(record)),
  );
  const now = new Set(records.map(({ id }) => id));
  return before.filter((id) => id !== undefined && !now.has(id)).length;
}

/** Takes a pseudonym out of every file; gives the kinds it was in. */
export async function removeRecord(directory: string, pseudonym: string): Promise<ExportKind[]> {
  const held: ExportKind[] = [];
  for (const kind of EXPORT_KINDS) {
    const file = exportFile(directory, kind);
    const lines = await linesOf(file);
    const left = lines.filter((line) => idOf(line) !== pseudonym);
    if (left.length === lines.length) continue;
    await write(file, left);
    held.push(kind);
  }
  return held;
}

async function write(file: string, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) return place(file, `${lines.join("\n")}\n`);
  await rm(file, { force: true });
  await syncPath(dirname(file));
}

/** What a killed process leaves of it goes with the next that holds the export. */
const partOf = (file: string): string => `${file}.part`;

/** Readers see the old file or the new one, and nobody but the owner is a reader. */
async function place(file: string, text: string): Promise<void> {
  const part = partOf(file);
  await rm(part, { force: true });
  const handle = await open(part, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, file);
  await syncPath(dirname(file));
}

async function linesOf(file: string): Promise<string[]> {
  if (!(await stat(file).catch(() => undefined))) return [];
  return (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
}

const idOf = (line: string): string | undefined => Line.safeParse(parsedJson(line)).data?.id;
