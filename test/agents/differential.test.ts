import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differentialAgent } from "../../agents/differential/agent.ts";
import { jointDifferential, leaderOf } from "../../agents/differential/conclusion.ts";
import { expectedF1Set } from "../../agents/head/membership.ts";
import type { Head } from "../../agents/head/types.ts";
import { agentNamed } from "../../apps/agents.ts";
import { evaluate } from "../../apps/evaluation/evaluate.ts";
import { runInterview } from "../../environments/index.ts";
import { openCaseSource, Persona } from "../../simulators/index.ts";
import { Conclude, type Intake, LISTED_ABOVE, type ObservedFinding } from "../../src/index.ts";
import { sharedData } from "../simulators/sources/fixtures.ts";
import { feverishPain, smallBase } from "./head/small-base.ts";

const patient = {
  truth: (finding: string): ObservedFinding =>
    feverishPain.find((known) => known.finding === finding) ?? { finding, state: "absent" },
};
const interview = { seed: "1", redFlags: [] };
const opening: Intake = { age: 40, sex: "male", findings: [feverishPain[1]!] };

/** A head that always lists the migraine and the cold, and knows one patient. */
const fixedHead: Head = (() => {
  const importance = new Float64Array(smallBase.findings.length);
  const listing = (...membership: number[]) => ({ importance, membership: () => Float64Array.from(membership) });
  return {
    version: "fixed",
    folds: [listing(0.1, 0.9, 0.9), listing(0.1, 0.1, 0.9)],
    all: listing(0.9, 0.9, 0.9),
    foldOf: (fingerprint) => ({ first: 0, second: 1 })[fingerprint],
  };
})();

describe("the joint differential", () => {
  const probabilities = fc
    .array(fc.double({ min: 1e-9, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 })
    .map((weights) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return Float64Array.from(weights, (weight) => weight / total);
    });

  test("has the leader strictly first, every member of the list above the bar, and sums to 1", () => {
    const cases = probabilities.chain((posterior) =>
      fc.record({
        posterior: fc.constant(posterior),
        membership: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
          minLength: posterior.length,
          maxLength: posterior.length,
        }),
        other: fc.double({ min: 0, max: 0.999, noNaN: true }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ posterior, membership, other }) => {
        const names = membership.map((_, c) => `condition-${c}`);
        const { entries, other: rest } = jointDifferential(names, posterior, other, Float64Array.from(membership));
        const leader = leaderOf(posterior);
        expect(entries[0]!.condition).toBe(names[leader]);
        if (entries.length > 1) expect(entries[0]!.probability).toBeGreaterThan(entries[1]!.probability);
        expect(entries.reduce((sum, { probability }) => sum + probability, rest)).toBeCloseTo(1, 9);
        // Each member takes more than the bar: where *other* leaves too little, only the likeliest fit.
        const room = Math.floor((1 - other) / 0.012);
        const listed = new Set(entries.flatMap((e) => (e.probability > LISTED_ABOVE ? [e.condition] : [])));
        const members = expectedF1Set(membership).filter((c) => c !== leader);
        if (room >= 1) for (const c of [leader, ...members].slice(0, room)) expect(listed).toContain(names[c]);
      }),
    );
  });

  test("adds to the head's list only what the posterior holds likely", () => {
    const { entries } = jointDifferential(
      ["a", "b", "c"],
      Float64Array.of(0.9, 0.02, 0.08),
      0,
      Float64Array.of(0, 0.9, 0),
    );
    expect(entries.filter(({ probability }) => probability > LISTED_ABOVE).map(({ condition }) => condition)).toEqual([
      "a",
      "b",
      "c",
    ]);
    expect(entries[2]!.probability).toBeLessThan(0.02);
  });
});

