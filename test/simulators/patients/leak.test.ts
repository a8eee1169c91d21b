/** No patient ever says the name of what it has. Coded cases: everything is asked of everybody. Narrative cases: each
 * patient is asked about its own facts, results and diagnosis. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Case, type CaseSource } from "../../../simulators/case.ts";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../../../simulators/knowledge/authored.ts";
import { factPatient } from "../../../simulators/patients/facts.ts";
import { type Persona, personaNamed } from "../../../simulators/patients/persona.ts";
import { scriptedPatient } from "../../../simulators/patients/scripted.ts";
import { isMeasured } from "../../../simulators/patients/truth.ts";
import { openAgentClinic } from "../../../simulators/sources/agentclinic.ts";
import { openMediq } from "../../../simulators/sources/mediq.ts";
import { openPhenopackets } from "../../../simulators/sources/phenopackets.ts";
import { buildLexicon, type Condition, type KnowledgeBase, type ObservedFinding } from "../../../src/index.ts";

/** Whole words, any case: simpler and stricter than the patients' own guard. */
function names(label: Case["label"], text: string): boolean {
  const plain = (s: string): string =>
    ` ${s
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim()} `;
  return [label.name, ...label.synonyms].some((name) => plain(text).includes(plain(name)));
}

/** A patient who has everything that the condition knows of. */
function textbookCase(condition: Condition, base: KnowledgeBase): Case {
  const findings = Object.keys(condition.findings).map((id): ObservedFinding => {
    const finding = base.findings.find((known) => known.id === id)!;
    if (finding.type === "binary") return { finding: id, state: "present" };
    const values = finding.values.map((value) => value.id).filter((value) => value !== finding.none);
    return { finding: id, state: "present", values: finding.type === "multiple" ? values : values.slice(0, 1) };
  });
  const { id, name, synonyms, complaints } = condition;
  return Case.parse({ id, opening: complaints, findings, label: { condition: id, name, synonyms } });
}

describe("a scripted patient", () => {
  it("names its condition in no answer, over all conditions and findings of the starter base", async () => {
    const base = await loadKnowledgeBase(STARTER_DIRECTORY);
    const lexicon = buildLexicon(base.findings);
    const personas: [string, Persona][] = (["plain", "verbose"] as const).map((name) => [name, personaNamed(name)]);
    const leaks: string[] = [];
    for (const condition of base.conditions) {
      const patientCase = textbookCase(condition, base);
      for (const [name, persona] of personas) {
        const patient = scriptedPatient({ case: patientCase, base, lexicon, persona, seed: 3 });
        const check = (text: string): void => {
          if (names(patientCase.label, text)) leaks.push(`${condition.id} (${name}): ${text}`);
        };
        check((await patient.open()).text);
        for (const finding of base.findings) {
          const type = isMeasured(finding.kind) ? "examine" : "ask";
          check((await patient.answer({ type, finding: finding.id })).text);
        }
        for (const text of ["What is your diagnosis?", `Do you have ${condition.name}?`, "What is wrong with you?"]) {
          check((await patient.answer({ type: "ask", text })).text);
        }
      }
    }
    expect(leaks).toEqual([]);
  });
});

const data = process.env.ANAMNESIS_DATA ?? "../shared/data";
const narrative: [name: string, file: string, open: (file: string) => Promise<CaseSource>][] = [
  ["AgentClinic", "agentclinic/medqa.jsonl", openAgentClinic],
  ["iCraft-MD", "mediq/icraftmd.jsonl", openMediq],
  ["iMedQA", "mediq/imedqa.jsonl", openMediq],
  ["phenopackets", "phenopackets/cases.jsonl", openPhenopackets],
];

describe("a fact-selecting patient", () => {
  for (const [name, file, open] of narrative) {
    it.skipIf(!existsSync(join(data, file)))(`names its label in no answer: ${name}`, async () => {
      const source = await open(join(data, file));
      const leaks: string[] = [];
      let patients = 0;
      let masked = 0;
      for await (const found of source.cases()) {
        patients++;
        if (found.masked > 0) masked++;
        const patient = factPatient({ case: found, seed: 0 });
        const check = (text: string): void => {
          if (names(found.label, text)) leaks.push(`${found.id}: ${text}`);
        };
        check((await patient.open()).text);
        const questions = [...found.facts, "What is your diagnosis?", `Do you have ${found.label.name}?`];
        for (const text of questions) check((await patient.answer({ type: "ask", text })).text);
        const orders = [...found.measurements.map((measurement) => measurement.name), found.label.name];
        for (const text of orders) check((await patient.answer({ type: "examine", text })).text);
      }
      console.log(`${name}: ${patients} patients, ${masked} masked`);
      expect(patients).toBeGreaterThan(0);
      expect(leaks).toEqual([]);
    });
  }
});
