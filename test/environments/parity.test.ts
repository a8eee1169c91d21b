/** The quick way (`runInterview`) and the way in words (`consult`) are the same consultation. */
import { describe, expect, test } from "vitest";
import { bayesAgent, randomAgent } from "../../agents/index.ts";
import { consult, runInterview, transcribe } from "../../environments/index.ts";
import { type Case, PERSONAS, Persona, patientFor } from "../../simulators/index.ts";
import {
  type AgentCore,
  buildLexicon,
  ConsultationEvent,
  type KnowledgeBase,
  type Lexicon,
  replay,
  steppingClock,
} from "../../src/index.ts";
import { clinic, smoker } from "../fixtures/clinic.ts";
import { ddxplusCases, ddxplusIsMissing, starterCases } from "../fixtures/sources.ts";

interface Setting {
  readonly base: KnowledgeBase;
  readonly lexicon: Lexicon;
  readonly persona?: Persona;
  readonly onRedFlag?: "stop" | "record";
  readonly budget?: number;
  readonly seed?: number;
}

/** One case both ways, and the events rebuilt from the quick way's record. */
async function bothWays(core: AgentCore, chosen: Case, setting: Setting) {
  const { base, lexicon, persona, onRedFlag = "record", budget = 12, seed = 3 } = setting;
  const patient = () => patientFor({ case: chosen, base, lexicon, persona, seed });
  const id = `${seed}:${chosen.id}`;
  const person = { age: chosen.age, sex: chosen.sex };
  const options = () => ({ id, clock: steppingClock(), base, lexicon, person, onRedFlag });
  const coded = patient();
  const intake = { ...person, findings: chosen.opening.map((finding) => coded.truth(finding)) };
  const record = runInterview(core, coded, intake, { budget, seed: id, redFlags: base.redFlags, onRedFlag });
  const events = await consult(core, patient(), { ...options(), budget });
  const rebuilt = await transcribe(record, core.versions, patient(), options());
  return { record, events, rebuilt };
}

async function expectSame(core: AgentCore, chosen: Case, setting: Setting): Promise<void> {
  const { record, events, rebuilt } = await bothWays(core, chosen, setting);
  const consultation = replay(events);
  expect(consultation.asked).toEqual(record.turns.map(({ finding }) => finding));
  expect([...consultation.findings.values()].slice(-record.turns.length || undefined)).toEqual(
    record.turns.length > 0 ? record.turns : [...consultation.findings.values()],
  );
  expect(consultation.conclusion).toEqual(record.conclusion);
  expect(consultation.redFlags.map(({ rule }) => rule)).toEqual(record.redFlags.map(({ rule }) => rule.id));
  expect(JSON.stringify(rebuilt)).toBe(JSON.stringify(events));
  for (const event of events) expect(() => ConsultationEvent.parse(event)).not.toThrow();
}

const agentsOf = (base: KnowledgeBase): AgentCore[] => [
  bayesAgent(base, { examine: true }) as AgentCore,
  randomAgent(base) as AgentCore,
];

describe("an interview and a consultation in words: same questions, findings, flags and conclusion, same bytes", () => {
  test("in the small clinic, whoever the patient is and whatever a red flag does", async () => {
    const lexicon = buildLexicon(clinic.findings);
    for (const core of agentsOf(clinic)) {
      for (const persona of Object.values(PERSONAS)) {
        for (const onRedFlag of ["stop", "record"] as const) {
          await expectSame(core, smoker, { base: clinic, lexicon, persona: Persona.parse(persona), onRedFlag });
        }
      }
    }
  });

  test("over sampled starter cases", async () => {
    const { base, cases } = await starterCases(40);
    const lexicon = buildLexicon(base.findings);
    const anxious = Persona.parse(PERSONAS.anxious);
    for (const core of agentsOf(base)) {
      for (const chosen of cases) {
        await expectSame(core, chosen, { base, lexicon });
        await expectSame(core, chosen, { base, lexicon, persona: anxious, onRedFlag: "stop", seed: 8 });
      }
    }
  });

  test.skipIf(ddxplusIsMissing)("over DDXPlus patients", async () => {
    const { base, cases } = await ddxplusCases(30);
    const lexicon = buildLexicon(base.findings);
    for (const core of agentsOf(base)) for (const chosen of cases) await expectSame(core, chosen, { base, lexicon });
  });
});

describe("a consultation", () => {
  test("is the same bytes for the same seed, and another one for another seed", async () => {
    const { base, cases } = await starterCases(3);
    const lexicon = buildLexicon(base.findings);
    const setting = { base, lexicon, persona: Persona.parse({ ...PERSONAS.vague, denial: 0.3 }) };
    const textOf = async (seed: number): Promise<string> => {
      const core = randomAgent(base) as AgentCore;
      const all = [];
      for (const chosen of cases) all.push((await bothWays(core, chosen, { ...setting, seed })).events);
      return JSON.stringify(all);
    };
    expect(await textOf(5)).toBe(await textOf(5));
    expect(await textOf(5)).not.toBe(await textOf(6));
  });
});
