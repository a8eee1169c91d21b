import { describe, expect, test } from "vitest";
import type { Rollouts } from "../../../gpu-trainer/rollouts/roll-out.ts";
import type { Group } from "../../../gpu-trainer/rollouts/types.ts";
import { batchSupply, type SavedSampler, type SupplyState } from "../../../gpu-trainer/schedules/supply.ts";
import type { ScheduleConfig } from "../../../gpu-trainer/schedules/types.ts";

const saved = (version: number): SavedSampler => ({
  ...{ path: `v${version}`, version, recoveries: 0 },
  sample: () => Promise.reject(new Error("not asked here")),
});

/** A trainer that takes one optimizer step a batch; groups carry the version that sampled them and a number. */
function trainer(schedule: ScheduleConfig, { groups = 4, restored }: { groups?: number; restored?: SupplyState } = {}) {
  let version = restored?.sampler?.version ?? 0;
  let made = 0;
  const synchronised: number[] = [];
  const supply = batchSupply({
    ...{ schedule, groups, seed: 3, restored },
    async roll(sampler, count): Promise<Rollouts> {
      const own = Array.from({ length: count }, () => ({ id: `g${made++}`, version: sampler.version }) as Group);
      const stops = { concluded: count, budget: 0, truncated: 0, "parse-failure": 0, timeout: 0, "patient-error": 0 };
      return { groups: own, generations: count, counts: { stops, dropped: 0, faults: [], recoveries: 0 } };
    },
    async synchronise() {
      synchronised.push(version);
      return saved(version);
    },
    reopen: ({ version: own }) => saved(own),
  });
  return {
    supply,
    synchronised,
    async steps(from: number, to: number) {
      const batches = [];
      for (let step = from; step < to; step++) {
        const batch = await supply.next(step);
        batches.push({
          lag: version - Math.min(...batch.groups.map((group) => group.version)),
          ids: batch.groups.map(({ id }) => id),
          generations: batch.generations,
        });
        version++;
      }
      return batches;
    },
  };
}

describe("on-policy", () => {
  test("every batch is sampled by the weights that it changes", async () => {
    const { steps, synchronised } = trainer({ kind: "on-policy" });
    const batches = await steps(0, 5);
    expect(batches.map(({ lag }) => lag)).toEqual([0, 0, 0, 0, 0]);
    expect(synchronised).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(batches.flatMap(({ ids }) => ids)).size).toBe(20);
  });
});

describe("lagged", () => {
  test("the sampler is synchronised every L steps; the lag counts up to L − 1 between", async () => {
    const { steps, synchronised } = trainer({ kind: "lagged", lag: 3, fresh: null });
    expect((await steps(0, 7)).map(({ lag }) => lag)).toEqual([0, 1, 2, 0, 1, 2, 0]);
    expect(synchronised).toEqual([0, 3, 6]);
  });

  test("a batch that is not all fresh is filled from the window's own groups, and from no earlier one", async () => {
    const { steps, supply } = trainer({ kind: "lagged", lag: 4, fresh: 1 });
    const batches = await steps(0, 8);
    expect(batches.map(({ generations }) => generations)).toEqual([4, 1, 1, 1, 4, 1, 1, 1]);
    expect(batches.every(({ ids }) => ids.length === 4 && new Set(ids).size === 4)).toBe(true);
    const first = new Set(batches.slice(0, 4).flatMap(({ ids }) => ids));
    expect(
      batches
        .slice(4)
        .flatMap(({ ids }) => ids)
        .some((id) => first.has(id)),
    ).toBe(false);
    expect(supply.state().buffer).toHaveLength(7);
  });

  test("goes on after a restart as if nothing had happened", async () => {
    const schedule = { kind: "lagged", lag: 4, fresh: 2 } as const;
    const whole = await trainer(schedule).steps(0, 4);
    const before = trainer(schedule);
    await before.steps(0, 2);
    const state = JSON.parse(JSON.stringify(before.supply.state())) as SupplyState;
    const after = trainer(schedule, { restored: state });
    const rest = await after.steps(2, 4);
    expect(after.synchronised).toEqual([]);
    // What was sampled before is drawn again in the same way; what is sampled after is new by number here.
    const old = (ids: readonly string[]) => ids.filter((id) => state.buffer.some((group) => group.id === id));
    expect(rest[0]!.ids.slice(2)).toEqual(whole[2]!.ids.slice(2));
    expect(old(rest[0]!.ids)).not.toHaveLength(0);
  });
});

describe("a batch that was decided on", () => {
  test("is drawn again with its corrected rewards, and without its rejected groups", async () => {
    const { supply } = trainer({ kind: "lagged", lag: 9, fresh: 1 });
    const { groups } = await supply.next(0);
    const corrected = { ...groups[1]!, domain: "corrected" };
    supply.amend(groups, [corrected, groups[2]!, groups[3]!]);
    expect(supply.state().buffer.map(({ id }) => id)).not.toContain(groups[0]!.id);
    expect(supply.state().buffer).toContainEqual(corrected);
  });
});

describe("offline", () => {
  test("an iteration samples its pool once and draws every batch from it", async () => {
    const { steps, synchronised } = trainer({ kind: "offline", pool: 10, steps: 3 });
    const batches = await steps(0, 6);
    expect(batches.map(({ generations }) => generations)).toEqual([10, 0, 0, 10, 0, 0]);
    expect(batches.map(({ lag }) => lag)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(synchronised).toEqual([0, 3]);
  });
});

describe("asynchronous", () => {
  test("batches are under way while the trainer steps, and none is older than allowed", async () => {
    const { steps, supply } = trainer({ kind: "asynchronous", maxStaleness: 2 });
    const batches = await steps(0, 8);
    expect(Math.max(...batches.map(({ lag }) => lag))).toBe(2);
    expect(new Set(batches.flatMap(({ ids }) => ids)).size).toBe(32);
    await supply.close();
    expect(supply.paths()).toEqual([]);
  });
});
