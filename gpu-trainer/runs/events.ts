/** What a run tells while it goes on, for whoever shows it. */
import type { MetricsRow } from "./metrics.ts";

export type RunEvent =
  | { readonly type: "warm-up"; readonly done: number; readonly all: number; readonly loss: number }
  | {
      readonly type: "step";
      readonly row: MetricsRow;
      /** Steps of the whole run, and seconds until then at the rate of the latest steps. */
      readonly steps: number;
      readonly secondsLeft: number;
    }
  | { readonly type: "stage"; readonly name: string; readonly step: number }
  | { readonly type: "rejected"; readonly step: number }
  | { readonly type: "checkpoint"; readonly step: number }
  /** The worker was lost; the run goes on from this step. */
  | { readonly type: "recovering"; readonly step: number; readonly reason: string };
