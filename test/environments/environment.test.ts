import { beforeEach, describe, expect, test } from "vitest";
import {
  type ConsultationEnvironment,
  consultationEnvironment,
  EpisodeError,
  rankedDifferential,
} from "../../environments/index.ts";
import { clinic, smoker } from "../fixtures/clinic.ts";

const newEnvironment = (more: Parameters<typeof consultationEnvironment>[1] = {}): ConsultationEnvironment =>
  consultationEnvironment(clinic, { budget: 3, ...more });

let environment: ConsultationEnvironment;
beforeEach(() => {
  environment = newEnvironment();
});

/** Plays the texts one after the other and gives the last step. */
async function play(on: ConsultationEnvironment, ...texts: string[]) {
  await on.reset(smoker, 1);
  let step: Awaited<ReturnType<typeof on.step>> | undefined;
  for (const text of texts) step = await on.step(text);
  return step!;
}

describe("an episode", () => {
  test("opens with who the patient is and what brings them", async () => {
    const { text, turns, left } = await environment.reset(smoker, 1);
    expect(text).toMatch(/50-year-old male/);
    expect(text).toMatch(/cough/i);
    expect([turns, left]).toEqual([0, 3]);
  });

  test("tells babies in months, and says nothing of what is not known", async () => {
    expect((await environment.reset({ ...smoker, age: 0.7 }, 1)).text).toMatch(/8-month-old male/);
    const { age, sex, ...nobody } = smoker;
    expect((await environment.reset(nobody, 1)).text).not.toMatch(/year|male|person/);
  });

  test("answers questions and orders in words, without reward, and counts them", async () => {
    await environment.reset(smoker, 1);
    const asked = await environment.step("<think>Lungs?</think><ask>Do you smoke?</ask>");
    expect(asked).toMatchObject({ reward: 0, done: false, observation: { turns: 1, left: 2 } });
    expect(asked.observation.text).toMatch(/^yes/i);
    const examined = await environment.step("<examine>Chest X-ray</examine>");
    expect(examined).toMatchObject({ observation: { text: "A shadow in the right lower lobe.", turns: 2, left: 1 } });
  });

  test("ends with a diagnosis, and its reward is the terms' sum", async () => {
    const end = await play(
      environment,
      "<ask>Do you smoke?</ask>",
      "<diagnosis>\n1. Pneumonia\n2. Common cold\n</diagnosis>",
    );
    expect(end).toMatchObject({ done: true, end: "concluded", components: { top1: 1, questionCost: -0.01 } });
    expect(end.reward).toBeCloseTo(0.99, 12);
    expect(end.conclusion).toMatchObject({ urgency: "within-24-hours", differential: { entries: { length: 2 } } });
  });

  test("takes a condition by id, name or synonym, in any spelling of case and dots", async () => {
    for (const name of ["pneumonia", "PNEUMONIA", "Lung infection", "lung-infection."]) {
      expect((await play(environment, `<diagnosis>${name}</diagnosis>`)).components?.top1, name).toBe(1);
    }
    const twice = await play(environment, "<diagnosis>Pneumonia\nLung infection\nMeasles</diagnosis>");
    expect(twice.conclusion?.differential.entries).toHaveLength(2);
  });

  test("keeps a name that the base lacks in its place", async () => {
    const end = await play(environment, "<diagnosis>Wandering womb\nPneumonia</diagnosis>");
    expect(end.components?.top1).toBe(0);
    expect(end.conclusion?.differential.entries[0]?.condition).toBe("wandering-womb");
  });

  test("ends without a conclusion at the question after the budget", async () => {
    const ask = (what: string) => `<ask>${what}</ask>`;
    await play(environment, ask("Do you smoke?"), ask("Have you had a temperature?"), ask("Where is the rash?"));
    const end = await environment.step(ask("Is the cough dry?"));
    expect(end).toMatchObject({ done: true, end: "budget", observation: { turns: 3, left: 0 } });
    expect(end).not.toHaveProperty("conclusion");
    expect(end.reward).toBeCloseTo(-0.03, 12);
  });

  test("may still conclude when the budget is spent", async () => {
    const on = newEnvironment({ budget: 0 });
    expect(await play(on, "<diagnosis>Pneumonia</diagnosis>")).toMatchObject({ end: "concluded", reward: 1 });
    expect(await play(on, "<ask>Do you smoke?</ask>")).toMatchObject({ end: "budget", reward: 0 });
  });

  test("refuses what the parser refuses, says why, costs no question, and ends at the third time", async () => {
    await environment.reset(smoker, 1);
    const first = await environment.step("Do you smoke?");
    expect(first).toMatchObject({ done: false, reward: 0, observation: { turns: 0 } });
    expect(first.observation.text).toContain("expected one of <ask>, <examine> or <diagnosis>");
    expect((await environment.step("<ask>")).done).toBe(false);
    const end = await environment.step("<ask> </ask>");
    expect(end).toMatchObject({ done: true, end: "parse-failure", reward: 0 });
  });

  test("counts a question put again, in other words too, and one about the complaint", async () => {
    const repeats = async (...texts: string[]) => {
      const end = await play(newEnvironment({ budget: 9 }), ...texts, "<diagnosis>Measles</diagnosis>");
      return Math.round(end.components!.repeatPenalty! / -0.05);
    };
    expect(await repeats("<ask>Do you smoke?</ask>")).toBe(0);
    expect(await repeats("<ask>Do you smoke?</ask>", "<ask>Are you smoking?</ask>")).toBe(1);
    expect(await repeats("<ask>Do you have a cough?</ask>")).toBe(1);
    expect(await repeats("<ask>Zyzzyva?</ask>", "<ask>ZYZZYVA?</ask>")).toBe(1);
  });

  test("strikes its veto where an emergency would be kept at home", async () => {
    const emergency = { ...smoker, urgency: "emergency-ambulance" as const };
    await environment.reset(emergency, 1);
    const end = await environment.step("<diagnosis>Common cold</diagnosis>");
    expect(end).toMatchObject({ reward: -1, components: { top1: 0, unsafeVeto: -1 } });
  });

  test("has one reward that the record of its components sums to", async () => {
    const on = newEnvironment({
      reward: { weights: { top1: 1, reciprocalRank: 0.5, format: 0.2, differentialF1: 0.3 } },
    });
    const end = await play(on, "oops", "<diagnosis>Measles\nPneumonia</diagnosis>");
    const f1 = (2 * 0.5 * 1) / 1.5;
    expect(end.components).toMatchObject({ top1: 0, reciprocalRank: 0.25, format: 0 });
    expect(end.components?.differentialF1).toBeCloseTo(0.3 * f1, 12);
    expect(end.reward).toBeCloseTo(0.25 + 0.3 * f1, 12);
  });
});

