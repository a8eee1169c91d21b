import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalogueOf } from "../../../gpu-trainer/curriculum/catalogue.ts";
import { Confusions, confusionRates } from "../../../gpu-trainer/curriculum/confusions.ts";
import { CurriculumError } from "../../../gpu-trainer/curriculum/errors.ts";
import { lookAlikes } from "../../../gpu-trainer/curriculum/look-alikes.ts";
import { caseSimilarity, knowledgeSimilarity, type Similarity } from "../../../gpu-trainer/curriculum/similarity.ts";
import { type Case, loadKnowledgeBase, openCaseSource, STARTER_DIRECTORY } from "../../../simulators/index.ts";
import type { KnowledgeBase } from "../../../src/index.ts";
import { DDXPLUS, ddxplusIsMissing } from "../../fixtures/sources.ts";
import { sharedData } from "../../simulators/sources/fixtures.ts";
import { codedCase, smallBase } from "./small-set.ts";

const starter = await loadKnowledgeBase(STARTER_DIRECTORY);
const shared = ["agentclinic/medqa.jsonl", "mediq/icraftmd.jsonl", "phenopackets/cases.jsonl"].map((name) => ({
  name,
  ...sharedData(name),
}));

/** Mean similarity of conditions to their five look-alikes, and to any other. */
function likeness(similarity: Similarity): { alike: number; any: number } {
  const { conditions, between } = similarity;
  const alike = lookAlikes(similarity);
  const mean = (values: number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;
  return {
    alike: mean(conditions.flatMap((a) => alike(a, 5).map((b) => between(a, b)))),
    any: mean(conditions.flatMap((a) => conditions.filter((b) => b !== a).map((b) => between(a, b)))),
  };
}

describe("the similarity of two conditions by a knowledge base", () => {
  test("is the overlap of what exceeds the mean, by hand", () => {
    // fever .8 .6 0, cough .5 0 0, rash 0 0 1: means 7/15, 1/6, 1/3.
    const { between } = knowledgeSimilarity(smallBase());
    const flu = { fever: 0.8 - 1.4 / 3, cough: 0.5 - 0.5 / 3 };
    const cold = { fever: 0.6 - 1.4 / 3 };
    expect(between("flu", "cold")).toBeCloseTo(cold.fever / (flu.fever + flu.cough), 12);
    expect(between("flu", "measles")).toBe(0);
    expect(between("flu", "flu")).toBe(1);
    expect(between("flu", "gout")).toBe(0);
  });

  test("is symmetric, within 0 and 1, over the starter base", () => {
    const { conditions, between } = knowledgeSimilarity(starter);
    for (const a of conditions) {
      for (const b of conditions) {
        expect(between(a, b)).toBeCloseTo(between(b, a), 12);
        expect(between(a, b)).toBeGreaterThanOrEqual(0);
        expect(between(a, b)).toBeLessThanOrEqual(1 + 1e-12);
      }
    }
  });

  test("finds what a clinician would confuse", () => {
    const alike = lookAlikes(knowledgeSimilarity(starter));
    const names = new Map(starter.conditions.map(({ id, name }) => [id, name]));
    const idOf = (name: string): string => starter.conditions.find((condition) => condition.name === name)!.id;
    const namesLike = (name: string): (string | undefined)[] => alike(idOf(name), 5).map((id) => names.get(id));
    expect(namesLike("ST-elevation myocardial infarction")).toContain("Aortic dissection");
    expect(namesLike("Acute sinusitis")).toContain("Common cold");
    expect(namesLike("Tension-type headache")).toContain("Migraine");
  });

  test("needs probabilities", () => {
    const bare: KnowledgeBase = {
      ...smallBase(),
      conditions: smallBase().conditions.map((condition) => ({ ...condition, findings: {} })),
    };
    expect(() => knowledgeSimilarity(bare)).toThrow(expect.objectContaining({ code: "no-probabilities" }));
  });
});

describe("the similarity of two conditions by their cases", () => {
  test("is the overlap of their findings, rare ones first, by hand", () => {
    const { between } = caseSimilarity([
      ["flu", codedCase("flu", ["fever", "cough"])],
      ["flu", codedCase("flu", ["fever"])],
      ["cold", codedCase("cold", ["fever"])],
      ["measles", codedCase("measles", ["fever", "rash"])],
      ["zoster", codedCase("zoster", ["rash"])],
    ]);
    const [fever, cough, rash] = [Math.log(4 / 3), Math.log(4), Math.log(2)];
    expect(between("flu", "cold")).toBeCloseTo(fever / (fever + cough / 2), 12);
    expect(between("measles", "zoster")).toBeCloseTo(rash / (fever + rash), 12);
    expect(between("cold", "zoster")).toBe(0);
  });

  test("takes words that name something where nothing is coded", () => {
    const told = (label: string, ...facts: string[]): [string, Case] => [
      label,
      { ...codedCase(label, []), facts, complaint: "I feel unwell." },
    ];
    const { between } = caseSimilarity([
      told("a", "She has itching blisters."),
      told("b", "The blister itches, he said."),
      told("c", "He coughs."),
    ]);
    expect(between("a", "b")).toBeGreaterThan(0.9);
    expect(between("a", "c")).toBe(0);
  });
});

describe("look-alikes", () => {
  test("are distinct, without the condition itself, most alike first, as many as asked for", () => {
    const similarity = knowledgeSimilarity(starter);
    const alike = lookAlikes(similarity);
    for (const condition of similarity.conditions) {
      const found = alike(condition, 7);
      expect(new Set([...found, condition]).size).toBe(8);
      const scores = found.map((other) => similarity.between(condition, other));
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
    }
    expect(alike(starter.conditions[0]!.id, 1000).length).toBe(starter.conditions.length - 1);
  });

  test("are more alike than chance: starter", () => {
    const { alike, any } = likeness(knowledgeSimilarity(starter));
    expect(alike).toBeGreaterThan(2.5 * any);
  });

  test.skipIf(ddxplusIsMissing)("are more alike than chance: DDXPlus", async () => {
    const { alike, any } = likeness((await catalogueOf(await openCaseSource(`ddxplus:${DDXPLUS}`))).similarity);
    expect(alike).toBeGreaterThan(2.5 * any);
  });

  for (const { name, file, missing } of shared) {
    test.skipIf(missing)(`are more alike than chance: ${name}`, async () => {
      const { alike, any } = likeness(
        (await catalogueOf(await openCaseSource(`${name.split("/")[0]}:${file}`))).similarity,
      );
      expect(alike).toBeGreaterThan(2.5 * any);
    });
  }
});

describe("the policy's confusions", () => {
  const outcome = (label: string, ...ranked: string[]) => ({ labels: [label], ranked });

  test("count what was named first, with additive smoothing", () => {
    const confusions = new Confusions();
    confusions.observe([outcome("flu", "cold", "flu"), outcome("flu", "flu"), outcome("flu", "cold"), outcome("flu")]);
    const rates = confusionRates(confusions.state(), 4, 1);
    expect(rates("flu", "cold")).toBeCloseTo((2 + 1) / (3 + 4), 12);
    expect(rates("flu", "flu")).toBeCloseTo((1 + 1) / (3 + 4), 12);
    expect(rates("flu", "measles")).toBeCloseTo(1 / 7, 12);
    expect(rates("measles", "flu")).toBeCloseTo(1 / 4, 12);
  });

  test("are no confusion where the first named is one of several right answers", () => {
    const confusions = new Confusions();
    confusions.observe([{ labels: ["flu", "cold"], ranked: ["cold"] }]);
    expect(confusions.state()).toEqual({ conclusions: [["cold", "cold"]] });
  });

  test("lead the look-alikes as far as their weight says", () => {
    const similarity = knowledgeSimilarity(starter);
    const [condition] = similarity.conditions as [string];
    const least = lookAlikes(similarity)(condition, 1000).at(-1)!;
    const confusions = new Confusions();
    confusions.observe(Array.from({ length: 200 }, () => outcome(condition, least)));
    const first = (weight: number): string => lookAlikes(similarity, { weight }, confusions.state())(condition, 1)[0]!;
    expect(first(0.5)).toBe(least);
    expect(first(1)).toBe(least);
    expect(first(0)).toBe(lookAlikes(similarity)(condition, 1)[0]);
  });

  test("leave the order by similarity where nothing was concluded", () => {
    const similarity = knowledgeSimilarity(starter);
    const mixed = lookAlikes(similarity, { weight: 1 }, new Confusions().state());
    for (const each of similarity.conditions) expect(mixed(each, 9)).toEqual(lookAlikes(similarity)(each, 9));
  });

  test("are forgotten when they leave the window, and survive a checkpoint", () => {
    const names = fc.constantFrom("flu", "cold", "measles");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(names, names), { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (all, window) => {
          const confusions = new Confusions({ window });
          for (const [label, named] of all.slice(0, 30)) confusions.observe([outcome(label, named)]);
          const resumed = new Confusions({ window }, JSON.parse(JSON.stringify(confusions.state())));
          resumed.observe(all.slice(30).map(([label, named]) => outcome(label, named)));
          expect(resumed.state().conclusions).toEqual(all.slice(-window));
        },
      ),
    );
  });

  test("refuse bad options and states", () => {
    expect(() => new Confusions({ window: 0 })).toThrow(CurriculumError);
    expect(() => new Confusions({}, { conclusions: [["flu"]] })).toThrow(
      expect.objectContaining({ code: "bad-state" }),
    );
    expect(() => lookAlikes(knowledgeSimilarity(smallBase()), { weight: 2 })).toThrow(
      expect.objectContaining({ code: "bad-options" }),
    );
  });
});
