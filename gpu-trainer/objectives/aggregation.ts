/**
 * How the values of tokens become one loss: the share of each token in it. Shares are of the whole batch, so that they
 * must be taken before a batch is cut. Where groups have one size, the mean over trajectories is the papers' mean over
 * groups of means over a group; where some trajectories are missing, each of the others still counts once.
 */
import { z } from "zod";

/**
 * - `token`: the mean over all tokens (DAPO): long trajectories count for more
 * - `sequence`: the mean over trajectories of the mean over tokens (GRPO): a token of a long one counts for less
 * - `maxTokens`: the mean over trajectories of the sum over tokens, divided by this constant (Dr. GRPO): all count alike
 */
export const Aggregation = z.union(
  [z.enum(["token", "sequence"]), z.strictObject({ maxTokens: z.number().positive() })],
  {
    error: 'expected "token", "sequence" or { "maxTokens": a positive number }',
  },
);
export type Aggregation = z.output<typeof Aggregation>;

type Sampled = { readonly sampled: ArrayLike<number> };

/** The share of each token of a trajectory among those of `members`. */
export function tokenShares(aggregation: Aggregation, members: readonly Sampled[]): (member: Sampled) => number {
  if (aggregation === "token") {
    const tokens = members.reduce((total, { sampled }) => total + sampled.length, 0);
    return () => 1 / tokens;
  }
  if (aggregation === "sequence") return ({ sampled }) => 1 / (members.length * sampled.length);
  return () => 1 / (members.length * aggregation.maxTokens);
}
