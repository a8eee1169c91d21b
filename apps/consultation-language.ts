/**
 * The language of consultations, as texts to make a tokenizer from: seeded consultations with simulated patients, in the
 * policy's own protocol, every question of the knowledge base and every name of its conditions. Nothing is downloaded.
 */
import { consult } from "../environments/index.ts";
import { type CaseSource, PERSONAS, Persona, patientFor } from "../simulators/index.ts";
import { buildLexicon, type KnowledgeBase, renderMove, steppingClock } from "../src/index.ts";
import { agentNamed } from "./agents.ts";

export interface LanguageOptions {
  readonly base: KnowledgeBase;
  readonly source: CaseSource;
  /** Consultations to hold. */
  readonly count: number;
  readonly seed: number;
}

const BUDGET = 12;

export async function* consultationLanguage({ base, source, count, seed }: LanguageOptions): AsyncGenerator<string> {
  for (const { name, synonyms } of base.conditions) yield* [name, ...synonyms];
  for (const { name, question } of base.findings.values()) {
    yield name;
    if (question) yield renderMove({ type: "ask", text: question });
  }
  const agentFor = await agentNamed({ name: "bayes", base, goal: "diagnosis", options: { examine: true } });
  const lexicon = buildLexicon(base.findings);
  const personas = Object.values(PERSONAS).map((persona) => Persona.parse(persona));
  let held = 0;
  for await (const chosen of source.cases()) {
    const persona = personas[held % personas.length]!;
    const patient = patientFor({ case: chosen, base, lexicon, persona, seed });
    const { id, age, sex, fingerprint } = chosen;
    const options = { id, clock: steppingClock(), base, lexicon, budget: BUDGET, person: { age, sex } };
    for (const event of await consult(agentFor(fingerprint), patient, options)) {
      if (event.type === "patient-said") yield event.text;
      if (event.type === "agent-asked") yield renderMove({ type: "ask", text: event.text });
      if (event.type === "agent-examined") yield renderMove({ type: "examine", text: event.text });
    }
    if (++held >= count) break;
  }
}
