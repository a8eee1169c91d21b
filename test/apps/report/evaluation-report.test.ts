import { describe, expect, test } from "vitest";
import type { EvaluationResult } from "../../../apps/evaluation/result.ts";
import { evaluationReport } from "../../../apps/report/evaluation-report.ts";
import { KnowledgeBase, SCORES, Scoreboard, type ScoredCase } from "../../../src/index.ts";

const COLD = { id: "cold", name: "Common cold", icd10: "J00", severity: 5, domain: "respiratory", prior: 3 };
const FLU = { id: "flu", name: "Influenza", icd10: "J11", severity: 3, domain: "respiratory", prior: 1 };
const BASE = knowledgeOf(COLD, FLU);

function knowledgeOf(...conditions: object[]): KnowledgeBase {
  return KnowledgeBase.parse({
    id: "tiny",
    version: "1",
    notice: "written for this test",
    findings: [{ id: "cough", name: "cough", kind: "symptom", type: "binary", question: "Do you cough?" }],
    conditions: conditions.map((condition) => ({ ...condition, findings: { cough: 0.5 } })),
  });
}

/** A consultation that ends with `leader` at 0.8; the other condition has the rest. */
function scored(label: string, leader: string, more: Partial<ScoredCase> = {}): ScoredCase {
  const entries = [
    { condition: leader, probability: 0.8 },
    { condition: leader === "flu" ? "cold" : "flu", probability: 0.2 },
  ];
  return {
    label,
    conclusion: { type: "conclude", abstained: false, differential: { entries, other: 0 } },
    turns: 2,
    positives: { all: 2, learnt: 1 },
    groups: { severity: label === "flu" ? "3" : "5", frequency: "common", sex: "female", age: "adult" },
    led: [false, true, label === leader],
    ...more,
  };
}

function resultOf(cases: readonly ScoredCase[], more: Partial<EvaluationResult> = {}): EvaluationResult {
  const scoreboard = new Scoreboard(5);
  for (const one of cases) scoreboard.add(one);
  const { metrics, top1ByQuestions, ...rest } = scoreboard.result();
  return {
    agent: "bayes",
    goal: "diagnosis",
    cases: "fixture",
    budget: 5,
    seed: 7,
    versions: { agent: "bayes/1", knowledge: "tiny/1" },
    ...metrics,
    ...rest,
    top1_by_questions: top1ByQuestions,
    labels_outside_knowledge: 0,
    masked: 0,
    skipped: { count: 0, rows: [] },
    repairs: [],
    interrupted: false,
    seconds: 1.25,
    consultations_per_second: 3200,
    peak_memory_mb: 120,
    ...more,
  };
}

const FOUR = [scored("cold", "cold"), scored("cold", "cold"), scored("flu", "flu"), scored("flu", "cold")];

const WITH_EVERYTHING: ScoredCase = scored("flu", "flu", {
  reference: { entries: [{ condition: "flu", probability: 1 }], other: 0 },
  urgency: "emergency",
  redFlag: true,
  conclusion: {
    type: "conclude",
    abstained: false,
    urgency: "emergency",
    differential: { entries: [{ condition: "flu", probability: 1 }], other: 0 },
  },
});

const WITH_SELF_CARE = { ...WITH_EVERYTHING, urgency: "self-care" as const, redFlag: false };

