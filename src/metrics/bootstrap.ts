/**
 * Bootstrap intervals over a stream, in constant memory: consultation i falls into block i mod 1000, blocks are
 * resampled with replacement. With up to 1000 consultations this is the ordinary bootstrap; beyond, blocks are
 * batches of independent consultations, which the interval of a mean does not notice.
 */
import { type Random, seededRandom } from "../random.ts";

export const BLOCKS = 1000;
const RESAMPLES = 1000;

/** A lower and an upper bound. */
export type Interval = readonly [low: number, high: number];

/** How often each block is drawn in each resample: counts[resample * blocks + block]. */
export interface Resampling {
  readonly blocks: number;
  readonly counts: Uint8Array;
}

/** Draws the resamples once, for every metric of a run. `consultations` is how many there were. */
export function drawResamples(consultations: number, random: Random = seededRandom("bootstrap")): Resampling {
  const blocks = Math.min(consultations, BLOCKS);
  const counts = new Uint8Array(RESAMPLES * blocks);
  for (let r = 0; r < RESAMPLES; r++) for (let i = 0; i < blocks; i++) counts[r * blocks + random.below(blocks)]!++;
  return { blocks, counts };
}

/**
 * The 95 % percentile interval of a statistic of block totals. `totals` are arrays with a total a block; `statistic`
 * is given the resampled total of each. Undefined where no resample gives a finite figure.
 */
export function interval(
  { blocks, counts }: Resampling,
  totals: readonly Float64Array[],
  statistic: (sums: Float64Array) => number,
): Interval | undefined {
  const sums = new Float64Array(totals.length);
  const figures: number[] = [];
  for (let r = 0; r < RESAMPLES; r++) {
    totals.forEach((total, t) => {
      let sum = 0;
      for (let b = 0; b < blocks; b++) sum += counts[r * blocks + b]! * total[b]!;
      sums[t] = sum;
    });
    const figure = statistic(sums);
    if (Number.isFinite(figure)) figures.push(figure);
  }
  if (figures.length === 0) return undefined;
  figures.sort((a, b) => a - b);
  const at = (quantile: number): number =>
    figures[Math.min(figures.length - 1, Math.floor(quantile * figures.length))]!;
  return [at(0.025), at(0.975)];
}

/** The mean of a score over the consultations that have it, with totals a block. */
export class MeanTally {
  readonly #sums = new Float64Array(BLOCKS);
  readonly #counts = new Float64Array(BLOCKS);

  add(index: number, value: number): void {
    this.#sums[index % BLOCKS]! += value;
    this.#counts[index % BLOCKS]! += 1;
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** Null where no consultation has the score. */
  get mean(): number | null {
    const count = this.count;
    return count > 0 ? this.#sums.reduce((sum, value) => sum + value, 0) / count : null;
  }

  interval(resampling: Resampling): Interval | undefined {
    return interval(resampling, [this.#sums, this.#counts], ([sum, count]) => sum! / count!);
  }
}
