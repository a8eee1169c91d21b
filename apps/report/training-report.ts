/** The report of training runs: one HTML page of learning curves that loads nothing and runs nothing. */
import { heldOutFigure } from "./held-out-figure.ts";
import { html, type Markup, table } from "./markup.ts";
import { page } from "./page.ts";
import { count, counted, percent } from "./quantities.ts";
import { legend, RUN_STYLE } from "./run-look.ts";
import { bounds, duration } from "./run-quantities.ts";
import { HEALTH, LEARNT, type Quantity, stepFigure } from "./training-figures.ts";
import { type Baseline, baselinesOf, heldOutOf, SMOOTHED_FROM, type TrainingRun } from "./training-run.ts";

export type { Baseline, TrainingRun };

export interface TrainingReport {
  readonly title: string;
  readonly runs: readonly TrainingRun[];
  readonly baselines: readonly Baseline[];
  /** A paragraph each. */
  readonly notes: readonly string[];
  /** What the runs rest on, by name: model, case source, seed, versions. */
  readonly provenance: Readonly<Record<string, string | number>>;
}

/** Figures in the order of reading: side by side where there is room for two. */
const LAYOUT = `
.curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(22rem, 100%), 1fr)); column-gap: 3rem; margin-top: 1.25rem; }
.curves > * { min-width: 0; }
.curves details { overflow-x: auto; }
.curves details th:first-child { min-width: 5rem; }
.curves .line { margin: 0.6rem 0 1.5rem; font-size: 0.85rem; }
`;

export function trainingReport({ title, runs, baselines, notes, provenance }: TrainingReport): string {
  return page({
    title: `${title}: training`,
    style: RUN_STYLE + LAYOUT,
    header: html`<h1>${title}</h1>
${whatWasDone(runs)}`,
    body: html`${figures(runs, baselines)}
${notes.length > 0 && html`<section>\n<h2>Notes</h2>\n${notes.map((note) => html`<p>${note}</p>\n`)}</section>`}
${section("What was learnt", LEARNT, runs)}
${section("Health of the run", HEALTH, runs)}
<section>
<h2>Provenance</h2>
<dl>
${Object.entries(provenance).map(([term, description]) => html`<dt>${term}</dt><dd>${description}</dd>\n`)}</dl>
</section>`,
  });
}

function whatWasDone(runs: readonly TrainingRun[]): Markup {
  const begun = runs.filter(({ metrics }) => metrics.length > 0);
  if (begun.length === 0) return html`<p>No step was finished, so there is nothing to show.</p>`;
  return html`<p>Learning curves of ${counted(runs.length, "training run")}. A policy asks simulated patients questions and
names a diagnosis; the trainer raises the odds of what earned more reward than other consultations with the same patient.</p>`;
}

function figures(runs: readonly TrainingRun[], baselines: readonly Baseline[]): Markup | undefined {
  if (runs.every(({ metrics }) => metrics.length === 0)) return undefined;
  return html`<section>
<h2>Held-out cases</h2>
<div class="curves">
${heldOutFigure(runs, baselines) ?? html`<p>No run was tried on held-out cases yet.</p>`}
<div>
<div class="measures">${accuracyTable(runs, baselines)}</div>
<p class="line">The first and the last trial on held-out cases, and the interval of the last.</p>
<div class="measures">${effortTable(runs)}</div>
</div>
</div>
</section>`;
}

function accuracyTable(runs: readonly TrainingRun[], baselines: readonly Baseline[]): Markup {
  return table(
    ["Accuracy of", "First", "Last", "95 % interval"],
    [
      ...runs.map((run) => {
        const course = heldOutOf(run);
        const [first, last] = [course[0], course.at(-1)];
        return [
          run.name,
          course.length > 1 && percent(first!.accuracy, 1),
          last && html`<strong>${percent(last.accuracy, 1)}</strong>`,
          last?.interval && bounds(last.interval),
        ];
      }),
      ...baselinesOf(runs, baselines).map(({ name, accuracy, ci95 }) => [
        html`${name} <code>baseline</code>`,
        "",
        percent(accuracy, 1),
        ci95 && bounds(ci95),
      ]),
    ],
  );
}

function effortTable(runs: readonly TrainingRun[]): Markup {
  return table(
    ["Run", "Steps", "Generations", "Time"],
    runs.map(({ name, metrics }) => [
      name,
      count(metrics.at(-1)?.step ?? 0),
      count(metrics.at(-1)?.generations ?? 0),
      duration(metrics.reduce((sum, { seconds }) => sum + seconds, 0)),
    ]),
  );
}

function section(title: string, quantities: readonly Quantity[], runs: readonly TrainingRun[]) {
  const drawn = quantities.map((quantity) => stepFigure(quantity, runs));
  if (drawn.every((figure) => figure === undefined)) return undefined;
  return html`<section>
<h2>${title}</h2>
${legend(runs.map(({ name }) => name))}
${runs.some(({ metrics }) => metrics.length >= SMOOTHED_FROM) && html`<p class="line">Faint lines are single steps, strong lines a moving mean.</p>`}
<div class="curves">
${drawn}</div>
</section>`;
}
