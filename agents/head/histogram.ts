/**
 * Sums of gradients and hessians by bin, and the split that they favour: gain
 *   G_L² / (H_L + λ) + G_R² / (H_R + λ) − G² / (H + λ)          (Chen & Guestrin 2016, eq. 7, doubled; at least γ)
 */
import type { BinnedTable } from "./bins.ts";

export interface Sums {
  readonly gradient: number;
  readonly hessian: number;
}

export interface Split {
  /** Place of the column in the table. */
  readonly column: number;
  /** Bins up to this one go low. */
  readonly bin: number;
  readonly gain: number;
  readonly low: Sums;
}

/** Sums by cell: gradient, hessian, number of rows. A column's commonest bin is left empty. */
export type Histogram = Float64Array;
const FIELDS = 3;

/** Residues of summation are no gain. */
const LEAST_GAIN = 1e-9;

export interface SplitLimits {
  /** λ */
  readonly lambda: number;
  /** γ */
  readonly minGain: number;
  readonly minHessian: number;
}

/** How many numbers a histogram of this table holds. */
export function histogramSize({ columns, firstCell }: BinnedTable): number {
  return firstCell[columns.length]! * FIELDS;
}

/** Writes the histogram of the first `count` of `rows`. */
export function fillHistogram(
  histogram: Histogram,
  { start, cells }: BinnedTable,
  rows: Int32Array,
  count: number,
  gradient: Float64Array,
  hessian: Float64Array,
): void {
  histogram.fill(0);
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const g = gradient[row]!;
    const h = hessian[row]!;
    for (let e = start[row]!, end = start[row + 1]!; e < end; e++) {
      const at = cells[e]! * FIELDS;
      histogram[at]! += g;
      histogram[at + 1]! += h;
      histogram[at + 2]!++;
    }
  }
}

/** The split with the largest gain among the `allowed` columns of a leaf of `count` rows; undefined where none gains. */
export function bestSplit(
  histogram: Histogram,
  { columns, firstCell }: BinnedTable,
  sums: Sums,
  count: number,
  allowed: Uint8Array,
  { lambda, minGain, minHessian }: SplitLimits,
): Split | undefined {
  const quality = (g: number, h: number): number => (g * g) / (h + lambda);
  const whole = quality(sums.gradient, sums.hessian);
  let best: Split | undefined;
  let bestGain = Math.max(minGain, LEAST_GAIN);
  for (let k = 0; k < columns.length; k++) {
    if (!allowed[k]) continue;
    const from = firstCell[k]! * FIELDS;
    const to = firstCell[k + 1]! * FIELDS;
    let g = 0;
    let h = 0;
    let n = 0;
    for (let at = from; at < to; at += FIELDS) {
      g += histogram[at]!;
      h += histogram[at + 1]!;
      n += histogram[at + 2]!;
    }
    if (n === 0) continue;
    const common = from + columns[k]!.common * FIELDS;
    const rest = { g: sums.gradient - g, h: sums.hessian - h, n: count - n };
    g = 0;
    h = 0;
    n = 0;
    for (let at = from; at < to - FIELDS; at += FIELDS) {
      const isCommon = at === common;
      const here = isCommon ? rest.n : histogram[at + 2]!;
      if (here === 0) continue;
      n += here;
      g += isCommon ? rest.g : histogram[at]!;
      h += isCommon ? rest.h : histogram[at + 1]!;
      if (n === count) break;
      const other = sums.hessian - h;
      if (h < minHessian || other < minHessian) continue;
      const gain = quality(g, h) + quality(sums.gradient - g, other) - whole;
      if (gain > bestGain) {
        bestGain = gain;
        best = { column: k, bin: (at - from) / FIELDS, gain, low: { gradient: g, hessian: h } };
      }
    }
  }
  return best;
}
