/** What to ask once the diagnosis is clear: what is still unknown and what the list of conditions hangs on. */
import { appliesTo, isTold, type LikelihoodModel } from "../../src/index.ts";
import { type Belief, PRESENT, UNKNOWN } from "../bayes/belief.ts";

/** What a finding that no decision of the head hangs on still counts. */
const LEAST_IMPORTANCE = 0.02;
/** Outcomes that are less probable than this are not worth a question. */
const IMPROBABLE = 2e-3;

/**
 * Chooses the unknown finding with the largest uncertainty × (0.02 + √importance); -1 where all are as good as known.
 * Uncertainty is min(p, 1 − p) of a binary finding and Σ p (1 − p) over the values of others.
 */
export function listQuestionChooser(
  model: LikelihoodModel,
  importance: Float64Array,
  examine: boolean,
): (belief: Belief) => number {
  const conditions = model.conditions.length;
  const candidates = model.findings.flatMap(({ finding, index, parent, p }) => {
    const { kind, type } = finding;
    const isAskable = isTold(kind) || (examine && kind !== "image");
    const weight = LEAST_IMPORTANCE + Math.sqrt(importance[index]!);
    return isAskable ? [{ finding, index, parent, p, weight, isBinary: type === "binary" }] : [];
  });
  return ({ posterior, status, intake }) => {
    // After the first questions a few conditions hold all the mass.
    const held: number[] = [];
    for (let c = 0; c < conditions; c++) if (posterior[c]! > NEGLIGIBLE) held.push(c);
    const mean = (p: Float64Array, outcome: number): number => {
      let sum = 0;
      for (let i = 0; i < held.length; i++) sum += posterior[held[i]!]! * p[outcome * conditions + held[i]!]!;
      return sum < IMPROBABLE ? 0 : sum;
    };
    let finding = -1;
    let most = 0;
    for (const { finding: asked, index, parent, p, weight, isBinary } of candidates) {
      if (status[index] !== UNKNOWN || (parent >= 0 && status[parent] !== PRESENT)) continue;
      if (!appliesTo(asked, intake)) continue;
      let uncertainty = 0;
      if (isBinary) {
        const present = mean(p, 1);
        uncertainty = Math.min(present, 1 - present);
      } else {
        for (let o = 0; o * conditions < p.length; o++) {
          const q = mean(p, o);
          uncertainty += q * (1 - q);
        }
      }
      if (uncertainty * weight > most) {
        most = uncertainty * weight;
        finding = index;
      }
    }
    return finding;
  };
}

/** Conditions below this add nothing to a mean that matters. */
const NEGLIGIBLE = 1e-6;
