/** Columns of features: what each is called, and which finding it speaks of. */
import type { FindingModel } from "../../src/index.ts";
import type { Evidence } from "./types.ts";

export interface Column {
  readonly name: string;
  /** Index of the finding, -1 for none. */
  readonly finding: number;
}

/** Some columns, and how they are filled from evidence; `into` starts at zero. */
export interface FeatureBlock {
  readonly columns: readonly Column[];
  fill(evidence: Evidence, into: Float64Array): void;
}

/** A scale: numeric, or values that are all whole numbers, such as 0 to 10. It enters as one number. */
export function isScale({ finding, outcomes }: FindingModel): boolean {
  if (finding.type === "numeric") return true;
  return finding.type === "categorical" && outcomes.every((id) => /^-?\d+$/.test(id));
}

/** The number that an outcome of a scale stands for: its own, or the place of its interval. */
export function scaleNumber({ finding, outcomes }: FindingModel, outcome: number): number {
  return finding.type === "numeric" ? outcome : Number(outcomes[outcome]);
}
