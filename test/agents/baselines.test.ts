import { describe, expect, test } from "vitest";
import { mostFrequentAgent, randomAgent } from "../../agents/index.ts";
import type { AgentCore, Conclude, ObservedFinding } from "../../src/index.ts";
import { clinic } from "../fixtures/clinic.ts";

function interview<Belief>(core: AgentCore<Belief>, seed: string, present: readonly string[] = [], budget = 20) {
  const asked: string[] = [];
  let belief = core.open({ findings: [] }, seed);
  for (;;) {
    const act = core.decide(belief, { asked: asked.length, budget });
    if (act.type === "conclude") return { asked, conclusion: act as Conclude };
    const finding = (act as { finding: string }).finding;
    asked.push(finding);
    const state: ObservedFinding["state"] = present.includes(finding) ? "present" : "absent";
    belief = core.observe(belief, { finding, state });
  }
}

describe("the random agent", () => {
  const core = randomAgent(clinic);

  test("asks in an order that its seed fixes, another one for another seed", () => {
    expect(interview(core, "a").asked).toEqual(interview(core, "a").asked);
    const orders = new Set(Array.from({ length: 10 }, (_, seed) => interview(core, `${seed}`).asked.join()));
    expect(orders.size).toBeGreaterThan(3);
  });

  test("asks what can be told, once each, children after their present parents only, then is exhausted", () => {
    for (const seed of "abcdef") {
      const { asked, conclusion } = interview(core, seed, ["cough"]);
      expect([...asked].sort()).toEqual(["cough", "cough-type", "fever", "rash-place", "smoker"]);
      expect(asked.indexOf("cough-type")).toBeGreaterThan(asked.indexOf("cough"));
      expect(conclusion.reason).toBe("exhausted");
      expect(interview(core, seed).asked).not.toContain("cough-type");
    }
  });

  test("keeps to its budget and concludes from what it heard", () => {
    expect(interview(core, "a", [], 2)).toMatchObject({ asked: { length: 2 }, conclusion: { reason: "budget" } });
    const heard = interview(core, "a", ["fever", "cough", "smoker"]).conclusion;
    expect(heard.differential.entries[0]!.condition).toBe("pneumonia");
  });
});

describe("the most-frequent agent", () => {
  const core = mostFrequentAgent(clinic);
  const conclude = (intake: Parameters<typeof core.open>[0]): Conclude =>
    core.decide(core.open(intake, ""), { asked: 0, budget: 20 }) as Conclude;

  test("asks nothing and names the commonest condition for age and sex", () => {
    const { entries } = conclude({ findings: [] }).differential;
    expect(entries.map(({ condition }) => condition)).toEqual(["cold", "mastitis", "pneumonia", "measles"]);
    expect(conclude({ age: 6, sex: "male", findings: [] }).differential.entries[1]!.condition).toBe("measles");
  });

  test("does not listen", () => {
    const deaf = conclude({ findings: [{ finding: "chest-x-ray", state: "present" }] });
    expect(deaf).toEqual(conclude({ findings: [] }));
    const belief = core.open({ findings: [] }, "");
    expect(core.observe(belief, { finding: "fever", state: "present" })).toBe(belief);
  });
});
