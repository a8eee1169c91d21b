import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawIndex, pick, seededRandom, shuffled } from "../../src/index.ts";

const seedParts = fc.array(fc.oneof(fc.string(), fc.integer()), { minLength: 1, maxLength: 3 });

describe("a stream of chance", () => {
  test("is the same for the same parts, whatever was drawn from other streams meanwhile", () => {
    fc.assert(
      fc.property(seedParts, seedParts, (parts, others) => {
        const alone = seededRandom(...parts);
        const expected = [alone.bits(), alone.bits(), alone.bits()];
        const other = seededRandom(...others);
        const again = seededRandom(...parts);
        const drawn = expected.map(() => {
          other.bits();
          return again.bits();
        });
        expect(drawn).toEqual(expected);
      }),
    );
  });

  test("is another one for neighbouring seeds, and for parts cut elsewhere", () => {
    const first = (...parts: (string | number)[]): number => seededRandom(...parts).bits();
    const streams = [first(0), first(1), first(2), first("a", "bc"), first("ab", "c"), first("abc"), first("case", 1)];
    expect(new Set(streams).size).toBe(streams.length);
  });

  test("is uniform: every tenth is met about equally, and the mean is a half", () => {
    const random = seededRandom("uniform");
    const tenths = new Array<number>(10).fill(0);
    let sum = 0;
    for (let i = 0; i < 20_000; i++) {
      const x = random.float();
      sum += x;
      tenths[Math.floor(x * 10)]!++;
    }
    expect(sum / 20_000).toBeCloseTo(0.5, 1);
    // 2000 expected, standard deviation 42.
    for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });

  test("the first draws of neighbouring seeds are uniform as well", () => {
    const tenths = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 5000; seed++) tenths[seededRandom("case", seed).below(10)]!++;
    for (const count of tenths) expect(Math.abs(count - 500)).toBeLessThan(110);
  });
});

describe("draws", () => {
  test("an index comes up in proportion to its weight, and never with weight zero", () => {
    const random = seededRandom("weights");
    const weights = [1, 0, 3, 6, 0];
    const counts = weights.map(() => 0);
    for (let i = 0; i < 20_000; i++) counts[drawIndex(random, weights)]!++;
    expect(counts[1]).toBe(0);
    expect(counts[4]).toBe(0);
    weights.forEach((weight, i) => {
      expect(counts[i]! / 20_000).toBeCloseTo(weight / 10, 1);
    });
  });

  test("an index of weight zero is never drawn, at either end of chance", () => {
    const weight = fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1e9, noNaN: true }));
    const weights = fc.array(weight, { minLength: 1, maxLength: 50 }).filter((all) => all.some((w) => w > 0));
    fc.assert(
      fc.property(weights, fc.constantFrom(0, 0.5, 1 - 2 ** -32), (all, chance) => {
        const random = { float: () => chance, bits: () => 0, below: () => 0 };
        expect(all[drawIndex(random, all)]).toBeGreaterThan(0);
      }),
    );
  });

  test("an item is picked from all of them; a shuffle holds each once and leaves the original alone", () => {
    const items = [..."abcdefgh"];
    const random = seededRandom("items");
    const picked = new Set(Array.from({ length: 200 }, () => pick(random, items)));
    expect([...picked].sort()).toEqual(items);
    const mixed = shuffled(random, items);
    expect(mixed).not.toEqual(items);
    expect([...mixed].sort()).toEqual(items);
    expect(items.join("")).toBe("abcdefgh");
    expect(shuffled(seededRandom(1), items)).toEqual(shuffled(seededRandom(1), items));
  });
});
