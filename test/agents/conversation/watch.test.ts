import fc from "fast-check";
import { expect, test } from "vitest";
import { watchedRedFlags } from "../../../agents/conversation/watch.ts";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../../../simulators/index.ts";
import { type ObservedFinding, RedFlagRule, raisedRedFlags } from "../../../src/index.ts";

const base = await loadKnowledgeBase(STARTER_DIRECTORY);

test("raises what all rules raise, in their order", () => {
  const present = (id: string): ObservedFinding => {
    const { values, type } = base.findings.find((finding) => finding.id === id)!;
    return type === "binary"
      ? { finding: id, state: "present" }
      : { finding: id, state: "present", values: [values[0]!.id], ...(type === "numeric" && { number: 30 }) };
  };
  const told = fc.uniqueArray(fc.constantFrom(...base.findings.map(({ id }) => id)), { minLength: 60, maxLength: 160 });
  const absent = fc.uniqueArray(fc.constantFrom(...base.findings.map(({ id }) => id)), { maxLength: 40 });
  let raised = 0;
  fc.assert(
    fc.property(told, absent, fc.constantFrom(0.1, 34, 70, undefined), (there, not, age) => {
      const known = new Map(there.map((id) => [id, present(id)]));
      for (const id of not) known.set(id, { finding: id, state: "absent" });
      const person = { findings: [], ...(age !== undefined && { age }) };
      const expected = raisedRedFlags(base.redFlags, person, known);
      raised += expected.length;
      expect(watchedRedFlags(base.redFlags, person, known)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
  expect(raised).toBeGreaterThan(100);
});

test("heeds a rule that asks for nothing but age", () => {
  const rules = [
    RedFlagRule.parse({ id: "old", name: "old", when: { age: { from: 90 } }, urgency: "emergency", message: "old" }),
  ];
  expect(watchedRedFlags(rules, { findings: [], age: 91 }, new Map())).toEqual(rules);
  expect(watchedRedFlags(rules, { findings: [], age: 60 }, new Map())).toEqual([]);
});
