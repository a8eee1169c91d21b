/**
 * What a person has speaks for some conditions and against others, apart from all that they deny: the weight of the
 * findings that are present, and how many of them a condition makes likelier.
 */
import type { LikelihoodModel, Support } from "../../src/index.ts";
import { type Belief, logTables, PRESENT, PRESENT_OUTCOME } from "./belief.ts";

/** A finding whose weight is not above this, in nats, makes a condition no likelier than usual. */
const LEAST_WEIGHT = 1e-3;

/** Gives, for a belief, the support of each condition, in the model's order. */
export function supportUnder(model: LikelihoodModel): (belief: Belief) => Support[] {
  const conditions = model.conditions.length;
  const tables = logTables(model);
  const told = new Float64Array(conditions + 1);
  return ({ status, values }) => {
    const support = model.conditions.map(() => ({ weight: 0, findings: 0 }));
    for (const { index, parent, none } of model.findings) {
      if (status[index] !== PRESENT || (parent >= 0 && status[parent] !== PRESENT)) continue;
      told.fill(0);
      tables[index]!.add(told, values.get(index) ?? PRESENT_OUTCOME);
      // What nobody is without, such as an onset, says when or how much, not that there is anything.
      const isFound = none >= 0 || parent >= 0;
      for (let c = 0; c < conditions; c++) {
        const weight = told[c]! - told[conditions]!;
        support[c]!.weight += weight;
        if (isFound && weight > LEAST_WEIGHT) support[c]!.findings++;
      }
    }
    return support;
  };
}
