/** What can be wrong with a trained policy on disk, each under a stable code. */
import { AnamnesisError } from "../../src/index.ts";

/**
 * - `no-policy`: a directory without a policy: no run's, or a run that has not saved one yet
 * - `bad-policy`: a file of the policy that is damaged, or written by another version
 * - `no-model`: the base model's directory is missing
 * - `no-weights`: the worker has no such weights, or cannot read them
 */
export type PolicyErrorCode = "no-policy" | "bad-policy" | "no-model" | "no-weights";

export class PolicyError extends AnamnesisError {
  declare readonly code: PolicyErrorCode;
}
