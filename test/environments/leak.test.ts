/** The label never reaches an agent: neither in what it is given nor in what the patient says to it. */
import { describe, expect, test } from "vitest";
import { bayesAgent } from "../../agents/index.ts";
import { consult, consultationEnvironment } from "../../environments/index.ts";
import { alternativeNames, type Case, nameMatcher, patientFor } from "../../simulators/index.ts";
import { type AgentCore, buildLexicon, type KnowledgeBase, steppingClock } from "../../src/index.ts";
import { ddxplusCases, ddxplusIsMissing, starterCases } from "../fixtures/sources.ts";

/** An agent that keeps all that it is given, and hands nothing on. */
function spy<Belief>(core: AgentCore<Belief>): { core: AgentCore<Belief>; given: unknown[] } {
  const given: unknown[] = [];
  const spied: AgentCore<Belief> = {
    ...core,
    open(intake, seed) {
      given.push(intake, seed);
      return core.open(intake, seed);
    },
    observe(belief, observed) {
      given.push(observed);
      return core.observe(belief, observed);
    },
  };
  return { core: spied, given };
}

const HEARD: readonly string[] = ["opened", "patient-said", "finding-observed"];

/** The label's name, synonyms and id, as whole words anywhere in `data`. */
function leak(data: unknown, { label }: Case): string | undefined {
  const names = [label.name, ...alternativeNames(label.name), ...label.synonyms];
  const text = JSON.stringify(data);
  const id = label.condition;
  if (id !== undefined && text.includes(JSON.stringify(id))) return id;
  return nameMatcher(names).find(text);
}

async function expectNoLeak(base: KnowledgeBase, cases: readonly Case[]): Promise<void> {
  const lexicon = buildLexicon(base.findings);
  const agent = bayesAgent(base, { examine: true, minGain: 0 });
  const environment = consultationEnvironment(base, { budget: 3 });
  for (const [i, chosen] of cases.entries()) {
    const { core, given } = spy(agent);
    const patient = patientFor({ case: chosen, base, lexicon, seed: 1 });
    const person = { age: chosen.age, sex: chosen.sex };
    const options = { clock: steppingClock(), base, lexicon, budget: 8, person };
    const events = await consult(core, patient, { id: `c-${i}`, ...options });
    expect(leak(given, chosen), chosen.id).toBeUndefined();
    // The agent's own questions and the rules' own messages may name a condition, for they know no label.
    const heard = events.filter(({ type }) => HEARD.includes(type));
    expect(leak(heard, chosen), chosen.id).toBeUndefined();

    const seen = [await environment.reset(chosen, 1)];
    for (const { finding } of chosen.findings.slice(0, 3)) {
      const question = base.findings.find(({ id }) => id === finding)?.question ?? finding;
      seen.push((await environment.step(`<ask>${question}</ask>`)).observation);
    }
    expect(leak(seen, chosen), chosen.id).toBeUndefined();
  }
}

describe("nothing an agent is given holds the label's id or name", () => {
  test("over sampled starter cases", async () => {
    const { base, cases } = await starterCases(80, 7);
    await expectNoLeak(base, cases);
  });

  test.skipIf(ddxplusIsMissing)("over DDXPlus patients", async () => {
    const { base, cases } = await ddxplusCases(30);
    await expectNoLeak(base, cases);
  });

  test("and the search would find one", async () => {
    const { cases } = await starterCases(1);
    const { label } = cases[0]!;
    expect(leak({ complaint: `It is ${label.name.toLowerCase()}, they said.` }, cases[0]!)).toBeDefined();
    expect(leak({ label: label.condition }, cases[0]!)).toBe(label.condition);
  });
});
