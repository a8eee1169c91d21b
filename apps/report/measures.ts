/** The metrics of an evaluation as tables: plain meaning, name in the literature, figure, 95 % interval. */
import { figureOf, type Measure } from "../evaluation/measures.ts";
import type { EvaluationResult } from "../evaluation/result.ts";
import { html, type Markup, table } from "./markup.ts";
import { percent, range } from "./quantities.ts";

/** Metrics without a figure are left out; undefined where none is left. */
export function measureTable(result: EvaluationResult, measures: readonly Measure[]): Markup | undefined {
  const rows = measures.flatMap(({ name, meaning, unit }) => {
    const figure = figureOf(result, name);
    if (figure === undefined) return [];
    const shown = unit === "share" ? percent(figure) : figure.toFixed(3);
    return [
      [
        html`${meaning} <code>${name}</code>`,
        html`<strong>${shown}</strong>`,
        range(result.ci95[name] ?? undefined, unit),
      ],
    ];
  });
  if (rows.length === 0) return undefined;
  return html`<div class="measures">${table(["Measure", "Figure", "95 % interval"], rows)}</div>`;
}
