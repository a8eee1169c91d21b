/** Lists of entries spread over several YAML files: parsed by one schema, each fault with its file, line and field. */
import type { z } from "zod";
import { CaseError } from "../errors.ts";
import { schemaFaults } from "../schema-faults.ts";
import { type FaultPath, fieldOf, type KnowledgeFault } from "./faults.ts";
import { readYaml, type YamlFile } from "./yaml-file.ts";

export interface Entries<T> {
  readonly entries: T[];
  /** Whether every entry of every file could be read. */
  readonly complete: boolean;
  /** Whether `id` is, or may be, among what could not be read: an entry of another form, a file with bad syntax. */
  mayHold(id: string): boolean;
  placeOf(index: number, path: FaultPath): KnowledgeFault["place"];
}

/** The entries of several files in one list; what does not fit the schema is a fault and left out. */
export async function readEntries<T>(
  files: readonly string[],
  schema: z.ZodType<T>,
  faults: KnowledgeFault[],
): Promise<Entries<T>> {
  const entries: T[] = [];
  const origins: { readonly yaml: YamlFile; readonly index: number }[] = [];
  const refused = new Set<string>();
  let unread = 0;
  for (const file of files) {
    const yaml = await attempt(() => readYaml(file), faults);
    faults.push(...(yaml?.faults ?? []));
    if (!yaml || yaml.value === undefined) {
      unread++;
      continue;
    }
    if (!Array.isArray(yaml.value)) {
      const message = yaml.value === null ? "is empty, expected a list" : "expected a list of entries (`- id: ...`)";
      faults.push({ severity: "error", code: "schema", path: [], message, place: { file, line: 1 } });
      continue;
    }
    yaml.value.forEach((value: unknown, index) => {
      const parsed = schema.safeParse(value);
      if (parsed.success) {
        entries.push(parsed.data);
        origins.push({ yaml, index });
        return;
      }
      refused.add(idOf(value) ?? "");
      for (const { path, message } of schemaFaults(parsed.error, value)) {
        const place = placeIn(yaml, index, path, idOf(value));
        faults.push({ severity: "error", code: "schema", path: [index, ...path], message, place });
      }
    });
  }
  const placeOf = (index: number, path: FaultPath): KnowledgeFault["place"] => {
    const { yaml, index: inFile } = origins[index]!;
    return placeIn(yaml, inFile, path, idOf(entries[index]));
  };
  return { entries, complete: unread + refused.size === 0, mayHold: (id) => unread > 0 || refused.has(id), placeOf };
}

function placeIn(yaml: YamlFile, index: number, path: FaultPath, id: string | undefined): KnowledgeFault["place"] {
  return { file: yaml.file, line: yaml.lineOf([index, ...path]), field: fieldOf([id ?? index, ...path]) };
}

function idOf(entry: unknown): string | undefined {
  const id = typeof entry === "object" && entry !== null && "id" in entry ? entry.id : undefined;
  return typeof id === "string" ? id : undefined;
}

/** Turns the refusal of one file into a fault, so that the others are still checked. */
export async function attempt<T>(read: () => Promise<T>, faults: KnowledgeFault[]): Promise<T | undefined> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof CaseError)) throw cause;
    const { code, message, place } = cause;
    const reason = place?.file && message.startsWith(place.file) ? message.slice(place.file.length + 2) : message;
    faults.push({ severity: "error", code, path: [], message: reason, ...(place && { place }) });
    return undefined;
  }
}
