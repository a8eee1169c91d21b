/** The server's log: a line of JSON an occurrence. Its fields are fixed, and none can hold what a person said. */
import type { Clock } from "../../src/index.ts";

export interface Occurrence {
  readonly event: string;
  readonly consultation?: string | undefined;
  readonly code?: string | number | undefined;
  readonly count?: number | undefined;
  readonly ms?: number | undefined;
  readonly address?: string | undefined;
  /** An error's class and where it was thrown, without its message, which may quote a person. */
  readonly error?: string | undefined;
}

export type Log = (level: "info" | "warn" | "error", occurrence: Occurrence) => void;

export function jsonLog(out: { write(line: string): unknown }, clock: Clock): Log {
  return (level, occurrence) => {
    out.write(`${JSON.stringify({ time: clock.now().toISOString(), level, ...occurrence })}\n`);
  };
}

/** What may be logged of something thrown. */
export function traceOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  const frames = (thrown.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return [thrown.name, ...frames.slice(0, 6).map((line) => line.trim())].join(" ");
}
