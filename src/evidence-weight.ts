/** What an answer weighs for somebody's differential: ln P(answer | patients) / P(answer), in nats, the latter by the prior. */
import { type FindingModel, type LikelihoodModel, outcomesOf } from "./likelihood.ts";
import type { ObservedFinding } from "./vocabulary.ts";

/** Shares below this count as this. */
const LEAST_SHARE = 1e-6;

/** P(an outcome of the finding) in some patients. */
export type Chance = (finding: FindingModel, outcome: number) => number;

/** P(an outcome of the finding) in a mix of patients: `mix` is P(condition), by the model's order of conditions. */
export function shareIn({ share }: FindingModel, outcome: number, mix: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < mix.length; c++) sum += mix[c]! * share[outcome * mix.length + c]!;
  return sum;
}

/** P(an outcome of the finding) in patients with the condition of that index. */
export function chanceGiven(condition: number, { conditions }: LikelihoodModel): Chance {
  return ({ share }, outcome) => share[outcome * conditions.length + condition]!;
}

/** Undefined where the answer says nothing. */
export function evidenceWeight(model: LikelihoodModel, observed: ObservedFinding, chance: Chance): number | undefined {
  const finding = model.findings[model.indexOf.get(observed.finding) ?? -1];
  const outcomes = finding && outcomesOf(finding, observed);
  if (!outcomes) return undefined;
  const usual = model.prior();
  return outcomes.reduce(
    (sum, o) =>
      sum + Math.log(Math.max(chance(finding, o), LEAST_SHARE) / Math.max(shareIn(finding, o, usual), LEAST_SHARE)),
    0,
  );
}
