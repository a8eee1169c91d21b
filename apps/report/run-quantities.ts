/** Numbers as the report of training writes them, beside those of quantities.ts. */
import type { Interval } from "../../src/index.ts";

/** `56.3–62.3`, in per cent. */
export function bounds(interval: Interval): string {
  return interval.map((bound) => (100 * bound).toFixed(1)).join("–");
}

/** 12800 → `12.8K`. */
export function brief(n: number): string {
  return n.toLocaleString("en", { notation: "compact", maximumSignificantDigits: 3 });
}

/** Three digits that mean something: `1,234`, `0.0123`, `4.5e-7`. */
export function threeDigits(value: number): string {
  const size = Math.abs(value);
  if (size > 0 && size < 1e-4) return value.toExponential(1);
  return value.toLocaleString("en", size < 1000 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 });
}

export function duration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
