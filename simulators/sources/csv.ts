/** Streams the rows of a CSV file with named columns, in constant memory, each with its line number. */
import { createReadStream } from "node:fs";
import { type CsvError, parse } from "csv-parse";
import { CaseError } from "../errors.ts";
import { decoded } from "./decoding.ts";

/** No row of a case file is longer, in characters. */
const LONGEST_ROW = 1_000_000;

export interface CsvRow {
  readonly record: Record<string, string>;
  /** The line that the row ends on. */
  readonly line: number;
  /** Where the row has another number of cells than the header. */
  readonly fault?: string;
}

/** Throws `CaseError` where a column is missing or the file is not UTF-8 CSV. BOM and CRLF are accepted. */
export async function* readCsv(file: string, columns: readonly string[]): AsyncGenerator<CsvRow> {
  const parser = parse({
    bom: true,
    columns: (header: string[]) => {
      const missing = columns.filter((column) => !header.includes(column));
      if (missing.length > 0) {
        throw new CaseError("missing-column", `column ${missing.join(", ")} is missing`, { place: { file, line: 1 } });
      }
      return header;
    },
    info: true,
    max_record_size: LONGEST_ROW,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  const stream = createReadStream(file);
  const pump = (async () => {
    for await (const text of decoded(file, stream)) {
      if (!parser.write(text)) await new Promise((resolve) => parser.once("drain", resolve));
    }
    parser.end();
  })().catch((error: Error) => parser.destroy(error));
  try {
    for await (const { record, info } of parser) {
      yield { record, line: info.lines, ...(info.error && { fault: info.error.message }) };
    }
    await pump;
  } catch (cause) {
    if (cause instanceof CaseError) throw cause;
    const { code, message, lines } = cause as CsvError & { lines?: number };
    throw new CaseError("bad-csv", `${message} (${code})`, { place: { file, line: lines }, cause });
  } finally {
    stream.destroy();
  }
}
