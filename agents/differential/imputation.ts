/** Fills what nobody asked with what the posterior expects, so that the head, which learnt on whole patients, sees one. */
import type { FindingModel, LikelihoodModel } from "../../src/index.ts";
import { ABSENT, type Belief, PRESENT } from "../bayes/belief.ts";
import { isScale, scaleNumber } from "../head/columns.ts";
import { isOpen } from "../head/evidence.ts";
import type { Evidence } from "../head/types.ts";

/** A finding, or one of several values, is taken to be there above this probability. */
const LIKELY = 0.5;

export function imputer(model: LikelihoodModel): (belief: Belief) => Evidence {
  // Parents first: whether a child means anything hangs on what its parent is taken to be.
  const order = [...model.findings].sort((a, b) => depth(a, model) - depth(b, model));
  return ({ posterior, status: known, values: told, intake }) => {
    const status = known.slice();
    const values = new Map(told);
    const evidence: Evidence = { intake, status, values };
    for (const finding of order) {
      const { index } = finding;
      if (known[index]! >= ABSENT || !isOpen(finding, evidence)) continue;
      const expected = expectedOutcomes(finding, posterior);
      status[index] = expected.every((outcome) => outcome === finding.none) ? ABSENT : PRESENT;
      if (finding.finding.type !== "binary") values.set(index, expected);
    }
    return evidence;
  };
}

/** P(outcome), for each outcome of a finding, whose parent is present. */
export function outcomeMeans({ outcomes, p }: FindingModel, posterior: Float64Array): Float64Array {
  const conditions = posterior.length;
  const means = new Float64Array(outcomes.length);
  for (let o = 0; o < means.length; o++) {
    let sum = 0;
    for (let c = 0, at = o * conditions; c < conditions; c++) sum += posterior[c]! * p[at + c]!;
    means[o] = sum;
  }
  return means;
}

function expectedOutcomes(finding: FindingModel, posterior: Float64Array): readonly number[] {
  const means = outcomeMeans(finding, posterior);
  const mode = means.reduce((best, p, o) => (p > means[best]! ? o : best), 0);
  if (finding.finding.type === "multiple") {
    const likely = [...means.keys()].filter((o) => o !== finding.none && means[o]! > LIKELY);
    return mode === finding.none || likely.length === 0 ? [mode] : likely;
  }
  if (!isScale(finding)) return [mode];
  const numbers = finding.outcomes.map((_, o) => scaleNumber(finding, o));
  const mean = numbers.reduce((sum, number, o) => sum + number * means[o]!, 0);
  return [nearest(numbers, mean)];
}

function nearest(numbers: readonly number[], x: number): number {
  return numbers.reduce((best, number, i) => (Math.abs(number - x) < Math.abs(numbers[best]! - x) ? i : best), 0);
}

function depth({ parent }: FindingModel, model: LikelihoodModel): number {
  return parent < 0 ? 0 : 1 + depth(model.findings[parent]!, model);
}
