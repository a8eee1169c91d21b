/** `anamnesis train`: a training run from its configuration, shown as it goes, resumed where it stopped. */

import { basename, resolve } from "node:path";
import { Command } from "commander";
import {
  type Approver,
  automaticApprover,
  baselines,
  configOf,
  openCases,
  type RunConfig,
  type RunEvent,
  readConfig,
  train,
} from "../../gpu-trainer/index.ts";
import { CommandError } from "../errors.ts";
import { writeTrainingReport } from "../report/write-training-report.ts";
import { EXIT } from "./exit.ts";
import { interruption, requireWritable, writeJson } from "./output.ts";
import { reviewApprover } from "./review-terminal.ts";
import { loadObjectives } from "./user-objectives.ts";

interface Flags {
  readonly config?: string;
  readonly run: string;
  readonly resume?: boolean;
  readonly approve?: boolean;
  readonly json?: string;
}

export function trainCommand(): Command {
  return new Command("train")
    .exitOverride()
    .description("train a policy in simulated consultations, as a configuration says")
    .option("--config <file>", "the configuration, YAML; with --resume the run's own by default")
    .requiredOption("--run <directory>", "where the run is kept: metrics, checkpoints, report")
    .option("--resume", "go on from the last checkpoint", false)
    .option("--approve", "hold every batch until somebody confirms it, here or on the page /review", false)
    .option("--json <file>", "write how the run ended")
    .addHelpText(
      "after",
      `
Examples:
  anamnesis train --config examples/train/grpo.yaml --run runs/grpo
  anamnesis train --run runs/grpo --resume
  anamnesis serve --review runs/grpo          # decide on held batches in the browser`,
    )
    .action(run);
}

async function run({ config: file, run: directory, resume = false, approve = false, json }: Flags): Promise<void> {
  await requireWritable(json);
  if (!file && !resume) throw new CommandError("no-config", "give --config FILE, or --resume for a run that was begun");
  const given = file ? await readConfig(file) : await configOf(directory);
  const config: RunConfig = approve ? { ...given, approval: "all" } : given;
  const objectives = config.objectives ? await loadObjectives(config.objectives) : undefined;
  const { signal, release } = interruption();
  const show = runView(process.stderr);
  try {
    const ending = await train({
      ...{ config, directory, resume, objectives, signal },
      approver: approverFor(config, directory),
      onEvent: show,
    });
    const cases = await openCases(config.cases, config.seed);
    const { budget } = config.episode;
    const bars = baselines({ cases, count: config.evaluation.cases, budget, persona: config.cases.persona });
    const name = basename(resolve(directory));
    const runs = [{ name, directory }];
    const report = await writeTrainingReport({ directory, title: name, runs, config, baselines: bars });
    const best = ending.best
      ? `; best held-out accuracy ${ending.best.accuracy.toFixed(3)} at step ${ending.best.step}`
      : "";
    process.stdout.write(`${ending.status}: ${ending.reason}${best}\n`);
    for (const { name, accuracy } of bars) process.stdout.write(`  ${name.padEnd(17)} ${accuracy.toFixed(3)}\n`);
    process.stdout.write(`report: ${report}\n`);
    if (json) await writeJson(json, { ...ending, baselines: bars });
    if (ending.status === "stopped") process.exitCode = EXIT.failed;
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write(`interrupted; go on with: anamnesis train --run ${directory} --resume\n`);
    process.exitCode = EXIT.interrupted;
  } finally {
    release();
  }
}

/** Who decides on held batches: the rules, or people, on the page or at this terminal. */
function approverFor({ approval }: RunConfig, directory: string): Approver | undefined {
  if (!approval) return undefined;
  if (typeof approval === "object" && approval.decides !== "people") {
    return automaticApprover(directory, { whenOdd: approval.decides });
  }
  return reviewApprover(directory);
}

/** Shows a run's events: one line that is rewritten on a terminal, plain lines now and then elsewhere. */
export function runView(out: { readonly isTTY?: boolean; write(text: string): unknown }): (event: RunEvent) => void {
  const isTerminal = out.isTTY === true;
  let shown = Number.NEGATIVE_INFINITY;
  const line = (text: string): void => void out.write(isTerminal ? `\r\u001b[K${text}\n` : `${text}\n`);
  const passing = (text: string, always: boolean): void => {
    const now = performance.now();
    if (always) {
      line(text);
      shown = now;
    } else if (now - shown > (isTerminal ? 200 : 15_000)) {
      out.write(isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
      shown = now;
    }
  };
  return (event) => {
    switch (event.type) {
      case "warm-up":
        return passing(
          `warm-up ${event.done} of ${event.all}, loss ${event.loss.toFixed(3)} a token`,
          event.done === event.all,
        );
      case "step": {
        const { row, steps, secondsLeft } = event;
        const held = row.held_out_accuracy;
        const looked =
          held === undefined
            ? ""
            : `, held out ${held.toFixed(3)} [${row.held_out_low!.toFixed(3)}, ${row.held_out_high!.toFixed(3)}]`;
        const rate = row.seconds > 0 ? `, ${row.seconds.toFixed(2)} s a step` : "";
        const figures = `accuracy ${row.accuracy.toFixed(3)}, ${row.questions_mean.toFixed(1)} questions, lag ${row.lag}`;
        return passing(
          `step ${row.step} of ${steps}: ${figures}${looked}${rate}, ${left(secondsLeft)} left`,
          held !== undefined,
        );
      }
      case "stage":
        return line(`stage ${event.name} begins at step ${event.step}`);
      case "rejected":
        return line(`step ${event.step}: the batch was rejected, no step was taken`);
      case "recovering":
        return line(`the worker was lost (${event.reason.split("\n")[0]}); going on from step ${event.step}`);
      case "checkpoint":
        return undefined;
    }
  };
}

function left(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
