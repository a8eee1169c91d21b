/** DRPO beyond its gradient: what it remembers, and that its scaling cannot run away. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeObjective, type ScoredGroup } from "../../../gpu-trainer/objectives/index.ts";
import { reordered, type Scene, scenes, stepWith } from "./scenes.ts";

const group = (id: string, domain: string, rewards: readonly number[], version = 0): ScoredGroup => ({
  id,
  domain,
  version,
  trajectories: rewards.map((reward) => ({ reward, sampled: [-1] })),
});

/** At lag 0. */
const sceneOf = (groups: readonly ScoredGroup[]): Scene => {
  const sampled = groups.map(({ trajectories }) => trajectories.map((trajectory) => trajectory.sampled));
  return { groups, logprobs: { current: sampled, old: sampled, reference: sampled } };
};

const EASY = [1, 1, 1, 0];
const HARD = [0, 0, 0, 1];

/** Mean |A| of each group. */
const sizes = (groups: readonly ScoredGroup[], options = {}): number[] =>
  makeObjective("drpo", options)
    .advantages(groups)
    .map(({ advantages }) => advantages.reduce((total, a) => total + Math.abs(a), 0) / advantages.length);

describe("scaling", () => {
  test("gives hard questions and rare domains more weight than easy and common ones", () => {
    const common = Array.from({ length: 6 }, (_, i) => group(`easy-${i}`, "heart", EASY));
    const [hard, easy, rare] = sizes([group("hard", "heart", HARD), ...common, group("rare", "skin", EASY)]).filter(
      (_, i) => [0, 1, 7].includes(i),
    );
    expect(hard).toBeGreaterThan(easy!);
    expect(rare).toBeGreaterThan(easy!);
  });

  test("stays within the cap, and at a cap of 1 is grpo's but for a constant", () => {
    const groups = [group("a", "heart", EASY), group("b", "heart", HARD), group("c", "skin", [0, 0, 0, 0.01])];
    for (const weightCap of [1, 2, 10]) {
      const plain = makeObjective("grpo").advantages(groups);
      const factors = makeObjective("drpo", { weightCap })
        .advantages(groups)
        .map(({ advantages }, g) => advantages[0]! / plain[g]!.advantages[0]!);
      expect(Math.max(...factors) / Math.min(...factors)).toBeLessThanOrEqual(weightCap * (1 + 1e-9));
    }
  });

  test("survives clusters and domains whose rewards are all 0, or negative", () => {
    const groups = [
      group("a", "x", [0, 0]),
      group("b", "x", [0, 0]),
      group("c", "y", [-1, 0]),
      group("d", "y", [-1, -2]),
    ];
    const found = makeObjective("drpo").advantages(groups);
    expect(found.map(({ kept }) => kept)).toEqual([false, false, true, true]);
    expect(found.flatMap(({ advantages }) => advantages).every(Number.isFinite)).toBe(true);
  });

  test("leaves groups of equal rewards out of the batch's std", () => {
    const some = [group("a", "heart", EASY), group("b", "heart", HARD)];
    const advantages = makeObjective("drpo", { weightCap: 1 }).advantages([...some, group("c", "heart", [1, 1, 1, 1])]);
    expect(advantages.slice(0, 2)).toEqual(makeObjective("drpo", { weightCap: 1 }).advantages(some));
  });

  test("does not see the order of groups, nor of rewards within a group", () => {
    fc.assert(
      fc.property(scenes, ({ groups }) => {
        const turned = groups.map((one) => ({ ...one, trajectories: [...one.trajectories].reverse() })).reverse();
        const plain = sizes(groups);
        sizes(turned)
          .reverse()
          .forEach((size, g) => {
            expect(size).toBeCloseTo(plain[g]!, 9);
          });
      }),
    );
  });

  test("reports each domain's weight against plain grpo, 1 on average", () => {
    const groups = [group("a", "Heart & lung", EASY), group("b", "skin", HARD), group("c", "", HARD)];
    const { metrics } = stepWith(makeObjective("drpo"), sceneOf(groups));
    const weights = Object.entries(metrics).filter(([name]) => name.startsWith("domain_weight_"));
    expect(weights.map(([name]) => name)).toEqual([
      "domain_weight_heart_lung",
      "domain_weight_none",
      "domain_weight_skin",
    ]);
    expect(weights.reduce((total, [, weight]) => total + weight, 0)).toBeCloseTo(3, 9);
    expect(metrics.domain_weight_skin).toBeGreaterThan(metrics.domain_weight_heart_lung!);
  });
});

