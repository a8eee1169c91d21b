/**
 * What the study's cells came to: tables for `docs/study.md` (between its markers) and curves beside it.
 * `node bench/study/analyse.ts`
 */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { learningCurveSvg } from "../../apps/report/learning-curve-svg.ts";
import { baselines, type MetricsRow, openCases, parseConfig } from "../../gpu-trainer/index.ts";
import { AIRWAYS, COMMON, type Family, SEEDS } from "./plan.ts";

interface Result {
  readonly family: Family;
  readonly variant: string;
  readonly seed: number;
  readonly learningRate?: number;
  readonly seconds: number;
  readonly looks: readonly MetricsRow[];
}

const folder = join(import.meta.dirname, "results");
const docs = join(import.meta.dirname, "../../docs");
const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
const results: Result[] = await Promise.all(
  names.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8")) as Result),
);

/** Two-sided 95 % points of Student's t, by degrees of freedom. */
const T95 = [Number.NaN, 12.706, 4.303, 3.182, 2.776, 2.571];

interface Estimate {
  readonly mean: number;
  readonly half: number;
  readonly n: number;
}

function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, half: n > 1 ? T95[n - 1]! * Math.sqrt(variance / n) : Number.NaN, n };
}

const within = ({ n, half }: Estimate): string => (n > 1 ? ` ± ${half.toFixed(3)}` : " (one seed)");
const share = (each: Estimate): string => `${each.mean.toFixed(3)}${within(each)}`;
const signed = (each: Estimate): string =>
  `${each.mean < 0 ? "−" : "+"}${Math.abs(each.mean).toFixed(3)}${within(each)}`;

const cell = (family: Family, variant: string): Result[] =>
  SEEDS.flatMap((seed) =>
    results.filter((each) => each.family === family && each.variant === variant && each.seed === seed),
  );
const last = ({ looks }: Result, figure = "held_out_accuracy"): number => looks.at(-1)![figure]!;
const first = ({ looks }: Result, figure: string): number => looks[0]![figure]!;

/** `a − b` seed by seed, over the seeds that both have. */
function paired(a: readonly Result[], b: readonly Result[], figure?: string): Estimate {
  return estimate(
    a.flatMap((one) => {
      const other = b.find(({ seed }) => seed === one.seed);
      return other ? [last(one, figure) - last(other, figure)] : [];
    }),
  );
}

/** The mean of the seeds' curves, look by look. */
function meanCurve(cells: readonly Result[]): MetricsRow[] {
  return cells[0]!.looks.map((row, i) => {
    const all = cells.map(({ looks }) => looks[i]!.held_out_accuracy!);
    const { mean, half } = estimate(all);
    const clamp = (value: number): number => Math.min(1, Math.max(0, value));
    const blank = {
      reward_mean: 0,
      accuracy: mean,
      questions_mean: 0,
      kl: 0,
      entropy: 0,
      logprob_delta: 0,
      lag: 0,
      seconds: 0,
    };
    const { step, generations } = row;
    const interval = { held_out_low: clamp(mean - half), held_out_high: clamp(mean + half) };
    return { ...blank, step, generations, held_out_accuracy: mean, ...interval };
  });
}

