/** What can go wrong with an objective, each under a stable code. */
import { AnamnesisError, type ErrorOptions } from "../../src/index.ts";

/**
 * - `unknown-objective`: no objective has this name
 * - `name-taken`: a user's objective has the name of one that is built in
 * - `bad-options`: options that the objective's schema refuses
 * - `bad-batch`: groups without trajectories, trajectories without tokens, lists whose lengths differ
 * - `bad-advantages`: advantages that are not those of the batch
 * - `not-finite`: a reward, an advantage or a log-prob that is not finite, or a ratio that overflows
 * - `missing-log-probs`: log-probs that the objective needs were not passed
 * - `missing-greedy-reward`: a group without the reward of its greedy trajectory
 * - `group-too-small`: a group of one, where trajectories are compared with one another
 * - `mixed-versions`: trajectories of several policy versions under one V̂*
 * - `bad-state`: a saved state that cannot be restored
 */
export type ObjectiveErrorCode =
  | "unknown-objective"
  | "name-taken"
  | "bad-options"
  | "bad-batch"
  | "bad-advantages"
  | "not-finite"
  | "missing-log-probs"
  | "missing-greedy-reward"
  | "group-too-small"
  | "mixed-versions"
  | "bad-state";

export class ObjectiveError extends AnamnesisError {
  declare readonly code: ObjectiveErrorCode;

  constructor(code: ObjectiveErrorCode, message: string, options: ErrorOptions = {}) {
    super(code, message, { fault: code === "not-finite" ? "work" : "input", ...options });
  }
}

/** How messages name a trajectory; `index` counts from 0, as everywhere. */
export const trajectoryName = (group: string, index: number): string => `group "${group}", trajectory ${index}`;
