import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Belief, beliefUpdater } from "../../../agents/bayes/belief.ts";
import { buildLikelihoodModel, type Intake, type ObservedFinding, PROBABILITY_FLOOR } from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";

const OTHER = 0.01;
const model = buildLikelihoodModel(clinic);
const { open, observe } = beliefUpdater(model, OTHER);

const nobody: Intake = { findings: [] };
const present = (finding: string, ...values: string[]): ObservedFinding => ({
  finding,
  state: "present",
  ...(values.length > 0 && { values }),
});
const absent = (finding: string): ObservedFinding => ({ finding, state: "absent" });
const unknown = (finding: string): ObservedFinding => ({ finding, state: "unknown" });
const told = (...all: ObservedFinding[]): Belief => all.reduce(observe, open(nobody, ""));
const by = (belief: Belief): Record<string, number> =>
  Object.fromEntries(model.conditions.map((id, c) => [id, belief.posterior[c]!]));

function expectSame(one: Belief, two: Belief): void {
  model.conditions.forEach((id, c) => {
    expect(one.posterior[c], id).toBeCloseTo(two.posterior[c]!, 9);
  });
  expect(one.other).toBeCloseTo(two.other, 9);
}

/** Findings that stand by themselves and have one outcome each: here the arithmetic is Bayes' and nothing else. */
const plain = fc.uniqueArray(
  fc.oneof(
    fc
      .tuple(fc.constantFrom("fever", "cough", "smoker", "chest-x-ray"), fc.boolean())
      .map(([finding, is]) => (is ? present(finding) : absent(finding))),
    fc.double({ min: 34, max: 42, noNaN: true }).map((number) => ({ ...present("temperature"), number })),
  ),
  { selector: ({ finding }) => finding, maxLength: 5 },
);

/** P(told | condition) from the figures of the knowledge base as they are written. */
function likelihoodByHand(id: string, observed: ObservedFinding): number {
  const finding = clinic.findings.find((known) => known.id === observed.finding)!;
  const figures =
    clinic.conditions.find((condition) => condition.id === id)!.findings[finding.id] ?? finding.background;
  if (typeof figures === "number") return observed.state === "present" ? figures : 1 - figures;
  const value = observed.number! < 38 ? "normal" : observed.number! < 39.5 ? "raised" : "high";
  const row = figures as Record<string, number>;
  const total = Object.values(row).reduce((sum, q) => sum + q, 0);
  return ((1 - PROBABILITY_FLOOR) * row[value]!) / total + PROBABILITY_FLOOR / finding.values.length;
}

describe("the posterior", () => {
  test("is Bayes' rule worked by hand, the other share included", () => {
    const priors: Record<string, number> = { cold: 0.6, pneumonia: 0.1, measles: 0.1, mastitis: 0.2 };
    fc.assert(
      fc.property(plain, (all) => {
        const belief = told(...all);
        const joint = (likelihoods: number[], prior: number): number => likelihoods.reduce((a, b) => a * b, prior);
        const weights = model.conditions.map((id) =>
          joint(
            all.map((observed) => likelihoodByHand(id, observed)),
            priors[id]! * (1 - OTHER),
          ),
        );
        // Under *other* each finding has its overall frequency.
        const overall = all.map((observed) =>
          model.conditions.reduce((sum, id) => sum + priors[id]! * likelihoodByHand(id, observed), 0),
        );
        const other = joint(overall, OTHER);
        const known = weights.reduce((sum, w) => sum + w, 0);
        weights.forEach((w, c) => {
          expect(belief.posterior[c]).toBeCloseTo(w / known, 9);
        });
        expect(belief.other).toBeCloseTo(other / (other + known), 9);
      }),
    );
  });

  test("does not depend on the order in which things are told", () => {
    const any = fc.oneof(
      fc.constantFrom("fever", "cough", "smoker").map((id) => present(id)),
      fc.constantFrom("fever", "cough", "smoker").map(absent),
      fc.constantFrom("dry", "phlegm", "bloody").map((value) => present("cough-type", value)),
      fc.subarray(["face", "trunk", "breast"], { minLength: 1 }).map((values) => present("rash-place", ...values)),
      fc.constant(absent("rash-place")),
    );
    const stories = fc
      .uniqueArray(any, { selector: ({ finding }) => finding, maxLength: 5 })
      // Who has no cough has no kind of it.
      .filter(
        (all) =>
          !(
            all.some((o) => o.finding === "cough" && o.state === "absent") &&
            all.some((o) => o.finding === "cough-type")
          ),
      )
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(stories, ([forth, back]) => {
        expectSame(told(...forth), told(...back));
      }),
    );
  });

  test("of what is known at the opening is that of hearing it later", () => {
    const opening = [present("cough"), absent("fever")];
    expectSame(open({ findings: opening }, ""), told(...opening));
  });

  test("follows age and sex", () => {
    expect(by(open({ age: 6, findings: [] }, "")).measles).toBeGreaterThan(3 * by(told()).measles!);
    expect(by(open({ sex: "male", findings: [] }, "")).mastitis).toBeLessThan(1e-3);
    expect(by(open({ age: 80, findings: [] }, "")).pneumonia).toBeGreaterThan(2 * by(told()).pneumonia!);
  });
});

