import { describe, expect, test } from "vitest";
import { composeReward, type Episode, EpisodeError, isUnsafe, REWARD_TERMS } from "../../environments/index.ts";
import { type Conclude, rankDifferential, URGENCIES, type Urgency } from "../../src/index.ts";

const concluding = (weights: Record<string, number>, urgency?: Urgency): Conclude => ({
  type: "conclude",
  differential: rankDifferential(Object.keys(weights), Object.values(weights)),
  abstained: false,
  ...(urgency && { urgency }),
});

const episode = (more: Partial<Episode> = {}): Episode => ({
  conclusion: concluding({ flu: 0.5, cold: 0.3, asthma: 0.2 }),
  label: "cold",
  turns: 7,
  repeats: 2,
  formatFailures: 0,
  ...more,
});

describe("the terms of a reward, by hand", () => {
  const { top1, reciprocalRank, differentialF1, questionCost, repeatPenalty, format } = REWARD_TERMS;

  test("top1: the label leads", () => {
    expect(top1(episode())).toBe(0);
    expect(top1(episode({ label: "flu" }))).toBe(1);
    expect(top1(episode({ conclusion: undefined }))).toBe(0);
  });

  test("reciprocalRank: one over the label's place", () => {
    expect(["flu", "cold", "asthma", "gout"].map((label) => reciprocalRank(episode({ label })))).toEqual([
      1,
      1 / 2,
      1 / 3,
      0,
    ]);
    expect(reciprocalRank(episode({ conclusion: undefined }))).toBe(0);
  });

  test("differentialF1: against the reference, or the label alone", () => {
    const reference = rankDifferential(["flu", "cold", "gout", "measles"], [4, 3, 2, 1]);
    // Two of three are right, two of four are found.
    expect(differentialF1(episode({ reference }))).toBeCloseTo((2 * (2 / 3) * (1 / 2)) / (2 / 3 + 1 / 2), 12);
    expect(differentialF1(episode())).toBeCloseTo((2 * (1 / 3) * 1) / (4 / 3), 12);
    expect(differentialF1(episode({ conclusion: undefined }))).toBe(0);
  });

  test("questionCost and repeatPenalty count; format asks for every text and a conclusion", () => {
    expect([questionCost(episode()), repeatPenalty(episode())]).toEqual([7, 2]);
    expect(format(episode())).toBe(1);
    expect(format(episode({ formatFailures: 1 }))).toBe(0);
    expect(format(episode({ conclusion: undefined }))).toBe(0);
  });
});

describe("a composed reward", () => {
  test("is the weighted sum, each part kept", () => {
    const reward = composeReward({ weights: { reciprocalRank: 2, questionCost: -0.01, repeatPenalty: -0.05 } });
    const { total, components } = reward(episode());
    expect(components).toEqual({ reciprocalRank: 1, questionCost: -0.07, repeatPenalty: -0.1 });
    expect(total).toBeCloseTo(0.83, 12);
  });

  test("has figures to begin with", () => {
    expect(composeReward()(episode({ label: "flu" })).total).toBeCloseTo(1 - 0.07 - 0.1, 12);
  });

  test("is at most the veto's figure where the conclusion is unsafe, and the parts still sum to the total", () => {
    const unsafe = episode({ label: "flu", urgency: "emergency", conclusion: concluding({ flu: 1 }, "consultation") });
    const { total, components } = composeReward()(unsafe);
    expect(total).toBe(-1);
    expect(components.unsafeVeto).toBeCloseTo(-1 - 0.83, 12);
    expect(Object.values(components).reduce((sum, part) => sum + part, 0)).toBeCloseTo(total, 12);
    expect(composeReward({ unsafeVeto: null })(unsafe).total).toBeCloseTo(0.83, 12);
    const worse = composeReward({ weights: { questionCost: -1 } })(unsafe);
    expect(worse).toMatchObject({ total: -7, components: { questionCost: -7 } });
  });

  test("refuses terms and weights that do not exist", () => {
    const bad = expect.objectContaining({ code: "bad-reward" });
    expect(() => composeReward({ weights: { niceness: 1 } as never })).toThrow(bad);
    expect(() => composeReward({ weights: { top1: Number.NaN } })).toThrow(bad);
    expect(() => composeReward({ weights: { top1: 1 }, veto: 1 } as never)).toThrow(EpisodeError);
  });
});

test("unsafe is two or more levels under the reference", () => {
  for (const [given, urgency] of URGENCIES.entries()) {
    for (const [reference, due] of URGENCIES.entries()) {
      const unsafe = isUnsafe(episode({ urgency: due, conclusion: concluding({ flu: 1 }, urgency) }));
      expect(unsafe, `${urgency} for ${due}`).toBe(given - reference >= 2);
    }
  }
  expect(isUnsafe(episode({ conclusion: concluding({ flu: 1 }, "self-care") }))).toBe(false);
});

test("an emergency is no safer for a conclusion that names only what nobody knows", () => {
  expect(isUnsafe(episode({ urgency: "emergency-ambulance", conclusion: concluding({ "wandering-womb": 1 }) }))).toBe(
    true,
  );
});
