/** The loss −Σ_i w_i Σ_t log π(o_t), with weights that are constants to the gradient: REINFORCE and supervised losses. */
import { type Member, outcome, type Step } from "./step.ts";
import type { TokenWeights } from "./types.ts";

/** `weightOf`: that of each token of a member. */
export function weightedLikelihood(
  step: Step,
  weightOf: (member: Member) => number,
  metrics: Readonly<Record<string, number>> = {},
): TokenWeights {
  let loss = 0;
  for (const member of step.members) {
    const weight = weightOf(member);
    member.weights.fill(weight);
    for (let t = 0; t < member.weights.length; t++) loss -= weight * member.current[t]!;
  }
  return outcome(step, loss, metrics);
}
