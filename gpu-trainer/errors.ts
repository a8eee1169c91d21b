/** What can go wrong between a trainer and its worker, each under a stable code. */
import { AnamnesisError, type ErrorOptions } from "../src/index.ts";

/**
 * - `bad-input`: a number that is not finite, a list of the wrong length; found before anything was sent
 * - `worker-refused`: the worker did not accept a request (4xx); nothing of it took effect
 * - `worker-failed`: an accepted operation failed on the worker
 * - `worker-unreachable`: no answer, or none but 5xx, for as long as retries last
 * - `worker-answer`: an answer that is not of the wire, a value that is not finite among them
 * - `worker-timeout`: no result within the time that was allowed
 * - `worker-died`: the process that this program started has ended; the next call starts it again
 * - `worker-closed`: the worker was closed by this program
 * - `session-lost`: the worker has forgotten the session, and its models with it
 * - `model-lost`: the state of a model is unknown; make it again from the last saved state
 * - `gradient-incomplete`: a step was refused, for a `forwardBackward` before it did not arrive
 * - `unconfirmed-sync`: the worker samples with other weights than those it was told to
 * - `not-offered`: the worker does not offer what was asked for
 * - `no-environment`, `worker-start`, `setup-failed`: the Python side is missing, did not start, could not be installed
 * - `bad-tokenizer`: a model's directory whose tokenizer or chat template cannot be read
 */
export type WorkerErrorCode =
  | "bad-input"
  | "worker-refused"
  | "worker-failed"
  | "worker-unreachable"
  | "worker-answer"
  | "worker-timeout"
  | "worker-died"
  | "worker-closed"
  | "session-lost"
  | "model-lost"
  | "gradient-incomplete"
  | "unconfirmed-sync"
  | "not-offered"
  | "no-environment"
  | "worker-start"
  | "setup-failed"
  | "bad-tokenizer";

export interface WorkerErrorOptions extends ErrorOptions {
  /** Of the answer, where the worker answered. */
  readonly status?: number | undefined;
}

/** Raised by the room: workers, their processes, tokenizers. */
export class WorkerError extends AnamnesisError {
  declare readonly code: WorkerErrorCode;
  readonly status: number | undefined;

  constructor(code: WorkerErrorCode, message: string, options: WorkerErrorOptions = {}) {
    super(code, message, { fault: code === "bad-input" ? "input" : "work", ...options });
    this.status = options.status;
  }
}

/** The error as it is where it is one of the room, else wrapped. */
export function workerError(error: unknown, code: WorkerErrorCode, message: string): WorkerError {
  if (error instanceof WorkerError) return error;
  return new WorkerError(code, `${message}: ${reasonOf(error)}`, { cause: error });
}

/** The innermost message: `fetch failed` alone helps nobody. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  return cause instanceof Error && !(error instanceof AnamnesisError) ? reasonOf(cause) : error.message;
}
