/** A run's report and picture, beside its metrics. */
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Baseline, type RunConfig, readMetrics } from "../../gpu-trainer/index.ts";
import { learningCurveSvg } from "./learning-curve-svg.ts";
import { trainingReport } from "./training-report.ts";

export interface TrainingReportOptions {
  readonly directory: string;
  readonly config: RunConfig;
  readonly baselines: readonly Baseline[];
}

/** Writes `report.html` and `learning-curve.svg`; gives the report's path. */
export async function writeTrainingReport({ directory, config, baselines }: TrainingReportOptions): Promise<string> {
  const name = basename(directory);
  const runs = [{ name, metrics: await readMetrics(join(directory, "metrics.jsonl")) }];
  const { objective, schedule, groups, groupSize, episode, cases, seed } = config;
  const report = join(directory, "report.html");
  const provenance = {
    objective: JSON.stringify(objective),
    schedule: JSON.stringify(schedule),
    batch: `${groups} groups of ${groupSize}`,
    budget: episode.budget,
    cases: cases.source,
    seed,
  };
  const bars = baselines.map(({ name: bar, accuracy, ci95 }) => ({
    name: bar,
    accuracy,
    ci95: [...ci95] as [number, number],
  }));
  await writeFile(report, trainingReport({ title: name, runs, baselines: bars, notes: [], provenance }));
  await writeFile(join(directory, "learning-curve.svg"), learningCurveSvg({ runs, baselines: bars }));
  return report;
}