describe("damping", () => {
  test("needs the reference and holds back trajectories that have drifted from it", () => {
    const groups = [group("a", "x", EASY), group("b", "x", EASY)];
    const { logprobs } = sceneOf(groups);
    const drifted: Scene = {
      groups,
      logprobs: {
        ...logprobs,
        reference: [
          [[-1], [-1], [-1], [-1]],
          [[-3], [-3], [-3], [-3]],
        ],
      },
    };
    const objective = makeObjective("drpo", { klDamping: 0.5 });
    expect(objective.needs.reference).toBe(true);
    const { weights } = stepWith(objective, drifted);
    expect(weights[0]![0]![0]).toBeGreaterThan(weights[1]![0]![0]!);
  });

  test("changes nothing where policy and reference are one", () => {
    const scene = sceneOf([group("a", "x", EASY), group("b", "y", HARD)]);
    expect(stepWith(makeObjective("drpo", { klDamping: 0.75 }), scene)).toEqual(stepWith(makeObjective("drpo"), scene));
  });
});

describe("memory", () => {
  test("is read by `advantages` and written by `weights`, once a batch", () => {
    const objective = makeObjective("drpo");
    const scene = sceneOf([group("a", "heart", EASY), group("b", "heart", HARD)]);
    const before = objective.advantages(scene.groups);
    expect(objective.memory!.state()).toEqual({ history: [] });
    stepWith(objective, scene);
    const after = objective.memory!.state();
    expect(objective.advantages(scene.groups)).toEqual(before);
    stepWith(objective, scene);
    expect(objective.memory!.state()).toEqual(after);
  });

  test("takes corrected rewards in place of what it held of the same question and version", () => {
    const objective = makeObjective("drpo");
    stepWith(objective, sceneOf([group("a", "heart", EASY)]));
    stepWith(objective, sceneOf([group("a", "heart", [0, 0, 0, 0])]));
    expect(objective.memory!.state()).toEqual({ history: [{ domain: "heart", id: "a", version: 0, mean: 0, std: 0 }] });
    stepWith(objective, sceneOf([group("a", "heart", EASY, 1)]));
    expect(objective.memory!.state()).toMatchObject({ history: [{ version: 0 }, { version: 1 }] });
  });

  test("slides: the oldest questions of a domain go first, those of others stay", () => {
    const objective = makeObjective("drpo", { window: 2 });
    for (const [id, domain] of [
      ["a", "x"],
      ["b", "y"],
      ["c", "x"],
      ["d", "x"],
    ] as const) {
      stepWith(objective, sceneOf([group(id, domain, EASY)]));
    }
    const { history } = objective.memory!.state() as { history: { id: string }[] };
    expect(history.map(({ id }) => id)).toEqual(["b", "c", "d"]);
  });

  test("goes through JSON to another objective, which then goes on as the first", () => {
    fc.assert(
      fc.property(scenes, scenes, (past, next) => {
        const first = makeObjective("drpo");
        stepWith(first, past);
        const second = makeObjective("drpo");
        second.memory!.restore(JSON.parse(JSON.stringify(first.memory!.state())));
        const renamed = { ...next, groups: next.groups.map((one) => ({ ...one, version: one.version + 1 })) };
        expect(stepWith(second, renamed)).toEqual(stepWith(first, renamed));
        expect(second.memory!.state()).toEqual(first.memory!.state());
      }),
      { numRuns: 50 },
    );
  });

  test("does not see the order of groups in a batch", () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const [first, second] = [makeObjective("drpo", { window: 2 }), makeObjective("drpo", { window: 2 })];
        stepWith(first, scene);
        stepWith(second, reordered(scene, scene.groups.map((_, g) => g).reverse()));
        expect(second.memory!.state()).toEqual(first.memory!.state());
      }),
      { numRuns: 50 },
    );
  });

  test("refuses what is not a state, and keeps what it has", () => {
    const objective = makeObjective("drpo");
    stepWith(objective, sceneOf([group("a", "heart", EASY)]));
    const held = objective.memory!.state();
    for (const bad of [undefined, {}, { history: [{ domain: "x" }] }]) {
      expect(() => objective.memory!.restore(bad)).toThrow(expect.objectContaining({ code: "bad-state" }));
    }
    expect(objective.memory!.state()).toEqual(held);
  });

  test("is a matter of drpo alone", () => {
    expect(makeObjective("grpo").memory).toBeUndefined();
  });
});
