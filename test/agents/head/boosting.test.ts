import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binColumn, binnedTable } from "../../../agents/head/bins.ts";
import { BoostingOptions, boost } from "../../../agents/head/boosting.ts";
import { buildForest, logOdds } from "../../../agents/head/trees.ts";
import { seededRandom } from "../../../src/index.ts";

const NONE = new Float64Array(0);

/** Rows of (a, b, noise); *yes* where exactly one of a and b is above a half. */
function exclusiveOr(rows: number): { x: Float64Array[]; y: Uint8Array } {
  const random = seededRandom("exclusive or");
  const x = Array.from({ length: rows }, () => Float64Array.from([random.float(), random.float(), random.float()]));
  return { x, y: Uint8Array.from(x, ([a, b]) => Number(a! > 0.5 !== b! > 0.5)) };
}

function tableOf(x: readonly Float64Array[]) {
  const columns = [0, 1, 2].map((k) =>
    binColumn(
      k,
      Float64Array.from(x, (row) => row[k]!),
    ),
  );
  return binnedTable(x.length, columns);
}

describe("boosting", () => {
  const { x, y } = exclusiveOr(400);
  const table = tableOf(x);
  const options = BoostingOptions.parse({ trees: 40, leaves: 6, columnShare: 1 });

  test("learns what no single column tells", () => {
    const { forest, gains } = boost(table, y, options, seededRandom(1));
    const right = x.filter((row, i) => logOdds(forest, row, NONE) > 0 === (y[i] === 1));
    expect(right).toHaveLength(x.length);
    expect(gains.get(0)!).toBeGreaterThan(5 * (gains.get(2) ?? 0));
  });

  test("gives the same trees for the same seed, others for another", () => {
    const trees = (seed: number) => boost(table, y, options, seededRandom(seed)).forest;
    expect(trees(1)).toEqual(trees(1));
    expect(trees(1)).not.toEqual(trees(2));
  });

  test("takes the optimal step: one split, all rows, leaf values -G / (H + lambda)", () => {
    const column = [0, 0, 0, 1, 1, 1];
    const target = Uint8Array.from([0, 0, 0, 1, 1, 1]);
    const one = binnedTable(6, [binColumn(0, Float64Array.from(column))]);
    const settings = BoostingOptions.parse({ trees: 1, leaves: 2, learningRate: 1, rowShare: 1, columnShare: 1 });
    const { forest } = boost(one, target, settings, seededRandom(1));
    // p = 1/2 everywhere: G = ±3/2, H = 3/4, so that the leaves are ∓(3/2) / (3/4 + 1).
    expect(forest.threshold[0]).toBe(0.5);
    expect(logOdds(forest, Float64Array.of(0), NONE)).toBeCloseTo(-1.5 / 1.75, 6);
    expect(logOdds(forest, Float64Array.of(1), NONE)).toBeCloseTo(1.5 / 1.75, 6);
  });

  test("stays at the base rate where there is next to nothing to learn from", () => {
    const rare = new Uint8Array(400);
    rare[7] = 1;
    const { forest } = boost(table, rare, options, seededRandom(1));
    expect(forest.roots).toHaveLength(0);
    expect(forest.bias).toBeCloseTo(Math.log(1 / 399), 9);
  });

  test("never splits where gains are below the least gain", () => {
    const settings = { ...options, minGain: 1e6 };
    const { forest } = boost(table, y, settings, seededRandom(1));
    expect([...forest.column].every((column) => column === -1)).toBe(true);
  });
});

describe("bins", () => {
  test("put every value on the side of an edge on which a tree puts it", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20_000, max: 2_000_000 }), { minLength: 1, maxLength: 400 }), (whole) => {
        const values = Float64Array.from(whole, (n) => n / 1e4);
        const { edges, common, rows, bins } = binColumn(0, values);
        const bin = new Uint8Array(values.length).fill(common);
        rows.forEach((row, i) => {
          bin[row] = bins[i]!;
        });
        values.forEach((value, row) => {
          if (bin[row]! < edges.length) expect(value).toBeLessThanOrEqual(edges[bin[row]!]!);
          if (bin[row]! > 0) expect(value).toBeGreaterThan(edges[bin[row]! - 1]!);
        });
      }),
    );
  });

  test("a column that never varies has none", () => {
    expect(binnedTable(3, [binColumn(0, Float64Array.of(1, 1, 1))]).columns).toHaveLength(0);
  });
});

test("a forest reads shared columns first, then own ones", () => {
  const tree = { column: 2, threshold: 0.5, low: { value: -1 }, high: { value: 1 } };
  const forest = buildForest(0.25, [tree]);
  expect(logOdds(forest, Float64Array.of(0, 0), Float64Array.of(9, 0, 9, 1), 1)).toBe(-0.75);
  expect(logOdds(forest, Float64Array.of(0, 0), Float64Array.of(9, 0, 9, 1), 3)).toBe(1.25);
});
