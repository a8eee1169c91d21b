/** What speaks for a condition: the findings that are present, and none of those denied. */
import { describe, expect, test } from "vitest";
import { type Belief, beliefUpdater } from "../../../agents/bayes/belief.ts";
import { supportUnder } from "../../../agents/bayes/support.ts";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../../../simulators/index.ts";
import { buildLikelihoodModel, chanceGiven, evidenceWeight, type ObservedFinding } from "../../../src/index.ts";

const model = buildLikelihoodModel(await loadKnowledgeBase(STARTER_DIRECTORY));
const { open, observeAll } = beliefUpdater(model, 0.01);
const supports = supportUnder(model);
const appendicitis = model.conditions.indexOf("acute-appendicitis");

const present = (finding: string, ...values: string[]): ObservedFinding => ({
  finding,
  state: "present",
  ...(values.length > 0 && { values }),
});
const absent = (finding: string): ObservedFinding => ({ finding, state: "absent" });
const believing = (...told: ObservedFinding[]): Belief => observeAll(open({ age: 30, findings: [] }, ""), told);
const supportOf = (...told: ObservedFinding[]) => supports(believing(...told))[appendicitis]!;

describe("what speaks for appendicitis", () => {
  const pain = present("abdominal-pain");

  test("weighs as much as its findings do one by one", () => {
    const told = [pain, present("nausea"), present("runny-nose")];
    const weights = told.map((each) => evidenceWeight(model, each, chanceGiven(appendicitis, model))!);
    expect(supportOf(...told).weight).toBeCloseTo(weights[0]! + weights[1]! + weights[2]!, 6);
  });

  test("counts the findings that it makes likelier", () => {
    expect(supportOf(pain).findings).toBe(1);
    expect(supportOf(pain, present("nausea")).findings).toBe(2);
    expect(supportOf(pain, present("runny-nose")).findings).toBe(1);
  });

  test("is not what the person denies", () => {
    expect(supportOf(absent("diarrhoea"), absent("cough"))).toEqual({ weight: 0, findings: 0 });
    expect(supportOf(pain, absent("cough"))).toEqual(supportOf(pain));
  });

  test("is not counted from when it began, which everybody can tell, though that has its weight", () => {
    const since = present("onset", "hours");
    expect(supportOf(pain, since).findings).toBe(1);
    expect(supportOf(pain, since).weight).toBeGreaterThan(supportOf(pain).weight);
  });
});
