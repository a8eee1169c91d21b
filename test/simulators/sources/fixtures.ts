/** Small files of each case format, written for these tests, and where the shared data are. */
import { existsSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Case, CaseSource, SourceOptions } from "../../../simulators/case.ts";
import { openAgentClinic } from "../../../simulators/sources/agentclinic.ts";
import { openJsonl } from "../../../simulators/sources/jsonl.ts";
import { openMediq } from "../../../simulators/sources/mediq.ts";
import { openPhenopackets } from "../../../simulators/sources/phenopackets.ts";

export type Open = (file: string, options?: SourceOptions) => Promise<CaseSource>;

/** The shared data set `name`, if it is here. Tests over it are skipped where it is not. */
export function sharedData(name: string): { readonly file: string; readonly missing: boolean } {
  const file = join(process.env.ANAMNESIS_DATA ?? "../shared/data", name);
  return { file, missing: !existsSync(file) };
}

/** Writes `content` to a new file and gives its path. */
export async function fileOf(content: string | Uint8Array, name = "cases.jsonl"): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), "anamnesis-cases-")), name);
  await writeFile(file, content);
  return file;
}

export const linesOf = (...rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

export async function readAll(source: CaseSource): Promise<Case[]> {
  const cases: Case[] = [];
  for await (const read of source.cases()) cases.push(read);
  return cases;
}

export const OWN_ROW = {
  id: "own-1",
  age: 41,
  sex: "female",
  complaint: "My throat hurts.",
  opening: ["sore-throat"],
  findings: [
    { finding: "sore-throat", state: "present" },
    { finding: "rash-location", state: "present", values: ["face"] },
    { finding: "fever", state: "absent" },
  ],
  label: { condition: "cold", name: "Common cold" },
};

export const AGENTCLINIC_ROW = {
  OSCE_Examination: {
    Objective_for_Doctor: "Find the sprained ankle.",
    Patient_Actor: {
      Demographics: "8-month-old boy",
      History: "He fell from a chair. Dr. Ames saw him at 2.5 hours. He cries since.",
      Symptoms: { Primary_Symptom: "Swollen ankle", Secondary_Symptoms: ["Limping", "Crying"] },
      Past_Medical_History: "A sprained ankle last year.",
      Social_History: { Home: "Lives with his parents." },
      Current_Medications: ["Vitamin D"],
    },
    Physical_Examination_Findings: {
      Vital_Signs: { Temperature: "36.9 °C", Normal: true },
      Ankle: { Tests: ["Drawer test negative", "Squeeze test negative"] },
    },
    Test_Results: { X_ray: { Findings: "No fracture, suggestive of sprained ankle (SA)." } },
    Correct_Diagnosis: "Sprained ankle (SA)",
  },
};

export const MEDIQ_ROW = {
  id: 7,
  question: "Which of the following is the most likely diagnosis?",
  options: { A: "Chilblains", B: "Frostbite", C: "Eczema", D: "Psoriasis" },
  answer: "Chilblains",
  answer_idx: "A",
  facts: [
    "1. The patient is a 51-year-old man.",
    "2. The patient comes to the clinic.",
    "3. His toes itch in the cold.",
    "4. A friend said it looks like chilblains.",
  ],
  patient: { age: "51 years", gender: "male", gpt_specialty: "Dermatology" },
};

export const PHENOPACKET_ROW = {
  id: "PMID_1",
  path: "x.json",
  subject: { id: "1", sex: "FEMALE", timeAtLastEncounter: { age: { iso8601duration: "P1Y6M" } } },
  features: [
    { id: "HP:0000494", label: "Downslanted eyes", excluded: true },
    { id: "HP:0000348", label: "High forehead", excluded: false },
    { id: "HP:0002353", label: "EEG abnormality", excluded: true },
  ],
  disease: { id: "OMIM:1", label: "Tall-forehead syndrome]" },
  pmid: ["PMID:1"],
};

/** Every format that is one JSON object a line, with a good row. */
export const FORMATS: readonly { readonly format: string; readonly open: Open; readonly row: unknown }[] = [
  { format: "own", open: openJsonl, row: OWN_ROW },
  { format: "agentclinic", open: openAgentClinic, row: AGENTCLINIC_ROW },
  { format: "mediq", open: openMediq, row: MEDIQ_ROW },
  { format: "phenopackets", open: openPhenopackets, row: PHENOPACKET_ROW },
];
