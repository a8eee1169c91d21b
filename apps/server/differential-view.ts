/** The differential as a clinician sees it: the conditions that count, each with what speaks for and against it. */
import {
  buildLikelihoodModel,
  type Differential,
  type FindingModel,
  type KnowledgeBase,
  type ObservedFinding,
  outcomesOf,
} from "../../src/index.ts";
import type { DifferentialView } from "./protocol.ts";

/** Conditions below this probability, and after this many, go to *other*. */
const LEAST = 0.01;
const MOST = 12;
/** Findings named on each side, and the weight (nats) from which they count. */
const NAMED = 5;
const TELLING = 0.2;

type Evidence = DifferentialView["conditions"][string]["for"][number];

export type DifferentialViewer = (
  differential: Differential,
  known: ReadonlyMap<string, ObservedFinding>,
) => DifferentialView;

export function differentialViewer(base: KnowledgeBase): DifferentialViewer {
  const model = buildLikelihoodModel(base);
  const names = new Map(base.conditions.map(({ id, name }) => [id, name]));
  const indexOf = new Map(model.conditions.map((id, index) => [id, index]));
  const prior = model.prior();
  const width = prior.length;

  /** ln P(answer | condition) / P(answer). */
  const weightOf = ({ share }: FindingModel, outcomes: readonly number[], c: number): number =>
    outcomes.reduce((sum, o) => {
      let overall = 0;
      for (let d = 0; d < width; d++) overall += prior[d]! * share[o * width + d]!;
      return sum + Math.log(Math.max(share[o * width + c]!, 1e-6) / Math.max(overall, 1e-6));
    }, 0);

  return ({ entries }, known) => {
    const told = [...known.values()].flatMap((observed) => {
      const finding = model.findings[model.indexOf.get(observed.finding) ?? -1];
      const outcomes = finding && outcomesOf(finding, observed);
      return outcomes && observed.state !== "unknown" ? [{ finding, outcomes, state: observed.state }] : [];
    });
    const listed = entries.filter(({ probability }) => probability >= LEAST).slice(0, MOST);
    const conditions: DifferentialView["conditions"] = {};
    for (const { condition, probability } of listed) {
      const c = indexOf.get(condition)!;
      const evidence = told
        .map(
          ({ finding, outcomes, state }): Evidence => ({
            finding: finding.finding.id,
            name: finding.finding.name,
            state,
            weight: rounded(weightOf(finding, outcomes, c)),
          }),
        )
        .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
      conditions[condition] = {
        name: names.get(condition) ?? condition,
        probability: rounded(probability),
        for: evidence.filter(({ weight }) => weight >= TELLING).slice(0, NAMED),
        against: evidence.filter(({ weight }) => weight <= -TELLING).slice(0, NAMED),
      };
    }
    const shown = listed.reduce((sum, { probability }) => sum + probability, 0);
    return { conditions, other: rounded(Math.max(0, 1 - shown)) };
  };
}

/** Three digits: smaller movements are no news. */
function rounded(x: number): number {
  return Math.round(x * 1000) / 1000;
}
