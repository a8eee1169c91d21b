/** What can go wrong with the files of a training run, each under a stable code. */
import { AnamnesisError } from "../../src/index.ts";

/**
 * - `bad-metrics`: a row, a step, or a line of a file that is not of the metrics' format
 * - `unreadable`: a file that is missing or may not be read
 * - `not-written`: a file that could not be written; what was in it before stands
 * - `closed`: a writer that was closed was asked to write
 * - `bad-config`: a configuration that does not fit its schema, or names what does not exist
 * - `run-exists`, `no-run`: a directory that holds a run already, or none to resume
 * - `bad-checkpoint`: none of the run's checkpoints can be read
 * - `in-use`: another process trains in this directory
 */
export type RunErrorCode =
  | "bad-metrics"
  | "unreadable"
  | "not-written"
  | "closed"
  | "bad-config"
  | "run-exists"
  | "no-run"
  | "bad-checkpoint"
  | "in-use";

export class RunError extends AnamnesisError {
  declare readonly code: RunErrorCode;
}
