/** Learning curves as a page and as a file: what they show, what they never do, odd runs, and how a browser takes them. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { learningCurveSvg } from "../../../apps/report/learning-curve-svg.ts";
import { type TrainingReport, trainingReport } from "../../../apps/report/training-report.ts";
import { smoothed, spread, type TrainingRun, thinned } from "../../../apps/report/training-run.ts";
import type { MetricsRow } from "../../../gpu-trainer/index.ts";
import { openChromium } from "../../fixtures/chromium.ts";

/** A run that learns: accuracy rises by itself, held-out cases are tried every `every` steps. */
function runOf(name: string, steps: number, { every = 10, ceiling = 0.6 } = {}): TrainingRun {
  const metrics = Array.from({ length: steps }, (_, i): MetricsRow => {
    const step = i + 1;
    const accuracy = ceiling * (1 - Math.exp(-step / 40));
    return {
      step,
      generations: 64 * step,
      reward_mean: accuracy - 0.3,
      accuracy,
      questions_mean: 5 + Math.sin(step),
      kl: step === 77 ? 0.9 : 0.001 * step,
      entropy: 1.2 - 0.002 * step,
      logprob_delta: 3.2e-6,
      lag: step % 3,
      seconds: 12.5,
      clip_fraction: 0.1,
      ...(step % every === 0 && {
        held_out_accuracy: accuracy,
        held_out_low: Math.max(0, accuracy - 0.05),
        held_out_high: accuracy + 0.05,
      }),
    };
  });
  return { name, metrics };
}

const BASELINES = [
  { name: "random", accuracy: 0.02 },
  { name: "most frequent", accuracy: 0.06, ci95: [0.05, 0.07] },
  { name: "Bayesian", accuracy: 0.71, ci95: [0.68, 0.74] },
] as const;

const RUNS = [runOf("GRPO", 100), runOf("DAPO", 100, { ceiling: 0.5 })];

function reportOf(more: Partial<TrainingReport> = {}): string {
  return trainingReport({
    title: "Two ways to learn",
    runs: RUNS,
    baselines: BASELINES,
    notes: ["One seed each."],
    provenance: { model: "tiny", seed: 7 },
    ...more,
  });
}

