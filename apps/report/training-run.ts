/** What a training report is made of, and how long curves are cut down for drawing. Knows nothing of how they look. */
import type { MetricsRow } from "../../gpu-trainer/index.ts";
import type { Interval } from "../../src/index.ts";

/** Something that was not trained here, measured on the same held-out cases. */
export interface Baseline {
  readonly name: string;
  readonly accuracy: number;
  readonly ci95?: Interval | undefined;
}

export interface TrainingRun {
  readonly name: string;
  /** By ascending step. */
  readonly metrics: readonly MetricsRow[];
  /** Baselines of this run alone, where runs were not measured on the same cases. */
  readonly baselines?: readonly Baseline[] | undefined;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface HeldOut {
  readonly generations: number;
  readonly accuracy: number;
  readonly interval: Interval | undefined;
}

/** The times at which a run was tried on held-out cases. */
export function heldOutOf({ metrics }: TrainingRun): HeldOut[] {
  return metrics.flatMap(({ generations, held_out_accuracy: accuracy, held_out_low, held_out_high }) => {
    if (accuracy === undefined) return [];
    const interval =
      held_out_low === undefined || held_out_high === undefined ? undefined : [held_out_low, held_out_high];
    return [{ generations, accuracy, interval: interval as Interval | undefined }];
  });
}

/** All baselines; those of one run bear its name, unless there is no other. */
export function baselinesOf(runs: readonly TrainingRun[], shared: readonly Baseline[]): Baseline[] {
  const own = runs.flatMap(({ name: run, baselines = [] }) =>
    baselines.map((baseline) => (runs.length > 1 ? { ...baseline, name: `${baseline.name} (${run})` } : baseline)),
  );
  return [...shared, ...own];
}

/** About `most` points that keep each stretch's lowest and highest, so that no spike is lost, and both ends. */
export function thinned(points: readonly Point[], most = 400): readonly Point[] {
  if (points.length <= most) return points;
  const inner = stretches(points.slice(1, -1), Math.floor(most / 2) - 1).flatMap(({ rows }) => {
    const lowest = rows.reduce((a, b) => (b.y < a.y ? b : a));
    const highest = rows.reduce((a, b) => (b.y > a.y ? b : a));
    return rows.indexOf(lowest) < rows.indexOf(highest) ? [lowest, highest] : [highest, lowest];
  });
  return [points[0]!, ...inner, points.at(-1)!];
}

/** Steps. Shorter curves show their course by themselves. */
export const SMOOTHED_FROM = 60;

/** A moving mean, twice over a thirtieth of the curve: once would leave steps beside a spike. Undefined for a short curve. */
export function smoothed(points: readonly Point[]): readonly Point[] | undefined {
  if (points.length < SMOOTHED_FROM) return undefined;
  const reach = Math.round(points.length / 60);
  return movingMean(movingMean(points, reach), reach);
}

function movingMean(points: readonly Point[], reach: number): Point[] {
  const { length } = points;
  const sums = [0];
  for (const { y } of points) sums.push(sums.at(-1)! + y);
  return points.map(({ x }, index) => {
    const from = Math.max(0, index - reach);
    const to = Math.min(length, index + reach + 1);
    return { x, y: (sums[to]! - sums[from]!) / (to - from) };
  });
}

/** Cuts a list into at most `most` stretches of about the same length, in order. */
export function stretches<T>(rows: readonly T[], most: number): { readonly rows: readonly T[] }[] {
  const pieces = Math.min(most, rows.length);
  return Array.from({ length: pieces }, (_, piece) => ({
    rows: rows.slice(Math.floor((piece * rows.length) / pieces), Math.floor(((piece + 1) * rows.length) / pieces)),
  }));
}

/** At most `most` of a list, evenly spread, both ends among them. */
export function spread<T>(rows: readonly T[], most: number): readonly T[] {
  if (rows.length <= most) return rows;
  return Array.from({ length: most }, (_, i) => rows[Math.round((i * (rows.length - 1)) / (most - 1))]!);
}
