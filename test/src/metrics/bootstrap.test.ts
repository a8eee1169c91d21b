import { describe, expect, test } from "vitest";
import { drawResamples, interval, MeanTally, seededRandom } from "../../../src/index.ts";

const tallyOf = (values: readonly number[]): MeanTally => {
  const tally = new MeanTally();
  values.forEach((value, i) => {
    tally.add(i, value);
  });
  return tally;
};

/** Values with mean `p` of 0 and 1, in a random order. */
const hits = (n: number, p: number): number[] => {
  const random = seededRandom("hits", n);
  return Array.from({ length: n }, () => Number(random.float() < p));
};

describe("the mean of a score", () => {
  test("is over the consultations that have it, null where none has", () => {
    const tally = tallyOf([1, 2, 6]);
    expect([tally.mean, tally.count]).toEqual([3, 3]);
    expect(new MeanTally().mean).toBeNull();
    expect(new MeanTally().interval(drawResamples(5))).toBeUndefined();
  });

  test("is exact for more consultations than blocks, where only some have the score", () => {
    const tally = new MeanTally();
    for (let i = 0; i < 5000; i++) if (i % 7 === 0) tally.add(i, i);
    expect(tally.count).toBe(715);
    expect(tally.mean).toBeCloseTo((7 * 714) / 2, 9);
  });
});

describe("its 95 % interval", () => {
  test("is close to the normal approximation, below and above a thousand consultations", () => {
    for (const n of [200, 1000, 1500, 20_000]) {
      const values = hits(n, 0.3);
      const tally = tallyOf(values);
      const [low, high] = tally.interval(drawResamples(n))!;
      const mean = tally.mean!;
      const half = 1.96 * Math.sqrt((mean * (1 - mean)) / n);
      expect(low, `n = ${n}`).toBeGreaterThan(mean - 1.2 * half);
      expect(low, `n = ${n}`).toBeLessThan(mean - 0.8 * half);
      expect(high, `n = ${n}`).toBeLessThan(mean + 1.2 * half);
      expect(high, `n = ${n}`).toBeGreaterThan(mean + 0.8 * half);
    }
  });

  test("is a point where all scores are equal, and the score itself of a single consultation", () => {
    expect(tallyOf([4, 4, 4, 4]).interval(drawResamples(4))).toEqual([4, 4]);
    expect(tallyOf([0.25]).interval(drawResamples(1))).toEqual([0.25, 0.25]);
  });

  test("is the same each time", () => {
    const tally = tallyOf(hits(300, 0.5));
    expect(tally.interval(drawResamples(300))).toEqual(tally.interval(drawResamples(300)));
  });

  test("is missing where the statistic is never finite", () => {
    expect(interval(drawResamples(3), [new Float64Array(1000)], () => Number.NaN)).toBeUndefined();
    expect(interval(drawResamples(0), [new Float64Array(1000)], ([sum]) => sum! / 0)).toBeUndefined();
  });
});

describe("up to a thousand consultations it is the ordinary bootstrap", () => {
  test("each resample draws n consultations of n, each about once", () => {
    const n = 300;
    const { blocks, counts } = drawResamples(n);
    expect(blocks).toBe(n);
    const drawn = new Float64Array(n);
    for (let r = 0; r * blocks < counts.length; r++) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        sum += counts[r * n + i]!;
        drawn[i]! += counts[r * n + i]!;
      }
      expect(sum).toBe(n);
    }
    const resamples = counts.length / n;
    for (const count of drawn) expect(Math.abs(count - resamples)).toBeLessThan(6 * Math.sqrt(resamples));
  });

  test("and its bounds are those of resampling the values themselves", () => {
    const n = 400;
    const random = seededRandom("values");
    const values = Array.from({ length: n }, () => random.float() ** 3);
    const means = Array.from({ length: 4000 }, () => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += values[random.below(n)]!;
      return sum / n;
    }).sort((a, b) => a - b);
    const [low, high] = tallyOf(values).interval(drawResamples(n))!;
    expect(low).toBeCloseTo(means[100]!, 2);
    expect(high).toBeCloseTo(means[3900]!, 2);
  });

  test("a thousand and more keep a thousand blocks", () => {
    expect(drawResamples(999).blocks).toBe(999);
    for (const n of [1000, 1001, 1_000_000]) expect(drawResamples(n).blocks).toBe(1000);
  });
});
