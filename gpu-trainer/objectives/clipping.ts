/** Clipping of a ratio ρ against an advantage A: min(ρA, clip(ρ, 1 − low, 1 + high) A), PPO (arXiv 1707.06347) eq. 7. */
import { z } from "zod";

/** ε below 1: how far a ratio may fall where the advantage is negative. */
export const ClipLow = z.number().gt(0).max(1);
/** ε above 1: how far a ratio may rise where the advantage is positive. */
export const ClipHigh = z.number().gt(0);

export interface ClipRange {
  readonly clipLow: number;
  readonly clipHigh: number;
}

/** Whether the clip holds the surrogate still: it is then constant, and gives no gradient. */
export function isClipped(rho: number, advantage: number, { clipLow, clipHigh }: ClipRange): boolean {
  return advantage > 0 ? rho > 1 + clipHigh : advantage < 0 && rho < 1 - clipLow;
}

export function clippedSurrogate(rho: number, advantage: number, clip: ClipRange): number {
  if (!isClipped(rho, advantage, clip)) return rho * advantage;
  return (advantage > 0 ? 1 + clip.clipHigh : 1 - clip.clipLow) * advantage;
}
