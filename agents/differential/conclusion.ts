/** Joins the diagnosis and the list: the Bayesian leader first, then what the reference would list, then the rest. */
import { type Differential, LISTED_ABOVE, rankDifferential } from "../../src/index.ts";
import { expectedF1Set } from "../head/membership.ts";

/** Share of the posterior in the differential; the rest goes to the list. */
const POSTERIOR_SHARE = 0.25;
/** What a member of the list has at least, safely above the level at which conditions count as listed. */
const MEMBER_FLOOR = 1.2 * LISTED_ABOVE;
/** Weight of a member by its probability of membership; the leader's is 1. */
const MEMBER_WEIGHT = { least: 0.5, most: 0.99 } as const;

/** Index of the largest; the first of several. */
export function leaderOf(posterior: Float64Array): number {
  let best = 0;
  for (let c = 1; c < posterior.length; c++) if (posterior[c]! > posterior[best]!) best = c;
  return best;
}

/**
 * The differential of a posterior, P(*other*), and the head's membership probabilities. The leader of the posterior is
 * strictly first, and every member of the expected-F1 list is above `LISTED_ABOVE`, as far as there is room: where
 * *other* takes nearly all, the likeliest members are kept.
 */
export function jointDifferential(
  conditions: readonly string[],
  posterior: Float64Array,
  other: number,
  membership: Float64Array,
): Differential {
  const leader = leaderOf(posterior);
  const room = Math.max(1, Math.floor((1 - other) / MEMBER_FLOOR));
  const members = [leader, ...expectedF1Set(membership).filter((c) => c !== leader)].slice(0, room);
  const weights = new Float64Array(conditions.length);
  for (const c of members) {
    weights[c] = Math.min(MEMBER_WEIGHT.most, Math.max(MEMBER_WEIGHT.least, membership[c]!));
  }
  weights[leader] = 1;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const floor = other < 1 ? Math.min(MEMBER_FLOOR / (1 - other), 1 / members.length) : 0;
  const left = 1 - floor * members.length;
  const shares = posterior.map((p, c) => {
    const share = POSTERIOR_SHARE * p + ((1 - POSTERIOR_SHARE) * weights[c]!) / total;
    return left * share + (weights[c]! > 0 ? floor : 0);
  });
  return rankDifferential(conditions, shares, other);
}
