/**
 * What a run trains on now: the task of its stage, with look-alikes by the policy's own confusions, and the cases that
 * are within the policy's reach.
 */

import type { Case } from "../../simulators/index.ts";
import { type ConfusionState, Confusions } from "../curriculum/confusions.ts";
import { DifficultyPool } from "../curriculum/difficulty.ts";
import type { Task } from "../dialogues/types.ts";
import type { Group } from "../rollouts/types.ts";
import type { RunCases } from "./cases.ts";
import type { RunConfig, StageConfig } from "./config.ts";
import type { RunModel } from "./model.ts";

export interface Curriculum {
  readonly task: Task;
  /** Turns to another stage. */
  enter(stage: StageConfig): void;
  /** The training case of the run's `use`-th group. */
  next(use: number): Case;
  /** Takes in what became of groups; look-alikes follow at `refresh`. */
  observe(groups: readonly Group[]): void;
  /** Makes the task anew, where what the policy confuses has a part in it. */
  refresh(): void;
  /** Plain JSON. */
  state(): object;
}

interface CurriculumState {
  readonly confusions?: unknown;
  /** The confusions that the task was made of. */
  readonly shown?: ConfusionState;
  readonly difficulty?: unknown;
}

export function curriculumOf(
  config: Pick<RunConfig, "difficulty" | "seed">,
  stage: StageConfig,
  { cases, model }: { readonly cases: RunCases; readonly model: RunModel },
  restored: unknown,
): Curriculum {
  const before = (restored ?? {}) as CurriculumState;
  const confusions = new Confusions({}, before.confusions);
  let pool = config.difficulty && poolOf(config.difficulty, cases, config.seed, before.difficulty);
  let current = stage;
  let shown = before.shown ?? confusions.state();
  let task = model.task(stage.task, shown);
  return {
    get task() {
      return task;
    },
    enter(next) {
      current = next;
      shown = confusions.state();
      task = model.task(next.task, shown);
      // What was too easy or too hard in one task is not so in another.
      pool = config.difficulty && poolOf(config.difficulty, cases, config.seed, undefined);
    },
    next: (use) => pool?.next() ?? cases.training(use),
    observe(groups) {
      confusions.observe(groups.flatMap(({ trajectories }) => trajectories));
      pool?.observe(groups);
    },
    refresh() {
      if (current.task.kind === "consultation") return;
      shown = confusions.state();
      task = model.task(current.task, shown);
    },
    state: () => ({ confusions: confusions.state(), shown, ...(pool && { difficulty: pool.state() }) }),
  };
}

function poolOf(
  { pool: size, ...options }: NonNullable<RunConfig["difficulty"]>,
  { training }: RunCases,
  seed: number,
  restored: unknown,
) {
  const cases = new Map(Array.from({ length: size }, (_, index) => training(index)).map((each) => [each.id, each]));
  const pool = new DifficultyPool([...cases.keys()], seed, options, restored);
  return {
    next: () => cases.get(pool.next(1)[0]!)!,
    observe: (groups: readonly Group[]) => pool.observe(groups),
    state: () => pool.state(),
  };
}
