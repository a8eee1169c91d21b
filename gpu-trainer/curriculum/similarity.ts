/**
 * How alike two conditions are, by what their patients have in common: the weighted Jaccard similarity (Ružička's)
 *   s(a, b) = Σ_f w_f min(a_f, b_f) / Σ_f w_f max(a_f, b_f)
 * from 0, nothing in common, to 1. With a knowledge base a_f is by how much P(f present | a) exceeds its mean over all
 * conditions (and w_f = 1), or else what everybody has now and then would make all alike; without one a_f is the share
 * of a's cases that show f, and w_f says how few conditions do.
 */
import type { Case } from "../../simulators/index.ts";
import {
  buildLikelihoodModel,
  type FindingModel,
  type KnowledgeBase,
  type LikelihoodModel,
  stem,
  strengthOf,
  wordsOf,
} from "../../src/index.ts";
import { CurriculumError } from "./errors.ts";

export interface Similarity {
  /** Ids, in a fixed order. */
  readonly conditions: readonly string[];
  /** 0 for a condition that it does not know. */
  between(a: string, b: string): number;
}

/** What is present, and how much; what is not listed is not. */
type Profile = ReadonlyMap<string, number>;

/**
 * By P(finding | condition). A value of a finding counts as a finding, so that all values of one finding weigh as much
 * as one; a finding with a parent counts as often as the parent is present. Throws `no-probabilities`.
 */
export function knowledgeSimilarity(base: KnowledgeBase): Similarity {
  if (!hasProbabilities(base)) {
    throw new CurriculumError(
      "no-probabilities",
      `knowledge base ${base.id} gives no probabilities; take the similarity of the cases instead`,
    );
  }
  const model = buildLikelihoodModel(base, 0);
  const profiles = model.conditions.map((_, c) => profileOf(model, c));
  const usual = new Map<string, number>();
  for (const profile of profiles) {
    for (const [feature, share] of profile) usual.set(feature, (usual.get(feature) ?? 0) + share / profiles.length);
  }
  return profileSimilarity(new Map(model.conditions.map((id, c) => [id, beyond(usual, profiles[c]!)])));
}

/** What is more frequent than usual, and by how much. */
function beyond(usual: Profile, profile: Profile): Profile {
  return new Map(
    [...profile].flatMap(([feature, share]): [string, number][] => {
      const excess = share - usual.get(feature)!;
      return excess > 0 ? [[feature, excess]] : [];
    }),
  );
}

/** Whether a Bayesian can work with it. */
export function hasProbabilities({ conditions }: KnowledgeBase): boolean {
  return conditions.some(({ findings }) => Object.keys(findings).length > 0);
}

function profileOf(model: LikelihoodModel, c: number): Profile {
  const width = model.conditions.length;
  const profile = new Map<string, number>();
  const says = ({ finding }: FindingModel): boolean =>
    finding.background !== undefined || model.base.conditions[c]!.findings[finding.id] !== undefined;
  /** P(the parents are present); they are binary. */
  const reach = ({ parent }: FindingModel): number => {
    if (parent < 0) return 1;
    const above = model.findings[parent]!;
    return reach(above) * (says(above) ? above.p[width + c]! : 0);
  };
  for (const entry of model.findings) {
    if (!says(entry)) continue;
    const asked = reach(entry);
    entry.outcomes.forEach((outcome, o) => {
      const share = asked * entry.share[o * width + c]!;
      if (o !== entry.none && share > 0) profile.set(`${entry.finding.id}=${outcome}`, share);
    });
  }
  return profile;
}

/**
 * By the cases of each condition: their present findings, or, where they have none, the words of complaint and facts
 * that name something. w_f = ln(conditions / conditions that show f).
 */
export function caseSimilarity(cases: Iterable<readonly [condition: string, shown: Case]>): Similarity {
  const counts = new Map<string, { cases: number; shown: Map<string, number> }>();
  for (const [condition, shown] of cases) {
    const count = counts.get(condition) ?? { cases: 0, shown: new Map<string, number>() };
    counts.set(condition, count);
    count.cases++;
    for (const feature of featuresOf(shown)) count.shown.set(feature, (count.shown.get(feature) ?? 0) + 1);
  }
  const spread = new Map<string, number>();
  for (const { shown } of counts.values()) for (const f of shown.keys()) spread.set(f, (spread.get(f) ?? 0) + 1);
  const weight = (feature: string): number => Math.log(counts.size / spread.get(feature)!);
  const profiles = [...counts].map(([condition, { cases: all, shown }]): [string, Profile] => [
    condition,
    new Map(Array.from(shown, ([feature, count]) => [feature, (weight(feature) * count) / all])),
  ]);
  return profileSimilarity(new Map(profiles));
}

function featuresOf({ complaint = "", facts, findings }: Case): Set<string> {
  const present = findings.filter(({ state }) => state === "present");
  if (present.length > 0) {
    return new Set(present.flatMap(({ finding, values = [""] }) => values.map((value) => `${finding}=${value}`)));
  }
  const words = [complaint, ...facts].flatMap(wordsOf);
  return new Set(words.filter((word) => strengthOf(word) === "strong" && !/^\d/.test(word)).map(stem));
}

/** Weights are within the profiles: w min(a, b) = min(wa, wb). */
function profileSimilarity(profiles: ReadonlyMap<string, Profile>): Similarity {
  const totals = new Map([...profiles].map(([id, profile]) => [id, [...profile.values()].reduce((a, b) => a + b, 0)]));
  return {
    conditions: [...profiles.keys()],
    between(a, b) {
      const [p, q] = [profiles.get(a), profiles.get(b)];
      if (!p || !q) return 0;
      if (a === b) return 1;
      const [few, many] = p.size < q.size ? [p, q] : [q, p];
      let shared = 0;
      for (const [feature, share] of few) shared += Math.min(share, many.get(feature) ?? 0);
      const all = totals.get(a)! + totals.get(b)! - shared;
      return all > 0 ? shared / all : 0;
    },
  };
}
