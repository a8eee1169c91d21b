/**
 * AgentClinic-MedQA: OSCE cases with what the patient tells, what an examination shows, what tests result in, and the
 * correct diagnosis (Schmidgall et al., MIT). The objective for the doctor is not read: it belongs to neither.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { Case, CaseSource, Measurement, SourceOptions } from "../case.ts";
import { CaseError } from "../errors.ts";
import { alternativeNames } from "../naming.ts";
import { ageFromWords, sexFromWords } from "./demographics.ts";
import { openJsonLines } from "./json-lines.ts";
import { maskLabel } from "./masking.ts";
import { sentencesOf } from "./sentences.ts";

const text = z.string();
const AgentClinicRow = z.object({
  OSCE_Examination: z.object({
    Patient_Actor: z.looseObject({
      Demographics: text.min(1).max(1_000),
      History: z.unknown(),
      Symptoms: z.looseObject({ Primary_Symptom: text.trim().min(1) }),
    }),
    Physical_Examination_Findings: z.unknown(),
    Test_Results: z.unknown(),
    Correct_Diagnosis: text.trim().min(1).max(300),
  }),
});
type AgentClinicRow = z.infer<typeof AgentClinicRow>;

export async function openAgentClinic(file: string, options: SourceOptions = {}): Promise<CaseSource> {
  const name = `agentclinic:${file}`;
  return openJsonLines({ name, file, row: AgentClinicRow, toCase, repairs: () => [] }, options);
}

function toCase({ OSCE_Examination: osce }: AgentClinicRow): Case {
  const { Demographics: demographics, Symptoms: symptoms, ...told } = osce.Patient_Actor;
  const age = ageFromWords(demographics);
  const sex = sexFromWords(demographics);
  const { History: history, ...background } = told;
  const diagnosis = osce.Correct_Diagnosis;
  const facts = [
    ...factsOf(history, "History"),
    ...Object.values(symptoms).flatMap((symptom) => factsOf(symptom, "Symptoms")),
    ...Object.entries(background).flatMap(([section, content]) => factsOf(content, section)),
  ];
  const measurements = [osce.Physical_Examination_Findings, osce.Test_Results].flatMap(measurementsOf);
  return maskLabel({
    // The rows have no ids: the digest of the content is the same in any file.
    id: `agentclinic-${createHash("sha256").update(JSON.stringify(osce)).digest("hex").slice(0, 10)}`,
    ...(age !== undefined && { age }),
    ...(sex && { sex }),
    complaint: symptoms.Primary_Symptom,
    opening: [],
    findings: [],
    unlisted: "unknown",
    facts,
    measurements,
    attachments: [],
    label: { name: diagnosis, synonyms: alternativeNames(diagnosis) },
    options: [],
    masked: 0,
  });
}

/** Sections whose lists are bare names: "Insulin" says nothing without "Current medications". */
const NAMED_LISTS = /medication|drug/i;

/** The statements of a section, verbatim; where it is a list of names, each with the section's. */
function factsOf(content: unknown, section: string): string[] {
  return leavesOf(content, section).flatMap(({ leaf }) => {
    if (Array.isArray(content) && NAMED_LISTS.test(section)) return [`${words(section)}: ${leaf}`];
    return sentencesOf(leaf);
  });
}

/** `{Vital_Signs: {Temperature: "38 °C"}}` as `Vital Signs: Temperature` with its result. Lists are joined. */
function measurementsOf(tree: unknown): Measurement[] {
  const results = new Map<string, string>();
  for (const { path, leaf } of leavesOf(tree)) {
    const name = path.map(words).join(": ");
    const before = results.get(name);
    results.set(name, before === undefined ? leaf : `${before}; ${leaf}`);
  }
  return [...results].map(([name, result]) => ({ name, result }));
}

/** No case nests its results deeper. */
const DEEPEST = 12;

/** The texts, numbers and booleans of a tree with the keys that lead to them; empty ones are left out. */
function leavesOf(tree: unknown, root?: string): { readonly path: readonly string[]; readonly leaf: string }[] {
  const leaves: { path: readonly string[]; leaf: string }[] = [];
  const visit = (node: unknown, path: readonly string[], depth: number): void => {
    if (depth > DEEPEST) throw new CaseError("bad-value", "nests too deeply", { place: { field: path[0] } });
    if (Array.isArray(node)) for (const item of node) visit(item, path, depth + 1);
    else if (typeof node === "object" && node !== null) {
      for (const [key, value] of Object.entries(node)) visit(value, [...path, key], depth + 1);
    } else if (node !== undefined && node !== null && String(node).trim() !== "") {
      leaves.push({ path: path.length > 0 ? path : ["Findings"], leaf: String(node).trim() });
    }
  };
  visit(tree, root === undefined ? [] : [root], 0);
  return leaves;
}

const words = (key: string): string => key.replaceAll("_", " ").trim();
