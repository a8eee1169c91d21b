/** Numbers as the report writes them: in English, with one narrow spelling of per cent and of intervals. */
import type { Interval } from "../../src/index.ts";

/** 0.99641 → `99.64 %`. */
export function percent(share: number, decimals = 2): string {
  return `${(100 * share).toFixed(decimals)}\u202f%`;
}

export function count(n: number): string {
  return n.toLocaleString("en");
}

/** 12345 → `12K`, for places with little room. */
export function briefCount(n: number): string {
  return n.toLocaleString("en", { notation: "compact", maximumSignificantDigits: 2 });
}

/** `99.34–99.88`; empty where there is no interval. Shares are written as per cent. */
export function range(interval: Interval | undefined, unit: "share" | "number" = "share"): string {
  if (!interval) return "";
  return interval.map((bound) => (unit === "share" ? (100 * bound).toFixed(2) : bound.toFixed(3))).join("–");
}

/** `1 question`, `2,000 questions`. */
export function counted(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}
