/**
 * DPO: Rafailov et al. (arXiv 2305.18290) eq. 7, on pairs of trajectories of one case, w preferred to l by reward:
 *   L = −E[ log σ( β (ℓ_w − ℓ_l) ) ],  ℓ = Σ_t log π(y_t) − log π_ref(y_t)
 * The mean is over the pairs of the batch. A token of w weighs β σ(−β (ℓ_w − ℓ_l)) / pairs, one of l its negative; all pairs
 * of a trajectory must reach the worker in one call. Advantages are distances from the mean, and only their order counts.
 */
import { z } from "zod";
import { centred, checkGroups, hasContrast } from "./groups.ts";
import { ratioOrZero } from "./statistics.ts";
import { type Member, outcome, stepOf } from "./step.ts";
import type { ObjectiveDefinition } from "./types.ts";

export const DpoOptions = z.strictObject({
  /** β > 0. Default 0.1. */
  beta: z.number().gt(0).default(0.1),
  /** The best against the worst of a group, the first of each where several are; or all whose rewards differ. Default `extremes`. */
  pairs: z.enum(["extremes", "all"]).default("extremes"),
  /**
   * True: π_ref is the frozen reference policy, whose log-probs must be given. False: it is the reference where it is
   * given, else the policy that sampled. Default false.
   */
  frozenReference: z.boolean().default(false),
});

type Pair = readonly [preferred: Member, other: Member];

export const dpo: ObjectiveDefinition<typeof DpoOptions> = {
  options: DpoOptions,
  make: ({ beta, pairs: choice, frozenReference }) => ({
    name: "dpo",
    needs: { reference: frozenReference, greedy: false, contrast: true },
    advantages: (groups) => {
      checkGroups(groups);
      return groups.map((group) => centred(group, hasContrast(group)));
    },
    weights: (groups, advantages, logprobs) => {
      const step = stepOf(groups, advantages, logprobs, frozenReference ? ["reference"] : []);
      const byGroup: Member[][] = groups.map(() => []);
      for (const member of step.members) byGroup[member.group]!.push(member);
      const pairs = byGroup.flatMap(choice === "all" ? allPairs : extremes);
      const P = pairs.length;
      const l = new Map(step.members.map((member) => [member, distanceFromReference(member)]));
      const weightOf = new Map(step.members.map((member) => [member, 0]));
      let [loss, margins, right] = [0, 0, 0];
      for (const [w, other] of pairs) {
        const margin = beta * (l.get(w)! - l.get(other)!);
        const weight = (beta * sigmoid(-margin)) / P;
        weightOf.set(w, weightOf.get(w)! + weight);
        weightOf.set(other, weightOf.get(other)! - weight);
        loss += softplus(-margin) / P;
        margins += margin;
        right += Number(margin > 0);
      }
      for (const [{ weights }, weight] of weightOf) weights.fill(weight);
      const metrics = { pairs: P, margin_mean: ratioOrZero(margins, P), pair_accuracy: ratioOrZero(right, P) };
      return outcome(step, loss, metrics);
    },
  }),
};

function distanceFromReference({ current, sampled, reference = sampled }: Member): number {
  let total = 0;
  for (let t = 0; t < current.length; t++) total += current[t]! - reference[t]!;
  return total;
}

function extremes(members: readonly Member[]): Pair[] {
  let [best, worst] = [members[0], members[0]];
  for (const member of members) {
    if (member.advantage > best!.advantage) best = member;
    if (member.advantage < worst!.advantage) worst = member;
  }
  return best && worst && best.advantage > worst.advantage ? [[best, worst]] : [];
}

function allPairs(members: readonly Member[]): Pair[] {
  return members.flatMap((w) => members.filter((l) => w.advantage > l.advantage).map((l): Pair => [w, l]));
}

/** ln(1 + exp(x)), without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const sigmoid = (x: number): number => {
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
};
