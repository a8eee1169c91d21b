/**
 * A training run from its configuration to its end: opened, warmed up, trained step by step, resumed. What a run decides
 * is in the files beside this one; this one tells it in order.
 */
import { mkdir, readFile } from "node:fs/promises";
import { setTimeout as rest } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { bayesAgent, randomAgent } from "../../agents/index.ts";
import { type AgentCore, seededRandom } from "../../src/index.ts";
import { firstStage } from "../curriculum/stages.ts";
import { WorkerError } from "../errors.ts";
import { demonstrator } from "../learner/demonstrations.ts";
import { imitate } from "../learner/warm-up.ts";
import { makeObjective, type ObjectiveRegistry } from "../objectives/index.ts";
import { LOST } from "../rollouts/sampler.ts";
import type { Trajectory } from "../rollouts/types.ts";
import type { ModelId, Worker } from "../types.ts";
import { openCases } from "./cases.ts";
import { type Checkpoint, checkpointSteps, latestCheckpoint, type Progress, readCheckpoint } from "./checkpoints.ts";
import { parseConfig, type RunConfig, stageRules, type WarmUpConfig } from "./config.ts";
import { copyState, lockRun, type RunPaths, runPaths, writeWhole } from "./directory.ts";
import { RunError } from "./errors.ts";
import type { RunEvent } from "./events.ts";
import { openModel, openWorker } from "./model.ts";
import { writeStatus } from "./status.ts";
import { type Ending, runSteps, type StepsOptions } from "./steps.ts";

