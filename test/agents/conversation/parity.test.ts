/** A conversation with a scripted patient whose suggestions are coded is the consultation that `consult` runs. */
import { describe, expect, test } from "vitest";
import { bayesAgent } from "../../../agents/index.ts";
import { consult } from "../../../environments/index.ts";
import { patientFor } from "../../../simulators/index.ts";
import { type AgentCore, buildLexicon, replay, steppingClock } from "../../../src/index.ts";
import { starterCases } from "../../fixtures/sources.ts";
import { conversation, embeddedParts } from "./talk.ts";

describe("turns and consult", () => {
  test("give the same findings, questions, flags and conclusion over 30 starter cases", async () => {
    const { base, cases } = await starterCases(30);
    const lexicon = buildLexicon(base.findings);
    const core = bayesAgent(base) as AgentCore;
    const parts = embeddedParts(base, { lexicon, core, budget: 10 });
    let questions = 0;
    for (const chosen of cases) {
      const patient = () => patientFor({ case: chosen, base, lexicon, seed: 3 });
      const person = { age: chosen.age, sex: chosen.sex };
      const id = `3:${chosen.id}`;
      const options = { id, clock: steppingClock(), base, lexicon, person, onRedFlag: "stop" as const, budget: 10 };
      const expected = replay(await consult(core, patient(), options));

      const talking = patient();
      const opening = await talking.open();
      const { say, log, ended } = conversation(parts, { ...person, findings: [...opening.observed] }, { id });
      let told = await say({ text: opening.text, observed: opening.observed[0]! });
      while (!ended()) {
        const asked = told.outputs.find((output) => output.type === "suggestions")!;
        const reply = await talking.answer({ type: "ask", finding: asked.finding });
        told = await say({ text: reply.text, observed: reply.observed[0]! });
      }
      const actual = replay(log.events);
      expect(actual.asked).toEqual(expected.asked);
      expect([...actual.findings]).toEqual([...expected.findings]);
      expect(actual.redFlags).toEqual(expected.redFlags);
      expect(actual.conclusion).toEqual(expected.conclusion);
      questions += actual.turns;
    }
    expect(questions).toBeGreaterThan(100);
  });
});
