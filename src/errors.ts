/** What every error of the project carries: a stable code, whose fault it is, and the place of the offending input. */

/** `input`: the caller's arguments or data are wrong (exit code 2). `work`: the work itself failed (exit code 1). */
export type Fault = "input" | "work";

/** Where an offending input stands. `line` counts from 1; `field` is a path such as `findings.fever`. */
export interface Place {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly field?: string | undefined;
}

export interface ErrorOptions {
  readonly fault?: Fault | undefined;
  readonly place?: Place | undefined;
  readonly cause?: unknown;
}

/** Base of each room's error class. `message` says what happened and what to do, and begins with the place. */
export class AnamnesisError extends Error {
  readonly code: string;
  readonly fault: Fault;
  readonly place: Place | undefined;

  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(options.place ? `${formatPlace(options.place)}: ${message}` : message, { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.fault = options.fault ?? "input";
    this.place = options.place;
  }
}

/** Raised by the clinical floor: an unknown finding, a probability out of range, an event out of order. */
export class ClinicalError extends AnamnesisError {}

/** `file:line: field`, leaving out what is not known. */
export function formatPlace({ file, line, field }: Place): string {
  const where = file && line ? `${file}:${line}` : (file ?? (line ? `line ${line}` : ""));
  return [where, field].filter(Boolean).join(": ");
}
