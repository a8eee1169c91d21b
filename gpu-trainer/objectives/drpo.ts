/**
 * DRPO-style, hardened: the domain-aware scaling of QoQ-Med (Dai et al., arXiv 2506.00711) on GRPO's advantages, so that
 * rare domains and hard questions are not drowned:
 *   s_i = (r_i − mean(r)) / std(r) / (T_d T_c),   then divided by the batch's std
 *   T_d = max(√N_d μ_d, ε),  T_c = max(√N_c μ_c, ε),  μ_d = Σ_c μ_c / n_c / Σ_c 1 / n_c
 * over the clusters c of the domain's questions, N the questions in the domain or cluster, μ their mean reward. Against the
 * authors' code: questions are clustered on (mean, std) of their rewards, for vectors of rewards depend on their order; the
 * history is a sliding window; ε holds at both levels; weights differ by a capped factor; groups of equal rewards are not
 * kept, and thus not in the batch's std. Rewards should be positive on the whole: where μ ≤ 0, ε stands in.
 * KL-aware damping, which the released code has commented out, is an option: z_i = |s_i| KL_i, t = quantile(z),
 * s_i ← s_i t / (t + z_i), with KL_i the sum of k3 over the trajectory between π_old and the reference.
 */
import { z } from "zod";
import { Aggregation } from "./aggregation.ts";
import { ClipHigh, ClipLow } from "./clipping.ts";
import { Question, questionWeights, remember } from "./difficulty.ts";
import { ObjectiveError } from "./errors.ts";
import { checkGroups, hasContrast, STD_EPSILON, standardised } from "./groups.ts";
import { K3 } from "./log-ratios.ts";
import { mean, quantile, ratioOrZero, standardDeviation, sum } from "./statistics.ts";
import { type Member, type Step, stepOf } from "./step.ts";
import { ImportanceCap, KlCoefficient, requiredBy, tokenSurrogate } from "./token-surrogate.ts";
import type { ObjectiveDefinition, ScoredGroup } from "./types.ts";

export const DrpoOptions = z.strictObject({
  /** Questions remembered a domain, 1 or more. Default 1024. */
  window: z.int().min(1).default(1024),
  /** ε > 0, the least T, in units of reward. Default 0.05. */
  epsilon: z.number().gt(0).default(0.05),
  /** The most that the weights of two groups of a batch differ, as a factor of 1 or more. Default 10; 1: plain GRPO, but for a constant. */
  weightCap: z.number().min(1).default(10),
  /** q in (0, 1): the quantile of z at which a trajectory is halved; needs the reference. Null: no damping. Default null; the paper has 0.75. */
  klDamping: z.number().gt(0).lt(1).nullable().default(null),
  /** Of the clustering. Default 0. */
  seed: z.int().default(0),
  /** Default `token`. */
  aggregation: Aggregation.default("token"),
  /** ε_low of the clip, in (0, 1]. Default 0.2. */
  clipLow: ClipLow.default(0.2),
  /** ε_high of the clip, above 0. Default 0.2. */
  clipHigh: ClipHigh.default(0.2),
  /** β of a k3 loss against the reference, 0 or more. Default 0. */
  klCoefficient: KlCoefficient.default(0),
  /** C, 1 or more; null: no correction. Default null. */
  importanceCap: ImportanceCap.default(null),
});

const State = z.strictObject({ history: z.array(Question) });

export const drpo: ObjectiveDefinition<typeof DrpoOptions> = {
  options: DrpoOptions,
  make: (options) => {
    const { window, klDamping } = options;
    const required = [...requiredBy(options), ...(klDamping === null ? [] : (["reference"] as const))];
    let history: readonly Question[] = [];
    return {
      name: "drpo",
      needs: {
        reference: required.includes("reference"),
        greedy: false,
        old: required.includes("old"),
        contrast: true,
      },
      advantages: (groups) => {
        checkGroups(groups);
        const scored = groups.map((group) => standardised(group, hasContrast(group)));
        const kept = groups.filter(hasContrast);
        const weights = questionWeights(remember(history, groups, window), kept, options);
        const weightOf = new Map(kept.map((group, k) => [group, weights[k]!]));
        const s = scored.map(({ advantages }, g) => advantages.map((a) => a * (weightOf.get(groups[g]!) ?? 0)));
        const scale = standardDeviation(s.filter((_, g) => scored[g]!.kept).flat()) + STD_EPSILON;
        return scored.map((group, g) => ({ ...group, advantages: s[g]!.map((a) => a / scale) }));
      },
      weights: (groups, advantages, logprobs) => {
        const full = stepOf(groups, advantages, logprobs, required);
        const step = klDamping === null ? full : damped(full, klDamping);
        const { weights, loss, metrics } = tokenSurrogate(step, { ...options, klEstimator: K3 });
        history = remember(history, groups, window);
        return { weights, loss, metrics: { ...metrics, ...domainWeights(step) } };
      },
      memory: {
        state: () => ({ history: [...history] }),
        restore: (state) => {
          const parsed = State.safeParse(state);
          if (!parsed.success) {
            const advice = "pass what `state` gave, or begin anew";
            throw new ObjectiveError("bad-state", `drpo: ${z.prettifyError(parsed.error)}: ${advice}`);
          }
          history = parsed.data.history;
        },
      },
    };
  },
};

/** The step with damped advantages; the buffers for weights are the same. */
function damped(step: Step, q: number): Step {
  const strength = step.members.map((member) => Math.abs(member.advantage) * rolloutKl(member));
  const t = Math.max(quantile(strength, q), STD_EPSILON);
  const members = step.members.map((m, i) => ({ ...m, advantage: (m.advantage * t) / (t + strength[i]!) }));
  return { ...step, members };
}

/** KL(π_old ‖ reference) of a trajectory: the sum over its tokens. */
function rolloutKl(member: Member): number {
  let kl = 0;
  for (let t = 0; t < member.old.length; t++) kl += K3.value(member, member.old[t]! - member.reference![t]!);
  return kl;
}

/** `domain_weight_…`: how much more a question of the domain moved the policy than in plain GRPO; 1 on average. */
function domainWeights({ groups, members }: Step): Record<string, number> {
  const moved = groups.map(() => 0);
  for (const { group, advantage } of members) moved[group]! += Math.abs(advantage);
  const weights = groups.flatMap((group, g) => {
    const plain = sum(standardised(group, true).advantages.map(Math.abs));
    return moved[g]! > 0 && plain > 0 ? [{ name: metricName(group), weight: moved[g]! / plain }] : [];
  });
  const average = mean(weights.map(({ weight }) => weight));
  const names = [...new Set(weights.map(({ name }) => name))].sort();
  return Object.fromEntries(
    names.map((name) => {
      const own = weights.filter((other) => other.name === name).map(({ weight }) => weight);
      return [name, ratioOrZero(mean(own), average)];
    }),
  );
}

const metricName = ({ domain }: ScoredGroup): string =>
  `domain_weight_${domain.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "_") || "none"}`;
