/** Every objective against PyTorch: its loss as the paper states it, and autograd's gradient. Made by `golden/make.py`. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  type LogProbs,
  makeObjective,
  OBJECTIVES,
  type PolicyLogProbs,
  type ScoredGroup,
} from "../../../gpu-trainer/objectives/index.ts";

interface Batch extends Required<PolicyLogProbs> {
  readonly name: string;
  readonly groups: readonly ScoredGroup[];
  readonly state?: unknown;
  readonly old: LogProbs;
  readonly reference: LogProbs;
}

interface Case {
  readonly objective: string;
  readonly batch: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly loss: number;
  readonly baselines: readonly number[];
  readonly kept: readonly boolean[];
  readonly advantages: readonly (readonly number[])[];
  readonly weights: readonly (readonly (readonly number[])[])[];
}

function linesOf<T>(name: string): T[] {
  const text = readFileSync(new URL(`golden/${name}.jsonl`, import.meta.url), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}

const batches = new Map(linesOf<Batch>("batches").map((batch) => [batch.name, batch]));
const cases = linesOf<Case>("cases");

/** One in 10¹⁰, or 10⁻¹³ where numbers are next to 0. */
function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    const distance = Math.abs(actual[i]! - value);
    if (distance > 1e-10 * Math.abs(value) + 1e-13) expect.fail(`${actual[i]} is not ${value} (item ${i})`);
    expect(actual[i]).not.toBe(-0);
  });
}

test("every objective has a golden case", () => {
  expect(new Set(cases.map(({ objective }) => objective))).toEqual(new Set(Object.keys(OBJECTIVES)));
});

describe.each(Object.keys(OBJECTIVES))("%s has autograd's gradient", (name) => {
  for (const expected of cases.filter(({ objective }) => objective === name)) {
    test(`on the batch ${expected.batch} with ${JSON.stringify(expected.options)}`, () => {
      const { groups, state, ...logprobs } = batches.get(expected.batch)!;
      const objective = makeObjective(name, expected.options);
      if (state) objective.memory!.restore(state);

      const advantages = objective.advantages(groups);
      expectClose(
        advantages.map(({ baseline }) => baseline),
        expected.baselines,
      );
      expect(advantages.map(({ kept }) => kept)).toEqual(expected.kept);
      advantages.forEach((group, g) => {
        expectClose(group.advantages, expected.advantages[g]!);
      });

      const { loss, weights } = objective.weights(groups, advantages, logprobs);
      expectClose([loss], [expected.loss]);
      expect(weights.length).toBe(groups.length);
      weights.flat().forEach((row, i) => {
        expectClose(row, expected.weights.flat()[i]!);
      });
    });
  }
});