describe("the protocol of an environment", () => {
  const none = expect.objectContaining({ code: "no-episode" });

  test("a step needs an episode: not before the reset, not after the end", async () => {
    await expect(environment.step("<ask>Do you smoke?</ask>")).rejects.toThrow(none);
    await play(environment, "<diagnosis>Measles</diagnosis>");
    await expect(environment.step("<ask>Do you smoke?</ask>")).rejects.toThrow(none);
  });

  test("a reset begins anew", async () => {
    await play(environment, "<ask>Do you smoke?</ask>", "oops");
    expect(await environment.reset(smoker, 1)).toMatchObject({ turns: 0, left: 3 });
    expect((await environment.step("<diagnosis>Pneumonia</diagnosis>")).components).toMatchObject({ questionCost: -0 });
  });

  test("the same case, seed and texts give the same steps", async () => {
    const texts = [
      "<ask>Do you smoke?</ask>",
      "<ask>Have you had a temperature?</ask>",
      "<diagnosis>Measles</diagnosis>",
    ];
    const run = async (seed: number): Promise<string> => {
      const on = newEnvironment({ persona: { vagueness: 0.5, denial: 0.4 } });
      const all: unknown[] = [await on.reset(smoker, seed)];
      for (const text of texts) all.push(await on.step(text));
      return JSON.stringify(all);
    };
    expect(await run(1)).toBe(await run(1));
    const seeds = await Promise.all(Array.from({ length: 8 }, (_, seed) => run(seed)));
    expect(new Set(seeds).size).toBeGreaterThan(1);
  });

  test("two environments do not disturb each other", async () => {
    const other = newEnvironment();
    await environment.reset(smoker, 1);
    await other.reset({ ...smoker, age: 3 }, 2);
    await other.step("<diagnosis>Measles</diagnosis>");
    expect((await environment.step("<ask>Do you smoke?</ask>")).observation.turns).toBe(1);
  });

  test("options that make no sense are refused as an EpisodeError", () => {
    for (const options of [{ budget: -1 }, { budget: 1.5 }, { formatFailures: -1 }, { patience: 3 } as object]) {
      expect(() => newEnvironment(options), JSON.stringify(options)).toThrow(EpisodeError);
    }
  });
});

test("a ranking as a differential weighs place k with 1/k, and lists nothing twice", () => {
  const { entries, other } = rankedDifferential(["a", "b", "a", "c"]);
  expect(other).toBe(0);
  expect(entries.map(({ condition }) => condition)).toEqual(["a", "b", "c"]);
  const total = 1 + 1 / 2 + 1 / 3;
  entries.forEach(({ probability }, i) => {
    expect(probability).toBeCloseTo(1 / (i + 1) / total, 12);
  });
});
