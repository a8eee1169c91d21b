import { describe, expect, test } from "vitest";
import { closedEvidence } from "../../../agents/head/evidence.ts";
import { FOLDS, foldOfFingerprint, trainHead } from "../../../agents/head/training.ts";
import type { Example } from "../../../agents/head/types.ts";
import { HeadWeights, loadHead, parseHeadWeights } from "../../../agents/head/weights.ts";
import { buildLikelihoodModel, type ObservedFinding, pick, seededRandom } from "../../../src/index.ts";
import { smallBase } from "./small-base.ts";

const model = buildLikelihoodModel(smallBase);
const boosting = { trees: 20, leaves: 4 };

/** The list holds pneumonia where there is fever without pain, migraine where there is pain, and always the cold. */
function patient(i: number): Example {
  const random = seededRandom("patient", i);
  const has = (finding: string): ObservedFinding[] => (random.float() < 0.5 ? [{ finding, state: "present" }] : []);
  const findings = [...has("fever"), ...has("cough"), ...has("smoker"), ...has("pain")];
  const hurts = findings.some(({ finding }) => finding === "pain");
  const hot = findings.some(({ finding }) => finding === "fever");
  if (hurts) findings.push({ finding: "pain-place", state: "present", values: [pick(random, ["chest", "head"])] });
  const listed = ["cold", ...(hurts ? ["migraine"] : hot ? ["pneumonia"] : [])];
  return {
    fingerprint: `patient-${i}`,
    age: random.below(90),
    sex: pick(random, ["female", "male"]),
    findings,
    listed,
  };
}

const examples = Array.from({ length: 200 }, (_, i) => patient(i));
const train = (given: readonly Example[], seed = 1) =>
  trainHead(smallBase, given, { seed, notice: "made up", boosting });
const weights = train(examples);

describe("training a head", () => {
  test("holds every patient out of exactly one fold, whatever the order", () => {
    const held = weights.folds.flatMap(({ heldOut }) => heldOut);
    expect(held.toSorted()).toEqual(examples.map(({ fingerprint }) => fingerprint).toSorted());
    expect(weights.folds.map(({ heldOut }) => heldOut)).toEqual(
      train(examples.toReversed()).folds.map(({ heldOut }) => heldOut),
    );
  });

  test("trains a fold's model without the fold: its patients' lists do not change it, others' do", () => {
    for (let fold = 0; fold < FOLDS; fold++) {
      const turned = examples.map((example) =>
        foldOfFingerprint(example.fingerprint) === fold ? { ...example, listed: ["pneumonia"], findings: [] } : example,
      );
      const again = train(turned);
      again.folds.forEach((other, k) => {
        if (k === fold) expect(other.forests).toBe(weights.folds[k]!.forests);
        else expect(other.forests).not.toBe(weights.folds[k]!.forests);
      });
    }
  });

  test("learns the rule behind the lists", () => {
    const head = loadHead(weights, model);
    for (const example of examples) {
      const fold = head.folds[head.foldOf(example.fingerprint)!]!;
      const membership = fold.membership(closedEvidence(model, example));
      const listed = model.conditions.filter((_, c) => membership[c]! > 0.5);
      expect(listed.toSorted()).toEqual(example.listed.toSorted());
    }
    expect(head.all.importance[model.indexOf.get("fever")!]).toBeGreaterThan(0);
  });

  test("gives the same weights for the same seed", () => {
    expect(train(examples)).toEqual(weights);
    expect(train(examples, 2).folds[0]!.forests).not.toBe(weights.folds[0]!.forests);
  });

  test("wants enough patients", () => {
    expect(() => train(examples.slice(0, 10))).toThrow(/50 patients or more, got 10/);
  });
});

describe("a weights file", () => {
  const text = JSON.stringify(weights);

  test("comes back as it was written", () => {
    expect(parseHeadWeights(text, "head.json")).toEqual(weights);
  });

  test("scores a patient it does not know by the mean of all models", () => {
    const head = loadHead(weights, model);
    expect(head.foldOf("somebody-else")).toBeUndefined();
    const evidence = closedEvidence(model, examples[0]!);
    const rows = head.folds.map((fold) => fold.membership(evidence));
    head.all.membership(evidence).forEach((p, c) => {
      expect(p).toBeCloseTo(rows.reduce((sum, row) => sum + row[c]!, 0) / FOLDS, 12);
    });
  });

  test("holds nothing of the patients but their fingerprints", () => {
    expect(Object.keys(HeadWeights.shape).toSorted()).toEqual(Object.keys(weights).toSorted());
    expect(Object.keys(weights.folds[0]!).toSorted()).toEqual(["forests", "heldOut", "importance"]);
  });

  test.each([
    ["not JSON", "{", "bad-weights", /head\.json: is not JSON; make it again/],
    ["of another format", JSON.stringify({ ...weights, format: "x" }), "bad-weights", /head\.json: format: /],
    ["without folds", JSON.stringify({ ...weights, folds: [] }), "bad-weights", /head\.json: folds: /],
  ])("%s is refused with the place and advice", (_, content, code, message) => {
    expect(() => parseHeadWeights(content, "head.json")).toThrow(expect.objectContaining({ code }));
    expect(() => parseHeadWeights(content, "head.json")).toThrow(message);
  });

  test("of another knowledge base, or with damaged trees, is refused", () => {
    const other = buildLikelihoodModel({ ...smallBase, version: "2" });
    expect(() => loadHead(weights, other, "head.json")).toThrow(/trained on small 1, .* small 2; make it again/);
    const damaged = { ...weights, folds: weights.folds.map((fold) => ({ ...fold, forests: "AAAA" })) };
    expect(() => loadHead(damaged, model, "head.json")).toThrow(expect.objectContaining({ code: "bad-weights" }));
  });
});
