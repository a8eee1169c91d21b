/** Batches as people see them, and what their decisions make of them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advantagesOf, applyDecision } from "../../../gpu-trainer/approval/apply.ts";
import { approvalGate, approveBatch } from "../../../gpu-trainer/approval/approve.ts";
import { histogram } from "../../../gpu-trainer/approval/hold.ts";
import { OddityRules } from "../../../gpu-trainer/approval/rules.ts";
import { type Approver, HeldBatch, type Verdict } from "../../../gpu-trainer/approval/types.ts";
import { grpo } from "../../../gpu-trainer/objectives/grpo.ts";
import { batch, group, held, letters, objective, trajectory } from "./batches.ts";

const correct = (given: Partial<Extract<Verdict, { type: "correct" }>>): Verdict => ({
  type: "correct",
  rewards: [],
  rejectGroups: [],
  ...given,
});
const code = (value: string) => expect.objectContaining({ code: value });

describe("a held batch", () => {
  test("shows transcripts, rewards with their terms, the baseline and the advantages", () => {
    const shown = held(batch(), { nameOf: (id) => ({ flu: "Influenza", cold: "Common cold" })[id] ?? id });
    expect(shown).toMatchObject({ step: 12, round: 0, objective: "oapl", version: 7, lag: 3, reasons: [] });
    const [first] = shown.groups;
    expect(first).toMatchObject({ id: "g-1", caseId: "case-g-1", labels: ["Influenza"], kept: true });
    expect(first!.trajectories[0]).toMatchObject({ transcript: "abm", reward: 1, components: { diagnosis: 1 } });
    expect(first!.trajectories.map(({ ranked }) => ranked[0])).toEqual(["Influenza", "Common cold", "Common cold"]);
    const [scored] = objective.advantages([
      { id: "g-1", domain: "", version: 4, trajectories: [1, 0, 0.2].map((reward) => ({ reward, sampled: [-0.5] })) },
    ]);
    expect(first!.baseline).toBe(scored!.baseline);
    expect(first!.trajectories.map(({ advantage }) => advantage)).toEqual(scored!.advantages);
  });

  test("is plain JSON of its schema, also with rewards that are no numbers", () => {
    const shown = held([
      group("g-1", [1, Number.NaN]),
      group("g-2", [Number.POSITIVE_INFINITY, 0]),
      group("g-3", [0, 1]),
    ]);
    expect(HeldBatch.parse(JSON.parse(JSON.stringify(shown)))).toEqual(shown);
    expect(shown.groups[0]).toMatchObject({ baseline: null, kept: false });
    expect(shown.groups[0]!.trajectories[1]).toMatchObject({ reward: null, advantage: null });
    expect(shown.groups[2]!.baseline).not.toBeNull();
    expect(shown.rewards.notFinite).toBe(2);
  });

  test("refuses groups of a task that is not given, and advantages of another batch", () => {
    expect(() => held(batch(), { tasks: [] })).toThrow(code("bad-batch"));
    expect(() => held(batch(), { advantages: [] })).toThrow(code("bad-batch"));
    expect(() => held([])).toThrow(code("bad-batch"));
  });
});

test("a histogram counts every reward once", () => {
  fc.assert(
    fc.property(fc.array(fc.double(), { maxLength: 50 }), (values) => {
      const { counts, notFinite } = histogram(values);
      expect(counts.reduce((a, b) => a + b, 0) + notFinite).toBe(values.length);
    }),
  );
  expect(histogram([0, 1, 1], 2)).toEqual({ least: 0, most: 1, counts: [1, 2], notFinite: 0 });
  expect(histogram([2, 2]).counts).toEqual([2]);
  const many = Array.from({ length: 300_000 }, (_, i) => i % 2);
  expect(histogram(many, 2)).toMatchObject({ least: 0, most: 1, counts: [150_000, 150_000] });
});

describe("a decision", () => {
  test("that confirms leaves the batch as it is", () => {
    const groups = batch();
    expect(applyDecision(groups, objective, { type: "confirm" })).toEqual({
      groups,
      advantages: advantagesOf(groups, objective),
    });
  });

  test("that rejects leaves nothing", () => {
    expect(applyDecision(batch(), objective, { type: "reject", reason: "odd" })).toBeUndefined();
  });

  test.each([
    ["V̂*", objective],
    ["mean", grpo.make(grpo.options.parse({}))],
  ])("that corrects a reward has the objective find %s and the advantages of its group anew", (_, scorer) => {
    const groups = batch();
    const after = applyDecision(groups, scorer, correct({ rewards: [{ group: "g-1", trajectory: 1, reward: 0.8 }] }))!;
    expect(after.groups[0]!.trajectories[1]).toMatchObject({
      reward: 0.8,
      components: { diagnosis: 0, correction: 0.8 },
    });
    expect(after.advantages).toEqual(advantagesOf([group("g-1", [1, 0.8, 0.2]), groups[1]!], scorer));
    expect(after.groups[1]).toBe(groups[1]);
    expect(groups[0]!.trajectories[1]!.reward).toBe(0);
  });

  test("that corrects again adds to the correction", () => {
    const once = applyDecision(
      batch(),
      objective,
      correct({ rewards: [{ group: "g-1", trajectory: 1, reward: 0.8 }] }),
    );
    const verdict = correct({ rewards: [{ group: "g-1", trajectory: 1, reward: 0.5 }] });
    const twice = applyDecision(once!.groups, objective, verdict)!;
    expect(twice.groups[0]!.trajectories[1]!.components.correction).toBeCloseTo(0.5);
  });

  test("that rejects groups leaves the others", () => {
    const after = applyDecision(batch(), objective, correct({ rejectGroups: ["g-1"] }))!;
    expect(after.groups.map(({ id }) => id)).toEqual(["g-2"]);
    expect(after.advantages).toHaveLength(1);
  });

  test("can correct a reward that is no number, and must before it confirms", () => {
    const groups = [group("g-1", [1, Number.NaN]), group("g-2", [0, 1])];
    expect(() => applyDecision(groups, objective, { type: "confirm" })).toThrow(code("bad-decision"));
    const after = applyDecision(groups, objective, correct({ rewards: [{ group: "g-1", trajectory: 1, reward: 0 }] }))!;
    expect(after.groups[0]!.trajectories[1]!.components.correction).toBe(0);
    expect(applyDecision(after.groups, objective, { type: "confirm" })!.advantages).toEqual(after.advantages);
  });

  test.each<[string, Verdict]>([
    ["nothing", correct({})],
    ["a group that is not there", correct({ rewards: [{ group: "g-9", trajectory: 0, reward: 1 }] })],
    ["a trajectory that is not there", correct({ rewards: [{ group: "g-1", trajectory: 3, reward: 1 }] })],
    ["a reward twice", correct({ rewards: [0, 1].map((reward) => ({ group: "g-1", trajectory: 0, reward })) })],
    ["a reward that is no number", correct({ rewards: [{ group: "g-1", trajectory: 0, reward: Number.NaN }] })],
    ["every group", correct({ rejectGroups: ["g-1", "g-2"] })],
    ["a rejected group that is not there", correct({ rejectGroups: ["g-9"] })],
  ])("that corrects %s is refused", (_, verdict) => {
    expect(() => applyDecision(batch(), objective, verdict)).toThrow(code("bad-decision"));
  });
});

describe("approval", () => {
  const approving = (...verdicts: Verdict[]): { approver: Approver; seen: HeldBatch[] } => {
    const seen: HeldBatch[] = [];
    const review = async (batch: HeldBatch) => {
      seen.push(batch);
      return { ...verdicts.shift()!, step: batch.step, round: batch.round, digest: "0".repeat(64), by: "me", at: "" };
    };
    return { approver: { review }, seen };
  };
  const given = { step: 12, objective, version: 7, tasks: [letters] };

  test("holds a corrected batch again, with its new advantages, until it is confirmed", async () => {
    const rewards = [{ group: "g-1", trajectory: 1, reward: 0.8 }];
    const { approver, seen } = approving(correct({ rewards }), correct({ rejectGroups: ["g-2"] }), { type: "confirm" });
    const approved = await approveBatch(approver, { ...given, groups: batch() });
    expect(seen.map(({ round, groups }) => [round, groups.length])).toEqual([
      [0, 2],
      [1, 2],
      [2, 1],
    ]);
    expect(seen[1]!.groups[0]!.trajectories[1]!.advantage).toBe(approved!.advantages[0]!.advantages[1]);
    expect(approved!.groups.map(({ id }) => id)).toEqual(["g-1"]);
  });

  test("gives nothing where it was rejected", async () => {
    const { approver } = approving({ type: "reject", reason: "odd" });
    expect(await approveBatch(approver, { ...given, groups: [group("g", [0, 1])] })).toBeUndefined();
  });
});

describe("a run's gate", () => {
  const given = { step: 12, objective, version: 7, tasks: [letters] };
  const asked: HeldBatch[] = [];
  const approver: Approver = {
    review: async (batch) => {
      asked.push(batch);
      const { step, round } = batch;
      return { type: "reject", reason: "odd", step, round, digest: "0".repeat(64), by: "me", at: "" };
    },
  };
  const rules = OddityRules.parse({ warmUp: 2, bounds: { least: 0, most: 1 } });

  test("lets ordinary batches through, and holds odd ones with the reasons", async () => {
    const gate = approvalGate({ approver, hold: rules });
    const groups = batch();
    expect(await gate.approve({ ...given, groups })).toEqual({ groups, advantages: advantagesOf(groups, objective) });
    expect(asked).toEqual([]);
    expect(await gate.approve({ ...given, groups: [group("g-1", [0, 1.5])] })).toBeUndefined();
    expect(asked.pop()!.reasons).toMatchObject([{ rule: "bounds", groups: ["g-1"] }]);
    expect(gate.state()).toHaveLength(1);
  });

  test("holds every batch, odd or not", async () => {
    await approvalGate({ approver, hold: "all" }).approve({ ...given, groups: batch() });
    expect(asked.pop()!.reasons).toEqual([]);
  });

  test("remembers after a detour through JSON, and refuses what it did not write", async () => {
    const gate = approvalGate({ approver, hold: rules });
    for (let n = 0; n < 3; n++) await gate.approve({ ...given, groups: batch() });
    const resumed = approvalGate({ approver, hold: rules });
    resumed.restore(JSON.parse(JSON.stringify(gate.state())));
    expect(resumed.state()).toEqual(gate.state());
    expect(() => resumed.restore({})).toThrow(code("bad-batch"));
  });
});

test("the helper's trajectories are as rollouts make them", () => {
  const { tokens, mask, logprobs } = trajectory(0.3);
  expect([mask.length, logprobs.length]).toEqual([tokens.length, tokens.length]);
});
