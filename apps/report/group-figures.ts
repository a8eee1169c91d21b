/** Figures by group of patients: severity, frequency, domain, age and sex, each a share with its 95 % interval and n. */
import { axisX, axisY, dot, gridX, ruleX, ruleY, text } from "@observablehq/plot";
import { AGE_GROUPS } from "../../src/index.ts";
import { figureOf } from "../evaluation/measures.ts";
import type { EvaluationResult } from "../evaluation/result.ts";
import { figure, GRID } from "./figure.ts";
import type { Markup } from "./markup.ts";
import { count, counted, percent, range } from "./quantities.ts";

/** Groups drawn in one figure: of more, the largest; the table has all. */
const MOST_GROUPS = 30;

interface Group {
  readonly group: string;
  readonly n: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

interface Grouping {
  readonly key: string;
  readonly title: string;
  readonly caption: string;
  readonly name?: (group: string) => string;
}

const SEVERITY: Grouping = {
  key: "severity",
  title: "By severity",
  caption: "Severity of the patient’s condition, from 1 (worst) to 5 (mild).",
  name: (level) => (level === "1" ? "1 (worst)" : level === "5" ? "5 (mild)" : level),
};

const GROUPINGS: readonly Grouping[] = [
  SEVERITY,
  {
    key: "frequency",
    title: "Rare against common",
    caption: "A condition is rare where its prior in the knowledge base is under a quarter of the mean.",
  },
  { key: "domain", title: "By domain", caption: "The field of medicine that the case belongs to." },
  { key: "age", title: "By age", caption: `Groups begin at: ${ageBounds()}.` },
  { key: "sex", title: "By sex", caption: "Sex as the case states it." },
];

/** Accuracy in each grouping that the cases have, all on one scale. */
export function groupFigures(result: EvaluationResult): Markup[] {
  const drawn = GROUPINGS.map((grouping) => ({ grouping, groups: groupsOf(result, grouping.key, "top1") }));
  const from = axisStart(drawn.flatMap(({ groups }) => groups));
  return drawn.flatMap(({ grouping, groups }) =>
    groups.length === 0 ? [] : [groupFigure(grouping, groups, from, "right condition leads", figureOf(result, "top1"))],
  );
}

/** How often the urgency was safe, by severity; undefined where urgency is not known. */
export function safetyFigure(result: EvaluationResult): Markup | undefined {
  const groups = groupsOf(result, SEVERITY.key, "safe");
  if (groups.length === 0) return undefined;
  const grouping = { ...SEVERITY, title: "Safe urgency by severity" };
  return groupFigure(grouping, groups, axisStart(groups), "safe urgency", figureOf(result, "safe"));
}

function groupFigure(
  { title, caption, name = (group) => group }: Grouping,
  all: readonly Group[],
  from: number,
  measure: string,
  overall: number | undefined,
): Markup {
  const largest = new Set([...all].sort((a, b) => b.n - a.n).slice(0, MOST_GROUPS));
  const groups = all.filter((group) => largest.has(group));
  const told = groups.map(({ group, n, share }) => `${name(group)} ${percent(share, 1)} of ${count(n)}`);
  const marked = overall === undefined ? [] : [overall];
  return figure({
    title,
    alternative: `Dot chart of ${counted(groups.length, "group")}, ${measure}: ${told.join(", ")}.`,
    caption: groups.length < all.length ? `${caption} Drawn are the ${MOST_GROUPS} largest of ${all.length}.` : caption,
    drawing: {
      height: 48 + 26 * groups.length,
      marginLeft: 120,
      marginRight: 80,
      marginTop: 4,
      marginBottom: 44,
      x: { domain: [from, 1] },
      y: { type: "band", domain: groups.map(({ group }) => group), padding: 0 },
      marks: [
        gridX(GRID),
        axisX({ tickSize: 0, ticks: 5, tickFormat: "%", label: measure }),
        axisY({ tickSize: 0, label: null, tickFormat: name, lineWidth: 8.5, textOverflow: "ellipsis" }),
        ruleX(marked, { stroke: "var(--second)", strokeDasharray: "4 3" }),
        ruleY(groups, { y: "group", x1: "low", x2: "high", stroke: "var(--accent)", strokeWidth: 2 }),
        dot(groups, { y: "group", x: "share", fill: "var(--accent)", r: 4.5 }),
        text(groups, {
          y: "group",
          text: ({ n }: Group) => `n ${count(n)}`,
          frameAnchor: "right",
          textAnchor: "start",
          dx: 12,
          fill: "var(--soft)",
        }),
      ],
    },
    headings: ["Group", "n", measure, "95 % interval"],
    rows: all.map(({ group, n, share, low, high }) => [name(group), count(n), percent(share), range([low, high])]),
  });
}

function groupsOf(result: EvaluationResult, key: string, score: "top1" | "safe"): Group[] {
  const groups = Object.entries(result.by[key] ?? {}).flatMap(([group, metrics]) => {
    const share = metrics[score];
    if (share === null) return [];
    const [low, high] = metrics.ci95[score] ?? [share, share];
    return [{ group, n: metrics.n, share, low, high }];
  });
  const ages = Object.keys(AGE_GROUPS);
  return key === "age" ? groups.sort((a, b) => ages.indexOf(a.group) - ages.indexOf(b.group)) : groups;
}

/** A multiple of a tenth under all intervals, so that small differences can be seen. */
function axisStart(groups: readonly Group[]): number {
  const least = Math.min(0.95, ...groups.map(({ low }) => low));
  return Math.max(0, Math.ceil(least * 10) - 1) / 10;
}

function ageBounds(): string {
  return Object.entries(AGE_GROUPS)
    .map(
      ([group, years]) =>
        `${group} ${years === 0 ? "birth" : years < 1 ? `${Math.round(years * 365.25)} days` : years}`,
    )
    .join(", ");
}
