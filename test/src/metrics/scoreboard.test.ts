import { describe, expect, test } from "vitest";
import { type Conclude, Scoreboard, type ScoredCase, seededRandom } from "../../../src/index.ts";
import { memoryInUse } from "../../fixtures/memory.ts";

const conclusion = (probabilities: Record<string, number>, more: Partial<Conclude> = {}): Conclude => ({
  type: "conclude",
  differential: {
    entries: Object.entries(probabilities).map(([condition, probability]) => ({ condition, probability })),
    other: 0,
  },
  abstained: false,
  ...more,
});

const right = (more: Partial<ScoredCase> = {}): ScoredCase => ({
  conclusion: conclusion({ flu: 0.8, cold: 0.2 }),
  label: "flu",
  turns: 2,
  positives: { all: 2, learnt: 1 },
  groups: {},
  ...more,
});
const wrong = (more: Partial<ScoredCase> = {}): ScoredCase => right({ label: "cold", turns: 4, ...more });

const boardOf = (cases: readonly ScoredCase[], budget = 4): Scoreboard => {
  const board = new Scoreboard(budget);
  for (const scored of cases) board.add(scored);
  return board;
};

describe("the scoreboard", () => {
  test("gives means with intervals; what no case gives is null and has none", () => {
    const { n, metrics, ci95 } = boardOf([right(), right(), wrong()]).result();
    expect(n).toBe(3);
    expect(metrics.top1).toBeCloseTo(2 / 3, 12);
    expect(metrics.top3).toBe(1);
    expect(metrics.il).toBeCloseTo(11 / 3, 12);
    expect(metrics).toMatchObject({ ddf1: null, safe: null, red_flag_recall: null });
    expect(metrics.ece).toBeCloseTo(0.4 / 3, 12);
    expect(ci95.top1).toEqual([0, 1]);
    expect(ci95.ddf1).toBeNull();
  });

  test("of nothing at all is empty, not an error", () => {
    const { n, metrics, ci95, top1ByQuestions, confusions } = boardOf([]).result();
    expect(n).toBe(0);
    expect(Object.values(metrics).every((value) => value === null)).toBe(true);
    expect(Object.values(ci95).every((bounds) => bounds === null)).toBe(true);
    expect(top1ByQuestions.every(Number.isFinite)).toBe(true);
    expect(confusions).toEqual([]);
  });

  test("scores the groups of each grouping, in order", () => {
    const { by } = boardOf([
      right({ groups: { severity: "10" } }),
      wrong({ groups: { severity: "2", sex: "female" } }),
      right({ groups: { severity: "2" } }),
    ]).result();
    expect(Object.keys(by)).toEqual(["severity", "sex"]);
    expect(Object.keys(by.severity!)).toEqual(["2", "10"]);
    expect(by.severity!["2"]).toMatchObject({ n: 2, top1: 0.5, il: 4 });
    expect(by.sex!.female).toMatchObject({ n: 1, top1: 0, ci95: { top1: [0, 0] } });
  });

  test("counts who led after each question; a consultation that stopped keeps its last leader", () => {
    const board = boardOf([right({ led: [false, true, true] }), right({ led: [false] })], 3);
    expect(board.result().top1ByQuestions).toEqual([0, 0.5, 0.5, 0.5]);
  });

  test("the leaders' curve is over the consultations whose agent ranks at every turn", () => {
    expect(boardOf([right({ led: [true] }), right()], 1).result().top1ByQuestions).toEqual([1, 1]);
  });

  test("lists the commonest wrong leaders first, twenty at most", () => {
    const cases = Array.from({ length: 30 }, (_, i) => wrong({ label: `c${i}` }));
    const { confusions } = boardOf([...cases, wrong({ label: "c7" }), right()]).result();
    expect(confusions).toHaveLength(20);
    expect(confusions[0]).toEqual({ label: "c7", leader: "flu", n: 2 });
  });

  test("takes an agent's own confidence for calibration where it gives one", () => {
    const sure = right({ conclusion: conclusion({ flu: 0.2, cold: 0.1 }, { confidence: 1 }) });
    expect(boardOf([sure]).result().metrics.ece).toBe(0);
  });
});

test("the scoreboard's memory does not grow with the cases, and large means are exact", () => {
  const board = new Scoreboard(4);
  const random = seededRandom("cases");
  const add = (n: number): number => {
    let hits = 0;
    for (let i = 0; i < n; i++) {
      const hit = random.float() < 0.7;
      hits += Number(hit);
      board.add(
        hit ? right({ groups: { sex: "male" }, led: [hit] }) : wrong({ groups: { sex: "female" }, led: [hit] }),
      );
    }
    return hits;
  };
  let hits = add(5000);
  const before = memoryInUse();
  hits += add(95_000);
  // Kept, 95,000 cases would take over 10 MB.
  expect(memoryInUse() - before).toBeLessThan(2e6);
  const { metrics, ci95, by } = board.result();
  expect(metrics.top1).toBeCloseTo(hits / 100_000, 9);
  expect(by.sex!.male!.n).toBe(hits);
  expect(ci95.top1![1] - ci95.top1![0]).toBeLessThan(0.01);
});
