/** Bad rows: an error by default, left out and counted under `skipBad`; never dropped silently. */
import { AnamnesisError } from "../../src/index.ts";
import type { SkippedRow, SourceOptions } from "../case.ts";
import { CaseError } from "../errors.ts";

/** How many skipped rows are kept with their reasons; the count goes on. */
const KEPT = 100;

export interface SkipLedger {
  readonly skipped: SkippedRow[];
  readonly count: number;
  reset(): void;
  /** Runs `read` for one row; gives undefined where the row is bad and bad rows are skipped. */
  attempt<T>(file: string, line: number, read: () => T): T | undefined;
}

export function skipLedger({ skipBad = false }: SourceOptions): SkipLedger {
  const skipped: SkippedRow[] = [];
  let count = 0;
  return {
    skipped,
    get count() {
      return count;
    },
    reset() {
      skipped.length = 0;
      count = 0;
    },
    attempt(file, line, read) {
      try {
        return read();
      } catch (cause) {
        if (!(cause instanceof AnamnesisError)) throw cause;
        if (!skipBad) {
          const advice = "mend the row, or leave bad rows out with --skip-bad";
          throw new CaseError(cause.code, `${cause.message} (${advice})`, { place: { file, line }, cause });
        }
        count++;
        if (skipped.length < KEPT) skipped.push({ file, line, reason: cause.message });
        return undefined;
      }
    },
  };
}
