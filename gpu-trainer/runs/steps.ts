/**
 * The steps of a run, one after another: a batch, its approval, its gradient, its figures; looks at held-out cases,
 * checkpoints, guard rails, the stages' ends. What it begins from and what it leaves is a `Progress`.
 */
import { systemClock } from "../../src/index.ts";
import { approvalGate } from "../approval/approve.ts";
import type { Approver } from "../approval/types.ts";
import { afterEvaluation, afterSteps, decideStage, entered } from "../curriculum/stages.ts";
import type { Task } from "../dialogues/types.ts";
import { scoredGroup } from "../learner/datums.ts";
import { prepareStep, type StepFigures, takeStep } from "../learner/step.ts";
import type { Objective } from "../objectives/index.ts";
import { mean } from "../objectives/statistics.ts";
import type { Rollouts } from "../rollouts/roll-out.ts";
import type { PolicySampler } from "../rollouts/sampler.ts";
import { STOP_POLICY, type StopPolicy } from "../rollouts/types.ts";
import { batchSupply, type SavedSampler, type Supply } from "../schedules/supply.ts";
import type { ModelId, Worker } from "../types.ts";
import type { RunCases } from "./cases.ts";
import { type Checkpoint, checkpointSteps, latestCheckpoint, type Progress } from "./checkpoints.ts";
import { type RunConfig, type StageConfig, stageRules } from "./config.ts";
import { curriculumOf } from "./curriculum.ts";
import type { RunPaths } from "./directory.ts";
import type { RunEvent } from "./events.ts";
import { batchFigures, firstRow, heldOutFigures, metricsRow } from "./figures.ts";
import { brokenBeforeStep, watchStep } from "./guards.ts";
import { type Look, lookAt } from "./held-out.ts";
import { checkpointKeeper, referredPaths } from "./keeper.ts";
import { adamAt } from "./learning-rate.ts";
import { appendMetrics, type MetricsRow, truncateAfter } from "./metrics.ts";
import type { RunModel } from "./model.ts";
import { recordPolicy } from "./policy-record.ts";
import { rollBatch } from "./roll-batch.ts";
import { writeSamples } from "./samples.ts";
import { writeStatus } from "./status.ts";
import { openTensorBoard } from "./tensorboard.ts";
import { weightStore } from "./weights.ts";

