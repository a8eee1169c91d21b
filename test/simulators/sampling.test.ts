import { describe, expect, test } from "vitest";
import type { Case } from "../../simulators/case.ts";
import { caseSampler, sampledSource } from "../../simulators/sampling.ts";
import { ageGroupOf, buildLikelihoodModel, KnowledgeBase } from "../../src/index.ts";
import { clinic } from "../fixtures/clinic.ts";
import { allCases, starterCases } from "../fixtures/sources.ts";

const model = buildLikelihoodModel(clinic);
const sample = caseSampler(clinic);
const cases = (count: number, seed = 0): Case[] => Array.from({ length: count }, (_, i) => sample(seed, i));
const many = cases(12_000);
const withLabel = (id: string): Case[] => many.filter(({ label }) => label.condition === id);
const share = (among: readonly Case[], is: (one: Case) => boolean): number => among.filter(is).length / among.length;
const isPresent = (id: string) => (one: Case) => one.findings.some((o) => o.finding === id && o.state === "present");
const observationOf = (id: string, one: Case) => one.findings.find(({ finding }) => finding === id);

describe("a sampled case", () => {
  test("is the same whatever the count and whatever was drawn before", async () => {
    const ten = await allCases(sampledSource("clinic", clinic, { seed: 4, count: 10 }));
    const three = await allCases(sampledSource("clinic", clinic, { seed: 4, count: 3 }));
    expect(three).toEqual(ten.slice(0, 3));
    expect(sample(4, 7)).toEqual(ten[7]);
    expect(await allCases(sampledSource("clinic", clinic))).toHaveLength(100);
  });

  test("is another one for another seed, and has an id of its own", () => {
    const ids = new Set([...cases(50, 1), ...cases(50, 2)].map(({ id }) => id));
    expect(ids.size).toBe(100);
    expect(JSON.stringify(sample(1, 0).findings)).not.toBe(JSON.stringify(sample(2, 0).findings));
  });

  test("opens with one or two of its condition's complaints, which it has", () => {
    for (const one of many.slice(0, 2000)) {
      const { complaints } = clinic.conditions.find(({ id }) => id === one.label.condition)!;
      expect(one.opening.length).toBeGreaterThan(0);
      expect(one.opening.length).toBeLessThan(3);
      for (const id of one.opening) {
        expect(complaints).toContain(id);
        expect(isPresent(id)(one)).toBe(true);
      }
    }
    expect(many.some(({ opening }) => opening.length === 2)).toBe(true);
  });

  test("lists what is present and what was measured, and a child only with its parent", () => {
    for (const one of many.slice(0, 2000)) {
      expect(one.findings.every(({ state }) => state === "present")).toBe(true);
      expect(isPresent("cough-type")(one)).toBe(isPresent("cough")(one));
      expect(observationOf("rash-place", one)?.values ?? []).not.toContain("nowhere");
    }
  });

  test("carries its condition's label, urgency and domain", () => {
    const [one] = withLabel("pneumonia");
    expect(one).toMatchObject({
      label: { condition: "pneumonia", name: "Pneumonia", synonyms: ["lung infection"] },
      urgency: "within-24-hours",
      domain: "respiratory",
      unlisted: "absent",
    });
  });
});

