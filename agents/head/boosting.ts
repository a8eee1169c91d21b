/**
 * Gradient-boosted trees for yes-or-no questions (Friedman 2001), by log-loss with a second-order step. With gradient
 * g = p − y and hessian h = p (1 − p), and G, H their sums over the rows of a leaf (Chen & Guestrin 2016):
 *   leaf value  −η G / (H + λ)                                                          (their eq. 5, shrunk by η)
 * Trees grow leaf by leaf, the best split first, on histograms; the larger child's histogram is its parent's minus its
 * sibling's (Ke et al. 2017). Each tree sees a random part of the rows and of the columns.
 */
import { z } from "zod";
import type { Random } from "../../src/index.ts";
import type { BinnedTable } from "./bins.ts";
import { bestSplit, fillHistogram, type Histogram, histogramSize, type Split, type Sums } from "./histogram.ts";
import { buildForest, type Forest, logistic, type TreeNode } from "./trees.ts";

export const BoostingOptions = z.strictObject({
  trees: z.int().min(1).max(10_000).default(150),
  /** The most leaves of a tree. */
  leaves: z.int().min(2).max(256).default(10),
  /** η */
  learningRate: z.number().gt(0).max(1).default(0.2),
  /** λ, which draws leaves towards 0. */
  lambda: z.number().min(0).default(1),
  /** γ: splits that gain less are not made. That costs no accuracy and saves a third of the weights. */
  minGain: z.number().min(0).default(0.2),
  /** The least H of a leaf. */
  minHessian: z.number().min(0).default(1e-4),
  /** Part of the rows that a tree sees. */
  rowShare: z.number().gt(0).max(1).default(0.8),
  /** Part of the columns that a tree sees. */
  columnShare: z.number().gt(0).max(1).default(0.5),
});
export type BoostingOptions = z.output<typeof BoostingOptions>;

export interface Boosted {
  readonly forest: Forest;
  /** Sum of the gains of the splits, by column of the feature row. */
  readonly gains: ReadonlyMap<number, number>;
}

/** A target with fewer rows than this on one side teaches nothing: the forest then is a constant. */
const FEWEST = 3;

/** `target`: 1 (yes) or 0, by row of `table`. */
export function boost(table: BinnedTable, target: Uint8Array, options: BoostingOptions, random: Random): Boosted {
  const { rows } = table;
  const positives = target.reduce((sum, y) => sum + y, 0);
  const gains = new Map<number, number>();
  const bias = baseLogOdds(positives, rows);
  if (positives < FEWEST || rows - positives < FEWEST) return { forest: buildForest(bias, []), gains };
  const score = new Float64Array(rows).fill(bias);
  const gradient = new Float64Array(rows);
  const hessian = new Float64Array(rows);
  const grow = treeGrower(table, gradient, hessian, options, gains);
  const trees: TreeNode[] = [];
  for (let t = 0; t < options.trees; t++) {
    for (let row = 0; row < rows; row++) {
      const p = logistic(score[row]!);
      gradient[row] = p - target[row]!;
      hessian[row] = p * (1 - p);
    }
    trees.push(grow(score, random));
  }
  return { forest: buildForest(bias, trees), gains };
}

/** Log-odds of the base rate, kept finite. */
function baseLogOdds(positives: number, rows: number): number {
  const rate = Math.min(1 - 1e-6, Math.max(1e-6, positives / rows));
  return Math.log(rate / (1 - rate));
}

interface Leaf {
  /** Rows in the leaf; the first `bagged` of them are those that the tree learns from. */
  readonly rows: Int32Array;
  readonly bagged: number;
  readonly histogram: Histogram;
  readonly sums: Sums;
  split?: Split;
  children?: { readonly column: number; readonly threshold: number; readonly low: Leaf; readonly high: Leaf };
}

