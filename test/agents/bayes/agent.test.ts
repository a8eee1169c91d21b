import { describe, expect, test } from "vitest";
import { AgentError, type BayesOptions, bayesAgent } from "../../../agents/index.ts";
import type { Act, Conclude, ObservedFinding } from "../../../src/index.ts";
import { KnowledgeBase } from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";

type Answers = Readonly<Record<string, Partial<ObservedFinding>>>;

/** Interviews someone who has what `answers` says and nothing else; gives the questions and the conclusion. */
function interview(
  options: BayesOptions,
  answers: Answers = {},
  { budget = 20, base = clinic, opening = [] as ObservedFinding[] } = {},
): { acts: Act[]; asked: string[]; conclusion: Conclude } {
  const core = bayesAgent(base, options);
  const acts: Act[] = [];
  const asked: string[] = [];
  let belief = core.open({ findings: opening }, "");
  for (;;) {
    const act = core.decide(belief, { asked: asked.length, budget });
    acts.push(act);
    if (act.type === "conclude") return { acts, asked, conclusion: act };
    if (act.type === "hand-off") throw new Error("a Bayesian agent hands nothing off");
    const finding = act.finding!;
    asked.push(finding);
    belief = core.observe(
      belief,
      answers[finding] ? { finding, state: "present", ...answers[finding] } : { finding, state: "absent" },
    );
  }
}

const leaderOf = ({ differential }: Conclude) => differential.entries[0]!.condition;

describe("the questions", () => {
  test("are never put twice, nor about what was known at the opening", () => {
    const opening: ObservedFinding[] = [{ finding: "fever", state: "present" }];
    const { asked } = interview({ minGain: 0, examine: true }, { cough: {} }, { opening });
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked).not.toContain("fever");
    expect(asked).toHaveLength(clinic.findings.length - 1);
  });

  test("about a child come after its parent was found present, and not at all where it is absent", () => {
    const coughing = interview({ minGain: 0 }, { cough: {}, "cough-type": { values: ["dry"] } }).asked;
    expect(coughing.indexOf("cough-type")).toBeGreaterThan(coughing.indexOf("cough"));
    expect(interview({ minGain: 0 }).asked).toContain("cough");
    expect(interview({ minGain: 0 }).asked).not.toContain("cough-type");
  });

  test("order signs and tests only where examining is allowed, and then as orders", () => {
    const measured = ["temperature", "chest-x-ray"];
    const told = interview({ minGain: 0 });
    expect(told.asked.filter((id) => measured.includes(id))).toEqual([]);
    expect(told.acts.every(({ type }) => type !== "examine")).toBe(true);
    const seen = interview({ minGain: 0, examine: true });
    const orders = seen.acts.flatMap((act) => (act.type === "examine" ? [act.finding] : []));
    expect(orders.sort()).toEqual([...measured].sort());
  });

  test("begin with the one that tells most", () => {
    // With a fever and nothing else, where the rash is tells measles and mastitis apart, and both from the rest.
    const opening: ObservedFinding[] = [{ finding: "fever", state: "present" }];
    expect(interview({}, {}, { opening }).asked[0]).toBe("rash-place");
  });

  test("change where a severe condition comes first", () => {
    const likely = { icd10: "A00", severity: 4, domain: "d", prior: 45 };
    const base = KnowledgeBase.parse({
      id: "severe",
      version: "1",
      notice: "-",
      findings: ["mild", "deadly"].map((id) => ({
        id,
        name: id,
        kind: "symptom",
        type: "binary",
        question: `${id}?`,
        background: 0.05,
      })),
      conditions: [
        { ...likely, id: "a", name: "A", findings: { mild: 0.95 } },
        { ...likely, id: "b", name: "B", findings: {} },
        { ...likely, id: "c", name: "C", prior: 5, severity: 1, findings: { deadly: 0.9 } },
      ],
    });
    expect(interview({}, {}, { base }).asked[0]).toBe("mild");
    expect(interview({ severeFirst: 50 }, {}, { base }).asked[0]).toBe("deadly");
  });
});

