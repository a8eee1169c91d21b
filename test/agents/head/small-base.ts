/** A knowledge base small enough to work out features and lists by hand. Written for these tests. */
import { KnowledgeBase, type ObservedFinding } from "../../../src/index.ts";

const said = { question: "?", synonyms: [] };

export const smallBase: KnowledgeBase = KnowledgeBase.parse({
  id: "small",
  version: "1",
  notice: "Written for a test. Not medical advice.",
  findings: [
    { id: "fever", name: "fever", kind: "symptom", type: "binary", ...said },
    { id: "cough", name: "cough", kind: "symptom", type: "binary", ...said },
    { id: "smoker", name: "smoker", kind: "antecedent", type: "binary", ...said },
    { id: "pain", name: "pain", kind: "symptom", type: "binary", ...said },
    {
      id: "pain-place",
      name: "place of the pain",
      kind: "symptom",
      type: "multiple",
      parent: "pain",
      none: "nowhere",
      values: ["nowhere", "chest", "head", "belly"].map((id) => ({ id, name: id })),
      ...said,
    },
    {
      id: "pain-strength",
      name: "strength of the pain",
      kind: "symptom",
      type: "categorical",
      parent: "pain",
      none: "0",
      values: ["0", "5", "10"].map((id) => ({ id, name: id })),
      ...said,
    },
  ],
  conditions: [
    {
      id: "pneumonia",
      name: "Pneumonia",
      icd10: "J18.9",
      severity: 2,
      urgency: "emergency",
      domain: "respiratory",
      prior: 0.5,
      findings: {
        fever: 0.8,
        cough: 0.9,
        smoker: 0.4,
        pain: 0.5,
        "pain-place": { chest: 0.9 },
        "pain-strength": { "5": 0.8, "10": 0.2 },
      },
    },
    {
      id: "migraine",
      name: "Migraine",
      icd10: "G43.9",
      severity: 4,
      urgency: "self-care",
      domain: "neurological",
      prior: 0.3,
      findings: { pain: 0.99, "pain-place": { head: 1 }, "pain-strength": { "10": 1 } },
    },
    {
      id: "cold",
      name: "Cold",
      icd10: "J00",
      severity: 5,
      urgency: "self-care",
      domain: "respiratory",
      prior: 0.2,
      findings: { fever: 0.2, cough: 0.5 },
    },
  ],
});

/** Fever, and pain of strength 10 in the chest and the head. */
export const feverishPain: readonly ObservedFinding[] = [
  { finding: "fever", state: "present" },
  { finding: "pain", state: "present" },
  { finding: "pain-place", state: "present", values: ["chest", "head"] },
  { finding: "pain-strength", state: "present", values: ["10"] },
];
