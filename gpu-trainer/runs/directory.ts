/**
 * A run's directory, and how files come into it: beside their place first, then renamed, so that whoever reads finds the
 * old one or the new one.
 *
 *     config.yaml       what the run was started with, every default filled in
 *     run.json          how it stands: seed, versions, status, reason
 *     knowledge.json    the knowledge base that its cases are drawn from
 *     policy.json       the policy at the last checkpoint, for `--agent policy:DIR`
 *     metrics.jsonl     a line a step; tensorboard/ has the same
 *     samples/          transcripts, written at each look at held-out cases
 *     checkpoints/      a file a checkpoint; the weights are in state/
 *     model/, state/    the base model, and what the worker saves
 *     review/           batches that wait for a person, and what was decided
 */
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { placeWhole } from "../durable.ts";
import { isAlive } from "../process/alive.ts";
import { RunError } from "./errors.ts";

export interface RunPaths {
  readonly root: string;
  readonly config: string;
  readonly run: string;
  readonly knowledge: string;
  readonly metrics: string;
  readonly tensorboard: string;
  readonly samples: string;
  readonly checkpoints: string;
  readonly model: string;
  readonly state: string;
  readonly lock: string;
}

export function runPaths(root: string): RunPaths {
  const at = (name: string): string => join(root, name);
  return {
    root,
    config: at("config.yaml"),
    run: at("run.json"),
    knowledge: at("knowledge.json"),
    metrics: at("metrics.jsonl"),
    tensorboard: at("tensorboard"),
    samples: at("samples"),
    checkpoints: at("checkpoints"),
    model: at("model"),
    state: at("state"),
    lock: at("train.lock"),
  };
}

/** Writes the file whole or not at all, and on the disk. */
export async function writeWhole(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await placeWhole(file, text);
  } catch (cause) {
    const message = "cannot be written; is the disk full?";
    throw new RunError("not-written", message, { place: { file }, cause, fault: "work" });
  }
}

/**
 * Keeps other processes out of the directory until the returned function is called. A lock whose process is gone is
 * taken over. Throws `in-use`.
 */
export async function lockRun({ lock, root }: RunPaths): Promise<() => Promise<void>> {
  const owner = Number(await readFile(lock, "utf8").catch(() => ""));
  if (owner !== process.pid && isAlive(owner)) {
    throw new RunError("in-use", `process ${owner} trains in ${root}; stop it first, or name another directory`);
  }
  await writeWhole(lock, String(process.pid));
  return () => rm(lock, { force: true });
}

/** Brings what a worker saved under `path` from one folder of states into another. Throws `bad-checkpoint`. */
export async function copyState(from: string, to: string, path: string): Promise<void> {
  const [, run, kind, name] = /^tinker:\/\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  if (!run || !kind || !name) throw new RunError("bad-checkpoint", `${path} is not the path of a saved state`);
  const at = (root: string, ...rest: string[]): string => join(root, "checkpoints", run, ...rest);
  try {
    await mkdir(at(to, kind), { recursive: true });
    await cp(at(from, "run.json"), at(to, "run.json"));
    await cp(at(from, kind, name), at(to, kind, name), { recursive: true });
    await cp(at(from, kind, `${name}.dates.json`), at(to, kind, `${name}.dates.json`));
  } catch (cause) {
    const message = `the weights ${path} cannot be copied from ${from}; was the run moved without its state?`;
    throw new RunError("bad-checkpoint", message, { cause });
  }
}
