import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mostUrgent, rankDifferential, URGENCIES, urgenciesOf, urgencyLevel, urgencyOf } from "../../src/index.ts";
import { clinic } from "../fixtures/clinic.ts";

const urgency = fc.constantFrom(...URGENCIES);

test("levels count from the most urgent", () => {
  expect(URGENCIES.map(urgencyLevel)).toEqual([0, 1, 2, 3, 4]);
  expect(mostUrgent("consultation", "emergency")).toBe("emergency");
});

test("the more urgent of two does not depend on their order", () => {
  fc.assert(
    fc.property(urgency, urgency, (a, b) => {
      expect(mostUrgent(a, b)).toBe(mostUrgent(b, a));
      expect(urgencyLevel(mostUrgent(a, b))).toBe(Math.min(urgencyLevel(a), urgencyLevel(b)));
    }),
  );
});

describe("the urgency of a differential", () => {
  const urgencies = new Map([
    ["heart-attack", "emergency-ambulance"],
    ["appendicitis", "emergency"],
    ["flu", "consultation"],
    ["cold", "self-care"],
  ] as const);
  const of = (weights: Record<string, number>, other = 0) =>
    urgencyOf(rankDifferential(Object.keys(weights), Object.values(weights), other), urgencies);

  test("is the most urgent level that reaches one in ten, levels above it counted in", () => {
    expect(of({ cold: 0.89, "heart-attack": 0.11 })).toBe("emergency-ambulance");
    expect(of({ cold: 0.92, "heart-attack": 0.08 })).toBe("self-care");
    expect(of({ cold: 0.88, "heart-attack": 0.06, appendicitis: 0.06 })).toBe("emergency");
    expect(of({ flu: 0.5, cold: 0.5 })).toBe("consultation");
  });

  describe("where it is known what speaks for an emergency", () => {
    const support = {
      strong: { weight: 3, findings: 2 },
      single: { weight: 3, findings: 1 },
      weak: { weight: 1, findings: 4 },
    };
    const given = (weights: Record<string, number>, name: keyof typeof support) =>
      urgencyOf(rankDifferential(Object.keys(weights), Object.values(weights)), urgencies, () => support[name]);

    test("is an emergency from eight in a thousand where two findings or more speak for it together", () => {
      expect(given({ cold: 0.985, appendicitis: 0.015 }, "strong")).toBe("emergency");
      expect(given({ cold: 0.985, "heart-attack": 0.015 }, "strong")).toBe("emergency");
      expect(given({ cold: 0.995, appendicitis: 0.005 }, "strong")).toBe("self-care");
    });

    test("is none where a single complaint speaks for it, or several hardly do", () => {
      for (const name of ["single", "weak"] as const)
        expect(given({ cold: 0.985, appendicitis: 0.015 }, name)).toBe("self-care");
    });

    test("does not add up emergencies that nothing speaks for; they are to be seen within 24 hours", () => {
      const flat = { cold: 0.84, "heart-attack": 0.08, appendicitis: 0.08 };
      expect(given(flat, "single")).toBe("within-24-hours");
      expect(given(flat, "strong")).toBe("emergency");
    });

    test("is an emergency that has a tenth by itself, whatever speaks for it", () => {
      expect(given({ cold: 0.88, appendicitis: 0.12 }, "single")).toBe("emergency");
      expect(given({ cold: 0.88, "heart-attack": 0.12 }, "single")).toBe("emergency-ambulance");
    });
  });

  test("is not told where no condition of the list has one, or where nearly all is other", () => {
    expect(of({ mystery: 1 })).toBeUndefined();
    expect(of({ flu: 1 }, 0.95)).toBeUndefined();
  });

  test("never gets less urgent as an emergency gets likelier", () => {
    const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(share, share, (p, q) => {
        const [low, high] = p < q ? [p, q] : [q, p];
        const level = (emergency: number) => urgencyLevel(of({ cold: 1 - emergency, appendicitis: emergency })!);
        expect(level(high)).toBeLessThanOrEqual(level(low));
      }),
    );
  });

  test("is read from the knowledge base's own conditions", () => {
    expect(urgenciesOf(clinic).get("pneumonia")).toBe("within-24-hours");
  });
});