describe("the page is one file", () => {
  const report = reportOf();

  test("it loads nothing and runs nothing", () => {
    expect(report.replaceAll(/xmlns(:\w+)?="[^"]*"/g, "")).not.toMatch(
      /https?:|\bsrc=|<link|@import|url\(|<script|\son\w+=/i,
    );
    expect(report).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  test("it is the same for the same runs", () => {
    expect(reportOf()).toBe(report);
  });

  test("it has a figure of every quantity, each with an alternative text and its numbers", () => {
    const figures = report.split("<figure>").slice(1);
    expect(figures.map((figure) => /<h3>(.*?)<\/h3>/.exec(figure)![1])).toEqual([
      "Accuracy on held-out cases",
      "Accuracy in training",
      "Reward",
      "Questions asked",
      "Entropy",
      "KL divergence",
      "Lag",
      "Log-prob difference",
      "Time a step",
    ]);
    for (const figure of figures) {
      expect(figure).toMatch(/<div role="img" aria-label="[^"]{20,}"><svg/);
      expect(figure).toMatch(/<details>.*<table>.*<th scope="row">DAPO<\/th>/s);
    }
  });

  test("it tells first and last accuracy beside the baselines, notes and provenance", () => {
    expect(report).toContain("GRPO goes from 13.3\u202f% to 55.1\u202f% after 6,400 generations");
    expect(report).toContain("baselines: random 2.0\u202f%, most frequent 6.0\u202f%, Bayesian 71.0\u202f%");
    expect(report).toMatch(/GRPO<\/th><td>13\.3\u202f%<\/td><td><strong>55\.1\u202f%<\/strong><\/td><td>50\.1–60\.1</);
    expect(report).toMatch(/GRPO<\/th><td>100<\/td><td>6,400<\/td><td>21 min</);
    expect(report).toContain("<p>One seed each.</p>");
    expect(report).toContain("<dt>seed</dt><dd>7</dd>");
    expect(report).toContain("not a medical device");
  });

  test("a spike is in the table of its stretch", () => {
    expect(report).toMatch(/<td>76–83<\/td><td>[\d.]+<\/td><td>0\.076<\/td><td>0\.9<\/td>/);
  });
});

describe("runs are told apart", () => {
  test("by dash and symbol, not by colour alone, with a legend", () => {
    const report = reportOf();
    expect(report).toMatch(/<span class="key"><svg.*?<\/svg>GRPO<\/span>/s);
    const key = /<span class="key">(<svg(?:(?!<\/span>).)*)DAPO<\/span>/s.exec(report)![1]!;
    expect(key).toContain("stroke-dasharray");
    expect(key).toContain("var(--run-2)");
  });

  test("and a single one needs no legend", () => {
    expect(reportOf({ runs: RUNS.slice(0, 1) })).not.toContain('class="key"');
  });

  test("and so are their own baselines", () => {
    const own = (name: string) => ({ ...runOf(name, 20), baselines: [{ name: "Bayesian", accuracy: 0.7 }] });
    expect(reportOf({ runs: [own("a"), own("b")], baselines: [] })).toContain(
      "baselines: Bayesian (a) 70.0\u202f%, Bayesian (b) 70.0\u202f%",
    );
    expect(reportOf({ runs: [own("a")], baselines: [] })).toContain("baselines: Bayesian 70.0\u202f%");
  });
});

describe("odd runs", () => {
  test("without a step give a page that says so", () => {
    for (const runs of [[], [{ name: "young", metrics: [] }]]) {
      const report = reportOf({ runs });
      expect(report).toContain("nothing to show");
      expect(report).not.toContain("<figure>");
    }
  });

  test.each([
    ["one step", [runOf("a", 1, { every: 1 })]],
    ["no trial on held-out cases", [runOf("a", 5)]],
    ["one trial", [runOf("a", 12)]],
    [
      "no step behind the first trial",
      [{ name: "a", metrics: [{ ...runOf("a", 1).metrics[0]!, step: 0, generations: 0, held_out_accuracy: 0 }] }],
    ],
    ["another run that has not begun", [runOf("a", 80), { name: "young", metrics: [] }]],
    ["nothing but zeros", [runOf("a", 70, { ceiling: 0 })]],
    ["a trial without an interval", [{ name: "a", metrics: [{ ...runOf("a", 1).metrics[0]!, held_out_accuracy: 1 }] }]],
  ])("with %s are drawn", (_, runs) => {
    for (const drawing of [reportOf({ runs }), learningCurveSvg({ runs, baselines: BASELINES })]) {
      expect(drawing).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  test("with a trial before the first step show it among the trials, not among the steps", () => {
    const [first, ...rest] = runOf("a", 20).metrics;
    const before = { ...first!, step: 0, generations: 0, seconds: 0, held_out_accuracy: 0.04 };
    const report = reportOf({ runs: [{ name: "a", metrics: [before, first!, ...rest] }] });
    expect(report).toContain("a goes from 4.0\u202f% to");
    expect(report).toContain("time a step by optimizer step: a from 12.5 to 12.5.");
  });

  test("without a trial say so in place of the figure", () => {
    expect(reportOf({ runs: [runOf("a", 5)] })).toContain("No run was tried on held-out cases yet.");
  });

  test("with hostile names are shown, never obeyed", () => {
    const hostile = `"><script>alert('x')</script><img src=x onerror=y>&`;
    const runs = [runOf(hostile, 20), runOf("b", 20)];
    const baselines = [{ name: hostile, accuracy: 0.5 }];
    const page = reportOf({ title: hostile, runs, baselines, notes: [hostile], provenance: { [hostile]: hostile } });
    for (const drawing of [page, learningCurveSvg({ runs, baselines })]) {
      expect(drawing).not.toMatch(/<script|<img/);
      expect(drawing).toContain("&lt;script&gt;");
    }
  });

  test("of many steps stay small", () => {
    const runs = Array.from({ length: 4 }, (_, i) => runOf(`run ${i}`, 20_000));
    expect(reportOf({ runs }).length).toBeLessThan(1_500_000);
    expect(learningCurveSvg({ runs, baselines: BASELINES }).length).toBeLessThan(1_000_000);
  });
});

describe("long curves", () => {
  const course = Array.from({ length: 10_001 }, (_, x) => ({ x, y: x === 5_000 ? 99 : x === 7_321 ? -99 : x % 7 }));

  test("are thinned without losing a spike, an end or the order", () => {
    const drawn = thinned(course);
    expect(drawn.length).toBeLessThanOrEqual(400);
    expect(drawn).toContainEqual({ x: 5_000, y: 99 });
    expect(drawn).toContainEqual({ x: 7_321, y: -99 });
    expect([drawn[0], drawn.at(-1)]).toEqual([course[0], course.at(-1)]);
    expect(drawn.map(({ x }) => x)).toEqual(drawn.map(({ x }) => x).sort((a, b) => a - b));
  });

  test("are smoothed to what a constant was, short ones not at all", () => {
    const flat = course.map(({ x }) => ({ x, y: 2 }));
    for (const { y } of smoothed(flat)!) expect(y).toBeCloseTo(2);
    expect(smoothed(flat.slice(0, 20))).toBeUndefined();
  });

  test("are spread evenly, both ends kept", () => {
    expect(spread([0, 1, 2, 3, 4, 5, 6], 3)).toEqual([0, 3, 6]);
    expect(spread([0, 1], 3)).toEqual([0, 1]);
  });
});

describe("the file", () => {
  const svg = learningCurveSvg({ runs: RUNS, baselines: BASELINES });

  test("stands alone: its own colours on white, a title and a description", () => {
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="640"/);
    expect(svg).toContain('fill="#ffffff"');
    expect(svg).toContain("<title>Accuracy on held-out cases</title>");
    expect(svg).toContain("GRPO goes from");
    expect(svg.replaceAll("var(--plot-background)", "")).not.toMatch(/var\(|url\(|<script/);
  });

  test("names every run and every baseline", () => {
    for (const name of ["GRPO", "DAPO", "2\u202f% random", "6\u202f% most frequent", "71\u202f% Bayesian"]) {
      expect(svg).toContain(`>${name}</text>`);
    }
  });

  test("cuts names that have no room, and keeps names of baselines apart", () => {
    const long = "a very long name ".repeat(20);
    const crowded = learningCurveSvg({
      runs: [runOf(long, 20)],
      baselines: [1, 2, 3, 4].map((i) => ({ name: long, accuracy: 0.5 + i / 1000 })),
    });
    const labels = [...crowded.matchAll(/translate\([\d.]+,([\d.]+)\)" y="0.32em">50\u202f% a very/g)];
    const heights = labels.map(([, y]) => Number(y)).sort((a, b) => a - b);
    expect(heights).toHaveLength(4);
    for (const [i, y] of heights.slice(1).entries()) expect(y - heights[i]!).toBeGreaterThan(13);
    expect(crowded).not.toMatch(/<text[^>]*>[^<]{80,}/);
  });
});

describe("in a browser", () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await openChromium();
    page = await browser.newPage({ viewport: { width: 360, height: 800 } });
  }, 180_000);
  afterAll(() => browser?.close());

  test("the page does not scroll sideways on a phone, its tables open", async () => {
    const long = RUNS.map((run) => ({ ...run, name: `${run.name} with rank 16 and learning rate 1e-5` }));
    await page.setContent(reportOf({ runs: long }).replaceAll("<details>", "<details open>"));
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
  });

  test("the file is an image", async () => {
    const hostile = [{ ...RUNS[0]!, name: `a & b < "c"\u00a0d` }];
    const svg = learningCurveSvg({ runs: hostile, baselines: [{ name: "e & f\u00a0<", accuracy: 0.5 }] });
    await page.goto("about:blank");
    await page.setContent(`<img src="data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}">`);
    expect(await page.evaluate("document.images[0].decode().then(() => document.images[0].naturalWidth)")).toBe(640);
  });
});
