/** JSON Patch between documents of objects. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { patchBetween, patched } from "../../../apps/server/json-patch.ts";

describe("a patch", () => {
  test("names what changed, and nothing else", () => {
    const from = { other: 0.1, conditions: { cold: { probability: 0.5 }, flu: { probability: 0.4 } } };
    const to = { other: 0.1, conditions: { flu: { probability: 0.7 }, "a/b~c": { probability: 0.2 } } };
    expect(patchBetween(from, to)).toEqual([
      { op: "remove", path: "/conditions/cold" },
      { op: "replace", path: "/conditions/flu/probability", value: 0.7 },
      { op: "add", path: "/conditions/a~1b~0c", value: { probability: 0.2 } },
    ]);
    expect(patchBetween(to, to)).toEqual([]);
  });

  test("applied to the first document gives the second", () => {
    const leaf = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
      fc.string(),
      fc.array(fc.integer()),
    );
    const document = fc.dictionary(fc.string(), fc.oneof(leaf, fc.dictionary(fc.string(), leaf)));
    fc.assert(
      fc.property(document, document, (from, to) => {
        const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
        expect(plain(patched(from, patchBetween(from, to)))).toEqual(plain(to));
      }),
    );
  });
});
