import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Attempts, DifficultyPool, passRates } from "../../../gpu-trainer/curriculum/difficulty.ts";
import { dynamicSampling, isInformative } from "../../../gpu-trainer/curriculum/dynamic-sampling.ts";

const ids = Array.from({ length: 20 }, (_, i) => `case-${i}`);
/** A group of `of` outcomes, so many of them right. */
const group = (caseId: string, right: number, of = 8): Attempts => ({
  caseId,
  trajectories: Array.from({ length: of }, (_, i) => ({ correct: i < right })),
});

describe("pass rates", () => {
  test("are the share of right outcomes over all groups of a case", () => {
    const rates = passRates([group("a", 2), group("b", 8), group("a", 4), group("c", 0, 0)]);
    expect([...rates]).toEqual([
      ["a", { rate: 6 / 16, samples: 16 }],
      ["b", { rate: 1, samples: 8 }],
    ]);
  });
});

describe("a difficulty pool", () => {
  test("gives every case once a round, in an order that the seed fixes", () => {
    const pool = new DifficultyPool(ids, 1);
    const round = pool.next(20);
    expect([...round].sort()).toEqual([...ids].sort());
    expect(new DifficultyPool(ids, 1).next(20)).toEqual(round);
    expect(new DifficultyPool(ids, 2).next(20)).not.toEqual(round);
    expect(pool.next(20)).not.toEqual(round);
  });

  test("keeps what is neither too easy nor too hard, bounds included", () => {
    const pool = new DifficultyPool(ids, 1, { low: 0.25, high: 0.75 });
    pool.observe([group("case-0", 0), group("case-1", 2), group("case-2", 6), group("case-3", 7), group("case-4", 1)]);
    expect(pool.counts()).toEqual({ unknown: 15, kept: 2, aside: 3 });
    expect(pool.next(17).filter((id) => ["case-0", "case-3", "case-4"].includes(id))).toEqual([]);
  });

  test("judges nobody by fewer samples than it was told", () => {
    const pool = new DifficultyPool(ids, 1, { samples: 12 });
    pool.observe([group("case-0", 0)]);
    expect(pool.counts()).toMatchObject({ unknown: 20 });
    pool.observe([group("case-0", 6)]);
    expect(pool.counts()).toMatchObject({ kept: 1 });
    expect(pool.state().cases["case-0"]).toMatchObject({ rate: 6 / 16 });
  });

  test("judges a kept case again after so many uses, by what it did since", () => {
    const pool = new DifficultyPool(ids, 1, { recheck: 3 });
    pool.observe([group("case-0", 4)]);
    for (const use of [1, 2]) {
      pool.observe([group("case-0", 8)]);
      expect(pool.counts(), `use ${use}`).toMatchObject({ kept: 1 });
    }
    pool.observe([group("case-0", 8)]);
    expect(pool.counts()).toMatchObject({ kept: 0, aside: 1 });
    expect(pool.state().cases["case-0"]).toMatchObject({ rate: 1 });
  });

  test("tries again what it set aside, after so many rounds without it", () => {
    const pool = new DifficultyPool(ids, 1, { recheck: 2 });
    pool.observe([group("case-0", 0)]);
    expect(pool.next(19)).not.toContain("case-0");
    expect(pool.next(19)).not.toContain("case-0");
    expect(pool.next(20)).toContain("case-0");
    expect(pool.counts()).toMatchObject({ unknown: 20 });
  });

  test("never waits for ever, even where every case is set aside", () => {
    const pool = new DifficultyPool(ids, 1);
    pool.observe(ids.map((id) => group(id, 8)));
    expect(pool.counts()).toMatchObject({ aside: 20 });
    expect(pool.next(1)).toHaveLength(1);
  });

  test("goes on after a checkpoint as if nothing had been", () => {
    const act = fc.record({ wanted: fc.integer({ min: 0, max: 9 }), right: fc.integer({ min: 0, max: 8 }) });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), fc.nat(30), (acts, at) => {
        const run = (pool: DifficultyPool, steps: typeof acts): string[] =>
          steps.flatMap(({ wanted, right }) => {
            const drawn = pool.next(wanted);
            pool.observe(drawn.map((id) => group(id, right)));
            return drawn;
          });
        const whole = run(new DifficultyPool(ids, 7), acts);
        const before = new DifficultyPool(ids, 7);
        const first = run(before, acts.slice(0, at));
        const resumed = new DifficultyPool(ids, 7, {}, JSON.parse(JSON.stringify(before.state())));
        expect([...first, ...run(resumed, acts.slice(at))]).toEqual(whole);
      }),
    );
  });

  test("refuses bounds that cross, and a state that is none", () => {
    const bad = expect.objectContaining({ code: "bad-options" });
    expect(() => new DifficultyPool(ids, 1, { low: 0.9, high: 0.1 })).toThrow(bad);
    expect(() => new DifficultyPool([], 1)).toThrow(bad);
    expect(() => new DifficultyPool(ids, 1, {}, { round: -1 })).toThrow(expect.objectContaining({ code: "bad-state" }));
  });
});

describe("dynamic sampling", () => {
  const rewarded = (...rewards: number[]) => ({ trajectories: rewards.map((reward) => ({ reward })) });
  const flat = rewarded(1, 1, 1);
  const telling = rewarded(0, 1, 0);

  test("a group is informative where its rewards differ", () => {
    expect([flat, telling, rewarded(0.5), rewarded(0, 1e-9)].map(isInformative)).toEqual([false, true, false, true]);
  });

  test("asks for as many as are likely to fill the batch", () => {
    expect(dynamicSampling([], 0, { wanted: 8 })).toEqual({ informative: [], request: 8, full: false });
    // Two of six were informative: three in eight with one added to either side, and six are missing.
    const { request, informative } = dynamicSampling([telling, flat, flat, telling, flat, flat], 1, { wanted: 8 });
    expect(informative).toEqual([telling, telling]);
    expect(request).toBe(16);
    expect(dynamicSampling(Array(98).fill(flat), 1, { wanted: 8 }).request).toBe(24);
    expect(dynamicSampling(Array(98).fill(flat), 1, { wanted: 8, surplus: 1 }).request).toBe(8);
  });

  test("ends with a full batch, in order, or with the rounds", () => {
    const many = Array.from({ length: 9 }, (_, i) => rewarded(i, i + 1));
    expect(dynamicSampling(many, 1, { wanted: 4 })).toEqual({ informative: many.slice(0, 4), request: 0, full: true });
    const spent = { informative: [telling], request: 0, full: false };
    expect(dynamicSampling([telling, flat], 10, { wanted: 4 })).toEqual(spent);
    expect(dynamicSampling([telling, flat], 2, { wanted: 4, rounds: 2 })).toEqual(spent);
  });

  test("always ends, and asks for nothing where it has enough", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 400 }), fc.integer({ min: 1, max: 20 }), (coins, wanted) => {
        const toss = coins[Symbol.iterator]();
        const groups: (typeof flat)[] = [];
        let round = 0;
        for (;;) {
          const { request, informative, full } = dynamicSampling(groups, round, { wanted, rounds: 5 });
          expect(full).toBe(informative.length === wanted);
          if (request === 0) break;
          for (let i = 0; i < request; i++) groups.push(toss.next().value ? telling : flat);
          round++;
        }
        expect(round).toBeLessThanOrEqual(5);
      }),
    );
  });
});
