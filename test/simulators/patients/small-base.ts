/** A knowledge base of a few findings, written for these tests, with a case in it. */

import { Case } from "../../../simulators/case.ts";
import { KnowledgeBase } from "../../../src/index.ts";

export const smallBase = KnowledgeBase.parse({
  id: "small",
  version: "1",
  notice: "Written for tests.",
  findings: [
    {
      id: "cough",
      name: "cough",
      kind: "symptom",
      type: "binary",
      question: "Do you have a cough?",
      synonyms: ["coughing", "hacking"],
      answers: { present: ["Yes, I keep coughing.", "I cough all day."], absent: ["No cough.", "I don't cough."] },
    },
    {
      id: "cough-type",
      name: "character of the cough",
      kind: "symptom",
      type: "categorical",
      parent: "cough",
      question: "Is the cough dry, or does something come up?",
      synonyms: ["kind of cough"],
      values: [
        { id: "dry", name: "dry", synonyms: ["nothing comes up"], answer: "It's a dry cough." },
        { id: "productive", name: "productive", synonyms: ["phlegm"], answer: "I bring up a lot of phlegm." },
      ],
    },
    {
      id: "fever",
      name: "fever",
      kind: "symptom",
      type: "binary",
      question: "Do you have a fever?",
      synonyms: ["high temperature"],
    },
    { id: "sore-throat", name: "sore throat", kind: "symptom", type: "binary", question: "Is your throat sore?" },
    {
      id: "pain-place",
      name: "place of the pain",
      kind: "symptom",
      type: "multiple",
      question: "Where does it hurt?",
      values: [
        { id: "nowhere", name: "nowhere" },
        { id: "arm-l", name: "arm(L)" },
        { id: "arm-r", name: "arm(R)" },
        { id: "belly", name: "belly", synonyms: ["stomach"] },
      ],
      none: "nowhere",
    },
    {
      id: "pain-strength",
      name: "strength of the pain",
      kind: "symptom",
      type: "categorical",
      question: "How strong is the pain?",
      values: ["0", "3", "7"].map((id) => ({ id, name: `${id} out of 10` })),
      none: "0",
    },
    { id: "smoker", name: "smoking", kind: "antecedent", type: "binary", question: "Do you smoke?" },
    { id: "asthma-history", name: "asthma", kind: "antecedent", type: "binary", question: "Have you ever had asthma?" },
    {
      id: "temperature",
      name: "body temperature",
      kind: "sign",
      type: "numeric",
      question: "Please measure the temperature.",
      unit: "°C",
      range: [34, 42.5],
      values: [
        { id: "normal", name: "below 38 °C", below: 38 },
        { id: "raised", name: "38 °C or more", from: 38 },
      ],
    },
    {
      id: "chest-x-ray",
      name: "infiltrate on the chest X-ray",
      kind: "test",
      type: "binary",
      question: "Order a chest X-ray.",
      answers: { present: ["A shadow in the right lower lobe."], absent: ["The lungs are clear."] },
    },
  ],
  conditions: [
    {
      id: "asthma",
      name: "Asthma",
      synonyms: ["bronchial asthma"],
      icd10: "J45",
      severity: 3,
      domain: "respiratory",
      prior: 1,
      findings: { cough: 0.8 },
    },
  ],
});

export const smallCase = Case.parse({
  id: "small-1",
  age: 40,
  sex: "female",
  opening: ["cough"],
  findings: [
    { finding: "cough", state: "present" },
    { finding: "cough-type", state: "present", values: ["dry"] },
    { finding: "sore-throat", state: "absent" },
    { finding: "pain-place", state: "present", values: ["arm-l", "belly"] },
    { finding: "pain-strength", state: "present", values: ["7"] },
    { finding: "asthma-history", state: "present" },
    { finding: "temperature", state: "present", number: 39.2 },
  ],
  label: { condition: "asthma", name: "Asthma", synonyms: ["bronchial asthma"] },
});

/** The case without `finding`, or with another statement on it. */
export function variant(changes: Partial<Case>): Case {
  return { ...smallCase, ...changes };
}
