/**
 * Look-alikes of a condition: what shares most with it, what the policy takes it for, or both. The score of b for a is
 *   (1 − λ) s(a, b) / Σ_b s(a, b) + λ P(b | a)
 * with s the similarity, P the policy's confusions, and λ the weight of these.
 */
import { z } from "zod";
import { type ConfusionState, confusionRates } from "./confusions.ts";
import { CurriculumError } from "./errors.ts";
import type { Similarity } from "./similarity.ts";

export const LookAlikeOptions = z.strictObject({
  /** How much the policy's own confusions count, from 0 (similarity alone) to 1. Without confusions it is without effect. */
  weight: z.number().min(0).max(1).default(0.5),
  /** α, what is added to each count of confusions; above 0. */
  smoothing: z.number().gt(0).max(1e6).default(1),
});
export type LookAlikeOptions = z.input<typeof LookAlikeOptions>;

/** The `k` conditions most like this one, most alike first, itself left out; fewer where there are fewer. */
export type LookAlikes = (condition: string, k: number, possible?: (other: string) => boolean) => readonly string[];

/**
 * `confusions`: as they stand now. Look-alikes do not change under those who hold them: make them anew, and the tasks
 * with them, where newer confusions are to count. Throws `bad-options`.
 */
export function lookAlikes(
  similarity: Similarity,
  options: LookAlikeOptions = {},
  confusions: ConfusionState = { conclusions: [] },
): LookAlikes {
  const parsed = LookAlikeOptions.safeParse(options);
  if (!parsed.success) throw new CurriculumError("bad-options", z.prettifyError(parsed.error));
  const { conditions, between } = similarity;
  const confused = confusionRates(confusions, conditions.length, parsed.data.smoothing);
  const weight = confusions.conclusions.length > 0 ? parsed.data.weight : 0;
  const known = new Map<string, readonly string[]>();

  const rank = (condition: string): readonly string[] => {
    const others = conditions.filter((other) => other !== condition);
    const likeness = others.map((other) => between(condition, other));
    const all = likeness.reduce((sum, each) => sum + each, 0);
    const scored = others.map((other, i) => {
      const alike = all > 0 ? likeness[i]! / all : 1 / others.length;
      return { other, score: (1 - weight) * alike + (weight > 0 ? weight * confused(condition, other) : 0) };
    });
    return scored.sort((a, b) => b.score - a.score).map(({ other }) => other);
  };

  return (condition, k, possible = () => true) => {
    const ranked = known.get(condition) ?? rank(condition);
    known.set(condition, ranked);
    return ranked.filter(possible).slice(0, k);
  };
}