describe("what tells nothing", () => {
  test("an unknown answer, a finding that the base lacks", () => {
    expectSame(told(unknown("fever")), told());
    expectSame(told(present("headache")), told());
  });

  test("the same word again", () => {
    expectSame(told(present("fever"), present("fever")), told(present("fever")));
    expectSame(told(present("fever"), unknown("fever"), present("fever")), told(present("fever")));
  });

  test("the absence of a child whose parent is absent: it follows", () => {
    const base = structuredClone(clinic);
    base.findings.find(({ id }) => id === "cough-type")!.none = "dry";
    const updater = beliefUpdater(buildLikelihoodModel(base), OTHER);
    const hearing = (...all: ObservedFinding[]): Belief => all.reduce(updater.observe, updater.open(nobody, ""));
    expectSame(hearing(absent("cough"), absent("cough-type")), hearing(absent("cough")));
  });
});

describe("what changes a belief", () => {
  test("an answer to what was not answered before", () => {
    expectSame(told(unknown("fever"), present("fever")), told(present("fever")));
  });

  test("a correction: the later word counts instead of the earlier one", () => {
    expectSame(told(present("fever"), absent("fever")), told(absent("fever")));
    expectSame(told(absent("cough"), present("smoker"), present("cough")), told(present("smoker"), present("cough")));
  });

  test("a child tells that its parent is there, as if that had been told", () => {
    expectSame(told(present("cough-type", "bloody")), told(present("cough"), present("cough-type", "bloody")));
  });

  test("never a value that a condition hardly shows beyond all measure: ten values later it may still lead", () => {
    const belief = told(present("rash-place", "face", "trunk"), present("cough"), present("fever"));
    expect(by(belief).measles).toBeGreaterThan(0.9);
    expect(Math.min(...belief.posterior)).toBeGreaterThan(1e-6);
  });
});

describe("the other share", () => {
  test("begins at its prior", () => {
    expect(told().other).toBeCloseTo(OTHER, 12);
  });

  test("grows with evidence that no condition explains, and shrinks with evidence that one explains well", () => {
    const strange = told(present("rash-place", "breast", "face", "trunk"), present("chest-x-ray"));
    expect(strange.other).toBeGreaterThan(3 * OTHER);
    const clear = told(present("fever"), present("chest-x-ray"), present("cough"), present("cough-type", "phlegm"));
    expect(clear.other).toBeLessThan(OTHER);
  });
});

test("a belief is never changed by what follows it", () => {
  const before = told(present("cough"));
  const copy = structuredClone(before);
  observe(before, present("fever"));
  observe(before, absent("cough"));
  observe(before, present("rash-place", "face"));
  observe(before, present("cough-type", "dry"));
  expect(before).toEqual(copy);
});

test("a belief keeps the values told of findings that have values, however few they can be", () => {
  const belief = told(present("rash-place", "face", "trunk"), present("cough-type", "dry"));
  const valuesOf = (id: string) => belief.values.get(model.indexOf.get(id)!);
  expect(valuesOf("rash-place")).toEqual([1, 2]);
  expect(valuesOf("cough-type")).toEqual([0]);
  const base = structuredClone(clinic);
  base.findings.find(({ id }) => id === "cough-type")!.values.pop();
  const two = beliefUpdater(buildLikelihoodModel(base), OTHER);
  const kept = two.observe(two.open(nobody, ""), present("cough-type", "phlegm"));
  expect(kept.values.get(model.indexOf.get("cough-type")!)).toEqual([1]);
});
