/** Which values of a finding a statement names, by name or synonym, and which it rules out. */
import type { Finding, FindingValue } from "../vocabulary.ts";
import { type MarkedWord, markWords } from "./clauses.ts";
import { readNumber } from "./numbers.ts";

const SCALE = /^\d+( out of \d+)?$/;
const SIDES = new Set(["left", "right"]);

/** A wording of a value: the keys that must all be said; a side is needed only where the statement names sides. */
export interface ValuePhrase {
  readonly value: string;
  readonly keys: readonly string[];
  readonly sides: readonly string[];
}

/** A value's name as one says it: `ankle(R)` is "right ankle", `Y` is "yes". */
export function spokenValue(name: string): string {
  const sided = /^(.*?)\s*\((R|L)\)$/.exec(name);
  if (sided) return `${sided[2] === "R" ? "right" : "left"} ${sided[1]}`;
  return name === "Y" ? "yes" : name === "N" ? "no" : name;
}

export function valuePhrases(finding: Finding): ValuePhrase[] {
  return finding.values.flatMap((value) =>
    [value.name, ...value.synonyms].flatMap((wording) => {
      const words = contentOf(markWords(spokenValue(wording)));
      const keys = words.filter((word) => !SIDES.has(word.word)).map((word) => word.key);
      const sides = words.filter((word) => SIDES.has(word.word)).map((word) => word.word);
      return keys.length > 0 || sides.length > 0 ? [{ value: value.id, keys: [...new Set(keys)], sides }] : [];
    }),
  );
}

/** Ids of the values said and not negated, the most explicit wording first. */
export function valuesSaid(phrases: readonly ValuePhrase[], words: readonly MarkedWord[]): string[] {
  const said = new Map<string, boolean>();
  for (const word of words) said.set(word.key, (said.get(word.key) ?? false) || !word.negated);
  const sided = words.some((word) => SIDES.has(word.word));
  const hits = phrases.filter(
    ({ keys, sides }) =>
      keys.every((key) => said.get(key)) &&
      (sides.length === 0 || (!sided && keys.length > 0) || sides.every((side) => said.get(side))),
  );
  // "Back of the neck" is not also "neck": a wording within a longer one that was said gives way.
  const kept = hits.filter(
    (hit) =>
      !hits.some((other) => other.keys.length > hit.keys.length && hit.keys.every((key) => other.keys.includes(key))),
  );
  kept.sort((a, b) => b.keys.length + b.sides.length - a.keys.length - a.sides.length);
  return [...new Set(kept.map((hit) => hit.value))];
}

/** The value of a scale (values named `7` or `7 out of 10`) that `text` gives. */
export function scaleValue(finding: Finding, text: string): FindingValue | undefined {
  if (!finding.values.some(({ name }) => SCALE.test(name))) return undefined;
  const number = readNumber(text);
  return finding.values.find(({ name }) => SCALE.test(name) && Number.parseInt(name, 10) === number);
}

/** The words that say something; where all only frame, all that are not stop words. */
function contentOf(words: readonly MarkedWord[]): MarkedWord[] {
  const strong = words.filter(({ strength }) => strength === "strong");
  if (strong.length > 0) return strong;
  const weak = words.filter(({ strength }) => strength === "weak");
  return weak.length > 0 ? weak : [...words];
}
