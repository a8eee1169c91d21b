/** Consultations to export: simulated, talked through, and written by hand where chance would seldom bring them. */
import { bayesAgent } from "../../../agents/index.ts";
import { consult } from "../../../environments/index.ts";
import {
  caseSampler,
  loadKnowledgeBase,
  PERSONAS,
  type PersonaName,
  patientFor,
  personaNamed,
  STARTER_DIRECTORY,
} from "../../../simulators/index.ts";
import { buildLexicon, type ConsultationEvent, type EventBody, EventLog, steppingClock } from "../../../src/index.ts";
import { conversation, embeddedParts } from "../../agents/conversation/talk.ts";

export const base = await loadKnowledgeBase(STARTER_DIRECTORY);
const lexicon = buildLexicon(base.findings);
export const parts = embeddedParts(base, { lexicon });

/** Cases of the starter with patients of every persona; every other agent may order tests too. */
export async function simulated(count: number): Promise<ConsultationEvent[][]> {
  const draw = caseSampler(base);
  const personas = Object.keys(PERSONAS) as PersonaName[];
  const all: ConsultationEvent[][] = [];
  for (let index = 0; index < count; index++) {
    const drawn = draw(7, index);
    const persona = personaNamed(personas[index % personas.length]!);
    const patient = patientFor({ case: drawn, base, lexicon, persona, seed: index });
    const { age, sex } = drawn;
    const agent = bayesAgent(base, { examine: index % 2 === 0 });
    const options = { id: `s-${index}`, clock: steppingClock(), base, lexicon, budget: 12, person: { age, sex } };
    all.push(await consult(agent, patient, { ...options, onRedFlag: index % 3 === 0 ? "stop" : "record" }));
  }
  return all;
}

/** What a person says, one message after another. */
export async function talked(id: string, ...messages: readonly string[]): Promise<ConsultationEvent[]> {
  const { log, say } = conversation(parts, { age: 34, sex: "female" }, { id });
  for (const message of messages) await say(message);
  return [...log.events];
}

/** A list by hand: `opened` comes first by itself. */
export function written(...bodies: readonly EventBody[]): ConsultationEvent[] {
  const log = new EventLog("by hand/1", steppingClock("2026-01-01T10:00:00.000Z"));
  const [first] = bodies;
  if (first?.type !== "opened")
    log.append({ type: "opened", intake: { findings: [] }, versions: { agent: "bayes/3", knowledge: "starter" } });
  for (const body of bodies) log.append(body);
  return log.events;
}
