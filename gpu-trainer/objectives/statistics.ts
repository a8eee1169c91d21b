/** Means, deviations and quantiles of a few numbers; of equal numbers the mean is exact and the deviation 0. */

/** Of nothing: 0. */
export function mean(values: ArrayLike<number>): number {
  if (values.length === 0) return 0;
  if (allEqual(values)) return values[0]!;
  return sum(values) / values.length;
}

/** With n − 1, as torch.std; of fewer than two numbers: 0. */
export function standardDeviation(values: ArrayLike<number>): number {
  if (values.length < 2 || allEqual(values)) return 0;
  const centre = mean(values);
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - centre) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

export function allEqual(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

/** Interpolated between neighbours, as torch.quantile; 0 ≤ q ≤ 1. Of nothing: 0. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (place - Math.floor(place)) * (sorted[Math.ceil(place)]! - below);
}

/** `total / count`, or 0 where there is nothing. */
export const ratioOrZero = (total: number, count: number): number => (count === 0 ? 0 : total / count);
