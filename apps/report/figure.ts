/** A figure of the report: an inline drawing with a title, how to read it, and its numbers as a table. */
import { type PlotOptions, plot } from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { type Content, html, type Markup, table, trusted } from "./markup.ts";

/** Pixels. Narrow, so that letters stay legible where a phone shrinks the drawing. */
const WIDTH = 440;

/** Quiet lines behind the data. */
export const GRID = { stroke: "var(--rule)", strokeOpacity: 1, ticks: 5 } as const;

export interface Figure {
  readonly title: string;
  /** How to read it. */
  readonly caption: Content;
  /** What the drawing shows, for those who do not see it. */
  readonly alternative: string;
  readonly drawing: PlotOptions;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly Content[])[];
}

export function figure({ title, caption, alternative, drawing, headings, rows }: Figure): Markup {
  return html`<figure>
<h3>${title}</h3>
<div role="img" aria-label="${alternative}">${draw(drawing)}</div>
<figcaption>${caption}</figcaption>
<details><summary>Numbers</summary>${table(headings, rows)}</details>
</figure>
`;
}

function draw(options: PlotOptions): Markup {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const drawing = plot({ document, width: WIDTH, style: { fontSize: "12px", overflow: "visible" }, ...options });
  drawing.setAttribute("aria-hidden", "true");
  return trusted(drawing.outerHTML);
}