describe("an agent with the differential as its goal", () => {
  test("asks everything that can still matter, within the budget", () => {
    const agentFor = differentialAgent(smallBase, fixedHead);
    const asked = (budget: number) => runInterview(agentFor(), patient, opening, { ...interview, budget }).turns;
    expect(asked(2)).toHaveLength(2);
    const all = asked(30).map(({ finding }) => finding);
    expect(all.toSorted()).toEqual(["cough", "fever", "pain-place", "pain-strength", "smoker"]);
  });

  test("does not ask a child before its parent is present", () => {
    const core = differentialAgent(smallBase, fixedHead)();
    const painless = { truth: (finding: string): ObservedFinding => ({ finding, state: "absent" }) };
    const { turns } = runInterview(core, painless, { findings: [] }, { ...interview, budget: 30 });
    expect(turns.map(({ finding }) => finding)).not.toContain("pain-place");
  });

  test("names the Bayesian leader first and the head's list behind it", () => {
    const core = differentialAgent(smallBase, fixedHead)("first");
    const { conclusion } = runInterview(core, patient, opening, { ...interview, budget: 30 });
    expect(Conclude.parse(conclusion)).toEqual(conclusion);
    expect(conclusion.differential.entries.map(({ condition }) => condition)).toEqual([
      "pneumonia",
      "migraine",
      "cold",
    ]);
    expect(conclusion.confidence).toBeGreaterThan(conclusion.differential.entries[0]!.probability);
    expect(conclusion.urgency).toBe("emergency");
  });

  test("scores a patient that the head was trained on by the model that never saw it", () => {
    const agentFor = differentialAgent(smallBase, fixedHead);
    const listed = (fingerprint?: string): number =>
      runInterview(agentFor(fingerprint), patient, opening, {
        ...interview,
        budget: 30,
      }).conclusion.differential.entries.filter(({ probability }) => probability > LISTED_ABOVE).length;
    expect([listed("first"), listed("second"), listed("stranger"), listed()]).toEqual([3, 2, 3, 3]);
  });

  test("stops early where it may: at the confidence asked for", () => {
    const core = differentialAgent(smallBase, fixedHead, { confidence: 0.6 })();
    const { turns, conclusion } = runInterview(core, patient, opening, { ...interview, budget: 30 });
    expect(turns.length).toBeLessThan(5);
    expect(conclusion.reason).toBe("confidence");
    expect(conclusion.confidence).toBeGreaterThanOrEqual(0.6);
  });

  test("does without a head: the budget is spent and the posterior listed", () => {
    const core = differentialAgent(smallBase)();
    const { turns, conclusion } = runInterview(core, patient, opening, { ...interview, budget: 30 });
    expect(turns.length).toBeGreaterThan(2);
    expect(conclusion.confidence).toBeUndefined();
    expect(conclusion.differential.entries[0]!.condition).toBe("pneumonia");
  });
});

const ddxplus = sharedData("ddxplus");

describe.skipIf(ddxplus.missing)("on DDXPlus, within 30 questions", () => {
  test("the best diagnosis and the best differential come from one run", { timeout: 60_000 }, async () => {
    const source = await openCaseSource(`ddxplus:${ddxplus.file}`, { seed: 0 });
    const base = source.base!;
    const given = { name: "bayes", base, goal: "differential" } as const;
    const agentFor = await agentNamed(given);
    const persona = Persona.parse({});
    const figures = await evaluate({
      source,
      ...given,
      agent: "bayes",
      agentFor,
      budget: 30,
      seed: 0,
      persona,
      limit: 300,
    });
    expect(figures.top1).toBeGreaterThanOrEqual(0.99);
    expect(figures.ddf1).toBeGreaterThanOrEqual(0.9);
    expect(agentFor().versions).toHaveProperty("head");
  });

  test("the committed head knows the patients that it was trained on", async () => {
    const source = await openCaseSource(`ddxplus:${ddxplus.file}`, { seed: 0 });
    const agentFor = await agentNamed({ name: "bayes", base: source.base!, goal: "differential" });
    const unseen = agentFor("nobody");
    let known = 0;
    for await (const { fingerprint } of source.cases()) if (agentFor(fingerprint) !== unseen) known++;
    expect(known).toBeGreaterThan(0);
  });
});