/** Grows one tree on the current gradients, adds its leaves to `score`, and gives it. */
function treeGrower(
  table: BinnedTable,
  gradient: Float64Array,
  hessian: Float64Array,
  { leaves: mostLeaves, learningRate, rowShare, columnShare, ...limits }: BoostingOptions,
  gains: Map<number, number>,
): (score: Float64Array, random: Random) => TreeNode {
  const { columns } = table;
  const size = histogramSize(table);
  const pool: Histogram[] = Array.from({ length: mostLeaves }, () => new Float64Array(size));
  const binAt = new Uint8Array(table.rows);

  const splitOf = ({ histogram, sums, bagged }: Leaf, allowed: Uint8Array): Split | undefined =>
    bestSplit(histogram, table, sums, bagged, allowed, limits);

  const apply = (leaf: Leaf, { column: k, bin, gain, low }: Split, free: Histogram): [Leaf, Leaf] => {
    const { column, edges, common, rows: exceptions, bins } = columns[k]!;
    binAt.fill(common);
    for (let i = 0; i < exceptions.length; i++) binAt[exceptions[i]!] = bins[i]!;
    const isLow = (row: number): boolean => binAt[row]! <= bin;
    const { rows, bagged, histogram, sums } = leaf;
    const parts = [rows.filter(isLow), rows.filter((row) => !isLow(row))] as const;
    const lowBagged = rows.subarray(0, bagged).reduce((n, row) => n + Number(isLow(row)), 0);
    const counts = [lowBagged, bagged - lowBagged] as const;
    const smaller = counts[0] <= counts[1] ? 0 : 1;
    fillHistogram(free, table, parts[smaller], counts[smaller], gradient, hessian);
    for (let i = 0; i < size; i++) histogram[i]! -= free[i]!;
    const high = { gradient: sums.gradient - low.gradient, hessian: sums.hessian - low.hessian };
    const histograms = smaller === 0 ? [free, histogram] : [histogram, free];
    const children: [Leaf, Leaf] = [
      { rows: parts[0], bagged: counts[0], histogram: histograms[0]!, sums: low },
      { rows: parts[1], bagged: counts[1], histogram: histograms[1]!, sums: high },
    ];
    leaf.children = { column, threshold: edges[bin]!, low: children[0], high: children[1] };
    gains.set(column, (gains.get(column) ?? 0) + gain);
    return children;
  };

  return (score, random) => {
    const root = bag(table.rows, rowShare, random);
    const allowed = Uint8Array.from(columns, () => Number(random.float() < columnShare));
    fillHistogram(pool[0]!, table, root.rows, root.bagged, gradient, hessian);
    const sums = { gradient: 0, hessian: 0 };
    for (let i = 0; i < root.bagged; i++) {
      sums.gradient += gradient[root.rows[i]!]!;
      sums.hessian += hessian[root.rows[i]!]!;
    }
    const top: Leaf = { ...root, histogram: pool[0]!, sums };
    top.split = splitOf(top, allowed);
    const leaves = [top];
    while (leaves.length < mostLeaves) {
      const next = leaves.reduce((best, leaf) => ((leaf.split?.gain ?? 0) > (best.split?.gain ?? 0) ? leaf : best));
      if (!next.split) break;
      const children = apply(next, next.split, pool[leaves.length]!);
      for (const child of children) child.split = splitOf(child, allowed);
      leaves.splice(leaves.indexOf(next), 1, ...children);
    }
    const leafValue = ({ sums: { gradient: g, hessian: h } }: Leaf): number =>
      (-learningRate * g) / (h + limits.lambda);
    for (const leaf of leaves) {
      const value = leafValue(leaf);
      for (const row of leaf.rows) score[row]! += value;
    }
    const toNode = (leaf: Leaf): TreeNode => {
      if (!leaf.children) return { value: leafValue(leaf) };
      const { column, threshold, low, high } = leaf.children;
      return { column, threshold, low: toNode(low), high: toNode(high) };
    };
    return toNode(top);
  };
}

/** All rows, those that the tree learns from first. */
function bag(rows: number, share: number, random: Random): Pick<Leaf, "rows" | "bagged"> {
  const drawn: number[] = [];
  const left: number[] = [];
  for (let row = 0; row < rows; row++) (random.float() < share ? drawn : left).push(row);
  return { rows: Int32Array.from([...drawn, ...left]), bagged: drawn.length };
}
