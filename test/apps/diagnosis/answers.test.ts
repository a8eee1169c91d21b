import { describe, expect, test } from "vitest";
import { bayesAgent, mostFrequentAgent, nextStep, randomAgent } from "../../../agents/index.ts";
import { conditionsOf, findingsOf } from "../../../apps/diagnosis/catalogue.ts";
import { diagnose } from "../../../apps/diagnosis/diagnosis.ts";
import { explain } from "../../../apps/diagnosis/explain.ts";
import { levelOf } from "../../../apps/diagnosis/levels.ts";
import { outlookOf, reasonerOf } from "../../../apps/diagnosis/reasoner.ts";
import { suggest } from "../../../apps/diagnosis/suggest.ts";
import { triage } from "../../../apps/diagnosis/triage.ts";
import { Conditions, type DiagnosisRequest, Findings } from "../../../apps/diagnosis/types.ts";
import { differentialViewer } from "../../../apps/server/differential-view.ts";
import type { AgentCore } from "../../../src/index.ts";
import { asking, BUDGET, base, core, lexicon, reasoner } from "./starter.ts";

const man: Pick<DiagnosisRequest, "sex" | "age"> = { sex: "male", age: { value: 58, unit: "year" } };
const heartAttack = { ...asking("chest-pain", "cold-sweat"), ...man };

describe("a diagnosis", () => {
  test("asks on, and ranks conditions for clinicians alone", () => {
    const answer = diagnose(reasoner, asking("cough", "fever"), "clinician");
    expect(answer).toMatchObject({ should_stop: false, has_emergency_evidence: false, red_flags: [] });
    expect(answer.question!.explanation).toMatch(/\w/);
    const sum = answer.conditions!.reduce((total, { probability }) => total + probability, answer.other_probability!);
    expect(sum).toBeCloseTo(1, 2);
    const told = diagnose(reasoner, asking("cough", "fever"), "patient");
    expect(told.question).toEqual(answer.question);
    expect(JSON.stringify(told)).not.toMatch(/condition|probability/);
  });

  test("gives the values of a finding as items whose ids are evidence", () => {
    const { findings } = reasoner;
    const types = new Set<string>();
    for (const first of ["cough", "rash", "headache", "abdominal-pain", "joint-pain"]) {
      let request = asking(first);
      for (;;) {
        const { question } = diagnose(reasoner, request, "patient");
        if (!question) break;
        types.add(question.type);
        const [item] = question.items;
        const kind = findings.get(item!.id.split("=")[0]!)!.type;
        expect(question.type).toBe(
          { categorical: "group_single", multiple: "group_multiple" }[kind as string] ?? "single",
        );
        request = { ...request, evidence: [...request.evidence, { id: item!.id, choice_id: item!.choices[0]!.id }] };
      }
    }
    expect(types).toEqual(new Set(["single", "group_single", "group_multiple"]));
  });

  test("asks for a measurement as a number, where the agent may examine", () => {
    const examining = reasonerOf({ ...reasoner, core: bayesAgent(base, { examine: true }) as AgentCore });
    let request = asking("fever", "cough", "breathlessness");
    for (;;) {
      const { question } = diagnose(examining, request, "clinician");
      const item = question!.items[0]!;
      if (item.number) {
        expect(item).toMatchObject({
          number: { min: expect.any(Number) },
          choices: [{ id: "present" }, { id: "unknown" }],
        });
        break;
      }
      request = { ...request, evidence: [...request.evidence, { id: item.id, choice_id: "unknown" }] };
    }
  });

  test("stops at a red flag, or goes on where that is recorded", () => {
    const stopped = diagnose(reasoner, heartAttack, "patient");
    expect(stopped).toMatchObject({ question: null, should_stop: true, has_emergency_evidence: true });
    expect(stopped.red_flags[0]).toMatchObject({ triage_level: "emergency_ambulance" });
    expect(stopped.red_flags[0]!.message).toContain("999");
    const recorded = diagnose(reasoner, { ...heartAttack, extras: { on_red_flag: "record" } }, "clinician");
    expect(recorded).toMatchObject({ should_stop: false, has_emergency_evidence: true });
  });

  test("that ends on an emergency which no rule foresaw raises a flag of its own", () => {
    const sure: AgentCore = {
      ...core,
      decide: () => {
        const differential = { entries: [{ condition: "stable-angina", probability: 1 }], other: 0 };
        return { type: "conclude", differential, abstained: false, urgency: "emergency" };
      },
    };
    const other = reasonerOf({ ...reasoner, core: sure });
    const answer = diagnose(other, asking("cough"), "patient");
    expect(answer).toMatchObject({ should_stop: true, has_emergency_evidence: true });
    expect(answer.red_flags.map(({ id }) => id)).toEqual(["likely-emergency"]);
    expect(triage(other, asking("cough"))).toMatchObject({ triage_level: "emergency", root_cause: "differential" });
  });

  test("stops when the budget is spent: what was known before the first question does not count", () => {
    const { findings } = base;
    const told = findings
      .filter(({ type, applies, parent }) => type === "binary" && !applies && !parent)
      .slice(0, BUDGET);
    const evidence = told.map(({ id }) => ({ id, choice_id: "absent" as const }));
    expect(diagnose(reasoner, { ...asking(), evidence }, "patient").should_stop).toBe(true);
    const initial = evidence.map((each) => ({ ...each, source: "initial" as const }));
    expect(diagnose(reasoner, { ...asking(), evidence: initial }, "patient").should_stop).toBe(false);
  });

  test("never asks what was answered, whatever the agent", () => {
    const stubborn: AgentCore = { ...core, decide: () => ({ type: "ask", finding: "cough" }) };
    expect(diagnose(reasonerOf({ ...reasoner, core: stubborn }), asking("fever"), "patient").should_stop).toBe(false);
    const answer = diagnose(reasonerOf({ ...reasoner, core: stubborn }), asking("cough"), "clinician");
    expect(answer).toMatchObject({ question: null, should_stop: true, conditions: [], other_probability: 1 });
  });

  test.each([
    ["random", randomAgent(base) as AgentCore],
    ["most-frequent", mostFrequentAgent(base) as AgentCore],
  ])("is the same for the same request, with the agent %s", (_, each) => {
    const other = reasonerOf({ base, core: each, lexicon, budget: BUDGET, safety: undefined });
    const once = diagnose(other, asking("cough"), "clinician");
    expect(once.conditions!.length).toBeGreaterThan(0);
    expect(diagnose(other, asking("cough"), "clinician")).toEqual(once);
  });
});

