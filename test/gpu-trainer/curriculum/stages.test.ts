import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  afterEvaluation,
  afterSteps,
  decideStage,
  entered,
  firstStage,
  parseStages,
  type StageDecision,
  StageState,
} from "../../../gpu-trainer/curriculum/stages.ts";

const stages = parseStages([
  { name: "choice", exit: { accuracy: 0.7, steps: 100 } },
  { name: "list", exit: { patience: 2 }, entry: { stage: "choice", accuracy: 0.6 } },
  { name: "consultation", exit: { accuracy: 0.9, steps: 500 } },
]);

/** What is decided after steps and accuracies in one stage. */
function decided(stage: string, steps: number, accuracies: readonly number[], before: StageState["history"] = []) {
  const begun: StageState = { stage, steps: 0, history: before };
  return decideStage(stages, accuracies.reduce(afterEvaluation, afterSteps(begun, steps)));
}

describe("a stage", () => {
  test("goes on until a rule ends it", () => {
    expect(decideStage(stages, firstStage(stages))).toEqual({ type: "stay" });
    expect(decided("choice", 99, [0.2, 0.69])).toEqual({ type: "stay" });
  });

  test("ends at the accuracy that is enough, by its latest evaluation", () => {
    const reason = "choice reached accuracy 0.7";
    expect(decided("choice", 10, [0.2, 0.7])).toEqual({ type: "next", stage: "list", reason });
    expect(decided("choice", 10, [0.8, 0.65])).toEqual({ type: "stay" });
  });

  test("ends with its steps", () => {
    expect(decided("choice", 100, [0.65])).toMatchObject({ type: "next", reason: "choice had its 100 steps" });
  });

  test("ends where nothing new was best for as many evaluations as its patience", () => {
    const before = [{ stage: "choice", accuracy: 0.7 }];
    expect(decided("list", 10, [0.3, 0.4, 0.4], before)).toEqual({ type: "stay" });
    expect(decided("list", 10, [0.3, 0.4, 0.4, 0.35], before)).toEqual({
      type: "next",
      stage: "consultation",
      reason: "list had no new best in 2 evaluations",
    });
    expect(decided("list", 10, [], before)).toEqual({ type: "stay" });
  });

  test("that is the last one ends the run", () => {
    expect(decided("consultation", 10, [0.95])).toMatchObject({ type: "stop", finished: true });
    expect(decided("consultation", 500, [0.2])).toMatchObject({ type: "stop", finished: true });
  });
});

describe("the next stage", () => {
  test("may not begin where an earlier one was not good enough: the run stops and says so", () => {
    expect(decided("choice", 100, [0.5, 0.4])).toEqual({
      type: "stop",
      finished: false,
      reason: "choice had its 100 steps, but list may not begin: it asks for accuracy 0.6 of choice, whose best is 0.5",
    });
    expect(decided("choice", 100, [])).toMatchObject({ type: "stop", reason: expect.stringMatching(/not measured$/) });
  });

  test("is waited for where accuracy alone would end this one too early", () => {
    const strict = parseStages([
      { name: "one", exit: { accuracy: 0.5, steps: 10 } },
      { name: "two", exit: { steps: 1 }, entry: { stage: "one", accuracy: 0.8 } },
    ]);
    const at = (steps: number, accuracy: number): StageDecision =>
      decideStage(strict, { stage: "one", steps, history: [{ stage: "one", accuracy }] });
    expect(at(5, 0.6)).toEqual({ type: "stay" });
    expect(at(5, 0.8)).toMatchObject({ type: "next", stage: "two" });
    expect(at(10, 0.6)).toMatchObject({ type: "stop", finished: false });
  });

  test("counts its own steps and evaluations", () => {
    const first = afterEvaluation(afterSteps(firstStage(stages), 80), 0.75);
    expect(decideStage(stages, first)).toMatchObject({ type: "next", stage: "list" });
    const second = entered(first, "list");
    expect(second).toEqual({ stage: "list", steps: 0, history: [{ stage: "choice", accuracy: 0.75 }] });
    expect(decideStage(stages, afterEvaluation(second, 0.1))).toEqual({ type: "stay" });
  });
});

test("a run resumed at any evaluation decides the same, and never goes back a stage", () => {
  const names = stages.map(({ name }) => name);
  fc.assert(
    fc.property(fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { maxLength: 80 }), (measured) => {
      let state = firstStage(stages);
      for (const accuracy of measured) {
        state = afterEvaluation(afterSteps(state, 10), accuracy);
        const decision = decideStage(stages, state);
        expect(decideStage(stages, StageState.parse(JSON.parse(JSON.stringify(state))))).toEqual(decision);
        if (decision.type === "stop") return;
        if (decision.type === "stay") continue;
        expect(names.indexOf(decision.stage)).toBe(names.indexOf(state.stage) + 1);
        state = entered(state, decision.stage);
      }
      expect(state.steps).toBeLessThan(500);
    }),
  );
});

describe("stages that make no sense", () => {
  const bad = expect.objectContaining({ code: "bad-options" });
  test.each([
    ["none", []],
    ["no exit", [{ name: "a", exit: {} }]],
    [
      "one name twice",
      [
        { name: "a", exit: { steps: 1 } },
        { name: "a", exit: { steps: 1 } },
      ],
    ],
    [
      "entry by a later stage",
      [
        { name: "a", exit: { steps: 1 }, entry: { stage: "b", accuracy: 0 } },
        { name: "b", exit: { steps: 1 } },
      ],
    ],
    ["an accuracy above 1", [{ name: "a", exit: { accuracy: 70 } }]],
    ["a rule that does not exist", [{ name: "a", exit: { steps: 1, mood: "good" } }]],
  ])("are refused: %s", (_, given) => {
    expect(() => parseStages(given)).toThrow(bad);
  });

  test("nor does a checkpoint of other stages", () => {
    expect(() => decideStage(stages, { stage: "else", steps: 0, history: [] })).toThrow(
      expect.objectContaining({ code: "bad-state" }),
    );
  });
});
