/** What a scripted patient says of a finding, read as free text, is what it meant: over every finding and value. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../../../simulators/knowledge/authored.ts";
import { loadDdxplusKnowledge } from "../../../simulators/knowledge/ddxplus.ts";
import { personaNamed } from "../../../simulators/patients/persona.ts";
import { scriptedPatient } from "../../../simulators/patients/scripted.ts";
import {
  buildLexicon,
  type Finding,
  type KnowledgeBase,
  type ObservedFinding,
  readAnswer,
} from "../../../src/index.ts";
import { variant } from "./small-base.ts";

const REQUIRED = 0.99;

/** One statement for each thing that can be said of a finding. */
function statements({ id, type, values, range, none }: Finding): ObservedFinding[] {
  const present: ObservedFinding = { finding: id, state: "present" };
  const absent: ObservedFinding = { finding: id, state: "absent" };
  if (type === "binary") return [present, absent];
  if (type === "numeric") return range ? [{ ...present, number: (range[0] + range[1]) / 2 }] : [];
  const given = values.filter((value) => value.id !== none).map((value) => ({ ...present, values: [value.id] }));
  return none === undefined ? given : [...given, absent];
}

async function misread(base: KnowledgeBase): Promise<{ said: number; wrong: string[] }> {
  const lexicon = buildLexicon(base.findings);
  let said = 0;
  const wrong: string[] = [];
  for (const finding of base.findings) {
    const parent = finding.parent ? [{ finding: finding.parent, state: "present" as const }] : [];
    for (const statement of statements(finding)) {
      for (const persona of ["plain", "terse", "verbose"] as const) {
        const told = variant({ opening: [], findings: [...parent, statement], label: { name: "none", synonyms: [] } });
        const patient = scriptedPatient({ case: told, base, lexicon, persona: personaNamed(persona), seed: 5 });
        const { text } = await patient.answer({ type: "ask", finding: finding.id });
        said++;
        const read = readAnswer(finding, text);
        try {
          expect(read).toEqual(statement);
        } catch {
          wrong.push(
            `${finding.id} (${persona}): ${text} -> ${JSON.stringify(read)}, not ${JSON.stringify(statement)}`,
          );
        }
      }
    }
  }
  return { said, wrong };
}

describe("a patient's words read back", () => {
  const check = async (name: string, base: KnowledgeBase): Promise<void> => {
    const { said, wrong } = await misread(base);
    console.log(`${name}: ${said - wrong.length} of ${said} answers read back`, process.env.SHOW_MISSED ? wrong : "");
    expect(1 - wrong.length / said).toBeGreaterThanOrEqual(REQUIRED);
  };

  it("over the starter base", async () => check("starter", await loadKnowledgeBase(STARTER_DIRECTORY)));

  const ddxplus = join(process.env.ANAMNESIS_DATA ?? "../shared/data", "ddxplus");
  it.skipIf(!existsSync(ddxplus))("over DDXPlus", async () =>
    check("DDXPlus", (await loadDdxplusKnowledge(ddxplus)).base),
  );
});
