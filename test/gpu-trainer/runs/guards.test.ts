import { describe, expect, test } from "vitest";
import {
  brokenBeforeStep,
  GuardConfig,
  type GuardedFigures,
  type GuardWindow,
  watchStep,
} from "../../../gpu-trainer/runs/guards.ts";

const HEALTHY: GuardedFigures = {
  ...{ equal_groups: 0.2, truncated: 0, parse_failures: 0, patient_errors: 0 },
  ...{ entropy: 1, same_conclusion: 0.2, repeats: 0 },
};

function watch(config: GuardConfig, steps: readonly Partial<GuardedFigures>[]): string | undefined {
  let window: GuardWindow = {};
  let broken: string | undefined;
  for (const figures of steps) ({ window, broken } = watchStep(config, window, { ...HEALTHY, ...figures }));
  return broken;
}

const times = (n: number, figures: Partial<GuardedFigures>) => Array.from({ length: n }, () => figures);

describe("guard rails", () => {
  test("stop before a step where sampler and trainer disagree on the same weights", () => {
    const config = GuardConfig.parse({});
    expect(brokenBeforeStep(config, { lag: 0, logprob_delta: 0.03 })).toMatch(/disagree .* at lag 0/);
    expect(brokenBeforeStep(config, { lag: 0, logprob_delta: 0.01 })).toBeUndefined();
    // With lag they are other weights, and differ.
    expect(brokenBeforeStep(config, { lag: 3, logprob_delta: 0.5 })).toBeUndefined();
  });

  test.each<[string, object, Partial<GuardedFigures>, RegExp]>([
    ["dialogues that are cut", {}, { truncated: 0.9 }, /cut at their length/],
    ["what cannot be parsed", {}, { parse_failures: 1 }, /parse failure/],
    ["patients that fail", {}, { patient_errors: 0.5 }, /patient failed/],
    ["a collapse of entropy", { entropy: 0.1 }, { entropy: 0.01 }, /collapsed/],
    ["one conclusion for all", { sameConclusion: 0.9 }, { same_conclusion: 0.95 }, /one condition/],
    ["questions again and again", { repeats: 0.3 }, { repeats: 0.5 }, /repeat/],
    ["groups of equal rewards", { equalGroups: 0.9 }, { equal_groups: 1 }, /equal rewards/],
  ])("stop on %s, once a window is full of it", (_, options, figures, words) => {
    const config = GuardConfig.parse({ ...options, window: 5 });
    expect(watch(config, times(4, figures))).toBeUndefined();
    expect(watch(config, times(5, figures))).toMatch(words);
    expect(watch(config, [...times(5, {}), figures])).toBeUndefined();
  });

  test("that are off, or not broken, let a run go on", () => {
    const off = GuardConfig.parse({ truncated: null, parseFailures: null, patientErrors: null, window: 2 });
    expect(watch(off, times(9, { truncated: 1, parse_failures: 1, patient_errors: 1, entropy: 0 }))).toBeUndefined();
    expect(watch(GuardConfig.parse({}), times(50, {}))).toBeUndefined();
  });

  test("remember no more than their window", () => {
    let window: GuardWindow = {};
    for (let i = 0; i < 50; i++) ({ window } = watchStep(GuardConfig.parse({ window: 4 }), window, HEALTHY));
    for (const values of Object.values(window)) expect(values).toHaveLength(4);
  });
});