describe("triage", () => {
  test("follows a red flag, names the evidence behind it and where help is", () => {
    const answer = triage(reasoner, heartAttack);
    expect(answer).toMatchObject({ triage_level: "emergency_ambulance", root_cause: "red_flag", should_stop: true });
    expect(answer.serious).toEqual([
      { id: "chest-pain", name: "chest pain", choice_id: "present", is_emergency: true },
      { id: "cold-sweat", name: "cold sweat", choice_id: "present", is_emergency: true },
    ]);
    expect(answer.text).toBe(answer.red_flags[0]!.message);
  });

  test("follows the differential where no rule holds, and names what speaks for it", () => {
    const request = asking("fever", "cough", "-runny-nose");
    const answer = triage(reasoner, request);
    const urgency = outlookOf(reasoner, request).conclusion.urgency!;
    expect(answer).toMatchObject({ triage_level: levelOf(urgency), root_cause: "differential", should_stop: false });
    expect(answer.serious.map(({ id }) => id)).toContain("fever");
    expect(answer.text).toBe(nextStep(urgency, reasoner.safety));
  });

  test("says so where nothing was told, and sends nobody away with that", () => {
    const answer = triage(reasoner, asking("-cough"));
    expect(answer.root_cause).toBe("undetermined");
    expect(answer.text).toMatch(/^What you told me does not point one way/);
    expect(answer.triage_level).not.toBe("self_care");
  });

  test("is as urgent with a flag as the flag, at least, for every rule that a person can raise by telling", () => {
    const levels = ["emergency_ambulance", "emergency", "consultation_24", "consultation", "self_care"];
    let raised = 0;
    for (const { id, when } of base.redFlags) {
      const terms = [
        ...when.all,
        ...(when.any?.slice(0, 1) ?? []),
        ...(when.atLeast?.of.slice(0, when.atLeast.n) ?? []),
      ];
      if (terms.some((term) => /[<>]/.test(term)) || when.sex === "male" || when.age) continue;
      const evidence = asking(...new Set(terms)).evidence;
      const ids = new Set(evidence.map((each) => each.id.split("=")[0]));
      if (ids.size < evidence.length) continue;
      const isPlain = terms.every((term) => term.includes("=") || reasoner.findings.get(term)!.type === "binary");
      const forAdults = [...ids].every((each) => reasoner.findings.get(each!)!.applies?.age?.below !== 10);
      if (!isPlain || !forAdults || [...ids].some((each) => reasoner.findings.get(each!)!.applies)) continue;
      const answer = triage(reasoner, { ...asking(), evidence });
      const flag = answer.red_flags.find((each) => each.id === id);
      if (!flag) continue;
      raised++;
      expect(levels.indexOf(answer.triage_level)).toBeLessThanOrEqual(levels.indexOf(flag.triage_level));
      expect(answer.serious.length).toBeGreaterThan(0);
      expect(answer.should_stop).toBe(true);
    }
    expect(raised).toBeGreaterThan(60);
  });

  test("is not guessed from a knowledge base that knows no urgency", () => {
    const conditions = base.conditions.map(({ urgency: _, ...condition }) => condition);
    const silent = { ...base, redFlags: [], conditions };
    const other = reasonerOf({ ...reasoner, base: silent, core: bayesAgent(silent) as AgentCore });
    expect(() => triage(other, asking("cough"))).toThrow(expect.objectContaining({ code: "not-found" }));
  });
});

