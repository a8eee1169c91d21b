/** Reads evidence: what is told of a finding, and the evidence of a patient of whom everything is known. */
import { type FindingModel, type LikelihoodModel, outcomesOf } from "../../src/index.ts";
import { ABSENT, PRESENT } from "../bayes/belief.ts";
import type { Evidence, Example } from "./types.ts";

/** Whether a finding means anything: it has no parent, or its parent is present. */
export function isOpen({ parent }: FindingModel, { status }: Evidence): boolean {
  return parent < 0 || status[parent] === PRESENT;
}

export function isPresent(finding: FindingModel, evidence: Evidence): boolean {
  return evidence.status[finding.index] === PRESENT && isOpen(finding, evidence);
}

/** The outcomes told of a finding with values; undefined where nothing is known or nothing can be. */
export function toldOutcomes(finding: FindingModel, evidence: Evidence): readonly number[] | undefined {
  if (!isOpen(finding, evidence)) return undefined;
  const { index, none } = finding;
  const told = evidence.values.get(index);
  return told ?? (none >= 0 && evidence.status[index] === ABSENT ? [none] : undefined);
}

/** Everything of a patient: what is not listed is absent. */
export function closedEvidence(model: LikelihoodModel, { age, sex, findings }: Omit<Example, "listed">): Evidence {
  const status = new Uint8Array(model.findings.length).fill(ABSENT);
  const values = new Map<number, readonly number[]>();
  for (const observed of findings) {
    const finding = model.findings[model.indexOf.get(observed.finding) ?? -1];
    if (!finding || observed.state !== "present") continue;
    status[finding.index] = PRESENT;
    const told = outcomesOf(finding, observed);
    if (told && finding.finding.type !== "binary") values.set(finding.index, told);
  }
  return { intake: { ...(age !== undefined && { age }), sex }, status, values };
}