describe("the report is one file", () => {
  const report = evaluationReport(resultOf(FOUR), BASE);

  test("it loads nothing and runs nothing", () => {
    expect(report.replaceAll(/xmlns(:\w+)?="[^"]*"/g, "")).not.toMatch(
      /https?:|\bsrc=|<link|@import|url\(|<script|\son\w+=/i,
    );
    expect(report).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  test("it is the same for the same result", () => {
    expect(evaluationReport(resultOf(FOUR), BASE)).toBe(report);
  });

  test("it tells who was measured on what, and what it is not", () => {
    expect(report).toContain("goal diagnosis · cases fixture · n = 4");
    expect(report).toContain("at most 5 questions");
    expect(report).toContain("not a medical device");
  });

  test("every drawing has a text alternative and its numbers as a table", () => {
    const figures = report.split("<figure>").slice(1);
    expect(figures.length).toBeGreaterThanOrEqual(6);
    for (const figure of figures) {
      expect(figure).toMatch(/<div role="img" aria-label="[^"]{20,}"><svg/);
      expect(figure).toMatch(/<figcaption>[^<]{10,}<\/figcaption>\s*<details>.*<table>/s);
    }
  });
});

describe("the figures", () => {
  test("every metric that has a figure is shown with it", () => {
    const result = resultOf([WITH_EVERYTHING, WITH_SELF_CARE]);
    const report = evaluationReport(result, BASE);
    for (const name of [...SCORES, "ece"]) expect(report).toContain(`<code>${name}</code>`);
    expect(report).toMatch(/<code>top1<\/code><\/th><td><strong>100\.00\u202f%<\/strong><\/td><td>100\.00–100\.00/);
    expect(report).toMatch(/<code>il<\/code><\/th><td><strong>3\.000</);
  });

  test("a metric that the cases cannot give is left out, and so is safety without urgency", () => {
    const report = evaluationReport(resultOf(FOUR), BASE);
    for (const name of ["ddf1", "safe", "red_flag_recall"]) expect(report).not.toContain(`<code>${name}</code>`);
    expect(report).not.toContain("<h2>Safety</h2>");
  });

  test("conditions go by their names, and a label that the base lacks by itself", () => {
    const report = evaluationReport(resultOf([...FOUR, scored("rare-thing", "flu")]), BASE);
    expect(report).toContain("Influenza taken for Common cold");
    expect(report).toContain("rare-thing taken for Influenza");
  });

  test("without a recorded course there is no plot by number of questions", () => {
    const report = evaluationReport(resultOf(FOUR.map((one) => ({ ...one, led: undefined }))), BASE);
    expect(report).not.toContain("Accuracy by number of questions");
    expect(report).toContain("Calibration");
  });

  test("of very many groups the largest are drawn, and the table has all", () => {
    const cases = Array.from({ length: 60 }, (_, i) =>
      scored("cold", "cold", { groups: { domain: `field ${i % 40}` } }),
    );
    const report = evaluationReport(resultOf(cases), BASE);
    expect(report).toContain("Drawn are the 30 largest of 40.");
    expect(report).toContain('<th scope="row">field 39</th>');
  });
});

describe("provenance", () => {
  test("it names versions, seed, repairs, skipped rows, masked cases, speed and memory", () => {
    const report = evaluationReport(
      resultOf(FOUR, {
        repairs: ["a spelling"],
        skipped: { count: 3, rows: [{ file: "patients.csv", line: 12, reason: "no label" }] },
        labels_outside_knowledge: 2,
        masked: 1,
      }),
      BASE,
    );
    for (const text of [
      "tiny/1",
      "a spelling",
      "3, the first 1",
      "patients.csv, line 12: no label",
      "2, scored as missed",
    ]) {
      expect(report).toContain(text);
    }
    for (const text of ["1, masked", "3,200 consultations a second", "120 MB", "<dt>seed</dt><dd>7</dd>"]) {
      expect(report).toContain(text);
    }
  });

  test("an interrupted run says so", () => {
    expect(evaluationReport(resultOf(FOUR, { interrupted: true }), BASE)).toContain("<strong>Interrupted.</strong>");
    expect(evaluationReport(resultOf(FOUR), BASE)).not.toContain("Interrupted");
  });
});

describe("odd input", () => {
  test("hostile text is shown, never obeyed", () => {
    const hostile = `"><script>alert('x')</script><img src=x onerror=y>&`;
    const base = knowledgeOf(COLD, { ...FLU, name: hostile });
    const cases = FOUR.map((one) => ({ ...one, groups: { domain: hostile } }));
    const report = evaluationReport(
      resultOf(cases, { agent: hostile, cases: hostile, versions: { [hostile]: hostile }, repairs: [hostile] }),
      base,
    );
    expect(report).not.toMatch(/<script|<img/);
    expect(report).toContain("&lt;script&gt;");
  });

  test("no consultation at all gives a page that says so", () => {
    const report = evaluationReport(resultOf([]), BASE);
    expect(report).toContain("nothing to measure");
    expect(report).not.toContain("<figure>");
    expect(report).not.toContain("NaN");
  });

  test.each([
    ["right", scored("cold", "cold")],
    ["wrong", scored("cold", "flu")],
  ])("a single case, %s, is enough", (_, one) => {
    const report = evaluationReport(resultOf([one]), BASE);
    expect(report).toContain("1 simulated consultation,");
    expect(report).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("a budget of no questions is drawn", () => {
    const course = { budget: 0, top1_by_questions: [0.5] };
    expect(evaluationReport(resultOf(FOUR, course), BASE)).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("it stays small with many conditions, groups and long names", () => {
    const many = Array.from({ length: 400 }, (_, i) => ({ ...COLD, id: `c${i}`, name: `${"long ".repeat(40)}${i}` }));
    const cases = many.map(({ id }, i) =>
      scored(id, `c${(i + 1) % 400}`, { groups: { domain: `${id} ${"x".repeat(200)}` } }),
    );
    expect(evaluationReport(resultOf(cases), knowledgeOf(...many)).length).toBeLessThan(1_000_000);
  });
});