describe("frequencies approach the model's probabilities", () => {
  // With some 1,000 patients of a condition, four standard errors are about 0.06.
  const NEAR = 0.06;

  test("of conditions, given age and sex", () => {
    for (const sex of ["female", "male"] as const) {
      const adults = many.filter((one) => one.sex === sex && ageGroupOf(one.age!) === "adult");
      model.prior(30, sex).forEach((expected, c) => {
        const found = share(adults, ({ label }) => label.condition === model.conditions[c]);
        expect(Math.abs(found - expected), `${sex} ${model.conditions[c]}`).toBeLessThan(0.04);
      });
    }
  });

  test("of findings that are no complaint, binary, categorical, several-valued and measured", () => {
    const pneumonia = withLabel("pneumonia");
    const measles = withLabel("measles");
    expect(Math.abs(share(pneumonia, isPresent("smoker")) - 0.6)).toBeLessThan(NEAR);
    expect(Math.abs(share(pneumonia, isPresent("chest-x-ray")) - 0.95)).toBeLessThan(NEAR);
    const coughing = pneumonia.filter(isPresent("cough"));
    expect(
      Math.abs(share(coughing, (one) => observationOf("cough-type", one)!.values![0] === "phlegm") - 0.6),
    ).toBeLessThan(NEAR);
    expect(Math.abs(share(measles, isPresent("rash-place")) - 0.9)).toBeLessThan(NEAR);
    const rashes = measles.filter(isPresent("rash-place"));
    // A rash has a place: who drew none of them is given one.
    const face = share(rashes, (one) => observationOf("rash-place", one)!.values!.includes("face"));
    expect(face).toBeGreaterThan(0.78);
    expect(face).toBeLessThan(0.88);
    const high = share(measles, (one) => observationOf("temperature", one)!.number! >= 39.5);
    expect(Math.abs(high - 0.6)).toBeLessThan(NEAR);
  });

  test("of complaints, given that there is at least one", () => {
    // Pneumonia: fever .8, cough .9, one of both at least.
    const expected = 0.8 / (1 - 0.2 * 0.1);
    expect(Math.abs(share(withLabel("pneumonia"), isPresent("fever")) - expected)).toBeLessThan(NEAR);
  });
});

describe("numbers", () => {
  const numericBase = (values: object[], range?: [number, number]): KnowledgeBase => {
    const base = structuredClone(clinic);
    const finding = base.findings.find(({ id }) => id === "temperature")!;
    Object.assign(finding, { values, range });
    delete finding.background;
    for (const condition of base.conditions) delete condition.findings.temperature;
    return KnowledgeBase.parse(base);
  };

  test("lie within the plausible range, and every interval is met", () => {
    const numbers = many.map((one) => observationOf("temperature", one)!.number!);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(34);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(42.5);
    expect(numbers.every((number) => Math.round(number * 10) / 10 === number)).toBe(true);
  });

  test("lie within the interval that was drawn, however narrow and wherever it ends", () => {
    const intervals: [number, number][] = [
      [0.05, 0.5],
      [7.35, 7.45],
      [7.42, 7.45],
      [1.25, 1.75],
      [10, 400],
    ];
    for (const [from, below] of intervals) {
      const bounds = [
        { id: "low", name: "low", below: from },
        { id: "middle", name: "middle", from, below },
        { id: "high", name: "high", from: below },
      ];
      const base = numericBase(bounds);
      for (const condition of base.conditions) condition.findings.temperature = { low: 0, middle: 1, high: 0 };
      const draw = caseSampler(base);
      const sampled = Array.from({ length: 400 }, (_, i) => draw(0, i));
      const inside = share(sampled, (one) => {
        const { number } = observationOf("temperature", one)!;
        return number! >= from && number! < below;
      });
      expect(inside, `${from} to ${below}`).toBe(1);
    }
  });
});

test("starter cases fit their base: known findings and values, numbers in range, ages and sexes that can be", async () => {
  const { base, cases: sampled } = await starterCases(400);
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  for (const one of sampled) {
    const { sex: bySex } = base.conditions.find(({ id }) => id === one.label.condition)!;
    expect(bySex?.[one.sex!] ?? 1, one.id).not.toBe(0);
    for (const { finding, values, number } of one.findings) {
      const known = findings.get(finding)!;
      for (const value of values ?? []) expect(known.values.map(({ id }) => id)).toContain(value);
      if (known.type === "numeric" && known.range) {
        expect(number).toBeGreaterThanOrEqual(known.range[0]);
        expect(number).toBeLessThanOrEqual(known.range[1]);
      }
      if (known.parent) expect(isPresent(known.parent)(one)).toBe(true);
    }
  }
});
