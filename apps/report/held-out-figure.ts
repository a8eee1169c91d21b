/** The main figure of a training report: accuracy on held-out cases against generations, beside the baselines. */
import {
  areaY,
  axisX,
  axisY,
  gridY,
  type Markish,
  type PlotOptions,
  rect,
  ruleX,
  ruleY,
  text,
} from "@observablehq/plot";
import { figure } from "./figure.ts";
import { html, type Markup } from "./markup.ts";
import { count, counted, percent } from "./quantities.ts";
import { dotsOf, legend, lineOf, lookOf, OF_PAGE, type Palette } from "./run-look.ts";
import { bounds, brief } from "./run-quantities.ts";
import { type Baseline, baselinesOf, type HeldOut, heldOutOf, spread, type TrainingRun } from "./training-run.ts";

/** Rows of the table for a run. */
const MOST_ROWS = 40;

/** Width of a letter in its font size: an estimate, for nothing here can measure letters. */
const LETTER = 0.6;

/** Undefined where no run was tried on held-out cases. */
export function heldOutFigure(runs: readonly TrainingRun[], shared: readonly Baseline[]): Markup | undefined {
  const tried = runs.map((run) => ({ name: run.name, course: heldOutOf(run) }));
  if (tried.every(({ course }) => course.length === 0)) return undefined;
  const left = tried.some(({ course }) => course.length > MOST_ROWS);
  return figure({
    title: "Accuracy on held-out cases",
    alternative: heldOutAlternative(runs, shared),
    caption: html`${legend(runs.map(({ name }) => name))}How often the right condition led at the end of a consultation,
over cases that no step was trained on. Symbols mark trials on them, the band is the 95 % interval; dotted lines are
baselines, not trained here.${left && ` The table has ${MOST_ROWS} trials of a run.`}`,
    drawing: heldOutDrawing(runs, shared, OF_PAGE, { width: 440, height: 320, fontSize: 12 }),
    headings: ["Run", "Generations", "Accuracy", "95 % interval"],
    rows: tried.flatMap(({ name, course }) =>
      spread(course, MOST_ROWS).map(({ generations, accuracy, interval }) => [
        name,
        count(generations),
        percent(accuracy, 1),
        interval && bounds(interval),
      ]),
    ),
  });
}

/** What the figure shows, in words. */
export function heldOutAlternative(runs: readonly TrainingRun[], shared: readonly Baseline[]): string {
  const told = runs.flatMap((run) => {
    const course = heldOutOf(run);
    const [first, last] = [course[0], course.at(-1)];
    if (!first || !last) return [];
    const to = `${percent(last.accuracy, 1)} after ${counted(last.generations, "generation")}`;
    return [
      course.length === 1 ? `${run.name} has ${to}` : `${run.name} goes from ${percent(first.accuracy, 1)} to ${to}`,
    ];
  });
  const baselines = baselinesOf(runs, shared).map(({ name, accuracy }) => `${name} ${percent(accuracy, 1)}`);
  return `Line chart of accuracy on held-out cases against generations: ${[
    ...(told.length > 0 ? told : ["no run was tried"]),
    ...(baselines.length > 0 ? [`baselines: ${baselines.join(", ")}`] : []),
  ].join("; ")}.`;
}

export function heldOutDrawing(
  runs: readonly TrainingRun[],
  shared: readonly Baseline[],
  palette: Palette,
  { width, height, fontSize }: { width: number; height: number; fontSize: number },
): PlotOptions {
  const baselines = baselinesOf(runs, shared);
  const courses = runs.map(heldOutOf);
  const all = courses.flat();
  const highest = Math.max(
    0.05,
    ...all.flatMap(({ accuracy, interval }) => [accuracy, interval?.[1] ?? 0]),
    ...baselines.flatMap(({ accuracy, ci95 }) => [accuracy, ci95?.[1] ?? 0]),
  );
  const top = Math.min(1, Math.ceil(highest * 10) / 10);
  const last = Math.max(1, ...runs.map(({ metrics }) => metrics.at(-1)?.generations ?? 0));
  const frame = { marginTop: 28, marginBottom: 48, height };
  const most = Math.floor((width / 3 - 16) / (LETTER * fontSize));
  const labels = baselines.map(({ name, accuracy }) => cut(`${percent(accuracy, 0)} ${name}`, most));
  const marginRight = 16 + LETTER * fontSize * Math.max(0, ...labels.map(({ length }) => length));
  const places = apart(
    baselines.map(({ accuracy }) => accuracy),
    (1.2 * fontSize * top) / (height - frame.marginTop - frame.marginBottom),
    top,
  );
  return {
    ...frame,
    width,
    marginLeft: 48,
    marginRight,
    style: { color: palette.ink, fontSize: `${fontSize}px`, overflow: "visible" },
    x: { domain: [0, last] },
    y: { domain: [0, top] },
    marks: [
      gridY({ stroke: palette.rule, strokeOpacity: 1, ticks: 5 }),
      ruleY([0], { stroke: palette.faint }),
      axisX({ tickSize: 0, ticks: 5, tickFormat: brief, label: "generations", labelAnchor: "center", labelOffset: 40 }),
      axisY({ tickSize: 0, ticks: 5, tickFormat: "%", label: "right condition leads" }),
      baselines.map(({ ci95 }) =>
        ci95 ? rect([ci95], { x1: 0, x2: last, y1: "0", y2: "1", fill: palette.faint, fillOpacity: 0.15 }) : null,
      ),
      ruleY(baselines, { y: "accuracy", stroke: palette.soft, strokeWidth: 1.5, strokeDasharray: "1 3" }),
      text(labels, {
        x: last,
        y: (_: string, i: number) => places[i],
        text: (label: string) => label,
        textAnchor: "start",
        dx: 8,
        fill: palette.soft,
      }),
      courses.map((course, place) => courseMarks(course, place, palette)),
    ],
  };
}

function courseMarks(course: readonly HeldOut[], place: number, palette: Palette): Markish[] {
  const look = lookOf(place, palette);
  const banded = course.flatMap(({ generations, interval }) =>
    interval ? [{ generations, low: interval[0], high: interval[1] }] : [],
  );
  const band = { x: "generations", y1: "low", y2: "high" };
  return [
    areaY(banded, { ...band, fill: look.stroke, fillOpacity: 0.14 }),
    banded.length === 1 ? ruleX(banded, { ...band, stroke: look.stroke }) : null,
    lineOf(course, look, "generations", "accuracy"),
    dotsOf(course.length > 60 ? spread(course, 20) : course, look, "generations", "accuracy"),
  ];
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** Heights near `wanted`, at least `gap` apart, from 0 to `top` where there is room. */
function apart(wanted: readonly number[], gap: number, top: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const placed = [...wanted];
  let least = 0;
  for (const i of order) {
    placed[i] = Math.max(wanted[i]!, least);
    least = placed[i] + gap;
  }
  let most = top;
  for (const i of order.reverse()) {
    placed[i] = Math.min(placed[i]!, most);
    most = placed[i] - gap;
  }
  return placed;
}
