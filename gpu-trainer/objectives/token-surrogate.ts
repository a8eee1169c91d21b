/**
 * The loss of the GRPO family, with ρ_t = π(token) / π_old(token):
 *   −Σ share · ( c_t min(ρ_t A, clip(ρ_t) A) − β KL(π ‖ reference)_t ),    c_t = min(π_old(token) / π_sampled(token), C)
 * Advantages are given; ρ is clipped for each token by itself. The cap C corrects what the sampler's engine made
 * different (truncated importance sampling); c_t is a constant to the gradient and does not touch the KL term.
 */
import { z } from "zod";
import { type Aggregation, tokenShares } from "./aggregation.ts";
import { type ClipRange, clippedSurrogate, isClipped } from "./clipping.ts";
import { type KlEstimator, ratio } from "./log-ratios.ts";
import { ratioOrZero } from "./statistics.ts";
import { outcome, type Step } from "./step.ts";
import type { TokenWeights } from "./types.ts";

/** C ≥ 1, usually 2 to 3; null: no correction. Needs `old`: with the sampler's log-probs in its place there is nothing to correct. */
export const ImportanceCap = z.number().min(1).nullable();

/** β ≥ 0; 0: no KL term, and no reference needed. */
export const KlCoefficient = z.number().min(0);

export interface TokenSurrogate extends ClipRange {
  readonly aggregation: Aggregation;
  readonly importanceCap: number | null;
  readonly klCoefficient: number;
  readonly klEstimator: KlEstimator;
}

/** Which log-probs the options need. */
export function requiredBy({
  importanceCap,
  klCoefficient,
}: Pick<TokenSurrogate, "importanceCap" | "klCoefficient">): ("old" | "reference")[] {
  return [
    ...(importanceCap === null ? [] : (["old"] as const)),
    ...(klCoefficient > 0 ? (["reference"] as const) : []),
  ];
}

/** Metrics: `ratio_mean`, `clip_fraction`; `importance_mean`, `importance_capped` with a cap; `kl_reference` with a β. */
export function tokenSurrogate(step: Step, options: TokenSurrogate): TokenWeights {
  const { klCoefficient: beta, klEstimator, importanceCap } = options;
  const shareOf = tokenShares(options.aggregation, step.members);
  let [loss, tokens, ratios, clipped, importance, capped, kl] = [0, 0, 0, 0, 0, 0, 0];
  for (const member of step.members) {
    const { advantage, current, old, sampled, reference, weights } = member;
    const share = shareOf(member);
    for (let t = 0; t < weights.length; t++) {
      const rho = ratio(member, current[t]! - old[t]!);
      const held = isClipped(rho, advantage, options);
      let c = 1;
      if (importanceCap !== null) {
        const full = ratio(member, old[t]! - sampled[t]!);
        c = Math.min(full, importanceCap);
        capped += Number(full > importanceCap);
        importance += c;
      }
      loss -= share * c * clippedSurrogate(rho, advantage, options);
      weights[t] = held ? 0 : share * c * rho * advantage;
      if (beta > 0) {
        const d = current[t]! - reference![t]!;
        loss += share * beta * klEstimator.value(member, d);
        weights[t]! -= share * beta * klEstimator.slope(member, d);
        kl += klEstimator.value(member, d);
      }
      ratios += rho;
      clipped += Number(held);
    }
    tokens += weights.length;
  }
  return outcome(step, loss, {
    ratio_mean: ratioOrZero(ratios, tokens),
    clip_fraction: ratioOrZero(clipped, tokens),
    ...(importanceCap === null
      ? {}
      : { importance_mean: ratioOrZero(importance, tokens), importance_capped: ratioOrZero(capped, tokens) }),
    ...(beta === 0 ? {} : { kl_reference: ratioOrZero(kl, tokens) }),
  });
}
