/**
 * What findings weigh, in nats. *Weight* of an answer for a condition: ln P(answer | condition) / P(answer), as in the
 * clinician's view of a consultation. *Chance*: P(present). *Information*: I(finding; condition) under a differential.
 */
import { entropy, type FindingModel, type LikelihoodModel, type ObservedFinding, outcomesOf } from "../../src/index.ts";

/** Shares below this count as this. */
const LEAST_SHARE = 1e-6;

/** P(condition), by the model's order of conditions; sums to 1. */
export type Mix = Float64Array;

/** Undefined where the answer says nothing. */
export function weightOf(model: LikelihoodModel, mix: Mix, observed: ObservedFinding): number | undefined {
  const finding = model.findings[model.indexOf.get(observed.finding) ?? -1];
  const outcomes = finding && outcomesOf(finding, observed);
  if (!outcomes) return undefined;
  const usual = model.prior();
  return outcomes.reduce(
    (sum, o) =>
      sum + Math.log(Math.max(share(finding, o, mix), LEAST_SHARE) / Math.max(share(finding, o, usual), LEAST_SHARE)),
    0,
  );
}

/** P(an outcome of the finding) in such a mix of patients. */
export function share({ share: p }: FindingModel, outcome: number, mix: Mix): number {
  let sum = 0;
  for (let c = 0; c < mix.length; c++) sum += mix[c]! * p[outcome * mix.length + c]!;
  return sum;
}

/** I(X; D) = H(X) − Σ_d P(d) H(X | d), of one value drawn from the answer to the finding of this index. */
export type Information = (finding: number, mix: Mix) => number;

/** H(X | d) is worked out once. */
export function informationUnder(model: LikelihoodModel): Information {
  const within = model.findings.map(({ share: p, outcomes }) =>
    model.conditions.map((_, c) => entropy(outcomes.map((_, o) => p[o * model.conditions.length + c]!))),
  );
  return (index, mix) => {
    const finding = model.findings[index]!;
    const open = entropy(finding.outcomes.map((_, o) => share(finding, o, mix)));
    return within[index]!.reduce((left, each, c) => left - mix[c]! * each, open);
  };
}

/** All patients are of one condition. */
export function only(model: LikelihoodModel, condition: string): Mix {
  return Float64Array.from(model.conditions, (id) => Number(id === condition));
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