export interface TrainOptions {
  readonly config: RunConfig;
  readonly directory: string;
  /** Go on from the last checkpoint in the directory. Default false: the directory must hold no run. */
  readonly resume?: boolean | undefined;
  /** Further objectives by name. */
  readonly objectives?: ObjectiveRegistry | undefined;
  /** Decides on batches that the configuration holds back. */
  readonly approver?: StepsOptions["approver"];
  /** A worker of the caller's in place of the one that the configuration names; it stays open. */
  readonly worker?: Worker | undefined;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How often in a row a lost worker is started again before the run gives up. */
const RECOVERIES = 3;
/** Milliseconds before that, times the number of the attempt. */
const PAUSE = 500;

/** Runs to the end, to a guard rail, or to the signal. The run can be resumed after either. */
export async function train(options: TrainOptions): Promise<Ending> {
  const { config, directory, resume = false, objectives, approver, signal, onEvent = () => {} } = options;
  const paths = runPaths(directory);
  const objective = makeObjective(config.objective.name, withoutName(config.objective), objectives);
  if (config.approval && !approver) {
    throw new RunError("bad-config", "approval holds batches, but nobody is there to decide: pass an approver");
  }
  await mkdir(directory, { recursive: true });
  const unlock = await lockRun(paths);
  try {
    await openDirectory(paths, config, resume);
    const cases = await openCases(config.cases, config.seed);
    await writeWhole(paths.knowledge, `${JSON.stringify(cases.base)}\n`);
    const model = await openModel(config, cases.base, paths);
    await writeStatus(paths, config, { status: "running" });
    const { worker, createModel, isOwn, close } = await openWorker(config, model, paths, options.worker);
    const shared = { config, paths, cases, model, worker, createModel, isOwn, objective, approver, signal, onEvent };
    try {
      for (let lost = 0; ; lost++) {
        const steps = await checkpointSteps(paths);
        let trained: ModelId | undefined;
        try {
          trained = await createModel();
          const progress = steps.length > 0 ? await latestCheckpoint(paths) : await beginning(shared, trained);
          if (steps.length > 0)
            await worker.loadState(trained, { path: (progress as Checkpoint).state, optimizer: true });
          return await runSteps({ ...shared, trained, progress });
        } catch (error) {
          const isLost = error instanceof WorkerError && LOST.has(error.code);
          if (!isLost || signal?.aborted || lost >= RECOVERIES) throw error;
          const [step = 0] = await checkpointSteps(paths);
          // Only a worker that is lost again and again without a checkpoint in between is given up.
          if (step > (steps[0] ?? 0)) lost = -1;
          onEvent({ type: "recovering", step, reason: error.message });
          await rest(PAUSE * (lost + 2), undefined, { signal });
        } finally {
          // A worker that is gone has nothing to unload.
          if (trained !== undefined) await worker.unload(trained).catch(() => {});
        }
      }
    } finally {
      await close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await writeStatus(paths, config, { status: signal?.aborted ? "interrupted" : "failed", reason }).catch(() => {});
    throw error;
  } finally {
    await unlock();
  }
}

/** Writes the configuration of a new run, or checks that of one that resumes. */
async function openDirectory(paths: RunPaths, config: RunConfig, resume: boolean): Promise<void> {
  const before = await readFile(paths.config, "utf8").catch(() => undefined);
  const text = stringify(config);
  if (before === undefined) {
    if (resume) throw new RunError("no-run", `${paths.root} holds no run to resume; start it without --resume`);
    return writeWhole(paths.config, text);
  }
  if (!resume)
    throw new RunError(
      "run-exists",
      `${paths.root} holds a run already; resume it with --resume, or name another directory`,
    );
  // Whether batches are held may change from one start to the next; what is trained may not.
  const trained = ({ approval: _, ...rest }: RunConfig): string => stringify(rest);
  if (trained(parseConfig(parse(before), paths.config)) !== trained(config)) {
    throw new RunError(
      "bad-config",
      `the configuration differs from the one that ${paths.root} was started with (${paths.config}); start a new run for another one`,
    );
  }
}

type Shared = Omit<StepsOptions, "trained" | "progress">;

/** The run before its first step: warmed up where it is to be, with a fresh optimizer. */
async function beginning(shared: Shared, trained: ModelId): Promise<Progress> {
  const { config, worker, onEvent } = shared;
  let version = config.startFrom ? await startFrom(config.startFrom, shared, trained) : 0;
  if (config.warmUp) {
    const transcripts = await demonstrations(shared, config.warmUp);
    const { epochs, batch, learningRate } = config.warmUp;
    version += await imitate(transcripts, {
      ...{ worker, model: trained, epochs, batch, seed: config.seed, signal: shared.signal },
      adam: { ...config.optimizer, learningRate },
      onStep: (done, all, loss) => onEvent({ type: "warm-up", done, all, loss }),
    });
    const { path } = await worker.saveState(trained, { name: "warm-up", overwrite: true });
    await worker.loadState(trained, { path, optimizer: false });
    await worker.deleteSaved(path);
  }
  return {
    ...{ step: 0, version, generations: 0, cases: 0, best: undefined, guards: {}, states: {} },
    stage: firstStage(stageRules(config)),
    supply: { buffer: [], steps: 0 },
  };
}

/** Takes over another run's weights, with a fresh optimizer. Gives the optimizer steps behind them. */
async function startFrom(
  { run, step }: NonNullable<RunConfig["startFrom"]>,
  { worker, paths, isOwn }: Shared,
  trained: ModelId,
): Promise<number> {
  const other = runPaths(run);
  const from = step === null ? await latestCheckpoint(other) : await readCheckpoint(other, step);
  if (!from) throw new RunError("bad-checkpoint", `${run} has no checkpoint of step ${step} that can be read`);
  if (isOwn) await copyState(other.state, paths.state, from.state);
  await worker.loadState(trained, { path: from.state, optimizer: false });
  return from.version;
}

/** Of every stage's task alike, on patients that the run does not train on otherwise. */
async function demonstrations({ config, cases, model }: Shared, warmUp: WarmUpConfig): Promise<Trajectory[]> {
  const { base } = cases;
  const core = (warmUp.agent === "random" ? randomAgent(base) : bayesAgent(base, { redFlagRisk: 1 })) as AgentCore;
  const { persona } = config.cases;
  const { conclude } = warmUp;
  const demonstrators = config.stages.map((stage) => {
    const budget = stage.task.kind === "consultation" ? config.episode.budget : 0;
    return demonstrator({ base, core, task: model.task(stage.task), budget, persona, conclude });
  });
  const transcripts: Trajectory[] = [];
  for (let index = 0; transcripts.length < warmUp.consultations && index < 10 * warmUp.consultations; index++) {
    const chosen = cases.training(DEMONSTRATED + index);
    const demonstrate = demonstrators[index % demonstrators.length]!;
    const transcript = await demonstrate(chosen, seededRandom(config.seed, "demonstration", index).below(2 ** 31));
    if (transcript && transcript.stop !== "parse-failure") transcripts.push(transcript);
  }
  if (transcripts.length < warmUp.consultations) {
    const many = `only ${transcripts.length} of ${warmUp.consultations}`;
    throw new RunError(
      "bad-config",
      `warmUp: ${many} transcripts can be had of these tasks; nobody demonstrates multiple-choice`,
    );
  }
  return transcripts;
}

/** Where the training series is cut: where cases are drawn, those from here on are for demonstrations alone. */
const DEMONSTRATED = 2 ** 30;

const withoutName = ({ name: _, ...options }: RunConfig["objective"]): object => options;

/** The configuration that a run's directory was started with. */
export async function configOf(directory: string): Promise<RunConfig> {
  const { config } = runPaths(directory);
  const text = await readFile(config, "utf8").catch(() => {
    throw new RunError("no-run", `${directory} holds no run`);
  });
  return parseConfig(parse(text), config);
}
