/**
 * A slice of a knowledge base: some of its conditions, and the findings that tell these apart best. It is a knowledge
 * base by itself, small enough to train a policy on in minutes.
 */
import {
  appliesTo,
  buildLikelihoodModel,
  entropy,
  type FindingModel,
  isTold,
  type KnowledgeBase,
  type LikelihoodModel,
  parseTerm,
} from "../../src/index.ts";
import { CaseError } from "../errors.ts";
import { termsOf } from "./rule-integrity.ts";

export interface SliceOptions {
  /** Ids of the conditions to keep, two or more. */
  readonly conditions: readonly string[];
  /** The most findings to keep; what patients of a condition complain of comes first. */
  readonly findings: number;
}

/**
 * Findings are kept by their mutual information with the condition, all conditions taken as equally likely; one that is
 * asked only after a parent counts as often as the parent is present. Only what a patient tells is kept. A red-flag rule
 * stays where every finding that it looks at does. Throws `bad-slice`.
 */
export function sliceKnowledge(base: KnowledgeBase, { conditions: ids, findings: most }: SliceOptions): KnowledgeBase {
  const wanted = new Set(ids);
  const conditions = base.conditions.filter(({ id }) => wanted.has(id));
  const unknown = ids.filter((id) => !conditions.some((condition) => condition.id === id));
  if (unknown.length > 0) throw new CaseError("bad-slice", `${base.id} has no condition ${unknown.join(", ")}`);
  if (conditions.length < 2) throw new CaseError("bad-slice", "a slice needs two conditions or more");

  const model = buildLikelihoodModel({ ...base, conditions });
  const kept = new Set(conditions.flatMap(({ complaints }) => complaints.slice(0, 1)));
  if (kept.size > most) {
    throw new CaseError(
      "bad-slice",
      `${conditions.length} conditions have ${kept.size} complaints; keep as many findings`,
    );
  }
  const ranked = model.findings
    .filter(({ finding }) => isTold(finding.kind))
    .map((entry) => ({ entry, information: informationOf(entry, model) }))
    .sort((a, b) => b.information - a.information);
  for (const { entry } of ranked) {
    if (kept.size >= most) break;
    const parent = entry.finding.parent;
    if (parent === undefined || kept.has(parent)) kept.add(entry.finding.id);
  }

  return {
    ...base,
    id: `${base.id}-slice`,
    findings: base.findings.filter(({ id }) => kept.has(id)),
    conditions: conditions.map((condition) => ({
      ...condition,
      complaints: condition.complaints.filter((id) => kept.has(id)),
      findings: Object.fromEntries(Object.entries(condition.findings).filter(([id]) => kept.has(id))),
    })),
    redFlags: base.redFlags.filter((rule) => termsOf(rule).every(({ term }) => kept.has(parseTerm(term).finding))),
  };
}

/** I(answer; condition) in nats, by Jensen and Shannon: H(mean over conditions) − mean of H. */
function informationOf(entry: FindingModel, model: LikelihoodModel): number {
  const width = model.conditions.length;
  const outcomes = entry.outcomes.length;
  const row = (c: number): number[] => Array.from({ length: outcomes }, (_, o) => entry.share[o * width + c]!);
  const rows = model.conditions.map((_, c) => row(c));
  const mean = Array.from({ length: outcomes }, (_, o) => rows.reduce((sum, each) => sum + each[o]!, 0) / width);
  const told = entropy(mean) - rows.reduce((sum, each) => sum + entropy(each), 0) / width;
  return told * presenceOf(entry.parent, model) * reachOf(entry);
}

/** How often the finding with this index is present, over all conditions alike; 1 for no finding. */
function presenceOf(index: number, { findings, conditions }: LikelihoodModel): number {
  if (index < 0) return 1;
  const { p, none, outcomes } = findings[index]!;
  if (none < 0) return 1;
  const width = conditions.length;
  const absent = p.slice(none * width, (none + 1) * width).reduce((sum, each) => sum + each, 0) / width;
  return outcomes.length > 0 ? 1 - absent : 0;
}

/** The share of grown people, women and men alike, whom the finding can concern. */
function reachOf({ finding }: FindingModel): number {
  const people = (["female", "male"] as const).flatMap((sex) => [30, 50, 70].map((age) => ({ age, sex })));
  return people.filter((person) => appliesTo(finding, person)).length / people.length;
}
