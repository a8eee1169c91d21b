/** What an evaluation finds: the shape of `evaluate --json`, and what the report shows. */
import type { ScoreboardResult } from "../../src/index.ts";
import type { Speech } from "../patients.ts";

/** Metrics stand at the top level under their names; a metric that the cases cannot give is null. */
export interface EvaluationResult extends Record<string, unknown> {
  readonly agent: string;
  readonly goal: "diagnosis" | "differential";
  readonly cases: string;
  readonly budget: number;
  readonly seed: number;
  /** Agent, knowledge base, options. */
  readonly versions: Readonly<Record<string, string>>;
  /** Consultations scored. */
  readonly n: number;
  readonly ci95: ScoreboardResult["ci95"];
  /** Of a policy: the same share when what it wrote is read leniently; all other figures are read strictly. */
  readonly top1_lenient?: number | null;
  readonly lenient?: {
    /** Consultations with a turn that the strict reading found no good. */
    readonly mended: number;
    readonly metrics: ScoreboardResult["metrics"];
    readonly ci95: ScoreboardResult["ci95"];
  };
  readonly by: ScoreboardResult["by"];
  readonly top1_by_questions: readonly number[];
  readonly calibration: ScoreboardResult["calibration"];
  readonly confusions: ScoreboardResult["confusions"];
  /** Narrative cases whose label no condition of the knowledge base is, scored as missed. */
  readonly labels_outside_knowledge: number;
  /** Cases whose own texts named the label, which was masked. */
  readonly masked: number;
  /** Rows left out under --skip-bad, with the first reasons. */
  readonly skipped: {
    readonly count: number;
    readonly rows: readonly { file: string; line: number; reason: string }[];
  };
  /** Defects of the data that were mended. */
  readonly repairs: readonly string[];
  /** Where a language model played the patients: how it kept to its part, and what it cost. */
  readonly speech?: Speech;
  /** True where Ctrl-C ended it early; figures are over what was finished. */
  readonly interrupted: boolean;
  /** Wall-clock time of reading and consulting, without start-up and intervals. */
  readonly seconds: number;
  readonly consultations_per_second: number;
  readonly peak_memory_mb: number;
}
