/** A case source over a file with one JSON object a line: what every such format shares. The formats know their rows. */
import type { z } from "zod";
import type { KnowledgeBase } from "../../src/index.ts";
import { Case, type CaseSource, type SourceOptions } from "../case.ts";
import { CaseError } from "../errors.ts";
import { fieldOf } from "../knowledge/faults.ts";
import { firstSchemaFault } from "../schema-faults.ts";
import { readLines, requireFile } from "./lines.ts";
import { seenKeys } from "./seen-keys.ts";
import { skipLedger } from "./skipping.ts";

export interface JsonLinesFormat<Row> {
  /** As the user wrote it, for example `mediq:FILE`. */
  readonly name: string;
  readonly file: string;
  readonly row: z.ZodType<Row>;
  /** What the cases are coded in, if anything. */
  readonly base?: KnowledgeBase | undefined;
  /** The case of a row; undefined where the row is none by the format's own rule, which `repairs` then tells. */
  toCase(row: Row): Case | undefined;
  /** What was mended or left out by rule so far, one line each. */
  readonly repairs: () => readonly string[];
  /** Called before each reading. */
  readonly reset?: () => void;
}

/** Opens `file`. Throws `CaseError` where it is not a readable file with content. */
export async function openJsonLines<Row>(
  format: JsonLinesFormat<Row>,
  options: SourceOptions = {},
): Promise<CaseSource> {
  const { name, file, base } = format;
  await requireFile(file);
  const ledger = skipLedger(options);
  return {
    name,
    ...(base && { base }),
    get repairs() {
      return format.repairs();
    },
    skipped: ledger.skipped,
    get skippedCount() {
      return ledger.count;
    },
    async *cases() {
      ledger.reset();
      format.reset?.();
      const ids = seenKeys();
      for await (const line of readLines(file)) {
        const found = ledger.attempt(file, line.number, () => {
          const read = format.toCase(checked(format.row, parseJson(line.text)));
          if (!read) return undefined;
          const made = checked(Case, read);
          const earlier = ids.add(made.id, line.number);
          if (earlier === undefined) return made;
          const place = { field: "id" };
          throw new CaseError("duplicate-id", `the id ${made.id} is used twice, first on line ${earlier}`, { place });
        });
        if (found) yield found;
      }
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CaseError("bad-json", `not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** `input` as the schema reads it. Throws `CaseError` with the first field at fault. */
function checked<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { path, message } = firstSchemaFault(parsed.error, input);
  throw new CaseError("bad-value", message, path.length > 0 ? { place: { field: fieldOf(path) } } : {});
}
