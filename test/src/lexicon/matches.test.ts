import fc from "fast-check";
import { expect, it } from "vitest";
import { matchesOf } from "../../../src/lexicon/matches.ts";

it("finds what matchAll finds, empty matches included", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", " ", ".", "é") });
  fc.assert(
    fc.property(fc.constantFrom(/a*/g, /\ba(?<rest>b?)/g, /[^.]*\.?/g, /\p{L}+/gu), text, (pattern, said) => {
      const plain = (all: Iterable<RegExpExecArray>) =>
        [...all].map(({ 0: found, index, groups }) => ({ found, index, groups }));
      expect(plain(matchesOf(pattern, said))).toEqual(plain(said.matchAll(pattern)));
    }),
  );
});

it("does not remember the text before", () => {
  const pattern = /a/g;
  pattern.exec("aaa");
  expect(matchesOf(pattern, "aa").map(({ index }) => index)).toEqual([0, 1]);
});
