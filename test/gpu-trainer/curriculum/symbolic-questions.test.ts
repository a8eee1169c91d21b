import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bayesAgent } from "../../../agents/index.ts";
import { knowledgeCatalogue } from "../../../gpu-trainer/curriculum/catalogue.ts";
import { MOST_ANSWERS, questionMaker } from "../../../gpu-trainer/curriculum/questions.ts";
import {
  symbolicChoice,
  symbolicList,
  symbolicMultipleChoice,
} from "../../../gpu-trainer/curriculum/symbolic-questions.ts";
import { symbolsOf, symbolWords } from "../../../gpu-trainer/dialogues/symbols.ts";
import type { Dialogue, Heard, Outcome, Task } from "../../../gpu-trainer/dialogues/types.ts";
import { rollOut } from "../../../gpu-trainer/rollouts/roll-out.ts";
import { caseSampler, sliceKnowledge } from "../../../simulators/index.ts";
import { isTold, type KnowledgeBase } from "../../../src/index.ts";
import { weighingSampler } from "../../fixtures/policies.ts";
import { starterCases } from "../../fixtures/sources.ts";
import { codedCase, smallBase } from "./small-set.ts";

/** Symbols numbered as they come. */
function symbolsFor(base: KnowledgeBase) {
  const ids = new Map(symbolWords(base).map((word, id) => [word, id]));
  return symbolsOf(base, { idOf: (word) => ids.get(word) });
}

const small = smallBase();
const symbols = symbolsFor(small);
const [dx, mark] = [symbols.diagnosis, symbols.mark];
const feverish = codedCase("flu", ["fever", "cough"], { age: 30, sex: "female" });

/** Plays tokens, one a turn, and gives what was heard last. */
function play(dialogue: Dialogue, tokens: readonly number[]): Heard {
  dialogue.open();
  let heard: Heard = { done: false, tokens: [] };
  for (const token of tokens) heard = dialogue.hear([token]) as Heard;
  return heard;
}

function ended(task: Task, tokens: readonly number[], chosen = feverish): Outcome {
  const heard = play(task.start(chosen, 1), tokens);
  if (!heard.done) throw new Error("it is not over");
  return heard.outcome;
}

const opened = (task: Task, chosen = feverish, seed = 1): string =>
  task.transcribe(task.start(chosen, seed).open() as number[]);

describe("a choice in symbols", () => {
  const task = symbolicChoice(small, symbols, { options: 2 });

  test("shows who it is, all findings, and the options", () => {
    expect(opened(task)).toMatch(/^age:adult sex:female ask:fever yes ask:cough yes options (dx:\w+ ?){2}$/);
    expect(opened(symbolicChoice(small, symbols, { findings: 0 }))).not.toContain("cough");
  });

  test("is right or wrong with one condition", () => {
    expect(ended(task, [dx("flu")])).toMatchObject({ stop: "concluded", reward: 1, correct: true, ranked: ["flu"] });
    const [other] = ["cold", "measles"].filter((id) => opened(task).includes(`dx:${id}`)) as [string];
    const components = { top1: 0 };
    expect(ended(task, [dx(other)])).toMatchObject({ reward: 0, correct: false, labels: ["flu"], components });
  });

  test("lets what is no option pass as often as the environment does, and no more", () => {
    const [absent] = ["cold", "measles"].filter((id) => !opened(task).includes(`dx:${id}`)) as [string];
    const noActs = [dx(absent), symbols.ask("fever"), mark("end")];
    for (const token of noActs) {
      expect(play(task.start(feverish, 1), [token])).toEqual({ done: false, tokens: [mark("refused")] });
    }
    expect(ended(task, [...noActs.slice(0, 2), dx("flu")])).toMatchObject({ stop: "concluded", reward: 1 });
    expect(ended(task, noActs)).toMatchObject({ stop: "parse-failure", reward: 0, correct: false, ranked: [] });
    const strict = symbolicChoice(small, symbols, { options: 2, formatFailures: 0 });
    expect(ended(strict, [mark("end")])).toMatchObject({ stop: "parse-failure" });
  });

  test("pays by any terms of the environment's rewards", () => {
    const paid = symbolicChoice(small, symbols, { reward: { weights: { top1: 2, format: 0.5 } } });
    expect(ended(paid, [dx("flu")])).toMatchObject({ reward: 2.5, components: { top1: 2, format: 0.5 } });
    expect(ended(paid, [mark("end"), dx("flu")])).toMatchObject({ reward: 2, components: { top1: 2, format: 0 } });
  });

  test("says a conclusion in one token", () => {
    const agent = bayesAgent(small);
    const belief = agent.open({ findings: [{ finding: "rash", state: "present" }] }, "");
    expect(task.express(agent.decide(belief, { asked: 0, budget: 0 }))).toEqual([dx("measles")]);
    expect(task.express({ type: "ask", finding: "fever" })).toBeUndefined();
  });
});

