import { describe, expect, test } from "vitest";
import { beliefUpdater } from "../../../agents/bayes/belief.ts";
import { closedEvidence } from "../../../agents/head/evidence.ts";
import { featureExtractor } from "../../../agents/head/features.ts";
import type { Evidence } from "../../../agents/head/types.ts";
import { buildLikelihoodModel } from "../../../src/index.ts";
import { feverishPain, smallBase } from "./small-base.ts";

const model = buildLikelihoodModel(smallBase);
const extractor = featureExtractor(model);

function named(evidence: Evidence): { shared: Record<string, number>; own: Record<string, number>[] } {
  const { shared, own } = extractor.extract(evidence);
  const { names, sharedColumns, ownColumns } = extractor;
  const pair = (values: Float64Array, from: number) =>
    Object.fromEntries([...values].map((value, i) => [names[from + i]!, value]));
  return {
    shared: pair(shared, 0),
    own: smallBase.conditions.map((_, c) => pair(own.subarray(c * ownColumns, (c + 1) * ownColumns), sharedColumns)),
  };
}

describe("features of a patient", () => {
  const known = closedEvidence(model, { fingerprint: "a", age: 40, sex: "male", findings: feverishPain });

  test("hold findings, values, scales, age and sex", () => {
    expect(named(known).shared).toMatchObject({
      "present:fever": 1,
      "present:cough": 0,
      "value:pain-place=chest": 1,
      "value:pain-place=belly": 0,
      "count:pain-place": 2,
      "number:pain-strength": 10,
      age: 40,
      male: 1,
      findings: 4,
    });
  });

  test("say how well each condition's own list is matched", () => {
    const [pneumonia, migraine, cold] = named(known).own;
    // P(fever) = 0.5 · 0.8 + 0.3 · 0.001 + 0.2 · 0.2 = 0.4403, ln(0.8 / 0.4403) = 0.5972; cough 0.9 is missing.
    expect(pneumonia).toMatchObject({
      matched: 2,
      plain: 1,
      weight: 0.5972,
      strongest: 0.5972,
      missing: 0.9,
      explained: 1,
      unexplained: 0,
      inside: 2,
      outside: 1,
      effective: 2,
      "inside:pain-place": 1,
      "outside:pain-place": 1,
      "fraction:pain-place": 0.5,
      "inside:pain-strength": 1,
    });
    expect(migraine).toMatchObject({ matched: 1, plain: 0, weight: 0, strongest: -5, explained: 0.5, unexplained: 1 });
    // A condition that does not mention a finding neither gives nor refuses its values.
    expect(cold).toMatchObject({ "inside:pain-place": 0, "outside:pain-place": 0, "inside:pain-strength": 0 });
  });

  test("show every condition how all conditions are matched", () => {
    const { shared, own } = named(known);
    smallBase.conditions.forEach(({ id }, c) => {
      expect(shared[`effective@${id}`]).toBe(own[c]!.effective);
      expect(shared[`weight@${id}`]).toBe(own[c]!.weight);
    });
  });

  test("leave out what hangs on a parent that is not present", () => {
    const findings = feverishPain.filter(({ finding }) => finding !== "pain");
    const { shared, own } = named(closedEvidence(model, { fingerprint: "a", age: 40, sex: "male", findings }));
    expect(shared).toMatchObject({ "value:pain-place=chest": 0, "count:pain-place": 0, "number:pain-strength": -1 });
    expect(own[0]).toMatchObject({ "inside:pain-place": 0, "inside:pain-strength": 0 });
  });

  test("are the same from a belief that was told everything as from the whole patient", () => {
    const updater = beliefUpdater(model, 0.01);
    const absent = ["cough", "smoker"].map((finding) => ({ finding, state: "absent" as const }));
    const belief = updater.open({ age: 40, sex: "male", findings: [...feverishPain, ...absent] }, "seed");
    expect(extractor.extract(belief)).toEqual(extractor.extract(known));
  });

  test("speak of findings by index where they speak of one", () => {
    const at = extractor.names.indexOf("outside:pain-place");
    expect(model.findings[extractor.findingOf[at]!]!.finding.id).toBe("pain-place");
    expect(extractor.findingOf[extractor.names.indexOf("age")]).toBe(-1);
  });
});
