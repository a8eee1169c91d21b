/** A knowledge base of three findings and two conditions, as files, for tests to break. */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const FILES: Readonly<Record<string, string>> = {
  "knowledge-base.yaml": `id: small
version: 0.0.1
notice: Written for a test. Not medical advice.
`,
  "findings/general.yaml": `# Written for a test.
- id: fever
  name: fever
  kind: symptom
  type: binary
  question: Have you had a temperature?
  synonyms: [feeling hot]
  answers:
    present: ["Yes, I have been burning up."]
    absent: ["No, no temperature."]
  background: rarely
- id: cough
  name: cough
  kind: symptom
  type: binary
  question: Do you cough?
- id: cough-type
  name: character of the cough
  kind: symptom
  type: categorical
  parent: cough
  question: Is the cough dry, or does something come up?
  values:
    - { id: dry, name: dry, answer: "Quite dry." }
    - { id: wet, name: wet, answer: "I bring something up." }
- id: body-temperature
  name: body temperature
  kind: sign
  type: numeric
  unit: °C
  range: [34, 42.5]
  question: Please measure the temperature.
  values:
    - { id: normal, name: below 38 °C, below: 38 }
    - { id: high, name: 38 °C or more, from: 38 }
`,
  "conditions/respiratory.yaml": `- id: flu
  name: Influenza
  synonyms: [grippe]
  icd10: J11.1
  severity: 4
  urgency: self-care
  domain: respiratory
  prior: common
  complaints: [fever, cough]
  findings:
    fever: usually
    cough: often
    cough-type: { dry: usually, wet: rarely }
    body-temperature: { normal: 0.2, high: 0.8 }
- id: cold
  name: Common cold
  icd10: J00
  severity: 5
  domain: respiratory
  prior: very-common
  complaints: [cough]
  findings:
    cough: 0.7
    fever: rarely
`,
  "red-flags.yaml": `- id: very-hot
  name: Very high temperature
  when:
    all: [fever, body-temperature>=40]
  urgency: within-24-hours
  message: A temperature this high should be seen today.
`,
};

export type Edit = readonly [file: string, from: string, to: string];

/** Writes the base to a new directory, each edit made; the text of an edit must occur. */
export async function smallBase(...edits: readonly Edit[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "anamnesis-base-"));
  for (const [file, original] of Object.entries(FILES)) {
    let text = original;
    for (const [, from, to] of edits.filter(([edited]) => edited === file)) {
      if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
      text = text.replace(from, to);
    }
    const path = join(directory, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  return directory;
}
