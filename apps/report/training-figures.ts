/** Figures of a training report that have a value at every step: what is learnt, and whether the run is well. */
import { axisX, axisY, gridY, line, type Markish, ruleY } from "@observablehq/plot";
import type { MetricsRow } from "../../gpu-trainer/index.ts";
import { figure, GRID } from "./figure.ts";
import type { Markup } from "./markup.ts";
import { count, percent } from "./quantities.ts";
import { dotsOf, lineOf, lookOf, OF_PAGE } from "./run-look.ts";
import { brief, threeDigits } from "./run-quantities.ts";
import { type Point, smoothed, spread, stretches, type TrainingRun, thinned } from "./training-run.ts";

export interface Quantity {
  readonly field: keyof MetricsRow & string;
  readonly title: string;
  /** Of the axis. */
  readonly unit: string;
  readonly caption: string;
  readonly isShare?: boolean;
}

export const LEARNT: readonly Quantity[] = [
  {
    field: "accuracy",
    title: "Accuracy in training",
    unit: "right condition leads",
    caption:
      "Over the step’s own trajectories, sampled with the policy’s chance; held-out cases are the fairer measure.",
    isShare: true,
  },
  {
    field: "reward_mean",
    title: "Reward",
    unit: "mean reward",
    caption: "What the trainer maximises, over the step’s trajectories.",
  },
  {
    field: "questions_mean",
    title: "Questions asked",
    unit: "questions a consultation",
    caption: "Before the diagnosis, over the step’s trajectories.",
  },
  {
    field: "entropy",
    title: "Entropy",
    unit: "nats a token",
    caption: "How undecided the policy is between tokens. Near zero it explores no more.",
  },
];

export const HEALTH: readonly Quantity[] = [
  {
    field: "kl",
    title: "KL divergence",
    unit: "nats a token",
    caption: "From the policy that sampled to the one that the step is taken from: it grows with the lag.",
  },
  {
    field: "lag",
    title: "Lag",
    unit: "optimizer steps",
    caption: "Between the trainer’s weights and the oldest weights that sampled for the step.",
  },
  {
    field: "logprob_delta",
    title: "Log-prob difference",
    unit: "nats a token",
    caption:
      "Mean size, between the log-probs that the sampler gave and those recomputed by the trainer; near zero where the lag is 0.",
  },
  { field: "seconds", title: "Time a step", unit: "seconds", caption: "Sampling included." },
];

/** Rows of the table for a run. */
const STRETCHES = 12;

/** Symbols on a line. */
const SYMBOLS = 6;

/** Undefined where no run has a step. */
export function stepFigure(quantity: Quantity, runs: readonly TrainingRun[]): Markup | undefined {
  const { field, title, unit, caption, isShare = false } = quantity;
  // Step 0 is no step: its row has what was found on held-out cases before the first.
  const curves = runs.map(({ metrics }) =>
    metrics.filter(({ step }) => step > 0).map((row) => ({ x: row.step, y: row[field]! })),
  );
  const values = curves.flat().map(({ y }) => y);
  if (values.length === 0) return undefined;
  const means = curves.map(smoothed);
  const written = (value: number): string => (isShare ? percent(value, 1) : threeDigits(value));
  const told = runs.flatMap(({ name }, place) => {
    const course = means[place] ?? curves[place]!;
    return course.length === 0 ? [] : `${name} from ${written(course[0]!.y)} to ${written(course.at(-1)!.y)}`;
  });
  const [lowest, highest] = values.reduce(([low, high], y) => [Math.min(low, y), Math.max(high, y)], [0, 0]);
  return figure({
    title,
    alternative: `Line chart of ${title.toLowerCase()} by optimizer step: ${told.join("; ")}.`,
    caption: caption,
    drawing: {
      height: 240,
      marginLeft: 52,
      marginTop: 28,
      marginBottom: 48,
      x: { domain: [0, Math.max(1, ...curves.map((curve) => curve.at(-1)?.x ?? 0))] },
      y: {
        domain: isShare ? [0, Math.ceil(highest * 10) / 10 || 1] : [lowest, highest === lowest ? lowest + 1 : highest],
        nice: true,
      },
      marks: [
        gridY(GRID),
        ruleY([0], { stroke: "var(--faint)" }),
        axisX({ tickSize: 0, ticks: 5, tickFormat: brief, label: "optimizer step", labelOffset: 40 }),
        axisY({ tickSize: 0, ticks: 5, label: unit, tickFormat: isShare ? "%" : threeDigits }),
        curves.map((curve, place) => curveMarks(curve, means[place], place)),
      ],
    },
    headings: ["Run", "Steps", "Mean", "Least", "Greatest"],
    rows: runs.flatMap(({ name }, place) =>
      stretches(curves[place]!, STRETCHES).map(({ rows }) => {
        const ys = rows.map(({ y }) => y);
        const mean = ys.reduce((sum, y) => sum + y, 0) / ys.length;
        return [name, stepsOf(rows), ...[mean, Math.min(...ys), Math.max(...ys)].map(written)];
      }),
    ),
  });
}

function curveMarks(curve: readonly Point[], mean: readonly Point[] | undefined, place: number): Markish[] {
  const look = lookOf(place, OF_PAGE);
  const faint = { x: "x", y: "y", stroke: look.stroke, strokeWidth: 1, strokeOpacity: 0.35 };
  const strong = thinned(mean ?? curve);
  return [mean ? line(thinned(curve), faint) : null, lineOf(strong, look), dotsOf(spread(strong, SYMBOLS), look)];
}

const stepsOf = (rows: readonly Point[]): string =>
  rows.length === 1 ? count(rows[0]!.x) : `${count(rows[0]!.x)}–${count(rows.at(-1)!.x)}`;
