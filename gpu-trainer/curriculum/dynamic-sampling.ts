/**
 * Dynamic sampling (DAPO, arXiv 2503.14476, section 3.2): a group whose rewards are all equal has no gradient, so groups
 * are sampled until a batch is full of those that have one, or until the rounds are spent.
 */
import { z } from "zod";
import { allEqual } from "../objectives/statistics.ts";
import { CurriculumError } from "./errors.ts";

export const DynamicSamplingOptions = z.strictObject({
  /** Informative groups that make a batch, 1 to 100,000. */
  wanted: z.int().min(1).max(100_000),
  /** Rounds of sampling at most, the first one counted; 1 to 1000. */
  rounds: z.int().min(1).max(1000).default(10),
  /** Groups of one round at most, as a multiple of those wanted; 1 to 100. */
  surplus: z.number().min(1).max(100).default(3),
});
export type DynamicSamplingOptions = z.input<typeof DynamicSamplingOptions>;

interface Rewarded {
  readonly trajectories: readonly { readonly reward: number }[];
}

export interface SamplingDecision<Group> {
  /** Those to train on, in their order, no more than wanted. */
  readonly informative: readonly Group[];
  /** Groups to sample next; 0 where the batch is full or the rounds are spent. */
  readonly request: number;
  /** Whether the batch is as large as wanted. */
  readonly full: boolean;
}

/** Whether rewards differ. */
export function isInformative({ trajectories }: Rewarded): boolean {
  return !allEqual(trajectories.map(({ reward }) => reward));
}

/**
 * `groups`: all of this batch so far; `round`: rounds sampled so far. The share of informative groups, with one added to
 * either side, says how many to ask for. Throws `bad-options`.
 */
export function dynamicSampling<Group extends Rewarded>(
  groups: readonly Group[],
  round: number,
  options: DynamicSamplingOptions,
): SamplingDecision<Group> {
  const parsed = DynamicSamplingOptions.safeParse(options);
  if (!parsed.success) throw new CurriculumError("bad-options", z.prettifyError(parsed.error));
  const { wanted, rounds, surplus } = parsed.data;
  const informative = groups.filter(isInformative);
  const missing = wanted - informative.length;
  const full = missing <= 0;
  if (full || round >= rounds) return { informative: informative.slice(0, wanted), request: 0, full };
  const share = round === 0 ? 1 : (informative.length + 1) / (groups.length + 2);
  const request = Math.min(Math.ceil(missing / share), Math.ceil(surplus * wanted));
  return { informative, request, full };
}