describe("an explanation", () => {
  test("weighs as the clinician's view of a consultation does", () => {
    const request = asking("fever", "cough", "-chest-pain", "cough-type=dry", "?rash");
    const { supporting_evidence, conflicting_evidence, target } = explain(reasoner, {
      ...request,
      target: "pneumonia",
    });
    const known = new Map(
      [...supporting_evidence, ...conflicting_evidence].map(({ id, choice_id, values }) => [
        id,
        { finding: id, state: choice_id, ...(values && { values }) },
      ]),
    );
    const one = { entries: [{ condition: "pneumonia", probability: 1 }], other: 0 };
    const view = differentialViewer(base)(one, known).conditions.pneumonia!;
    const short = (list: { weight: number }[]) =>
      list.map(({ weight }) => weight).filter((weight) => Math.abs(weight) >= 0.2);
    expect(short(supporting_evidence)).toEqual(view.for.map(({ weight }) => weight));
    expect(short(conflicting_evidence)).toEqual(view.against.map(({ weight }) => weight));
    expect(target.probability).toBeGreaterThan(0);
  });

  test("names what is not known yet and would speak for it; what was answered with not sure too", () => {
    const open = explain(reasoner, { ...asking("fever", "?cough"), target: "pneumonia" }).unconfirmed_evidence;
    expect(open.map(({ id }) => id)).toContain("cough");
    expect(open.map(({ id }) => id)).not.toContain("fever");
    expect(open.every(({ weight, choice_id }) => weight > 0 && choice_id === "present")).toBe(true);
  });

  test("of no condition is refused", () => {
    expect(() => explain(reasoner, { ...asking("fever"), target: "nothing" })).toThrow(/^target: no such condition/);
  });
});

describe("suggestions", () => {
  const ids = (request: DiagnosisRequest, suggest_method: "symptoms" | "risk_factors" | "red_flags" | "telling") =>
    suggest(reasoner, { ...request, suggest_method, max_results: 8 }).map(({ id }) => id);
  const kindOf = (id: string) => reasoner.findings.get(id)!.kind;

  test("are symptoms that are likelier here, or risk factors", () => {
    expect(ids(asking("cough", "fever"), "symptoms")).toContain("muscle-ache");
    expect(ids(asking("cough", "fever"), "symptoms").every((id) => kindOf(id) === "symptom")).toBe(true);
    const factors = ids(asking("cough", "fever"), "risk_factors");
    expect(factors[0]).toBe("sick-contact");
    expect(factors.every((id) => kindOf(id) === "antecedent")).toBe(true);
  });

  test("are what a rule waits for", () => {
    const found = ids({ ...asking("chest-pain"), ...man }, "red_flags");
    expect(found.slice(0, 4)).toContain("cold-sweat");
    expect(ids({ ...asking("chest-pain", "-cold-sweat"), ...man }, "red_flags")).not.toContain("cold-sweat");
  });

  test("are what would tell most, values of a finding too", () => {
    expect(ids(asking("cough"), "telling")).toContain("cough-duration");
  });

  test("hold nothing that is known, is not for such a person or is a detail of what is not there", () => {
    for (const method of ["symptoms", "risk_factors", "red_flags", "telling"] as const) {
      const found = suggest(reasoner, {
        ...asking("cough", "?fever"),
        ...man,
        suggest_method: method,
        max_results: 50,
      });
      expect(found.length).toBeGreaterThan(3);
      for (const { id } of found) {
        const { applies, parent } = reasoner.findings.get(id)!;
        expect(["cough", "fever"]).not.toContain(id);
        expect(applies?.sex).not.toBe("female");
        expect([undefined, "cough"]).toContain(parent);
      }
    }
  });
});

test("the look-ups hold every finding and every condition", () => {
  expect(Findings.parse(findingsOf(base))).toHaveLength(base.findings.length);
  expect(Conditions.parse(conditionsOf(base))).toHaveLength(base.conditions.length);
  expect(findingsOf(base).find(({ id }) => id === "pregnancy")).toMatchObject({
    answer: "binary",
    sex_filter: "female",
    age_filter: { from: 12, below: 56 },
  });
});
