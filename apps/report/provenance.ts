/** What a result rests on: versions, seed, budget, the state of the data, speed and memory. */
import type { EvaluationResult } from "../evaluation/result.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { count, counted } from "./quantities.ts";

export function provenance(result: EvaluationResult): Markup {
  const { versions, skipped, repairs } = result;
  const entries: (readonly [term: string, description: Content])[] = [
    ...Object.entries(versions),
    ["seed", result.seed],
    ["budget", counted(result.budget, "question")],
    ["repairs of the data", listed(repairs.length, repairs)],
    [
      "rows left out as bad",
      listed(
        skipped.count,
        skipped.rows.map(({ file, line, reason }) => `${file}, line ${line}: ${reason}`),
      ),
    ],
    ["labels outside the knowledge base", `${count(result.labels_outside_knowledge)}, scored as missed`],
    ["cases that named their label", `${count(result.masked)}, masked`],
    [
      "time",
      `${result.seconds.toFixed(1)} s, ${count(Math.round(result.consultations_per_second))} consultations a second`,
    ],
    ["peak memory", `${count(result.peak_memory_mb)} MB`],
  ];
  return html`<dl>
${entries.map(([term, description]) => html`<dt>${term}</dt><dd>${description}</dd>\n`)}</dl>`;
}

/** A number that opens to the `items`, which may be the first of more. */
function listed(n: number, items: readonly string[]): Content {
  if (n === 0) return "none";
  if (items.length === 0) return count(n);
  const first = items.length < n ? `, the first ${count(items.length)}` : "";
  return html`<details><summary>${count(n)}${first}</summary><ul>${items.map((item) => html`<li>${item}</li>`)}</ul></details>`;
}
