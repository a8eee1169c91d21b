/** Mixes of patients, and what a question tells of one: *information*, I(finding; condition). */
import { entropy, type LikelihoodModel, shareIn } from "../../src/index.ts";

/** P(condition), by the model's order of conditions; sums to 1. */
export type Mix = Float64Array;

/** I(X; D) = H(X) − Σ_d P(d) H(X | d), of one value drawn from the answer to the finding of this index. */
export type Information = (finding: number, mix: Mix) => number;

/** H(X | d) is worked out once. */
export function informationUnder(model: LikelihoodModel): Information {
  const within = model.findings.map(({ share: p, outcomes }) =>
    model.conditions.map((_, c) => entropy(outcomes.map((_, o) => p[o * model.conditions.length + c]!))),
  );
  return (index, mix) => {
    const finding = model.findings[index]!;
    const open = entropy(finding.outcomes.map((_, o) => shareIn(finding, o, mix)));
    return within[index]!.reduce((left, each, c) => left - mix[c]! * each, open);
  };
}

/** As `entries` have it, scaled to 1; undefined where nothing is listed. */
export function mixOf(
  model: LikelihoodModel,
  entries: readonly { readonly condition: string; readonly probability: number }[],
): Mix | undefined {
  const by = new Map(entries.map(({ condition, probability }) => [condition, probability]));
  const mix = Float64Array.from(model.conditions, (id) => by.get(id) ?? 0);
  const total = mix.reduce((sum, p) => sum + p, 0);
  return total > 0 ? mix.map((p) => p / total) : undefined;
}
