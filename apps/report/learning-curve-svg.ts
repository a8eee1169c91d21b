/** The main figure of a training report as a file that stands alone: for a README, a paper, a pull request. */
import { heldOutAlternative, heldOutDrawing } from "./held-out-figure.ts";
import { html, type Markup } from "./markup.ts";
import { drawn, LIGHT, lookOf, swatch } from "./run-look.ts";
import type { Baseline, TrainingRun } from "./training-run.ts";

const WIDTH = 640;
const HEIGHT = 400;
const PADDING = 16;

/** Of the legend, in pixels; letters are estimated, for nothing here can measure them. */
const ROW = 22;
const LETTER = 7.2;
const SWATCH = 44;
const BETWEEN = 24;
/** Letters. */
const LONGEST_NAME = 72;

export interface LearningCurve {
  readonly runs: readonly TrainingRun[];
  readonly baselines: readonly Baseline[];
}

/** Light colours on white, whatever it is shown on. */
export function learningCurveSvg({ runs, baselines }: LearningCurve): string {
  const { keys, height } = legendOf(runs.map(({ name }) => name));
  const drawing = drawn({
    ...heldOutDrawing(runs, baselines, LIGHT, { width: WIDTH - PADDING, height: HEIGHT, fontSize: 13 }),
    style: { color: LIGHT.ink, fontSize: "13px", fontFamily: "inherit", background: "none", overflow: "visible" },
  });
  const whole = PADDING + height + HEIGHT + PADDING / 2;
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${whole}" viewBox="0 0 ${WIDTH} ${whole}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13" fill="${LIGHT.ink}">
<title>Accuracy on held-out cases</title>
<desc>${heldOutAlternative(runs, baselines)}</desc>
<rect width="${WIDTH}" height="${whole}" fill="${LIGHT.paper}"/>
${keys}
<g transform="translate(${PADDING / 2} ${PADDING + height})">${drawing}</g>
</svg>
`.markup;
}

/** The runs' names beside their looks, in as many rows as it takes. */
function legendOf(names: readonly string[]): { keys: Markup[]; height: number } {
  let x = PADDING;
  let row = 0;
  const keys = names.map((name, place) => {
    const shown = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
    const width = SWATCH + LETTER * shown.length;
    if (x > PADDING && x + width > WIDTH - PADDING) {
      x = PADDING;
      row++;
    }
    const at = x;
    x += width + BETWEEN;
    return html`<g transform="translate(${at} ${PADDING + row * ROW})">${swatch(lookOf(place, LIGHT))}<text x="${SWATCH}" y="10.5">${shown}</text></g>\n`;
  });
  return { keys, height: names.length === 0 ? 0 : (row + 1) * ROW + 8 };
}
