/**
 * A knowledge base as numbers: for each finding its outcomes and P(outcome | condition), dense, outcome by outcome
 * (`p[outcome * conditions + condition]`). Samplers draw from it, Bayesian agents infer with it. Where a finding has
 * a parent, its probabilities hold given that the parent is present.
 */
import { PRIOR_BANDS, PROBABILITY_BANDS } from "./bands.ts";
import { ClinicalError } from "./errors.ts";
import {
  AGE_GROUPS,
  type AgeGroup,
  ageGroupOf,
  type Finding,
  type KnowledgeBase,
  type Likelihood,
  type ObservedFinding,
  type Prior,
  type Probability,
  Sex,
} from "./vocabulary.ts";

/** No probability is below this or above 1 minus this: what was never seen is unlikely, not impossible. */
export const PROBABILITY_FLOOR = 1e-3;

export interface FindingModel {
  readonly finding: Finding;
  readonly index: number;
  /** Index of the parent finding, -1 without one. */
  readonly parent: number;
  /** `absent`, `present` for a binary finding, else the value ids. */
  readonly outcomes: readonly string[];
  /** Index of the outcome that `absent` stands for, -1 where absence says nothing. */
  readonly none: number;
  /** binary, categorical and numeric: rows sum to 1 over outcomes. multiple: each value has its own probability. */
  readonly p: Float64Array;
  /**
   * P(one value drawn from the answer | condition): rows sum to 1 over outcomes whatever the type. The same as `p`
   * unless the finding is of type multiple.
   */
  readonly share: Float64Array;
}

export interface LikelihoodModel {
  readonly base: KnowledgeBase;
  readonly conditions: readonly string[];
  readonly findings: readonly FindingModel[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** P(condition | age, sex), normalised; what is not known is left open. */
  prior(age?: number, sex?: Sex): Float64Array;
}

export function probabilityOf(value: Probability): number {
  return typeof value === "number" ? value : PROBABILITY_BANDS[value];
}

export function priorWeight(prior: Prior): number {
  return typeof prior === "number" ? prior : PRIOR_BANDS[prior];
}

export function buildLikelihoodModel(base: KnowledgeBase, floor: number = PROBABILITY_FLOOR): LikelihoodModel {
  const indexOf = new Map(base.findings.map((finding, index) => [finding.id, index]));
  const findings = base.findings.map((finding, index) => findingModel(base, finding, index, indexOf, floor));
  const priors = priorTable(base);
  return {
    base,
    conditions: base.conditions.map(({ id }) => id),
    findings,
    indexOf,
    prior: (age, sex) => priors(age === undefined ? undefined : ageGroupOf(age), sex),
  };
}

/** Priors for each combination of age group and sex, computed once. */
function priorTable(base: KnowledgeBase): (age: AgeGroup | undefined, sex: Sex | undefined) => Float64Array {
  const known = new Map<string, Float64Array>();
  for (const age of [undefined, ...(Object.keys(AGE_GROUPS) as AgeGroup[])]) {
    for (const sex of [undefined, ...Sex.options]) {
      const weights = Float64Array.from(base.conditions, (condition) => {
        const byAge = age ? (condition.age?.[age] ?? 1) : 1;
        const bySex = sex ? (condition.sex?.[sex] ?? 1) : 1;
        // An impossible group keeps a trace, so that a mistyped age cannot rule a condition out.
        return priorWeight(condition.prior) * Math.max(byAge * bySex, 1e-4);
      });
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      known.set(
        `${age}/${sex}`,
        weights.map((weight) => weight / total),
      );
    }
  }
  return (age, sex) => known.get(`${age}/${sex}`)!;
}

function findingModel(
  base: KnowledgeBase,
  finding: Finding,
  index: number,
  indexOf: ReadonlyMap<string, number>,
  floor: number,
): FindingModel {
  const outcomes = finding.type === "binary" ? ["absent", "present"] : finding.values.map(({ id }) => id);
  const conditions = base.conditions.length;
  const p = new Float64Array(outcomes.length * conditions);
  base.conditions.forEach((condition, c) => {
    const row = outcomeProbabilities(finding, outcomes, condition.findings[finding.id] ?? finding.background, floor);
    row.forEach((probability, outcome) => {
      p[outcome * conditions + c] = probability;
    });
  });
  const none = finding.type === "binary" ? 0 : finding.none ? outcomes.indexOf(finding.none) : -1;
  const parent = finding.parent ? indexOf.get(finding.parent)! : -1;
  const share = finding.type === "multiple" ? drawShares(p, outcomes.length, conditions, none) : p;
  return { finding, index, parent, outcomes, none, p, share };
}

/** Shares of the values among the values given; *none* stands alone and keeps its probability. */
function drawShares(p: Float64Array, outcomes: number, conditions: number, none: number): Float64Array {
  const share = p.slice();
  for (let c = 0; c < conditions; c++) {
    const alone = none < 0 ? 0 : p[none * conditions + c]!;
    let total = 0;
    for (let o = 0; o < outcomes; o++) if (o !== none) total += p[o * conditions + c]!;
    const scale = total > 0 ? (1 - alone) / total : 0;
    for (let o = 0; o < outcomes; o++) if (o !== none) share[o * conditions + c]! *= scale;
  }
  return share;
}

/** One row of probabilities, an outcome each, floored; normalised unless the finding is of type multiple. */
export function outcomeProbabilities(
  finding: Finding,
  outcomes: readonly string[],
  likelihood: Likelihood | undefined,
  floor: number,
): number[] {
  const clamp = (p: number): number => Math.min(1 - floor, Math.max(floor, p));
  if (finding.type === "binary") {
    const present = clamp(typeof likelihood === "object" || likelihood === undefined ? 0 : probabilityOf(likelihood));
    return [1 - present, present];
  }
  const weight = (id: string): number => {
    if (typeof likelihood !== "object") return 1 / outcomes.length;
    const value = likelihood[id];
    return value === undefined ? 0 : probabilityOf(value);
  };
  const weights = outcomes.map(weight);
  // Many values share the floor, so that a finding with 165 of them keeps a sharp row.
  const share = floor / outcomes.length;
  if (finding.type === "multiple") return weights.map((w) => Math.min(1 - floor, Math.max(share, w)));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => (1 - floor) * (total > 0 ? w / total : 1 / outcomes.length) + share);
}

