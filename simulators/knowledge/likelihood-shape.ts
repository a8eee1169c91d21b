/** Whether P(finding | condition) has the shape that the finding's type asks for: a number or a band, or one a value. */
import { type Finding, type Likelihood, probabilityOf } from "../../src/index.ts";
import type { FaultList, FaultPath } from "./faults.ts";

/** How far a row of plain numbers may be from summing to 1. */
const TOLERANCE = 0.01;

export function checkLikelihood(finding: Finding, likelihood: Likelihood, path: FaultPath, list: FaultList): void {
  if (finding.type === "binary") {
    if (typeof likelihood === "object") {
      list.error("wrong-shape", path, `${finding.id} is binary: give one number or band, not one a value`);
    }
    return;
  }
  if (typeof likelihood !== "object") {
    list.error("wrong-shape", path, `${finding.id} is ${finding.type}: give each value a number or band`);
    return;
  }
  const known = new Set(finding.values.map(({ id }) => id));
  const entries = Object.entries(likelihood);
  for (const [id] of entries) {
    if (!known.has(id)) {
      list.error("unknown-value", [...path, id], `${finding.id} has no value ${id}: it has ${[...known].join(", ")}`);
    }
  }
  const total = entries.reduce((sum, [, probability]) => sum + probabilityOf(probability), 0);
  if (!(total > 0)) list.error("no-weight", path, `no value of ${finding.id} has a probability above 0`);
  else if (finding.type !== "multiple" && entries.every(([, p]) => typeof p === "number") && !sumsToOne(total)) {
    list.error("not-summing", path, `the probabilities of ${finding.id} sum to ${total.toFixed(3)}, not to 1`);
  }
}

const sumsToOne = (total: number): boolean => Math.abs(total - 1) <= TOLERANCE + 1e-9;
