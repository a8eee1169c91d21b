/**
 * A knowledge base as people write it: a directory with `knowledge-base.yaml` (id, version, notice), lists of findings
 * in `findings/*.yaml`, of conditions in `conditions/*.yaml`, and `red-flags.yaml`. Every fault is named with its file,
 * line and field.
 */
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { Condition, Finding, KnowledgeBase, RedFlagRule } from "../../src/index.ts";
import { CaseError } from "../errors.ts";
import { schemaFaults } from "../schema-faults.ts";
import { unreadableReason } from "../sources/decoding.ts";
import { authoringFaults } from "./authoring.ts";
import { fieldOf, formatFault, type KnowledgeFault } from "./faults.ts";
import { integrityFaults } from "./integrity.ts";
import { type KnowledgeSummary, summarise } from "./summary.ts";
import { attempt, type Entries, readEntries } from "./yaml-entries.ts";
import { readYaml } from "./yaml-file.ts";

const HEAD_FILE = "knowledge-base.yaml";

/** How many faults an error message lists. */
const LISTED = 10;

export interface KnowledgeCheck {
  /** Present where there is no error; warnings do not matter. */
  readonly base?: KnowledgeBase;
  readonly faults: readonly KnowledgeFault[];
  readonly summary: KnowledgeSummary;
}

/** The embedded knowledge base, found from the sources and from the built package alike. */
export const STARTER_DIRECTORY = starterDirectory();

/** Reads and checks a knowledge base. Throws one `CaseError` that lists the first faults and counts all. */
export async function loadKnowledgeBase(directory: string): Promise<KnowledgeBase> {
  const { base, faults } = await checkKnowledgeBase(directory);
  if (base) return base;
  const errors = faults.filter(({ severity }) => severity === "error");
  const listed = errors.slice(0, LISTED).map((fault) => `\n  ${formatFault(fault)}`);
  const more = errors.length > LISTED ? `\n  and ${errors.length - LISTED} more` : "";
  const count = errors.length === 1 ? "one fault" : `${errors.length} faults`;
  throw new CaseError("bad-knowledge-base", `the knowledge base ${directory} has ${count}:${listed.join("")}${more}`);
}

/** Reads a knowledge base and names every fault. Throws `CaseError` only where `directory` cannot be read. */
export async function checkKnowledgeBase(directory: string): Promise<KnowledgeCheck> {
  await requireDirectory(directory);
  const faults: KnowledgeFault[] = [];
  const [findingFiles, conditionFiles] = await Promise.all([
    listYaml(directory, "findings", faults),
    listYaml(directory, "conditions", faults),
  ]);
  const flagFile = join(directory, "red-flags.yaml");
  const head = await readHead(join(directory, HEAD_FILE), faults);
  const findings = await readEntries(findingFiles, Finding, faults);
  const conditions = await readEntries(conditionFiles, Condition, faults);
  const redFlags = await readEntries(existsSync(flagFile) ? [flagFile] : [], RedFlagRule, faults);

  const base: KnowledgeBase = {
    ...head,
    findings: findings.entries,
    conditions: conditions.entries,
    redFlags: redFlags.entries,
  };
  const lists: Record<string, Entries<unknown>> = { findings, conditions, redFlags };
  for (const fault of [...integrityFaults(base), ...authoringFaults(base)]) {
    // What was refused for its form is missing here, but not from the files.
    if (fault.refersTo !== undefined && findings.mayHold(fault.refersTo)) continue;
    if (fault.code === "unused-finding" && !(conditions.complete && redFlags.complete)) continue;
    const [list, index, ...rest] = fault.path;
    faults.push({ ...fault, place: lists[list as string]!.placeOf(index as number, rest) });
  }
  const summary = summarise(base, faults);
  return { faults, summary, ...(summary.errors === 0 && { base }) };
}

const Head = z.strictObject({
  id: KnowledgeBase.shape.id,
  version: KnowledgeBase.shape.version,
  notice: KnowledgeBase.shape.notice,
});

async function readHead(file: string, faults: KnowledgeFault[]): Promise<z.infer<typeof Head>> {
  const yaml = await attempt(() => readYaml(file), faults);
  faults.push(...(yaml?.faults ?? []));
  const parsed = Head.safeParse(yaml?.value);
  if (parsed.success) return parsed.data;
  if (yaml && yaml.value !== undefined) {
    for (const { path, message } of schemaFaults(parsed.error, yaml.value)) {
      const place = { file, line: yaml.lineOf(path), field: fieldOf(path) };
      faults.push({ severity: "error", code: "schema", path, message, place });
    }
  }
  return { id: "unnamed", version: "0", notice: "unnamed" };
}

async function requireDirectory(directory: string): Promise<void> {
  const place = { file: directory };
  const found = await stat(directory).catch((cause: unknown) => {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new CaseError("unreadable", missing ? "no such directory" : unreadableReason(cause), { place, cause });
  });
  if (!found.isDirectory()) {
    throw new CaseError("not-a-directory", "is a file, expected the directory of a knowledge base", { place });
  }
}

/** The YAML files of a folder by name. A folder without any is a fault, a file of another kind a warning. */
async function listYaml(directory: string, folder: string, faults: KnowledgeFault[]): Promise<string[]> {
  const path = join(directory, folder);
  const names = await readdir(path).catch(() => []);
  const yaml = names.filter((name) => extname(name) === ".yaml").sort();
  for (const name of names.filter((other) => ![".yaml", ".md"].includes(extname(other)))) {
    const place = { file: join(path, name) };
    faults.push({ severity: "warning", code: "not-read", path: [], message: "is not read: not a .yaml file", place });
  }
  if (yaml.length === 0) {
    const message = "expected a folder with .yaml files";
    faults.push({ severity: "error", code: "empty", path: [], message, place: { file: path } });
  }
  return yaml.map((name) => join(path, name));
}

function starterDirectory(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "data", "starter", HEAD_FILE)) && dirname(folder) !== folder)
    folder = dirname(folder);
  return join(folder, "data", "starter");
}
