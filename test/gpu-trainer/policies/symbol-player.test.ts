/** A policy over symbols as an agent, with samplers that weigh tokens by a function. */
import { describe, expect, test } from "vitest";
import { consult } from "../../../environments/index.ts";
import type { Symbols } from "../../../gpu-trainer/dialogues/symbols.ts";
import { type PlayOptions, policyDiagnostician, type Waste } from "../../../gpu-trainer/index.ts";
import { rollOut } from "../../../gpu-trainer/rollouts/roll-out.ts";
import { type Case, caseSampler, patientFor } from "../../../simulators/index.ts";
import { buildLexicon, type Conclude, replay, steppingClock } from "../../../src/index.ts";
import { clinic, smoker } from "../../fixtures/clinic.ts";
import { capricious, type MadePolicy, scripted, symbolPolicy, type Weigh } from "../../fixtures/policies.ts";

const lexicon = buildLexicon(clinic.findings);

async function consultation(policy: MadePolicy, chosen: Case, options: PlayOptions = {}) {
  const wasted: Waste[] = [];
  const agent = policyDiagnostician(policy, { ...options, onWaste: (_, waste) => wasted.push(waste) });
  const patient = patientFor({ case: chosen, base: clinic, lexicon, seed: 5 });
  const { age, sex } = chosen;
  const { budget } = policy.task;
  const how = { id: chosen.id, clock: steppingClock(), base: clinic, lexicon, budget, person: { age, sex } };
  const events = await consult(agent, patient, how);
  const { conclusion, asked, turns } = replay(events);
  return { conclusion: conclusion as Conclude, asked, turns, wasted, events };
}
const leader = ({ differential }: Conclude): string | undefined => differential.entries[0]?.condition;

describe("a policy over symbols", () => {
  test("asks and concludes as it did in training, whatever it samples", async () => {
    const policy = symbolPolicy(
      (symbols) => (prompt, token) => capricious(prompt, token) + (symbols.meaning(token)?.type === "ask" ? 3 : 0),
      { budget: 3, formatFailures: 1 },
    );
    const sample = caseSampler(clinic);
    const cases = Array.from({ length: 60 }, (_, index) => sample(1, index));
    const { groups } = await rollOut(
      cases.map((chosen) => ({ id: chosen.id, case: chosen, task: policy.consultations(), size: 1, greedy: true })),
      { sampler: policy.sampler, seed: 0, contextLength: policy.contextLength },
    );
    const stops = new Set<string>();
    for (const [index, chosen] of cases.entries()) {
      const trained = groups[index]!.greedy!;
      const { conclusion, turns } = await consultation(policy, chosen);
      stops.add(trained.stop);
      expect([leader(conclusion), turns, conclusion.abstained]).toEqual([
        trained.ranked[0],
        trained.questions,
        trained.stop !== "concluded",
      ]);
    }
    expect(stops).toEqual(new Set(["concluded", "budget", "parse-failure"]));
  });

  test("concludes with its own distribution over the conditions, and how soon that is", async () => {
    const { conclusion, asked } = await consultation(symbolPolicy(scripted(["fever"], "pneumonia")), smoker);
    expect(asked).toEqual(["fever"]);
    expect(leader(conclusion)).toBe("pneumonia");
    const { entries, other } = conclusion.differential;
    expect(entries).toHaveLength(clinic.conditions.length);
    expect(entries.reduce((sum, { probability }) => sum + probability, other)).toBeCloseTo(1, 9);
    expect(conclusion.urgency).toBe("within-24-hours");
  });

  test("that samples names what it sampled, even where it held another likelier", async () => {
    const even = symbolPolicy((symbols) => (_, token) => (symbols.word(token).startsWith("dx:") ? 5 : 0));
    const named = new Set<string | undefined>();
    for (let seed = 0; seed < 20; seed++) {
      const one = await consultation(even, smoker, { temperature: 1, seed });
      named.add(leader(one.conclusion));
      expect((await consultation(even, smoker, { temperature: 1, seed })).events).toEqual(one.events);
    }
    expect(named.size).toBeGreaterThan(2);
  });

  test("is told when no question is left", async () => {
    const told: Weigh[] = [];
    const policy = symbolPolicy(
      (symbols) => {
        told.push((prompt, token) => {
          const isLast = prompt.includes(symbols.mark("conclude"));
          return token === (isLast ? symbols.diagnosis("measles") : symbols.ask("fever")) ? 9 : 0;
        });
        return told[0]!;
      },
      { budget: 2 },
    );
    const { conclusion, turns } = await consultation(policy, smoker);
    expect([leader(conclusion), turns]).toEqual(["measles", 2]);
  });
});