describe("an interview stops", () => {
  test("when the budget is spent, and asks nothing without one", () => {
    expect(interview({ minGain: 0 }, {}, { budget: 2 })).toMatchObject({
      asked: { length: 2 },
      conclusion: { reason: "budget" },
    });
    expect(interview({}, {}, { budget: 0 })).toMatchObject({ asked: [], conclusion: { reason: "budget" } });
  });

  test("when another question gains too little", () => {
    const { asked, conclusion } = interview({ minGain: 0.05 });
    expect(conclusion.reason).toBe("gain");
    expect(asked.length).toBeLessThan(interview({ minGain: 0.001 }).asked.length);
    expect(interview({ minGain: 10 }).asked).toEqual([]);
  });

  test("when it is sure enough", () => {
    const { conclusion } = interview(
      { confidence: 0.9, minGain: 0, examine: true },
      { fever: {}, "rash-place": { values: ["face"] } },
    );
    expect(conclusion.reason).toBe("confidence");
    expect(conclusion.differential.entries[0]!.probability).toBeGreaterThanOrEqual(0.9);
  });

  test("when nothing is left to ask", () => {
    expect(interview({ minGain: 0, examine: true }).conclusion.reason).toBe("exhausted");
  });
});

describe("the conclusion", () => {
  const smoker: Answers = { fever: {}, cough: {}, smoker: {}, "cough-type": { values: ["phlegm"] }, "chest-x-ray": {} };

  test("is a differential over all conditions with an other share, and the urgency that follows from it", () => {
    const { conclusion } = interview({ minGain: 0, examine: true }, smoker);
    const { entries, other } = conclusion.differential;
    expect(leaderOf(conclusion)).toBe("pneumonia");
    expect(entries).toHaveLength(clinic.conditions.length);
    expect(entries.reduce((sum, { probability }) => sum + probability, other)).toBeCloseTo(1, 9);
    expect(conclusion).toMatchObject({ abstained: false, urgency: "within-24-hours" });
  });

  test("abstains below the probability that was asked for, never by default", () => {
    const vague = { budget: 0 };
    expect(interview({}, {}, vague).conclusion.abstained).toBe(false);
    expect(interview({ abstainBelow: 0.7 }, {}, vague).conclusion.abstained).toBe(true);
    expect(interview({ abstainBelow: 0.5 }, {}, vague).conclusion.abstained).toBe(false);
  });

  test("abstains where other takes the lead's share away", () => {
    const { conclusion } = interview({ otherPrior: 0.9, abstainBelow: 0.3 }, {}, { budget: 0 });
    expect(conclusion.abstained).toBe(true);
    expect(conclusion.differential.other).toBeCloseTo(0.9, 9);
  });
});

describe("the core", () => {
  test("says who leads at any time, as the conclusion would", () => {
    const core = bayesAgent(clinic);
    const belief = core.open({ findings: [{ finding: "chest-x-ray", state: "present" }] }, "");
    const conclusion = core.decide(belief, { asked: 0, budget: 0 }) as Conclude;
    expect(core.leading!(belief)).toBe(leaderOf(conclusion));
  });

  test("decides the same however often it is asked, and changes no belief", () => {
    const core = bayesAgent(clinic, { severeFirst: 5 });
    const belief = core.open({ age: 40, findings: [{ finding: "cough", state: "present" }] }, "s");
    const copy = structuredClone(belief);
    const acts = Array.from({ length: 3 }, () => core.decide(belief, { asked: 0, budget: 9 }));
    expect(acts[1]).toEqual(acts[0]);
    expect(acts[2]).toEqual(acts[0]);
    expect(belief).toEqual(copy);
  });

  test("names what fixes its behaviour: agent, knowledge, options with their defaults", () => {
    const { name, versions } = bayesAgent(clinic, { minGain: 0.02 });
    expect(name).toBe("bayes");
    expect(versions).toMatchObject({ agent: expect.stringMatching(/^bayes\//), knowledge: "clinic/1" });
    expect(JSON.parse(versions.options!)).toMatchObject({ minGain: 0.02, severeFirst: 1, examine: false });
    expect(bayesAgent(clinic).versions).not.toEqual(versions);
  });

  test("refuses a knowledge base without figures, and options out of bounds, as an AgentError", () => {
    const bare = structuredClone(clinic);
    for (const condition of bare.conditions) condition.findings = {};
    expect(() => bayesAgent(bare)).toThrow(expect.objectContaining({ code: "no-probabilities" }));
    for (const options of [{ minGain: -1 }, { confidence: 2 }, { otherPrior: 0 }, { gain: 1 } as BayesOptions]) {
      expect(() => bayesAgent(clinic, options), JSON.stringify(options)).toThrow(AgentError);
    }
  });
});
