/** How runs are told apart: colour, dash and symbol together, so that none of them alone has to be seen. */
import { dot, line, type Markish, type PlotOptions, plot, type SymbolType } from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { html, type Markup, trusted } from "./markup.ts";

export interface Look {
  readonly stroke: string;
  readonly dash: string | undefined;
  readonly symbol: SymbolType;
}

/** Colours of a drawing. */
export interface Palette {
  readonly ink: string;
  readonly soft: string;
  readonly faint: string;
  readonly rule: string;
  readonly paper: string;
  readonly runs: readonly string[];
}

const LIGHT_RUNS = ["#1f6f8b", "#b4552d", "#6a4c93", "#3d7a3d", "#96700a", "#a83a6b"];
const DARK_RUNS = ["#6bb8d3", "#e39469", "#b79ae0", "#86c186", "#d9b44a", "#e58ab1"];

/** For drawings that stand alone and must look the same everywhere. */
export const LIGHT: Palette = {
  ink: "#1f2328",
  soft: "#5b626b",
  faint: "#8a9199",
  rule: "#e4e2dd",
  paper: "#ffffff",
  runs: LIGHT_RUNS,
};

/** For drawings in a page, light or dark as the page is. */
export const OF_PAGE: Palette = {
  ink: "var(--ink)",
  soft: "var(--soft)",
  faint: "var(--faint)",
  rule: "var(--rule)",
  paper: "var(--paper)",
  runs: LIGHT_RUNS.map((_, i) => `var(--run-${i + 1})`),
};

const variables = (colours: readonly string[]): string => colours.map((c, i) => `--run-${i + 1}: ${c};`).join(" ");

/** What `OF_PAGE` and `legend` need besides the report's own style. */
export const RUN_STYLE = `
:root { ${variables(LIGHT_RUNS)} }
@media screen and (prefers-color-scheme: dark) { :root { ${variables(DARK_RUNS)} } }
.keys { margin: 0.5rem 0; font: 0.9rem/1.4 system-ui, -apple-system, "Segoe UI", sans-serif; }
.key { display: inline-flex; align-items: center; gap: 0.4rem; margin: 0 1rem 0.25rem 0; color: var(--ink); }
.key svg { flex: none; width: 36px; height: 12px; }
`;

const DASHES = [undefined, "7 3", "2 3", "10 3 2 3", "5 2 2 2 2 2"];
const SYMBOLS: readonly SymbolType[] = ["circle", "square", "triangle", "diamond", "star", "wye", "cross"];

/** The look of the run at this place; no two of the first two hundred are alike. */
export function lookOf(place: number, { runs }: Palette): Look {
  const at = <T>(list: readonly T[]): T => list[place % list.length]!;
  return { stroke: at(runs), dash: at(DASHES), symbol: at(SYMBOLS) };
}

export function lineOf(points: readonly object[], { stroke, dash }: Look, x = "x", y = "y"): Markish {
  return line(points, { x, y, stroke, strokeWidth: 2, strokeDasharray: dash });
}

export function dotsOf(points: readonly object[], { stroke, symbol }: Look, x = "x", y = "y"): Markish {
  return dot(points, { x, y, fill: stroke, symbol, r: 4 });
}

/** A short piece of a run's line with its symbol. */
export function swatch(look: Look): Markup {
  const ends = [
    { x: 0, y: 0 },
    { x: 1, y: 0 },
  ];
  const marks = [lineOf(ends, look), dotsOf([{ x: 0.5, y: 0 }], look)];
  return drawn({ width: 36, height: 12, margin: 6, marginLeft: 1, marginRight: 1, axis: null, marks });
}

/** The runs by their looks, beside a figure; nothing where there is one run only. */
export function legend(names: readonly string[]): Markup | undefined {
  if (names.length < 2) return undefined;
  const keys = names.map((name, place) => html`<span class="key">${swatch(lookOf(place, OF_PAGE))}${name}</span> `);
  return html`<div class="keys">${keys}</div>`;
}

/** A drawing as SVG. */
export function drawn(options: PlotOptions): Markup {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const drawing = plot({ document, ...options });
  drawing.setAttribute("aria-hidden", "true");
  return trusted(drawing.outerHTML);
}
