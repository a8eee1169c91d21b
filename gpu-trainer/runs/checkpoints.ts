/**
 * A run's checkpoints: where the trainer stood after a step, and the worker's path of weights and optimizer. A checkpoint
 * counts once its file is whole; its digest says so. The worker checks its own files.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { StageState } from "../curriculum/stages.ts";
import { sha256 } from "../durable.ts";
import type { SupplyState } from "../schedules/supply.ts";
import type { StatePath } from "../types.ts";
import { type RunPaths, writeWhole } from "./directory.ts";
import { RunError } from "./errors.ts";
import type { GuardWindow } from "./guards.ts";

/** Everything but weights that a run needs to go on exactly as if it had not stopped. */
export interface Progress {
  /** Steps done. */
  readonly step: number;
  /** Optimizer steps behind the weights. */
  readonly version: number;
  readonly generations: number;
  /** Training cases used, which is the number of the next. */
  readonly cases: number;
  /** The curriculum's stage, and the looks so far. */
  readonly stage: StageState;
  /** The best look of this stage so far. */
  readonly best: { readonly step: number; readonly accuracy: number } | undefined;
  readonly guards: GuardWindow;
  readonly supply: SupplyState;
  /** What objective, curriculum and approval rules keep, each its own. */
  readonly states: Readonly<Record<string, unknown>>;
}

export interface Checkpoint extends Progress {
  /** Weights and optimizer. */
  readonly state: StatePath;
  /** The weights alone, as they are sampled with. */
  readonly weights: StatePath;
  /** The frozen reference: the weights that the first step started from. */
  readonly reference: StatePath;
}

const Stored = z.object({ sha256: z.string(), checkpoint: z.record(z.string(), z.unknown()) });
const NAME = /^step-(\d+)\.json$/;

export const checkpointFile = ({ checkpoints }: Pick<RunPaths, "checkpoints">, step: number): string =>
  join(checkpoints, `step-${String(step).padStart(7, "0")}.json`);

export async function writeCheckpoint(paths: RunPaths, checkpoint: Checkpoint): Promise<void> {
  const text = JSON.stringify(checkpoint);
  const stored = `{"sha256":"${sha256(text)}","checkpoint":${text}}\n`;
  await writeWhole(checkpointFile(paths, checkpoint.step), stored);
}

/** Steps that have a checkpoint, the latest first. */
export async function checkpointSteps({ checkpoints }: Pick<RunPaths, "checkpoints">): Promise<number[]> {
  const names = await readdir(checkpoints).catch(() => []);
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
}

/** Undefined where the file is torn or damaged. */
export async function readCheckpoint(
  paths: Pick<RunPaths, "checkpoints">,
  step: number,
): Promise<Checkpoint | undefined> {
  try {
    const text = await readFile(checkpointFile(paths, step), "utf8");
    const { sha256: digest, checkpoint } = Stored.parse(JSON.parse(text));
    if (sha256(JSON.stringify(checkpoint)) !== digest) return undefined;
    return checkpoint as unknown as Checkpoint;
  } catch {
    return undefined;
  }
}

/** The latest that can be read. Throws `no-run` where there is none at all, `bad-checkpoint` where all are damaged. */
export async function latestCheckpoint(paths: RunPaths): Promise<Checkpoint> {
  const steps = await checkpointSteps(paths);
  for (const step of steps) {
    const found = await readCheckpoint(paths, step);
    if (found) return found;
  }
  if (steps.length === 0) {
    throw new RunError("no-run", `${paths.root} holds no checkpoint to resume from; start the run without --resume`);
  }
  throw new RunError("bad-checkpoint", `all ${steps.length} checkpoints in ${paths.checkpoints} are damaged`, {
    fault: "work",
  });
}

/** Which steps' checkpoints are no longer wanted: all but the `keep` latest, and the best. */
export function superseded(steps: readonly number[], keep: number, best: number | undefined): number[] {
  const latest = [...steps].sort((a, b) => b - a).slice(0, keep);
  return steps.filter((step) => !latest.includes(step) && step !== best);
}

export async function dropCheckpoint(paths: RunPaths, step: number): Promise<void> {
  await rm(checkpointFile(paths, step), { force: true });
}
