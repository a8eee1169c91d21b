/** Which batches look odd. */
import { describe, expect, test } from "vitest";
import { OddityHistory, OddityRules, oddities } from "../../../gpu-trainer/approval/rules.ts";
import type { Group } from "../../../gpu-trainer/rollouts/types.ts";
import { batch, group, trajectory } from "./batches.ts";

const RULES = OddityRules.parse({});
const OFF = Object.fromEntries(
  Object.entries(RULES).map(([name, value]) => [name, typeof value === "number" ? value : null]),
) as OddityRules;

const found = (groups: readonly Group[], history: OddityHistory = [], rules: Partial<OddityRules> = {}): string[] =>
  oddities(groups, history, { ...RULES, ...rules }).reasons.map(({ rule }) => rule);

/** The history after `count` ordinary batches. */
function ordinary(count: number): OddityHistory {
  let history: OddityHistory = [];
  for (let n = 0; n < count; n++) ({ history } = oddities(batch(), history, RULES));
  return history;
}
const shifted = (by: number): Group[] => [
  group("g-1", [1 + by, by, 0.2 + by]),
  group("g-2", [0.4 + by, 0.4 + by, 0.9 + by]),
];
const withComponents = (components: Record<string, number>): Group[] =>
  batch().map((each) => ({ ...each, trajectories: each.trajectories.map((one) => ({ ...one, components })) }));
const asking = (questions: number, reward: number): Group[] => [
  group("g-1", [], { trajectories: [0, 1].map((n) => trajectory(reward, { questions, tokens: [0, 1, 2 + n] })) }),
];

describe("nothing is odd", () => {
  test("about an ordinary batch, at the beginning and later", () => {
    expect(found(batch())).toEqual([]);
    expect(found(batch(), ordinary(30))).toEqual([]);
  });

  test("where every rule is off, but a reward that is no number", () => {
    const odd = [group("g-1", [900, -900, -900, -900])];
    expect(oddities(odd, ordinary(10), OFF).reasons).toEqual([]);
    expect(oddities([group("g-1", [Number.NaN, 0])], [], OFF).reasons).toMatchObject([
      { rule: "bounds", groups: ["g-1"] },
    ]);
  });
});

describe("odd is", () => {
  test("a mean reward far from those before, once there are enough", () => {
    expect(found(shifted(0.4), ordinary(10))).toEqual(["rewardJump"]);
    expect(found(shifted(-0.4), ordinary(10))).toEqual(["rewardJump"]);
    expect(found(shifted(0.05), ordinary(10))).toEqual([]);
    expect(found(shifted(0.4), ordinary(4))).toEqual([]);
  });

  test("a term that takes over the reward", () => {
    let history: OddityHistory = [];
    const usual = withComponents({ diagnosis: 0.9, brevity: -0.1 });
    for (let n = 0; n < 6; n++) ({ history } = oddities(usual, history, RULES));
    expect(found(usual, history)).toEqual([]);
    expect(found(withComponents({ diagnosis: 0.2, brevity: -0.8 }), history)).toEqual(["componentShare"]);
    expect(found(withComponents({ diagnosis: 0.7, brevity: -0.3 }), history)).toEqual([]);
  });

  test("a batch in which most groups hold the same transcript over and over", () => {
    const same = (id: string): Group => group(id, [], { trajectories: [0, 0, 0, 0].map(() => trajectory(0.4)) });
    expect(found([same("g-1"), same("g-2"), group("g-3", [0, 1])])).toEqual(["repeats"]);
    expect(found([same("g-1"), group("g-2", [0, 1]), group("g-3", [0, 1])])).toEqual([]);
    expect(oddities([same("g-1"), same("g-2")], [], RULES).reasons[0]!.groups).toEqual(["g-1", "g-2"]);
  });

  test("a reward that rises while nothing is asked any more", () => {
    let history: OddityHistory = [];
    for (let n = 0; n < 6; n++) ({ history } = oddities(asking(4, 0.5), history, RULES));
    const rules = { rewardJump: null };
    expect(found(asking(0, 0.9), history, rules)).toEqual(["questionsVanish"]);
    expect(found(asking(0, 0.3), history, rules)).toEqual([]);
    expect(found(asking(2, 0.9), history, rules)).toEqual([]);
    for (let n = 0; n < 20; n++) ({ history } = oddities(asking(0, 0.5), history, RULES));
    expect(found(asking(0, 0.9), history, rules)).toEqual([]);
  });

  test("a parse failure that is paid well", () => {
    const paid = group("g-1", [], { trajectories: [trajectory(0.9, { stop: "parse-failure" }), trajectory(0)] });
    expect(found([paid])).toEqual(["paidFailure"]);
    expect(found([paid], [], { paidFailure: { above: 1 } })).toEqual([]);
  });

  test("one condition that is named of nearly everybody, unless nearly everybody has it", () => {
    const named = (labels: string[]): Group[] =>
      Array.from({ length: 12 }, (_, g) =>
        group(`g-${g}`, [], { trajectories: [0, 1].map((n) => trajectory(n, { ranked: ["flu"], labels })) }),
      );
    expect(found(named(["cold"]))).toEqual(["oneCondition"]);
    expect(found(named(["flu"]))).toEqual([]);
    expect(found(named(["cold"]).slice(0, 9))).toEqual([]);
  });

  test("a reward out of bounds", () => {
    expect(found([group("g-1", [11, 0]), group("g-2", [0, 1])])).toEqual(["bounds"]);
    expect(found([group("g-1", [1.5, 0])], [], { bounds: { least: 0, most: 1 } })).toEqual(["bounds"]);
  });
});

describe("what is remembered", () => {
  test("is JSON, and no longer than the window", () => {
    const history = ordinary(50);
    expect(history).toHaveLength(RULES.window);
    expect(OddityHistory.parse(JSON.parse(JSON.stringify(history)))).toEqual(history);
  });

  test("stays as it was where the batch was rejected", () => {
    const history = ordinary(10);
    const copy = structuredClone(history);
    oddities(shifted(0.4), history, RULES);
    expect(history).toEqual(copy);
  });
});

test("rules are switched off by null, and unknown ones are refused", () => {
  expect(OddityRules.parse({ repeats: null }).repeats).toBeNull();
  expect(OddityRules.parse({ rewardJump: { deviations: 2 } }).rewardJump).toEqual({ deviations: 2, floor: 0.02 });
  expect(OddityRules.safeParse({ rewardJumps: null }).success).toBe(false);
});