describe("a list in symbols", () => {
  const task = symbolicList(small, symbols);
  const end = mark("end");

  test("shows the opening alone", () => {
    expect(opened(task)).toBe("age:adult sex:female ask:fever yes list");
    expect(opened(symbolicList(small, symbols, { findings: 1 }))).toBe(
      "age:adult sex:female ask:fever yes ask:cough yes list",
    );
  });

  test("pays the F1 of the set named against the set that is right, by hand", () => {
    // Fever is flu's or cold's.
    const reward = (...ids: string[]): number => ended(task, [...ids.map(dx), end]).reward;
    expect(reward("flu", "cold")).toBeCloseTo(1, 12);
    expect(reward("cold", "flu")).toBeCloseTo(1, 12);
    expect(reward("flu")).toBeCloseTo((2 * 1 * 0.5) / 1.5, 12);
    expect(reward("measles", "cold")).toBeCloseTo(0.5, 12);
    expect(reward("flu", "cold", "measles")).toBeCloseTo((2 * (2 / 3)) / (2 / 3 + 1), 12);
    expect(reward("measles")).toBe(0);
  });

  test("is correct where the set is right, in any order", () => {
    const labels = ["flu", "cold"];
    expect(ended(task, [dx("cold"), dx("flu"), end])).toMatchObject({ correct: true, ranked: ["cold", "flu"], labels });
    expect(ended(task, [dx("flu"), end])).toMatchObject({ correct: false, labels });
    expect(ended(task, [dx("flu"), dx("cold"), dx("measles"), end]).correct).toBe(false);
  });

  test("refuses a condition named twice, what is none, and an end before the beginning", () => {
    const refused = { done: false, tokens: [mark("refused")] };
    expect(play(task.start(feverish, 1), [dx("flu")])).toEqual({ done: false, tokens: [] });
    expect(play(task.start(feverish, 1), [dx("flu"), dx("flu")])).toEqual(refused);
    expect(play(task.start(feverish, 1), [symbols.ask("rash")])).toEqual(refused);
    expect(play(task.start(feverish, 1), [end])).toEqual(refused);
    expect(ended(task, [dx("flu"), dx("flu"), dx("cold"), end])).toMatchObject({ stop: "concluded", correct: true });
    expect(ended(task, [end, end, end])).toMatchObject({ stop: "parse-failure", reward: 0, ranked: [] });
  });

  test("is truncated where it does not end at its most", () => {
    const two = symbolicList(small, symbols, { answers: 2 });
    expect(ended(two, [dx("flu"), dx("cold"), dx("measles")])).toMatchObject({ stop: "truncated", reward: 0 });
    expect(ended(two, [dx("flu"), dx("cold"), end])).toMatchObject({ stop: "concluded", reward: 1 });
  });

  test("is said in one turn by who imitates a Bayesian", () => {
    const agent = bayesAgent(small);
    const belief = agent.open({ findings: [{ finding: "fever", state: "present" }] }, "");
    const turn = task.express(agent.decide(belief, { asked: 0, budget: 0 }))!;
    expect(turn).toEqual([dx("flu"), dx("cold"), end]);
    expect(task.start(feverish, 1).hear(turn)).toMatchObject({ done: true, outcome: { correct: true } });
  });

  test("can be cut from outside", () => {
    const dialogue = task.start(feverish, 1);
    dialogue.open();
    dialogue.hear([dx("flu")]);
    expect(dialogue.cut("timeout")).toMatchObject({ stop: "timeout", reward: 0, ranked: [], labels: ["flu", "cold"] });
  });
});

describe("a multiple choice in symbols", () => {
  const task = symbolicMultipleChoice(small, symbols, { options: 3 });

  test("shows options, then asks for a list of them", () => {
    expect(opened(task)).toMatch(/^age:adult sex:female ask:fever yes options (dx:\w+ ){3}list$/);
    expect(ended(task, [dx("flu"), dx("cold"), mark("end")])).toMatchObject({ reward: 1, correct: true });
    expect(ended(task, [dx("flu"), mark("end")]).reward).toBeCloseTo(2 / 3, 12);
  });

  test("takes nothing that is not among them", () => {
    const two = symbolicMultipleChoice(small, symbols, { options: 2 });
    const [absent] = ["flu", "cold", "measles"].filter((id) => !opened(two).includes(`dx:${id}`)) as [string];
    expect(play(two.start(feverish, 1), [dx(absent)])).toEqual({ done: false, tokens: [mark("refused")] });
  });
});

