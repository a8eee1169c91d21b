/** A base of three conditions and cases of it, small enough to reckon by hand. */
import { Case } from "../../../simulators/index.ts";
import { KnowledgeBase } from "../../../src/index.ts";

/** flu: fever .8, cough .5; cold: fever .6; measles: rash 1. Priors 2, 1, 1. */
export function smallBase(): KnowledgeBase {
  const finding = (id: string) => ({ id, name: id, kind: "symptom", type: "binary", question: `Do you have ${id}?` });
  const condition = (id: string, prior: number, findings: Record<string, number>) => ({
    id,
    name: id,
    icd10: "A00",
    severity: 3,
    domain: "general",
    prior,
    findings,
  });
  return KnowledgeBase.parse({
    id: "small",
    version: "1",
    notice: "written for tests",
    findings: ["fever", "cough", "rash"].map(finding),
    conditions: [
      condition("flu", 2, { fever: 0.8, cough: 0.5 }),
      condition("cold", 1, { fever: 0.6 }),
      condition("measles", 1, { rash: 1 }),
    ],
  });
}

/** The first finding opens. */
export function codedCase(label: string, present: readonly string[], more: Partial<Case> = {}): Case {
  return Case.parse({
    id: `${label}-${present.join("-")}`,
    opening: present.slice(0, 1),
    findings: present.map((finding) => ({ finding, state: "present" })),
    label: { condition: label, name: label },
    ...more,
  });
}
