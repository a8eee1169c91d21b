/** A run's report and picture, beside its metrics. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Baseline, type RunConfig, readMetrics } from "../../gpu-trainer/index.ts";
import { learningCurveSvg } from "./learning-curve-svg.ts";
import { trainingReport } from "./training-report.ts";

export interface TrainingReportOptions {
  /** Where the report is written. */
  readonly directory: string;
  readonly title: string;
  readonly runs: readonly { readonly name: string; readonly directory: string }[];
  /** Of the runs; what they have in common is told. */
  readonly config: RunConfig;
  readonly baselines: readonly Baseline[];
}

/** Writes `report.html` and `learning-curve.svg`; gives the report's path. */
export async function writeTrainingReport(options: TrainingReportOptions): Promise<string> {
  const { directory, title, config } = options;
  const runs = await Promise.all(
    options.runs.map(async ({ name, directory: run }) => ({
      name,
      metrics: await readMetrics(join(run, "metrics.jsonl")),
    })),
  );
  const baselines = options.baselines.map(({ name, accuracy, ci95: [low, high] }) => {
    return { name, accuracy, ci95: [low, high] as [number, number] };
  });
  const { objective, schedule, groups, groupSize, episode, cases, seed } = config;
  const ofOne = { objective: JSON.stringify(objective), schedule: JSON.stringify(schedule) };
  const provenance = {
    ...(runs.length === 1 && ofOne),
    batch: `${groups} groups of ${groupSize}`,
    "questions at most": episode.budget,
    cases: cases.slice ? `${cases.source}, ${cases.slice.conditions.length} conditions` : cases.source,
    seed,
  };
  const report = join(directory, "report.html");
  await writeFile(report, trainingReport({ title, runs, baselines, notes: [], provenance }));
  await writeFile(join(directory, "learning-curve.svg"), learningCurveSvg({ runs, baselines }));
  return report;
}