/** Between which looks the mean curve first comes to `target`, in generations. */
function reached(curve: readonly MetricsRow[], target: number): string {
  const at = curve.findIndex((row) => row.held_out_accuracy! >= target);
  if (at < 0) return "not reached";
  const shown = (row: MetricsRow): string => row.generations.toLocaleString("en");
  return at <= 1 ? `at most ${shown(curve[at]!)}` : `${shown(curve[at - 1]!)} to ${shown(curve[at]!)}`;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

const reference = cell("lag", "grpo-L1");
const target = 0.9 * estimate(reference.map((each) => last(each))).mean;

function accuracyTable(rows: readonly (readonly [label: string, family: Family, variant: string])[]): string {
  return table(
    [
      "cell",
      "seeds",
      "learning rate",
      "held out at the end",
      "against GRPO, L = 1",
      `generations to ${target.toFixed(3)}`,
      "entropy at the end",
    ],
    rows.flatMap(([label, family, variant]) => {
      const cells = cell(family, variant);
      if (cells.length === 0) return [];
      return [
        [
          label,
          String(cells.length),
          String(cells[0]!.learningRate),
          share(estimate(cells.map((each) => last(each)))),
          family === "lag" && variant === "grpo-L1" ? "" : signed(paired(cells, reference)),
          family === "curriculum" ? "" : reached(meanCurve(cells), target),
          estimate(cells.map((each) => last(each, "entropy"))).mean.toFixed(2),
        ],
      ];
    }),
  );
}

const LAG = [1, 10, 50].flatMap((lag) =>
  ["grpo", "oapl"].map((name) => [`${name.toUpperCase()}, L = ${lag}`, "lag", `${name}-L${lag}`] as const),
);
const BETA2 = [
  ...[0.001, 0.01].map((beta2) => [`β2 = ${beta2}`, "beta2", `oapl-${beta2}`] as const),
  ["β2 = 0.1", "lag", "oapl-L50"] as const,
  ["β2 = 0.3", "beta2", "oapl-0.3"] as const,
];

const beta2Rows = BETA2.flatMap(([label, family, variant]) => {
  const cells = cell(family, variant);
  if (cells.length === 0) return [];
  return [
    [
      label,
      share(estimate(cells.map((each) => last(each)))),
      reached(meanCurve(cells), target),
      // Absent where every group of the last batch had equal rewards.
      estimate(cells.map((each) => last(each, "beta2_ratio")).filter(Number.isFinite)).mean.toFixed(3),
      estimate(cells.map((each) => last(each, "entropy"))).mean.toFixed(2),
    ],
  ];
});

const DOMAINS = ["respiratory", "gastrointestinal", "urological", "neurological"];
const grpoRare = cell("rare", "grpo");
const drpoRare = cell("rare", "drpo");
const rareRows = ["", ...DOMAINS.map((domain) => `_${domain}`)].map((suffix) => {
  const figure = `held_out_accuracy${suffix}`;
  const at = (cells: readonly Result[]): string => share(estimate(cells.map((each) => last(each, figure))));
  return [suffix.slice(1) || "all", at(grpoRare), at(drpoRare), signed(paired(drpoRare, grpoRare, figure))];
});

const FORGETTING = [
  ["GRPO, L = 1", "lag", "grpo-L1"],
  ["OAPL, L = 1", "lag", "oapl-L1"],
  ["OAPL, L = 50", "lag", "oapl-L50"],
  ["fine-tuning", "baselines", "fine-tuning"],
  ["DPO", "baselines", "dpo"],
  ["curriculum", "curriculum", "three-stages"],
] as const;
const forgettingRows = FORGETTING.flatMap(([label, family, variant]) => {
  const cells = cell(family, variant);
  if (cells.length === 0) return [];
  const change = (figure: string): string =>
    `${share(estimate(cells.map((each) => first(each, figure))))} → ${share(estimate(cells.map((each) => last(each, figure))))}`;
  return [[label, change("held_out_task_choice"), change("held_out_task_list")]];
});

const tuningRows = results
  .filter(({ family }) => family === "tuning")
  .map((each) => [each.variant.replace(/-.*/, ""), each.variant.replace(/^[a-z]+-/, ""), last(each).toFixed(3)])
  .sort((a, b) => a[0]!.localeCompare(b[0]!) || Number(a[1]) - Number(b[1]));
const byObjective = Map.groupBy(tuningRows, ([objective]) => objective!);
const rates = [...new Set(tuningRows.map(([, rate]) => rate!))];

const TABLES: Readonly<Record<string, string>> = {
  lag: accuracyTable(LAG),
  beta2: table(
    [
      "OAPL, L = 50",
      "held out at the end",
      `generations to ${target.toFixed(3)}`,
      "β2·mean abs ℓ over mean abs A",
      "entropy at the end",
    ],
    beta2Rows,
  ),
  baselines: accuracyTable([
    ["GRPO, L = 1", "lag", "grpo-L1"],
    ["fine-tuning on own successes", "baselines", "fine-tuning"],
    ["DPO, best against worst of a group", "baselines", "dpo"],
    ["curriculum of three stages (GRPO)", "curriculum", "three-stages"],
  ]),
  rare: table(["domain", "GRPO", "DRPO", "difference"], rareRows),
  forgetting: table(["cell", "choice among six", "list from the first message (whole set right)"], forgettingRows),
  tuning: table(
    ["objective", ...rates],
    [...byObjective].map(([objective, rows]) => [
      objective,
      ...rates.map((rate) => rows.find((row) => row[1] === rate)?.[2] ?? ""),
    ]),
  ),
  setting: await setting(),
};

async function setting(): Promise<string> {
  const config = parseConfig({ ...COMMON, objective: { name: "grpo" } });
  const cases = await openCases(config.cases, 0);
  const bars = baselines({ cases, count: 1000, budget: 4, persona: config.cases.persona });
  await mkdir(join(docs, "study"), { recursive: true });
  const lag = LAG.flatMap(([label, family, variant]) => {
    const cells = cell(family, variant);
    return cells.length > 0 ? [{ name: label.replace(" = ", ""), metrics: meanCurve(cells) }] : [];
  });
  const shown = bars.map(({ name, accuracy }) => ({ name, accuracy }));
  await writeFile(join(docs, "study/lag.svg"), learningCurveSvg({ runs: lag, baselines: shown }));
  const others = [
    ["GRPO L1", "lag", "grpo-L1"],
    ["fine-tuning", "baselines", "fine-tuning"],
    ["DPO", "baselines", "dpo"],
    ["curriculum", "curriculum", "three-stages"],
  ] as const;
  const runs = others.flatMap(([name, family, variant]) => {
    const cells = cell(family, variant);
    // A curriculum's looks before its last stage are at other tasks.
    const curve =
      cells.length > 0
        ? meanCurve(cells).filter((_, i) => name !== "curriculum" || (cells[0]!.looks[i]!.stage ?? 0) === 2)
        : [];
    return curve.length > 1 ? [{ name, metrics: curve }] : [];
  });
  await writeFile(join(docs, "study/baselines.svg"), learningCurveSvg({ runs, baselines: shown }));
  const seconds = results.reduce((sum, each) => sum + each.seconds, 0);
  const rows = bars.map(({ name, accuracy, ci95: [low, high] }) => [
    name,
    `${accuracy.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`,
  ]);
  return `${table(["baseline, the same 1,000 patients, four questions", "accuracy"], rows)}\n\n${results.length} runs, ${(seconds / 3600).toFixed(1)} hours of one core; ${AIRWAYS.conditions.length} conditions.`;
}

const page = join(docs, "study.md");
let text = await readFile(page, "utf8");
for (const [name, content] of Object.entries(TABLES)) {
  const marked = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  text = text.replace(marked, (_, begin: string, end: string) => `${begin}\n${content}\n\n${end}`);
}
await writeFile(page, text);
process.stdout.write(`${results.length} results; tables and curves are in docs/study.md and docs/study/\n`);
