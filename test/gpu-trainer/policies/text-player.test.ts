/** A policy that writes the text protocol as an agent: its prompts are those of its training, token by token. */
import { describe, expect, test } from "vitest";
import { consult } from "../../../environments/index.ts";
import type { PlayOptions } from "../../../gpu-trainer/index.ts";
import { type Policy, policyDiagnostician, situationOf, type Waste } from "../../../gpu-trainer/index.ts";
import { rollOut } from "../../../gpu-trainer/rollouts/roll-out.ts";
import { patientFor } from "../../../simulators/index.ts";
import { buildLexicon, type Conclude, replay, steppingClock } from "../../../src/index.ts";
import { clinic, smoker } from "../../fixtures/clinic.ts";
import { textPolicy } from "../../fixtures/policies.ts";

const lexicon = buildLexicon(clinic.findings);
const SMOKING = "<ask>Do you smoke?</ask>";
const PNEUMONIA = "<diagnosis>\nPneumonia\nCommon cold\n</diagnosis>";

async function consultation(policy: Policy, options: PlayOptions = {}) {
  const wasted: Waste[] = [];
  const agent = policyDiagnostician(policy, { ...options, onWaste: (_, waste) => wasted.push(waste) });
  const patient = patientFor({ case: smoker, base: clinic, lexicon, seed: 5 });
  const person = { age: smoker.age, sex: smoker.sex };
  const how = { id: smoker.id, clock: steppingClock(), base: clinic, lexicon, person };
  const events = await consult(agent, patient, { ...how, budget: policy.task.budget });
  const { conclusion, turns } = replay(events);
  return { conclusion: conclusion as Conclude, turns, wasted, events };
}

/** The same policy in training: its prompts, and how it ended. */
async function trained(texts: readonly string[], rules = {}) {
  const policy = await textPolicy(texts, rules);
  const { groups } = await rollOut([{ id: smoker.id, case: smoker, task: policy.consultations(), size: 1 }], {
    sampler: policy.sampler,
    seed: 0,
    contextLength: policy.contextLength,
    temperature: 1,
  });
  return { prompts: policy.prompts, ended: groups[0]!.trajectories[0]! };
}

describe("a policy that writes", () => {
  test.each([
    ["concludes", [SMOKING, "<ask>Have you had a temperature?</ask>", PNEUMONIA]],
    ["fails once and goes on", ["well", SMOKING, PNEUMONIA]],
    ["fails too often", ["well", SMOKING, "hm"]],
    ["asks when none is left", [SMOKING, SMOKING, SMOKING]],
    ["is cut at its length and goes on", [`<ask>${"a".repeat(200)}</ask>`, PNEUMONIA]],
  ])("reads token by token what it read in training: %s", async (_, texts) => {
    const policy = await textPolicy(texts);
    const { conclusion, turns } = await consultation(policy);
    const { prompts, ended } = await trained(texts);
    expect(policy.prompts).toEqual(prompts);
    expect([conclusion.differential.entries.map(({ condition }) => condition), turns]).toEqual([
      ended.ranked,
      ended.questions,
    ]);
  });

  test("concludes with what it listed, and how soon that is", async () => {
    const { conclusion } = await consultation(await textPolicy(["<diagnosis>lung infection\nElves</diagnosis>"]));
    expect(conclusion).toMatchObject({
      urgency: "within-24-hours",
      differential: { entries: [{ condition: "pneumonia" }, { condition: "elves" }] },
    });
  });

  test("takes up a consultation that it does not remember, from its words", async () => {
    const texts = [SMOKING, PNEUMONIA];
    const { events } = await consultation(await textPolicy(texts));
    const later = await textPolicy(texts);
    const before = events.slice(
      0,
      events.findIndex(({ type }) => type === "concluded"),
    );
    const act = await policyDiagnostician(later).act(situationOf(before, 1));
    expect(act.type).toBe("conclude");
    expect(later.prompts).toEqual([(await trained(texts)).prompts[1]]);
  });

  test("read leniently is understood where its form is not", async () => {
    const texts = ["Let me see. <ask>Do you smoke?</ask>", "So: <diagnosis>Pneumonia"];
    const rules = { formatFailures: 0 };
    const strict = await consultation(await textPolicy(texts, rules));
    expect(strict).toMatchObject({ turns: 0, conclusion: { abstained: true }, wasted: ["no-act"] });
    const lenient = await consultation(await textPolicy(texts, rules), { parsing: "lenient" });
    expect(lenient).toMatchObject({ turns: 1, conclusion: { abstained: false }, wasted: ["no-act", "no-act"] });
  });

  test("ends where the dialogue has come to its length", async () => {
    const { conclusion, wasted } = await consultation(await textPolicy([SMOKING, PNEUMONIA], { maxTokens: 10 }));
    expect([conclusion.abstained, wasted]).toEqual([true, ["too-long"]]);
  });
});
