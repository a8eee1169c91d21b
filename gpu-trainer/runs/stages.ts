/** When a stage of the curriculum ends, and whether the next may begin. */
import type { Progress } from "./checkpoints.ts";
import type { StageConfig } from "./config.ts";

/** Why the stage is over; undefined while it goes on. `patience`: looks without a better accuracy that are waited for. */
export function stageEnd(
  { steps, exitAccuracy }: Pick<StageConfig, "steps" | "exitAccuracy">,
  { step, stageStart, history }: Pick<Progress, "step" | "stageStart" | "history">,
  patience: number | null,
): string | undefined {
  const last = history.at(-1);
  if (exitAccuracy !== null && last !== undefined && last >= exitAccuracy) {
    return `held-out accuracy ${last.toFixed(3)} reached the stage's ${exitAccuracy}`;
  }
  if (step - stageStart >= steps) return `all ${steps} steps done`;
  if (patience !== null && history.length > patience) {
    const before = Math.max(...history.slice(0, -patience));
    if (history.slice(-patience).every((accuracy) => accuracy <= before)) {
      return `no better held-out accuracy than ${before.toFixed(3)} in ${patience} looks`;
    }
  }
  return undefined;
}

/** Why the stage must not begin, given the last accuracy of the one before. */
export function refusedEntry(
  { name, entryAccuracy }: Pick<StageConfig, "name" | "entryAccuracy">,
  reached: number,
): string | undefined {
  if (entryAccuracy === null || reached >= entryAccuracy) return undefined;
  return `stage ${name} needs a held-out accuracy of ${entryAccuracy}, the one before ended at ${reached.toFixed(3)}`;
}