/**
 * The outcomes that an observation stands for: one index, or several for a finding of type multiple; undefined where
 * it says nothing (unknown, or absent without a value for it). Throws `unknown-value` on a value the finding lacks.
 */
export function outcomesOf(model: FindingModel, observed: ObservedFinding): readonly number[] | undefined {
  if (observed.state === "unknown") return undefined;
  if (observed.state === "absent") return model.none < 0 ? undefined : (NONE_OUTCOMES[model.none] ?? [model.none]);
  if (model.finding.type === "binary") return NONE_OUTCOMES[1];
  if (model.finding.type === "numeric") {
    const outcome = intervalOf(model.finding, observed);
    return outcome === undefined ? undefined : [outcome];
  }
  return observed.values?.map((value) => {
    const outcome = model.outcomes.indexOf(value);
    if (outcome >= 0) return outcome;
    throw new ClinicalError("unknown-value", `finding ${model.finding.id} has no value ${value}`);
  });
}

const NONE_OUTCOMES: readonly (readonly number[])[] = [[0], [1], [2], [3]];

/** The interval of a numeric finding that an observation falls into; a value id is taken as it stands. */
function intervalOf(finding: Finding, { number, values }: ObservedFinding): number | undefined {
  if (number === undefined) {
    if (!values) return undefined;
    const index = finding.values.findIndex(({ id }) => id === values[0]);
    if (index >= 0) return index;
    throw new ClinicalError("unknown-value", `finding ${finding.id} has no value ${values[0]}`);
  }
  const index = finding.values.findIndex(
    ({ from, below }) => number >= (from ?? Number.NEGATIVE_INFINITY) && number < (below ?? Number.POSITIVE_INFINITY),
  );
  return index < 0 ? undefined : index;
}
