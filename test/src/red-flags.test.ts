import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CONCLUSION_FLAGS,
  flagOfConclusion,
  looksAt,
  ObservedFinding,
  parseTerm,
  RedFlagRule,
  raisedRedFlags,
} from "../../src/index.ts";

type When = (typeof RedFlagRule)["_zod"]["input"]["when"];

const rule = (when: When): RedFlagRule =>
  RedFlagRule.parse({ id: "rule", name: "Rule", when, urgency: "emergency", message: "Go to the hospital now." });

const known = (...findings: ObservedFinding[]): Map<string, ObservedFinding> =>
  new Map(findings.map((observed) => [observed.finding, ObservedFinding.parse(observed)]));

const present = (finding: string, more: Partial<ObservedFinding> = {}): ObservedFinding => ({
  finding,
  state: "present",
  ...more,
});

const fires = (when: When, findings: ObservedFinding[], person = {}): boolean =>
  raisedRedFlags([rule(when)], { findings: [], ...person }, known(...findings)).length === 1;

describe("a conclusion", () => {
  test("that sends the person to urgent care raises a flag of its own, where no flag as urgent was raised", () => {
    expect(flagOfConclusion("emergency", [])).toMatchObject({ id: "likely-emergency", urgency: "emergency" });
    expect(flagOfConclusion("emergency-ambulance", [{ urgency: "within-24-hours" }])?.id).toBe("likely-ambulance");
    expect(flagOfConclusion("emergency", [{ urgency: "emergency-ambulance" }])).toBeUndefined();
  });

  test("of any other urgency, or of none, raises nothing", () => {
    for (const urgency of ["within-24-hours", "consultation", "self-care", undefined] as const)
      expect(flagOfConclusion(urgency, [])).toBeUndefined();
  });

  test("has flags that are rules like any other", () => {
    for (const flag of CONCLUSION_FLAGS) expect(RedFlagRule.parse(flag)).toEqual(flag);
  });
});

describe("a red flag rises", () => {
  test("where all of its terms are known to hold", () => {
    expect(fires({ all: ["a", "b"] }, [present("a"), present("b")])).toBe(true);
    expect(fires({ all: ["a", "b"] }, [present("a")])).toBe(false);
  });

  test("where any of its further terms holds", () => {
    expect(fires({ all: ["a"], any: ["b", "c"] }, [present("a"), present("c")])).toBe(true);
    expect(fires({ all: ["a"], any: ["b", "c"] }, [present("a")])).toBe(false);
    expect(fires({ all: ["a"], any: [] }, [present("a")])).toBe(false);
  });

  test("where at least n of several hold", () => {
    const when = { atLeast: { n: 2, of: ["a", "b", "c"] } };
    expect(fires(when, [present("a")])).toBe(false);
    expect(fires(when, [present("a"), present("c")])).toBe(true);
    expect(fires(when, [present("a"), present("b"), present("c")])).toBe(true);
  });

  test("unless what speaks against it is known to hold; its absence or silence does not hold it back", () => {
    const when = { all: ["a"], unless: ["b"] };
    expect(fires(when, [present("a"), present("b")])).toBe(false);
    expect(fires(when, [present("a"), { finding: "b", state: "absent" }])).toBe(true);
    expect(fires(when, [present("a")])).toBe(true);
  });

  test("on a value of a categorical or multiple finding", () => {
    const when = { all: ["rash=purple"] };
    expect(fires(when, [present("rash", { values: ["red", "purple"] })])).toBe(true);
    expect(fires(when, [present("rash", { values: ["red"] })])).toBe(false);
    expect(fires(when, [present("rash")])).toBe(false);
  });

  test("on a number: from the bound upwards, below it, and not on a value without a number", () => {
    const at = (number: number): ObservedFinding[] => [present("heat", { number })];
    expect([38.9, 39, 41].map((number) => fires({ all: ["heat>=39"] }, at(number)))).toEqual([false, true, true]);
    expect([35, 34.9].map((number) => fires({ all: ["heat<35"] }, at(number)))).toEqual([false, true]);
    expect(fires({ all: ["heat>=39"] }, [present("heat", { values: ["high"] })])).toBe(false);
    expect(fires({ all: ["heat<35"] }, [present("heat")])).toBe(false);
  });

  test("within its ages, the lower bound included; who gave no age counts as an adult", () => {
    const when = { all: ["a"], age: { from: 2, below: 65 } };
    const ages = [1.99, 2, 64.9, 65].map((age) => fires(when, [present("a")], { age }));
    expect(ages).toEqual([false, true, true, false]);
    expect(fires(when, [present("a")])).toBe(false);
    expect(fires({ all: ["a"], age: { from: 30 } }, [present("a")])).toBe(true);
    expect(fires({ all: ["a"], age: { below: 0.25 } }, [present("a")])).toBe(false);
    expect(fires({ all: ["a"], age: { below: 0.25 } }, [present("a")], { age: 0 })).toBe(true);
  });

  test("for its sex, and for those who did not tell theirs", () => {
    const when = { all: ["a"], sex: "female" as const };
    expect(fires(when, [present("a")], { sex: "female" })).toBe(true);
    expect(fires(when, [present("a")], { sex: "male" })).toBe(false);
    expect(fires(when, [present("a")])).toBe(true);
  });

  test("in the order of the rules, each by itself", () => {
    const rules = ["b", "a", "c"].map((id) => ({ ...rule({ all: [id] }), id }));
    const raised = raisedRedFlags(rules, { findings: [] }, known(present("a"), present("b")));
    expect(raised.map(({ id }) => id)).toEqual(["b", "a"]);
  });
});

test("absent and unknown findings never raise a flag, whatever the rule", () => {
  const term = fc.constantFrom("a", "b", "a=x", "b=y", "a>=1", "b<1");
  const terms = fc.array(term, { minLength: 1, maxLength: 3 });
  const when = fc.record(
    { all: terms, any: terms, atLeast: fc.record({ n: fc.integer({ min: 1, max: 3 }), of: terms }), unless: terms },
    { requiredKeys: ["all"] },
  );
  const state = fc.constantFrom("absent" as const, "unknown" as const);
  // Even where such an observation carries values that it should not have.
  const quiet = fc.tuple(state, state).map(([a, b]) => [
    { finding: "a", state: a, values: ["x"], number: 5 },
    { finding: "b", state: b, values: ["y"], number: 0 },
  ]);
  fc.assert(
    fc.property(when, quiet, (rules, findings) => {
      expect(fires(rules, findings)).toBe(false);
    }),
  );
});

test("a term falls apart into finding, comparison and operand", () => {
  expect(parseTerm("fever")).toEqual({ finding: "fever" });
  expect(parseTerm("rash=purple")).toEqual({ finding: "rash", op: "=", operand: "purple" });
  expect(parseTerm("heat>=39.5")).toEqual({ finding: "heat", op: ">=", operand: "39.5" });
  expect(parseTerm("heat<35")).toEqual({ finding: "heat", op: "<", operand: "35" });
});

test("a rule looks at the findings of its terms, and at no other of like name", () => {
  const watched = rule({
    all: ["rash"],
    any: ["heat>=39"],
    atLeast: { n: 1, of: ["pain-place=arm"] },
    unless: ["known"],
  });
  for (const finding of ["rash", "heat", "pain-place"]) expect(looksAt(watched, finding)).toBe(true);
  for (const finding of ["ras", "rash-colour", "pain", "known"]) expect(looksAt(watched, finding)).toBe(false);
});
