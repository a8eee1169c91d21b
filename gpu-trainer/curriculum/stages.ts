/**
 * Stages of a curriculum: each ends when its exit rule says so, and the next begins where its entry rule lets it. Pure:
 * what was measured goes in, what to do comes out.
 */
import { z } from "zod";
import { CurriculumError } from "./errors.ts";

const accuracy = z.number().min(0).max(1);
const name = z.string().min(1).max(80);

export const Stage = z.strictObject({
  name,
  /** Whichever comes first ends the stage; one of them at least. */
  exit: z
    .strictObject({
      /** Optimizer steps, 1 or more. */
      steps: z.int().min(1).optional(),
      /** Held-out accuracy that is enough, from 0 to 1. */
      accuracy: accuracy.optional(),
      /** Evaluations in a row without a new best, 1 or more. */
      patience: z.int().min(1).optional(),
    })
    .refine((exit) => Object.values(exit).some((rule) => rule !== undefined), {
      message: "names no rule: give steps, accuracy or patience",
    }),
  /** The best held-out accuracy that an earlier stage must have reached. */
  entry: z.strictObject({ stage: name, accuracy }).optional(),
});

export const Stages = z
  .array(Stage)
  .min(1)
  .superRefine((stages, context) => {
    const earlier = new Set<string>();
    stages.forEach(({ name: own, entry }, i) => {
      if (earlier.has(own)) context.addIssue({ code: "custom", path: [i, "name"], message: `${own} is there twice` });
      if (entry && !earlier.has(entry.stage)) {
        const message = `${entry.stage} is no earlier stage`;
        context.addIssue({ code: "custom", path: [i, "entry", "stage"], message });
      }
      earlier.add(own);
    });
  });
export type Stages = z.infer<typeof Stages>;

/** Fit for JSON. */
export const StageState = z.strictObject({
  stage: name,
  /** Optimizer steps taken in it. */
  steps: z.int().min(0),
  /** Held-out accuracies of all stages so far, in order. */
  history: z.array(z.strictObject({ stage: name, accuracy })).readonly(),
});
export type StageState = z.infer<typeof StageState>;

export type StageDecision =
  | { readonly type: "stay" }
  /** `reason`: what ended the stage, in words. */
  | { readonly type: "next"; readonly stage: string; readonly reason: string }
  /** `finished`: it was the last stage. Otherwise the next one may not begin. */
  | { readonly type: "stop"; readonly finished: boolean; readonly reason: string };

/** Throws `bad-options`. */
export function parseStages(stages: unknown): Stages {
  const parsed = Stages.safeParse(stages);
  if (parsed.success) return parsed.data;
  throw new CurriculumError("bad-options", z.prettifyError(parsed.error));
}

export const firstStage = ([first]: Stages): StageState => ({ stage: first!.name, steps: 0, history: [] });

export const afterSteps = (state: StageState, steps: number): StageState => ({ ...state, steps: state.steps + steps });

export const afterEvaluation = (state: StageState, measured: number): StageState => ({
  ...state,
  history: [...state.history, { stage: state.stage, accuracy: measured }],
});

export const entered = (state: StageState, stage: string): StageState => ({ ...state, stage, steps: 0 });

/**
 * An accuracy that is enough ends a stage only once the next may begin; steps and patience end it in any case. Throws
 * `bad-state` where the state is of other stages.
 */
export function decideStage(stages: Stages, state: StageState): StageDecision {
  const place = stages.findIndex(({ name: own }) => own === state.stage);
  if (place < 0) {
    throw new CurriculumError("bad-state", `no stage ${state.stage}: the checkpoint is of another curriculum`);
  }
  const spent = spentRule(stages[place]!.exit, state);
  const reached = reachedRule(stages[place]!.exit, state);
  const next = stages[place + 1];
  const reason = reached ?? spent;
  if (reason === undefined) return { type: "stay" };
  if (!next) return { type: "stop", finished: true, reason };
  const barred = barredBy(next.entry, state);
  if (barred === undefined) return { type: "next", stage: next.name, reason };
  if (spent === undefined) return { type: "stay" };
  return { type: "stop", finished: false, reason: `${spent}, but ${next.name} may not begin: ${barred}` };
}

type Exit = Stages[number]["exit"];

const accuraciesOf = ({ history }: StageState, stage: string): number[] =>
  history.flatMap((measured) => (measured.stage === stage ? [measured.accuracy] : []));

function reachedRule({ accuracy: enough }: Exit, state: StageState): string | undefined {
  const latest = accuraciesOf(state, state.stage).at(-1);
  if (enough === undefined || latest === undefined || latest < enough) return undefined;
  return `${state.stage} reached accuracy ${latest}`;
}

function spentRule({ steps, patience }: Exit, state: StageState): string | undefined {
  if (steps !== undefined && state.steps >= steps) return `${state.stage} had its ${steps} steps`;
  if (patience === undefined) return undefined;
  const measured = accuraciesOf(state, state.stage);
  const sinceBest = measured.length - 1 - measured.indexOf(Math.max(...measured));
  if (measured.length === 0 || sinceBest < patience) return undefined;
  return `${state.stage} had no new best in ${patience} evaluations`;
}

function barredBy(entry: Stages[number]["entry"], state: StageState): string | undefined {
  if (!entry) return undefined;
  const measured = accuraciesOf(state, entry.stage);
  const best = measured.length > 0 ? Math.max(...measured) : undefined;
  if (best !== undefined && best >= entry.accuracy) return undefined;
  return `it asks for accuracy ${entry.accuracy} of ${entry.stage}, whose best is ${best ?? "not measured"}`;
}
