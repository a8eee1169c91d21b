/** Calibration of the leading condition's probability: expected calibration error over ten equal bins (Guo et al., 2017). */
import { BLOCKS, type Interval, interval, type Resampling } from "./bootstrap.ts";

const BINS = 10;

export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly n: number;
  /** Mean probability given and share correct; null in an empty bin. */
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

export class CalibrationTally {
  /** A bin: how many, the sum of their confidences, how many correct; totals a block. */
  readonly #bins = Array.from({ length: BINS }, () => [0, 1, 2].map(() => new Float64Array(BLOCKS)));

  add(index: number, confidence: number, correct: boolean): void {
    const [n, sum, hits] = this.#bins[Math.min(BINS - 1, Math.floor(confidence * BINS))]!;
    const block = index % BLOCKS;
    n![block]! += 1;
    sum![block]! += confidence;
    hits![block]! += Number(correct);
  }

  get bins(): CalibrationBin[] {
    return this.#bins.map((totals, i) => {
      const [n, sum, hits] = totals.map((total) => total.reduce((a, b) => a + b, 0));
      const mean = (total: number): number | null => (n! > 0 ? total / n! : null);
      return { from: i / BINS, to: (i + 1) / BINS, n: n!, confidence: mean(sum!), accuracy: mean(hits!) };
    });
  }

  get ece(): number | null {
    const sums = this.#bins.flat().map((total) => total.reduce((a, b) => a + b, 0));
    const error = calibrationError(sums);
    return Number.isFinite(error) ? error : null;
  }

  interval(resampling: Resampling): Interval | undefined {
    return interval(resampling, this.#bins.flat(), calibrationError);
  }
}

/** Σ |correct − confidence| over bins, a consultation; `sums` holds n, confidence and correct for each bin in turn. */
function calibrationError(sums: ArrayLike<number>): number {
  let n = 0;
  let error = 0;
  for (let i = 0; i < sums.length; i += 3) {
    n += sums[i]!;
    error += Math.abs(sums[i + 2]! - sums[i + 1]!);
  }
  return error / n;
}