describe("a turn that is no good", () => {
  /** Prefers the first of these tokens that is not in the prompt yet. */
  const inOrder =
    (...tokens: ((symbols: Symbols) => number)[]) =>
    (symbols: Symbols): Weigh =>
    (prompt, token) => {
      const ids = tokens.map((of) => of(symbols));
      const left = ids.filter((id) => !prompt.includes(id));
      return left.includes(token) ? 20 - left.indexOf(token) : symbols.word(token).startsWith("dx:") ? 1 : 0;
    };
  const noAct = (symbols: Symbols): number => symbols.answer({ finding: "cough", state: "absent" })[0]!;

  test("is a failure to strict parsing, and too many end it without a conclusion", async () => {
    const once = symbolPolicy(inOrder(noAct, (symbols) => symbols.diagnosis("cold")));
    const { conclusion, wasted } = await consultation(once, smoker);
    expect([leader(conclusion), wasted]).toEqual(["cold", ["no-act"]]);

    const stubborn = symbolPolicy((symbols) => (_, token) => (token === noAct(symbols) ? 9 : 0));
    const ended = await consultation(stubborn, smoker);
    expect(ended.conclusion).toMatchObject({ abstained: true });
    expect(ended.wasted).toEqual(["no-act", "no-act"]);
  });

  test("wastes a question where it asks what is known, and everything where none is left", async () => {
    const repeats = symbolPolicy((symbols) => (_, token) => (token === symbols.ask("cough") ? 9 : 0), { budget: 2 });
    const { conclusion, asked, wasted } = await consultation(repeats, smoker);
    expect(asked).toEqual(["cough", "cough"]);
    expect(wasted).toEqual(["repeat", "repeat", "over-budget"]);
    expect(conclusion).toMatchObject({ abstained: true, reason: "budget" });
  });

  test("gives way to the likeliest act that is allowed under lenient parsing", async () => {
    const weigh = (symbols: Symbols): Weigh => {
      const order = [noAct(symbols), ...["cough", "rash-place", "smoker", "fever"].map(symbols.ask)];
      return (_, token) => {
        const place = order.indexOf(token);
        return place >= 0 ? 20 - place : token === symbols.diagnosis("pneumonia") ? 5 : 0;
      };
    };
    const policy = symbolPolicy(weigh, { budget: 3 });
    const { asked, conclusion, wasted } = await consultation(policy, smoker, { parsing: "lenient" });
    expect(asked).toEqual(["rash-place", "smoker", "fever"]);
    expect(leader(conclusion)).toBe("pneumonia");
    expect(wasted).toEqual(Array(4).fill("no-act"));
  });

  test("is never one that cannot concern the person, under lenient parsing", async () => {
    const policy = symbolPolicy(scripted(["cough-type"], "cold"));
    const dry: Case = { ...smoker, opening: ["fever"], findings: [{ finding: "fever", state: "present" }] };
    const strict = await consultation(policy, dry);
    expect(strict.asked).toEqual(["cough-type"]);
    const lenient = await consultation(policy, dry, { parsing: "lenient" });
    expect(lenient.asked).toEqual([]);
    expect(lenient.wasted).toEqual(["not-allowed"]);
  });
});

describe("many consultations at once", () => {
  test("are sampled in a call a turn", async () => {
    const policy = symbolPolicy(scripted(["fever", "smoker"], "pneumonia"));
    const agent = policyDiagnostician(policy);
    const run = async (id: string) => {
      const patient = patientFor({ case: smoker, base: clinic, lexicon, seed: 1 });
      return consult(agent, patient, { id, clock: steppingClock(), base: clinic, lexicon, budget: 3, person: {} });
    };
    await Promise.all(Array.from({ length: 40 }, (_, index) => run(`c${index}`)));
    expect(policy.calls).toEqual([40, 40, 40, 40]);
  });

  test("end at the signal, each by itself", async () => {
    const policy = symbolPolicy(scripted(["fever"], "pneumonia"));
    const agent = policyDiagnostician(policy);
    const patient = patientFor({ case: smoker, base: clinic, lexicon, seed: 1 });
    const how = { clock: steppingClock(), base: clinic, lexicon, budget: 3, person: {} };
    const stop = new AbortController();
    const stopped = consult(agent, patient, { ...how, id: "stopped", signal: stop.signal });
    const whole = consult(agent, patient, { ...how, id: "whole" });
    stop.abort();
    expect((await stopped).at(-1)).toMatchObject({ type: "abandoned" });
    expect((await whole).at(-1)).toMatchObject({ type: "concluded" });
  });
});
