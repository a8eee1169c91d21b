import { describe, expect, test } from "vitest";
import { bayesAgent } from "../../agents/index.ts";
import { ABSTENTION, consult, runInterview } from "../../environments/index.ts";
import { patientFor } from "../../simulators/index.ts";
import { type AgentCore, buildLexicon, type Intake, replay, steppingClock } from "../../src/index.ts";
import { clinic, smoker } from "../fixtures/clinic.ts";

const lexicon = buildLexicon(clinic.findings);
const patient = () => patientFor({ case: smoker, base: clinic, lexicon, seed: 1 });
const intake: Intake = { age: 50, sex: "male", findings: [{ finding: "cough", state: "present" }] };
const thorough = bayesAgent(clinic, { minGain: 0, examine: true }) as AgentCore;
const options = { budget: 20, seed: "s", redFlags: clinic.redFlags };

/** An agent that does as it is told, one act a turn. */
const scripted = (...acts: ReturnType<AgentCore["decide"]>[]): AgentCore => ({
  name: "scripted",
  versions: {},
  open: () => null,
  observe: () => null,
  decide: (_, { asked }) => acts[asked]!,
});

describe("an interview", () => {
  test("records what was asked and learnt, in order, and the conclusion", () => {
    const record = runInterview(thorough, patient(), intake, options);
    expect(record.turns).toHaveLength(6);
    expect(record.turns.find(({ finding }) => finding === "temperature")?.number).toBe(38.6);
    expect(record.conclusion).toMatchObject({ reason: "exhausted" });
    expect(record.intake).toBe(intake);
  });

  test("that records red flags goes on, and tells after which question each rose", () => {
    const { redFlags, turns } = runInterview(thorough, patient(), intake, options);
    const asked = turns.findIndex(({ finding }) => finding === "cough-type") + 1;
    expect(redFlags).toEqual([{ rule: clinic.redFlags[0], turn: asked }]);
    expect(turns.length).toBeGreaterThan(asked);
  });

  test("that stops at a red flag asks nothing more and concludes for that reason", () => {
    const stopped = runInterview(thorough, patient(), intake, { ...options, onRedFlag: "stop" });
    expect(stopped.turns.at(-1)?.finding).toBe("cough-type");
    expect(stopped.conclusion.reason).toBe("red-flag");
  });

  test("may stop before the first question: a fever in the first weeks of life", () => {
    const newborn: Intake = { age: 0.05, findings: [{ finding: "fever", state: "present" }] };
    const { turns, redFlags } = runInterview(thorough, patient(), newborn, { ...options, onRedFlag: "stop" });
    expect(turns).toEqual([]);
    expect(redFlags.map(({ rule, turn }) => [rule.id, turn])).toEqual([["feverish-newborn", 0]]);
  });

  test("tells whether the label led after each question, first with none asked, where the agent can say", () => {
    const { led, turns } = runInterview(thorough, patient(), intake, { ...options, label: "pneumonia" });
    expect(led).toHaveLength(turns.length + 1);
    expect([led![0], led!.at(-1)]).toEqual([false, true]);
    expect(runInterview(thorough, patient(), intake, options)).not.toHaveProperty("led");
    const silent = { ...thorough, leading: undefined } as unknown as AgentCore;
    expect(runInterview(silent, patient(), intake, { ...options, label: "pneumonia" })).not.toHaveProperty("led");
  });

  test("that ends in a hand-off says why, and its conclusion abstains", () => {
    const core = scripted({ type: "ask", finding: "fever" }, { type: "hand-off", reason: "Beyond me." });
    const record = runInterview(core, patient(), intake, options);
    expect(record).toMatchObject({ handOff: "Beyond me.", conclusion: ABSTENTION, turns: { length: 1 } });
  });

  test("puts no question beyond the budget, even to an agent that would never stop", () => {
    const endless = {
      ...scripted(),
      decide: (): { type: "ask"; finding: string } => ({ type: "ask", finding: "fever" }),
    };
    let asked = 0;
    const counting = {
      truth: (finding: string) => {
        if (++asked > 100) throw new Error("asked a hundred times on a budget of 3");
        return patient().truth(finding);
      },
    };
    expect(runInterview(endless, counting, intake, { ...options, budget: 3 }).turns.length).toBeLessThanOrEqual(3);
  });
});

describe("a consultation in words", () => {
  const run = (core: AgentCore, more: Partial<Parameters<typeof consult>[2]> = {}) => {
    const person = { age: 50, sex: "male" as const };
    return consult(core, patient(), {
      id: "c",
      clock: steppingClock(),
      base: clinic,
      lexicon,
      budget: 6,
      person,
      ...more,
    });
  };

  test("is a list of events: opened, complaint, then question, answer and finding, turn by turn", async () => {
    const events = await run(thorough, { budget: 2 });
    const types = events.map(({ type }) => (type.startsWith("agent-") ? "question" : type));
    const turn = ["question", "patient-said", "finding-observed"];
    const expected = ["opened", "patient-said", ...turn, ...turn, "concluded"];
    expect(types.filter((type) => type !== "red-flag-raised")).toEqual(expected);
  });

  test("records consent before anything is said, where a person is asked for it", async () => {
    const events = await run(thorough, { consent: "This is no medical advice." });
    expect(events.slice(0, 3).map(({ type }) => type)).toEqual(["opened", "consented", "patient-said"]);
  });

  test("puts an agent's own words to the patient, and reads coded answers from it", async () => {
    const core = scripted(
      { type: "ask", text: "Have you been coughing up anything, blood perhaps? Is the cough dry?" },
      { type: "hand-off", reason: "enough" },
    );
    const consultation = replay(await run(core));
    expect(consultation.findings.get("cough-type")?.values).toEqual(["bloody"]);
    expect(consultation).toMatchObject({ ended: "handed-off", turns: 1, asked: [] });
  });

  test("is abandoned where it is interrupted, and keeps what was said", async () => {
    const abort = new AbortController();
    const events = await run(thorough, {
      signal: abort.signal,
      onEvent: ({ type }) => {
        if (type === "finding-observed") abort.abort();
      },
    });
    expect(replay(events)).toMatchObject({ ended: "abandoned", turns: 1 });
  });

  test("shows each event as it happens", async () => {
    const seen: unknown[] = [];
    expect(await run(thorough, { onEvent: (event) => seen.push(event) })).toEqual(seen);
  });

  test("reads the words of a patient that gives no codes", async () => {
    const mute = patient();
    const person = { age: 50, sex: "male" as const };
    const wordsOnly = {
      open: async () => ({ text: "I have a fever but no cough.", observed: [] }),
      answer: async (act: Parameters<typeof mute.answer>[0]) => ({ ...(await mute.answer(act)), observed: [] }),
    };
    const core = scripted({ type: "ask", finding: "smoker" }, { type: "hand-off", reason: "enough" });
    const given = { id: "c", clock: steppingClock(), base: clinic, lexicon, budget: 6, person };
    const { findings } = replay(await consult(core, wordsOnly, given));
    expect(Object.fromEntries([...findings].map(([id, { state }]) => [id, state]))).toEqual({
      fever: "present",
      cough: "absent",
      smoker: "present",
    });
  });
});