export interface StepsOptions {
  readonly config: RunConfig;
  readonly paths: RunPaths;
  readonly cases: RunCases;
  readonly model: RunModel;
  readonly worker: Worker;
  /** Whether the worker saves states into the run's own directory. */
  readonly isOwn: boolean;
  /** The model in training, with the weights of `progress`. */
  readonly trained: ModelId;
  /** Makes a further model of the same base, for the reference policy. */
  createModel(): Promise<ModelId>;
  readonly objective: Objective;
  readonly progress: Progress & Partial<Pick<Checkpoint, "reference">>;
  /** Decides on batches that the configuration holds back. */
  readonly approver?: Approver | undefined;
  readonly onEvent: (event: RunEvent) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface Ending {
  /** `finished`: all stages, or no progress for as long as is waited; `stopped`: a guard rail or an entry rule. */
  readonly status: "finished" | "stopped";
  readonly reason: string;
  readonly step: number;
  readonly generations: number;
  readonly best: Progress["best"];
}

export async function runSteps(options: StepsOptions): Promise<Ending> {
  const { config, paths, cases, model, worker, trained, objective, approver, signal, onEvent } = options;
  const { stages, evaluation, guards, rollouts } = config;
  const { contextLength } = model;
  const steps = stages.reduce((sum, { exit }) => sum + exit.steps, 0);
  const rules = stageRules(config);
  const heldOut = cases.heldOut(evaluation.cases);
  const store = weightStore(worker, trained, await referredPaths(paths));
  const keep = checkpointKeeper({
    ...{ paths, store, objective, keep: config.checkpoints.keep, reference: options.progress.reference },
  });
  const tensorboard = await openTensorBoard(paths.tensorboard, { clock: systemClock });
  const pace = movingMean(PACE);
  let now: Progress = options.progress;
  const stageNamed = (name: string): StageConfig => stages.find((stage) => stage.name === name)!;
  const curriculum = curriculumOf(config, stageNamed(now.stage.stage), options, now.states.curriculum);
  let reference: ModelId | undefined;
  if (objective.memory && now.states.objective !== undefined) objective.memory.restore(now.states.objective);

  const nextCase = () => {
    const use = now.cases;
    now = { ...now, cases: use + 1 };
    return { case: curriculum.next(use), use };
  };
  const { atOnce } = rollouts;
  const roll = (sampler: PolicySampler, groups: number): Promise<Rollouts> => {
    const { stage } = now.stage;
    const { task } = curriculum;
    const { groupSize, dynamicSampling: dynamic, seed } = config;
    const timeout = rollouts.timeout * 1000;
    const stopPolicy = stopPolicyOf(config, stageNamed(stage));
    return rollBatch(
      {
        task,
        stage,
        groups,
        groupSize,
        next: nextCase,
        greedy: objective.needs.greedy,
        dynamic,
        onRolled: curriculum.observe,
      },
      { sampler, seed, contextLength, signal, atOnce, timeout, stopPolicy },
    );
  };
  const synchronise = async (): Promise<SavedSampler> => {
    const { version } = now;
    return store.sampler({ path: await store.forSampling(version), version });
  };
  const openSupply = (restored?: Progress["supply"]): Supply =>
    batchSupply({
      ...{ schedule: config.schedule, groups: config.groups, seed: config.seed, roll, synchronise, restored },
      reopen: store.sampler,
    });
  let supply = openSupply(now.supply);
  const names = new Map(cases.base.conditions.map(({ id, name }) => [id, name]));
  const nameOf = (condition: string): string => names.get(condition) ?? condition;
  const gate = approver && config.approval ? approvalGate({ approver, hold: heldBy(config.approval) }) : undefined;
  if (gate && now.states.oddities !== undefined) gate.restore(now.states.oddities);
  const keepNow = async (): Promise<void> => {
    const states = { ...now.states, curriculum: curriculum.state(), ...(gate && { oddities: gate.state() }) };
    now = { ...now, states };
    await recordPolicy(options, await keep(now, supply));
  };

  const checkpoint = async (): Promise<void> => {
    await keepNow();
    await writeStatus(paths, config, { status: "running", ...standing(now) });
    onEvent({ type: "checkpoint", step: now.step });
  };
  const record = async (row: MetricsRow): Promise<void> => {
    await appendMetrics(paths.metrics, row);
    const { step, ...values } = row;
    await tensorboard.scalars(step, values as Record<string, number>);
  };
  const lookWith = async (task: Task, sampler: PolicySampler): Promise<Look> =>
    lookAt({ sampler, task, cases: heldOut, contextLength, atOnce, signal });
  const look = async (): Promise<Look> => {
    // The options of a look's questions stay as they are, whatever the policy confuses: a measure must not move.
    const task = model.task(stageNamed(now.stage.stage).task);
    const found = await lookWith(task, await synchronise());
    await writeSamples(paths, now.step, found.trajectories.slice(0, config.samples), task.transcribe);
    const isBest = now.best === undefined || found.accuracy > now.best.accuracy;
    const best = isBest ? { step: now.step, accuracy: found.accuracy } : now.best;
    now = { ...now, best, stage: afterEvaluation(now.stage, found.accuracy) };
    return found;
  };
  /** Accuracy in the tasks that are looked at besides. */
  const lookAside = async (): Promise<Record<string, number>> => {
    const figures: Record<string, number> = {};
    for (const [name, task] of Object.entries(evaluation.tasks)) {
      figures[`held_out_task_${name}`] = (await lookWith(model.task(task), await synchronise())).accuracy;
    }
    return figures;
  };
  /** `keeps`: where the run stands is a place to go on from. */
  const end = async (status: Ending["status"], reason: string, keeps = true): Promise<Ending> => {
    if (keeps) await keepNow();
    const ending = { status, reason, ...standing(now) };
    await writeStatus(paths, config, ending);
    return ending;
  };

  /** One step. Gives the reason why the run must stop, if so, and whether the step was taken before that. */
  const takeOne = async (): Promise<{ reason: string; taken: boolean } | undefined> => {
    const begun = performance.now();
    const { groups, counts, generations } = await supply.next(now.step);
    const rolled = seconds(begun);
    if (groups.length === 0) return { reason: `no group was left of the batch of step ${now.step + 1}`, taken: false };
    const lag = now.version - Math.min(...groups.map(({ version }) => version));
    const { version } = now;
    const waiting = { step: now.step + 1, version, groups, objective, tasks: [curriculum.task], nameOf };
    const batch = gate
      ? await gate.approve(waiting, signal)
      : { groups, advantages: objective.advantages(groups.map(scoredGroup)) };
    if (gate) supply.amend(groups, batch?.groups ?? []);
    const figures = batchFigures(batch?.groups ?? groups, counts);
    let taken: StepFigures = NO_STEP;
    const adam = adamAt(config.optimizer, now.step, steps);
    if (batch) {
      const learner = { worker, model: trained, reference };
      const prepared = await prepareStep(learner, objective, batch.groups, signal);
      const broken = brokenBeforeStep(guards, { lag, logprob_delta: prepared.logprobDelta });
      if (broken) return { reason: broken, taken: false };
      taken = await takeStep(learner, objective, prepared, batch.advantages, adam, signal);
    } else onEvent({ type: "rejected", step: now.step + 1 });

    const watched = watchStep(guards, now.guards, figures);
    now = {
      ...now,
      step: now.step + 1,
      version: now.version + Number(taken.stepped),
      generations: now.generations + generations,
      guards: watched.window,
      stage: afterSteps(now.stage, 1),
    };
    const { step } = now;
    const row = metricsRow({ step, generations: now.generations, lag, seconds: seconds(begun), batch: figures, taken });
    const stage = stageNamed(now.stage.stage);
    const isLast = now.stage.steps >= stage.exit.steps;
    const looks = isLast || (evaluation.every > 0 && step % evaluation.every === 0);
    const found = looks ? { ...heldOutFigures(await look()), ...(await lookAside()) } : {};
    if (looks) curriculum.refresh();
    const whole = {
      ...row,
      rollout_seconds: rolled,
      stage: stages.indexOf(stage),
      learning_rate: adam.learningRate,
      ...found,
    };
    await record(whole);
    onEvent({ type: "step", row: whole, steps, secondsLeft: pace(row.seconds) * (steps - step) });
    if (looks || step % config.checkpoints.every === 0) await checkpoint();
    return watched.broken === undefined ? undefined : { reason: watched.broken, taken: true };
  };

  /** Goes on to the next stage where this one is over. Gives the run's end, if that is it. */
  const proceed = async (): Promise<Ending | undefined> => {
    const decision = decideStage(rules, now.stage);
    if (decision.type === "stay") return undefined;
    if (decision.type === "stop") return end(decision.finished ? "finished" : "stopped", decision.reason);
    now = { ...now, stage: entered(now.stage, decision.stage), best: undefined };
    curriculum.enter(stageNamed(decision.stage));
    await supply.close();
    supply = openSupply();
    onEvent({ type: "stage", name: decision.stage, step: now.step });
    return undefined;
  };

  try {
    const isNew = (await checkpointSteps(paths)).length === 0;
    await truncateAfter(paths.metrics, isNew ? -1 : now.step);
    if (isNew) {
      await record({ ...firstRow(await look()), ...(await lookAside()) });
      await checkpoint();
    }
    if (objective.needs.reference) {
      const { reference: path } = await latestCheckpoint(paths);
      reference = await options.createModel();
      await worker.loadState(reference, { path, optimizer: false });
    }
    for (;;) {
      signal?.throwIfAborted();
      const ended = await proceed();
      if (ended) return ended;
      const broken = await takeOne();
      if (broken) return await end("stopped", broken.reason, broken.taken);
    }
  } finally {
    await supply.close();
    await tensorboard.close();
    // A worker that is gone has nothing to unload.
    if (reference) await worker.unload(reference).catch(() => {});
  }
}

/** A list that comes to no end is the policy's own doing. */
function stopPolicyOf({ rollouts }: RunConfig, { task }: StageConfig): StopPolicy {
  const isList = task.kind === "list" || task.kind === "multiple-choice";
  return { ...STOP_POLICY, ...(isList && { truncated: { reward: 0 } }), ...rollouts.stops };
}

const heldBy = (approval: NonNullable<RunConfig["approval"]>) => (approval === "all" ? "all" : approval.rules);

const NO_STEP: StepFigures = { stepped: false, loss: 0, metrics: {}, logprobDelta: 0, gradientNorm: undefined };

const standing = ({ step, generations, best }: Progress) => ({ step, generations, best });

/** Seconds of the wall: for people to read, nothing depends on them. */
const seconds = (since: number): number => (performance.now() - since) / 1000;

/** Steps that the rate is taken over. */
const PACE = 20;

function movingMean(width: number): (value: number) => number {
  const values: number[] = [];
  return (value) => {
    values.push(value);
    if (values.length > width) values.shift();
    return mean(values);
  };
}
