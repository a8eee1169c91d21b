/**
 * The server's log: a line of JSON an occurrence. Its fields are fixed, and none can hold what a person said; what does
 * not look like its field is not written. Behind them pino, which blots out secrets by their names as well.
 */
import { type DestinationStream, type Logger, pino } from "pino";
import type { Clock } from "../../src/index.ts";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

export interface Occurrence {
  /** What happened, in words of the program's own: `turn-failed`. */
  readonly event: string;
  readonly consultation?: string | undefined;
  readonly code?: string | number | undefined;
  readonly count?: number | undefined;
  readonly ms?: number | undefined;
  /** A path as the table of routes has it, never as it was asked for. */
  readonly route?: string | undefined;
  readonly error?: ErrorTrace | undefined;
}

/** An error's class and where it was thrown, without its message, which may quote a person. Made by `traceOf` alone. */
export type ErrorTrace = string & { readonly madeBy: "traceOf" };

export type Log = (level: LogLevel, occurrence: Occurrence) => void;

export interface LogOptions {
  /** The least that is written. Default info. */
  readonly level?: LogLevel | "silent" | undefined;
  /** The trace that the occurrence belongs to. */
  readonly trace?: (() => string | undefined) | undefined;
}

const WORD = /^[\w.:-]{1,200}$/;
const isWord = (value: unknown): boolean => typeof value === "string" && WORD.test(value);
const isNumber = (value: unknown): boolean => typeof value === "number";

/** What each field may look like: no field takes spaces, but for the trace, whose form is its own. */
const FIELDS: Readonly<Record<keyof Occurrence, (value: unknown) => boolean>> = {
  event: isWord,
  consultation: isWord,
  code: (value) => isWord(value) || isNumber(value),
  count: isNumber,
  ms: isNumber,
  route: (value) => typeof value === "string" && /^[\w/{}.-]{1,200}$/.test(value),
  error: (value) => typeof value === "string" && value.length < 4_000,
};
const ALLOWED = Object.entries(FIELDS);

export function jsonLog(out: DestinationStream, clock: Clock, { level = "info", trace }: LogOptions = {}): Log {
  const logger = redactingLogger(out, clock, level);
  return (at, occurrence) => {
    if (!logger.isLevelEnabled(at)) return;
    const line: Record<string, unknown> = {};
    for (const [field, fits] of ALLOWED) {
      const value = occurrence[field as keyof Occurrence];
      if (value !== undefined) line[field] = fits(value) ? value : REDACTED;
    }
    const id = trace?.();
    if (id !== undefined) line.trace = id;
    logger[at](line);
  };
}

const REDACTED = "[redacted]";
const SECRET_NAMES = ["authorization", "cookie", "token", "secret", "password", "apiKey", "ticket"];
const SECRET_PATHS = SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** The pino under the log. It has no names of machine or process: whoever gathers lines knows whose they are. */
export function redactingLogger(out: DestinationStream, clock: Clock, level: LogLevel | "silent"): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${clock.now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_PATHS, censor: REDACTED },
    },
    out,
  );
}

/** The most frames of a stack that are written. */
const FRAMES = 6;
const FRAME = /^\s+at .*(?:file:|node:|[\\/]).*:\d+:\d+\)?$/;

/** What may be logged of something thrown. */
export function traceOf(thrown: unknown): ErrorTrace {
  if (!(thrown instanceof Error)) return typeof thrown as ErrorTrace;
  const { name, message, stack = "" } = thrown;
  // The message stands at the head of the stack, and its lines may look like frames.
  const from = message === "" ? 0 : stack.indexOf(message) + message.length;
  const frames = stack
    .slice(from)
    .split("\n")
    .filter((line) => FRAME.test(line));
  return [name, ...frames.slice(0, FRAMES).map((line) => line.trim())].join(" ") as ErrorTrace;
}
