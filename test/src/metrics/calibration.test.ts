import { describe, expect, test } from "vitest";
import { CalibrationTally, drawResamples, seededRandom } from "../../../src/index.ts";

const tallyOf = (given: readonly (readonly [confidence: number, correct: boolean])[]): CalibrationTally => {
  const tally = new CalibrationTally();
  given.forEach(([confidence, correct], i) => {
    tally.add(i, confidence, correct);
  });
  return tally;
};

describe("the expected calibration error", () => {
  test("of a worked example: (|2 − 1.7| + |0 − 0.5| + |1 − 0.55|) / 4", () => {
    // Bins: 0.8 to 0.9 twice, both right; 0.5 to 0.6 twice, one right, so that 1 − 1.05 is 0.05 in all.
    const tally = tallyOf([
      [0.85, true],
      [0.85, true],
      [0.5, false],
      [0.55, true],
    ]);
    expect(tally.ece).toBeCloseTo((0.3 + 0.05) / 4, 12);
  });

  test("is 0 where each bin is right as often as it says, and 1 where all are sure and wrong", () => {
    expect(tallyOf([1, 1, 1, 0].map((hit) => [0.75, hit === 1] as const)).ece).toBeCloseTo(0, 12);
    expect(tallyOf([[1, false]]).ece).toBe(1);
    expect(new CalibrationTally().ece).toBeNull();
  });

  test("has an interval around it, from the same blocks", () => {
    const random = seededRandom("calibration");
    const given = Array.from({ length: 3000 }, () => {
      const confidence = random.float();
      return [confidence, random.float() < confidence ** 2] as const;
    });
    const tally = tallyOf(given);
    const [low, high] = tally.interval(drawResamples(3000))!;
    expect(low).toBeLessThan(tally.ece!);
    expect(high).toBeGreaterThan(tally.ece!);
    expect(high - low).toBeLessThan(0.06);
  });
});

describe("bins", () => {
  test("are ten, equally wide; the last holds certainty", () => {
    const { bins } = tallyOf([
      [0, false],
      [0.1, true],
      [0.99, true],
      [1, true],
    ]);
    expect(bins.map(({ n }) => n)).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
    expect(bins[0]).toMatchObject({ from: 0, to: 0.1, confidence: 0, accuracy: 0 });
    expect(bins[9]).toMatchObject({ from: 0.9, to: 1, confidence: 0.995, accuracy: 1 });
  });

  test("that are empty say nothing", () => {
    expect(tallyOf([[0.5, true]]).bins[3]).toEqual({ from: 0.3, to: 0.4, n: 0, confidence: null, accuracy: null });
  });
});
