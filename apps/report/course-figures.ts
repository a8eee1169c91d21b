/** Figures over all consultations: accuracy by number of questions, calibration, the commonest confusions. */
import { axisX, axisY, barX, dot, gridX, gridY, line, link, ruleX, ruleY, text } from "@observablehq/plot";
import type { KnowledgeBase } from "../../src/index.ts";
import { figureOf } from "../evaluation/measures.ts";
import type { EvaluationResult } from "../evaluation/result.ts";
import { figure, GRID } from "./figure.ts";
import type { Markup } from "./markup.ts";
import { briefCount, count, counted, percent } from "./quantities.ts";

/** Undefined where no course was recorded, as in consultations held in words. */
export function questionsFigure(result: EvaluationResult): Markup | undefined {
  const course = result.top1_by_questions.map((top1, questions) => ({ questions, top1 }));
  const last = course.at(-1);
  if (!last || result.n === 0 || course.every(({ top1 }) => top1 === 0)) return undefined;
  const il = figureOf(result, "il");
  const asked = il === undefined ? [] : [il - 1];
  return figure({
    title: "Accuracy by number of questions",
    alternative:
      `Line chart: the right condition leads in ${percent(course[0]!.top1)} of consultations before any question ` +
      `and in ${percent(last.top1)} after ${counted(last.questions, "question")}.`,
    caption: `How often the right condition led after so many questions; a consultation that had ended counts on with
its last leader. The dashed line is the mean number asked${il === undefined ? "" : ` (il ${il.toFixed(2)} counts the initial evidence as one more)`}.`,
    drawing: {
      height: 360,
      marginLeft: 48,
      marginTop: 28,
      marginBottom: 48,
      x: { domain: [0, Math.max(1, last.questions)] },
      y: { domain: [0, 1] },
      marks: [
        gridY(GRID),
        ruleY([0], { stroke: "var(--faint)" }),
        axisX({ tickSize: 0, ticks: Math.min(8, last.questions), label: "questions asked", labelOffset: 40 }),
        axisY({ tickSize: 0, ticks: 5, tickFormat: "%", label: "right condition leads" }),
        ruleX(asked, { stroke: "var(--second)", strokeDasharray: "4 3" }),
        text(asked, {
          x: (mean: number) => mean,
          y: 0,
          text: (mean: number) => `mean ${mean.toFixed(1)}`,
          textAnchor: "start",
          dx: 6,
          dy: -10,
          fill: "var(--second)",
        }),
        line(course, { x: "questions", y: "top1", stroke: "var(--accent)", strokeWidth: 2 }),
        dot([last], { x: "questions", y: "top1", fill: "var(--accent)", r: 4 }),
        text([last], {
          x: "questions",
          y: "top1",
          text: ({ top1 }: { top1: number }) => percent(top1, 1),
          textAnchor: "end",
          dy: last.top1 > 0.2 ? 16 : -14,
          fontWeight: 600,
        }),
      ],
    },
    headings: ["Questions", "Right condition leads"],
    rows: course.map(({ questions, top1 }) => [questions, percent(top1)]),
  });
}

export function calibrationFigure(result: EvaluationResult): Markup | undefined {
  const bins = result.calibration.flatMap(({ from, to, n, confidence, accuracy }) =>
    confidence === null || accuracy === null ? [] : [{ middle: (from + to) / 2, from, to, n, confidence, accuracy }],
  );
  if (bins.length === 0) return undefined;
  const ece = figureOf(result, "ece");
  return figure({
    title: "Calibration",
    alternative: `Reliability diagram of ${counted(bins.length, "bin")}${ece === undefined ? "" : `; calibration error ${ece.toFixed(3)}`}.`,
    caption: `Consultations in ten bins by the probability given to the leader. On the diagonal, the agent is right as often as
it says; below, it is too sure; above, not sure enough. The stem is the gap. Larger dots hold more consultations (n
below the axis); small ones scatter by chance.`,
    drawing: {
      height: 376,
      marginLeft: 48,
      marginTop: 28,
      marginBottom: 64,
      x: { domain: [0, 1] },
      y: { domain: [0, 1] },
      r: { type: "sqrt", domain: [0, result.n], range: [3, 9] },
      marks: [
        gridY(GRID),
        gridX(GRID),
        axisX({ tickSize: 0, ticks: 5, tickFormat: "%", label: "probability given", labelOffset: 56 }),
        axisY({ tickSize: 0, ticks: 5, tickFormat: "%", label: "right" }),
        link([1], { x1: 0, y1: 0, x2: 1, y2: 1, stroke: "var(--faint)", strokeDasharray: "4 3" }),
        ruleX(bins, { x: "confidence", y1: "confidence", y2: "accuracy", stroke: "var(--second)", strokeWidth: 1.5 }),
        dot(bins, { x: "confidence", y: "accuracy", r: "n", fill: "var(--accent)", fillOpacity: 0.85 }),
        text(bins, {
          x: "middle",
          y: 0,
          text: ({ n }: { n: number }) => briefCount(n),
          dy: 32,
          fontSize: 11,
          fill: "var(--soft)",
        }),
        text([0], { x: 0, y: 0, text: () => "n", dx: -20, dy: 32, fontSize: 11, fill: "var(--soft)" }),
      ],
    },
    headings: ["Probability given", "n", "Mean probability", "Right"],
    rows: bins.map(({ from, to, n, confidence, accuracy }) => [
      `${percent(from, 0)} to ${percent(to, 0)}`,
      count(n),
      percent(confidence),
      percent(accuracy),
    ]),
  });
}

/** Bars drawn; the table has all that the result names. */
const BARS = 10;

export function confusionsFigure(result: EvaluationResult, base: KnowledgeBase): Markup | undefined {
  const names = new Map(base.conditions.map(({ id, name }) => [id, name]));
  const pairs = result.confusions.map(({ label, leader, n }, place) => ({
    place,
    label: names.get(label) ?? label,
    leader: names.get(leader) ?? leader,
    n,
  }));
  const worst = pairs[0];
  if (!worst) return undefined;
  const bars = pairs.slice(0, BARS);
  return figure({
    title: "Commonest pairs",
    alternative: `Bar list of the ${counted(bars.length, "commonest pair")}: most often, ${worst.label} was taken for ${worst.leader} (${worst.n}).`,
    caption: "How many consultations with the first condition ended with the second in the lead.",
    drawing: {
      height: 12 + 36 * bars.length,
      marginLeft: 4,
      marginRight: 48,
      marginTop: 8,
      marginBottom: 4,
      x: { axis: null, domain: [0, worst.n] },
      y: { axis: null, type: "band", padding: 0 },
      marks: [
        barX(bars, { x: "n", y: "place", fill: "var(--accent)", insetTop: 20, insetBottom: 8, rx: 2 }),
        text(bars, {
          x: 0,
          y: "place",
          text: ({ label, leader }: { label: string; leader: string }) => `${label} taken for ${leader}`,
          textAnchor: "start",
          lineWidth: 34,
          textOverflow: "ellipsis",
          dy: -8,
        }),
        text(bars, {
          x: "n",
          y: "place",
          text: ({ n }: { n: number }) => count(n),
          textAnchor: "start",
          dx: 6,
          dy: 6,
          fontWeight: 600,
        }),
      ],
    },
    headings: ["Condition", "Taken for", "Times"],
    rows: pairs.map(({ label, leader, n }) => [label, leader, count(n)]),
  });
}
