/** The differential as a clinician sees it: the conditions that count, each with what speaks for and against it. */
import {
  buildLikelihoodModel,
  chanceGiven,
  type Differential,
  evidenceWeight,
  type KnowledgeBase,
  type ObservedFinding,
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
  const findings = new Map(base.findings.map(({ id, name }) => [id, name]));
  const names = new Map(base.conditions.map(({ id, name }) => [id, name]));
  const indexOf = new Map(model.conditions.map((id, index) => [id, index]));
  return (differential, known) => {
    const { listed, other } = listedOf(differential);
    const conditions: DifferentialView["conditions"] = {};
    for (const { condition, probability } of listed) {
      const chance = chanceGiven(indexOf.get(condition)!, model);
      const evidence = [...known.values()]
        .flatMap((observed): Evidence[] => {
          const weight = evidenceWeight(model, observed, chance);
          if (weight === undefined || observed.state === "unknown") return [];
          const { finding, state } = observed;
          return [{ finding, name: findings.get(finding)!, state, weight: rounded(weight) }];
        })
        .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
      conditions[condition] = {
        name: names.get(condition) ?? condition,
        probability: rounded(probability),
        for: evidence.filter(({ weight }) => weight >= TELLING).slice(0, NAMED),
        against: evidence.filter(({ weight }) => weight <= -TELLING).slice(0, NAMED),
      };
    }
    return { conditions, other: rounded(other) };
  };
}

/** The conditions that are shown, and the share of everything else. */
export function listedOf({ entries }: Differential) {
  const listed = entries.filter(({ probability }) => probability >= LEAST).slice(0, MOST);
  const shown = listed.reduce((sum, { probability }) => sum + probability, 0);
  return { listed, other: Math.max(0, 1 - shown) };
}

/** Three digits: smaller movements are no news. */
function rounded(x: number): number {
  return Math.round(x * 1000) / 1000;
}