test("rolled out, a list is one span a condition and one for its end, every prompt a prefix of the next", async () => {
  const task = symbolicList(small, symbols);
  const wanted = [dx("flu"), dx("cold"), mark("end")];
  const sampler = weighingSampler(symbols.size, (prompt, token) => (wanted[prompt.length - 5] === token ? 20 : 0));
  const request = { id: "g", case: feverish, task, size: 3 };
  const { groups } = await rollOut([request], { sampler, seed: 1, contextLength: 64 });
  expect(groups[0]!.trajectories).toHaveLength(3);
  for (const { tokens, mask, spans, ...outcome } of groups[0]!.trajectories) {
    expect(outcome).toMatchObject({ stop: "concluded", reward: 1, correct: true });
    expect(task.transcribe(tokens)).toBe("age:adult sex:female ask:fever yes list dx:flu dx:cold end");
    expect(mask).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
    expect(spans.map(({ start, length }) => [start, length])).toEqual([
      [5, 1],
      [6, 1],
      [7, 1],
    ]);
  }
});

describe("over a slice of the starter base", async () => {
  const { base: starter } = await starterCases(1);
  const conditions = starter.conditions.slice(0, 16).map(({ id }) => id);
  const slice = sliceKnowledge(starter, { conditions, findings: 40 });
  const language = symbolsFor(slice);
  const draw = caseSampler(slice);
  const cases = Array.from({ length: 150 }, (_, i) => draw(5, i));
  const told = new Set(slice.findings.filter(({ kind }) => isTold(kind)).map(({ id }) => id));
  const tasks = [
    symbolicChoice(slice, language),
    symbolicMultipleChoice(slice, language),
    symbolicList(slice, language, { findings: 4 }),
  ];

  test.each(tasks)("a $name is the same for the same case and seed, and fits its length", (task) => {
    for (const each of cases) {
      const opening = task.start(each, 3).open();
      expect(task.start(each, 3).open()).toEqual(opening);
      expect((opening as number[]).length).toBeLessThan(task.maxTokens);
    }
  });

  test("cases of the whole base are asked in the slice's words", async () => {
    const { cases: whole } = await starterCases(400, 2);
    const within = whole.filter(({ label }) => conditions.includes(label.condition!));
    expect(within.length).toBeGreaterThan(10);
    for (const each of within) {
      const shown = opened(tasks[0]!, each);
      for (const [, finding] of shown.matchAll(/ask:(\S+)/g)) expect(told).toContain(finding);
    }
  });

  test("any set earns its F1, as reckoned by sets", () => {
    const task = symbolicList(slice, language, { answers: MOST_ANSWERS });
    const make = questionMaker({ catalogue: knowledgeCatalogue(slice) }, { kind: "list", answers: MOST_ANSWERS });
    const sets = fc.uniqueArray(fc.constantFrom(...conditions), { minLength: 1 });
    fc.assert(
      fc.property(fc.constantFrom(...cases), sets, (chosen, named) => {
        const right = make(chosen, 1).answers;
        const shared = named.filter((id) => right.includes(id)).length;
        const outcome = ended(task, [...named.map(language.diagnosis), language.mark("end")], chosen);
        expect(outcome.reward).toBeCloseTo((2 * shared) / (named.length + right.length), 12);
        expect(outcome.correct).toBe(shared === named.length && shared === right.length);
        expect(outcome.ranked).toEqual(named);
      }),
      { numRuns: 300 },
    );
  });
});

test("as many as a list may hold all count as listed", () => {
  const many: KnowledgeBase = {
    ...small,
    conditions: Array.from({ length: 30 }, (_, i) => ({ ...small.conditions[0]!, id: `flu-${i}`, name: `flu ${i}` })),
  };
  const language = symbolsFor(many);
  const task = symbolicList(many, language, { answers: MOST_ANSWERS, posterior: 0 });
  const chosen = codedCase("flu-0", ["fever"]);
  const named = many.conditions.slice(0, MOST_ANSWERS).map(({ id }) => language.diagnosis(id));
  expect(ended(task, [...named, language.mark("end")], chosen)).toMatchObject({ reward: 1, correct: true });
});
