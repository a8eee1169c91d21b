/** The report of `evaluate --report`: one HTML page that loads nothing and runs nothing; the same figures give the same page. */
import type { KnowledgeBase } from "../../src/index.ts";
import { QUALITY, SAFETY } from "../evaluation/measures.ts";
import type { EvaluationResult } from "../evaluation/result.ts";
import { calibrationFigure, confusionsFigure, questionsFigure } from "./course-figures.ts";
import { groupFigures, safetyFigure } from "./group-figures.ts";
import { html, type Markup } from "./markup.ts";
import { measureTable } from "./measures.ts";
import { page } from "./page.ts";
import { provenance } from "./provenance.ts";
import { count, counted } from "./quantities.ts";

export function evaluationReport(result: EvaluationResult, base: KnowledgeBase): string {
  const { agent, goal, cases, n } = result;
  return page({
    title: `${agent} on ${cases}: evaluation`,
    header: html`<h1>Evaluation of ${agent}</h1>
<p class="line">goal ${goal} · cases ${cases} · n = ${count(n)}</p>
${result.interrupted && html`<p class="notice"><strong>Interrupted.</strong> The figures cover only the ${counted(n, "consultation")} finished before the run was stopped.</p>`}
<p>${whatWasDone(result)}</p>`,
    body: html`${headline(result)}
${course(result)}
${byGroup(result)}
${confusions(result, base)}
${safety(result)}
<section>
<h2>Provenance</h2>
${provenance(result)}
</section>`,
  });
}

function whatWasDone({ agent, cases, n, budget, goal }: EvaluationResult): Markup {
  if (n === 0) return html`No consultation was finished, so there is nothing to measure.`;
  const end = goal === "differential" ? "spent on the whole differential" : "spent on finding the diagnosis";
  return html`The agent <em>${agent}</em> held ${counted(n, "simulated consultation")}, one with each patient of
<em>${cases}</em>; it could put at most ${counted(budget, "question")} in each, ${end}, and then ranked the conditions.`;
}

function headline(result: EvaluationResult): Markup | undefined {
  const measures = measureTable(result, QUALITY);
  return (
    measures &&
    html`<section>
<h2>Figures</h2>
${measures}
<p class="line">Intervals are bootstrap percentiles over the consultations. A measure that these cases cannot give is left out.</p>
</section>`
  );
}

function course(result: EvaluationResult): Markup | undefined {
  const figures = [questionsFigure(result), calibrationFigure(result)];
  if (figures.every((drawn) => drawn === undefined)) return undefined;
  return html`<section>
<h2>Over all consultations</h2>
<div class="figures">
${figures}</div>
</section>`;
}

function byGroup(result: EvaluationResult): Markup | undefined {
  const figures = groupFigures(result);
  if (figures.length === 0) return undefined;
  return html`<section>
<h2>By group of patients</h2>
<p>A dot is how often the right condition led in a group, the line through it its 95 % interval, n the number of
consultations, the dashed line all of them together. The figures share one scale, which need not begin at zero. Where
all of a group were right, or none, the interval has no width; in a small group that proves little.</p>
<div class="figures">
${figures}</div>
</section>`;
}

function confusions(result: EvaluationResult, base: KnowledgeBase): Markup | undefined {
  const drawn = confusionsFigure(result, base);
  return drawn && html`<section>\n<h2>Confusions</h2>\n${drawn}</section>`;
}

function safety(result: EvaluationResult): Markup | undefined {
  const measures = measureTable(result, SAFETY);
  return (
    measures &&
    html`<section>
<h2>Safety</h2>
<p>Over the cases whose urgency is known. Emergencies are the two most urgent of the five levels; cases that can wait
are the two least urgent.</p>
${measures}
<div class="figures">
${safetyFigure(result)}</div>
</section>`
  );
}
