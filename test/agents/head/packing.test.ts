import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { packForests, unpackForests } from "../../../agents/head/packing.ts";
import { buildForest, type Forest, logOdds, type TreeNode } from "../../../agents/head/trees.ts";

const { tree } = fc.letrec<{ tree: TreeNode }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.record({ value: fc.double({ min: -2, max: 2, noNaN: true }) }),
    fc.record({
      column: fc.integer({ min: 0, max: 999 }),
      threshold: fc.double({ min: -9, max: 99, noNaN: true }).map((x) => Math.fround(x) + 0),
      low: tie("tree"),
      high: tie("tree"),
    }),
  ),
}));
const forests = fc.array(
  fc
    .tuple(
      fc.double({ min: -9, max: 9, noNaN: true }).map((x) => Math.fround(x) + 0),
      fc.array(tree, { maxLength: 5 }),
    )
    .map(([bias, trees]) => buildForest(bias, trees)),
  { maxLength: 4 },
);

describe("packed forests", () => {
  test("come back with the same splits, and leaves to within half a step", () => {
    fc.assert(
      fc.property(forests, (given) => {
        const back = unpackForests(packForests(given));
        expect(back.map(withoutValues)).toEqual(given.map(withoutValues));
        given.forEach(({ value }, i) => {
          const step = Math.max(0, ...value.map(Math.abs)) / 31;
          value.forEach((v, node) => {
            expect(Math.abs(v - back[i]!.value[node]!)).toBeLessThanOrEqual(step / 2 + 1e-6);
          });
        });
      }),
    );
  });

  test("lose nothing more when packed again, but for the last bit of a float", () => {
    fc.assert(
      fc.property(forests, (given) => {
        const once = unpackForests(packForests(given));
        const twice = unpackForests(packForests(once));
        expect(twice.map(withoutValues)).toEqual(once.map(withoutValues));
        once.forEach(({ value }, i) => {
          value.forEach((v, node) => {
            expect(Math.abs(v - twice[i]!.value[node]!)).toBeLessThanOrEqual(Math.abs(v) * 1e-6 + 1e-30);
          });
        });
      }),
    );
  });

  test("score alike after a round trip", () => {
    const half = { column: 0, threshold: 0.5, low: { value: -0.31 }, high: { value: 0.31 } };
    const [back] = unpackForests(packForests([buildForest(0, [half, half])]));
    expect(logOdds(back!, Float64Array.of(1), new Float64Array(0))).toBeCloseTo(0.62, 5);
  });

  test("that are damaged are refused with advice", () => {
    const packed = packForests([buildForest(0, [{ value: 1 }])]);
    for (const bytes of [packed.slice(0, -2), Uint8Array.of(1, 2, 3), new Uint8Array(0)]) {
      expect(() => unpackForests(bytes)).toThrow(/train the head again/);
    }
  });
});

function withoutValues({ value: _, ...rest }: Forest): Omit<Forest, "value"> {
  return rest;
}
