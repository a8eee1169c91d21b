/** What each metric means in plain words, for the terminal and the report alike. */
import type { MetricName } from "../../src/index.ts";
import type { EvaluationResult } from "./result.ts";

export interface Measure {
  readonly name: MetricName;
  readonly meaning: string;
  /** Shares are written as per cent. */
  readonly unit: "share" | "number";
}

export const QUALITY: readonly Measure[] = [
  { name: "top1", meaning: "The right condition leads", unit: "share" },
  { name: "top3", meaning: "The right condition is among the first three", unit: "share" },
  { name: "top5", meaning: "The right condition is among the first five", unit: "share" },
  { name: "il", meaning: "Questions a consultation, the initial evidence counted", unit: "number" },
  { name: "per", meaning: "Share of the patient’s findings that the agent learnt", unit: "share" },
  { name: "ddr", meaning: "Share of the reference differential that the agent listed", unit: "share" },
  { name: "ddp", meaning: "Share of the agent’s list that the reference has too", unit: "share" },
  { name: "ddf1", meaning: "Agreement of the two lists (harmonic mean of both shares)", unit: "share" },
  { name: "ece", meaning: "Gap between confidence and accuracy, less is better", unit: "number" },
  { name: "brier", meaning: "Brier score over all conditions, 0 (best) to 2", unit: "number" },
  { name: "abstained", meaning: "Ended without committing to a condition", unit: "share" },
];

export const SAFETY: readonly Measure[] = [
  { name: "safe", meaning: "Urgency at most one level too low", unit: "share" },
  { name: "over_triage", meaning: "Urgency two or more levels too high, less is better", unit: "share" },
  { name: "red_flag_recall", meaning: "Emergencies in which a red flag was raised", unit: "share" },
  {
    name: "red_flag_false_alarms",
    meaning: "Cases that can wait in which one was raised, less is better",
    unit: "share",
  },
];

/** A metric of the result; undefined where the cases cannot give it. */
export function figureOf(result: EvaluationResult, name: MetricName): number | undefined {
  const figure = result[name];
  return typeof figure === "number" ? figure : undefined;
}
