/** Which values of a finding a statement names, by name or synonym, and which it rules out. */
import type { Finding, FindingValue } from "../vocabulary.ts";
import { type MarkedWord, markWords } from "./clauses.ts";
import { readNumber } from "./numbers.ts";

const SIDES = new Set(["left", "right"]);
const SCALE = /^\d+( out of \d+)?$/;

/** A wording of a value: keys that must all be said, and details (a side, a count) that tell it from its likes. */
export interface ValuePhrase {
  readonly value: string;
  readonly keys: readonly string[];
  readonly details: readonly string[];
}

/** The wordings of a finding's values, and the first key of each: where none of them is said, no value is. */
export interface ValueWordings {
  readonly phrases: readonly ValuePhrase[];
  readonly heads: ReadonlySet<string>;
}

export function valueWordings(finding: Finding): ValueWordings {
  const phrases = valuePhrases(finding);
  return { phrases, heads: new Set(phrases.map(({ keys }) => keys[0]!)) };
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
      const words = markWords(spokenValue(wording));
      const keysOf = (strength: MarkedWord["strength"]): string[] => [
        ...new Set(words.filter((word) => word.strength === strength).map((word) => word.key)),
      ];
      const [strong, weak, stop] = [keysOf("strong"), keysOf("weak"), keysOf("stop")];
      if (strong.length > 0) return [{ value: value.id, keys: strong, details: weak }];
      const keys = weak.length > 0 ? weak : stop;
      return keys.length > 0 ? [{ value: value.id, keys, details: [] }] : [];
    }),
  );
}

/** Ids of the values said and not negated, the most explicit wording first. */
export function valuesSaid(phrases: readonly ValuePhrase[], words: readonly MarkedWord[]): string[] {
  const said = new Set(words.filter(({ negated }) => !negated).map(({ key }) => key));
  const named = phrases.filter(({ keys }) => keys.every((key) => said.has(key)));
  if (named.length === 0) return [];
  const isOn = sidesSaid(words);
  const hits = named.map((hit) => {
    const detailed = hit.details.filter((detail) => said.has(detail) && isOn(detail, hit.keys)).length;
    return { ...hit, closeness: 2 * detailed - hit.details.length };
  });
  // "Back of the neck" is not also "neck", nor "left arm" the right one: the closer wording stands alone.
  const kept = hits.filter(
    (hit) =>
      !hits.some((other) => {
        if (!hit.keys.every((key) => other.keys.includes(key))) return false;
        return other.keys.length > hit.keys.length || other.closeness > hit.closeness;
      }),
  );
  kept.sort((a, b) => b.keys.length - a.keys.length || b.closeness - a.closeness);
  return [...new Set(kept.map((hit) => hit.value))];
}

/** Which side goes with which words: the one said last before them, so that "left arm and right leg" is two places. */
function sidesSaid(words: readonly MarkedWord[]): (detail: string, keys: readonly string[]) => boolean {
  const sides = new Map<string, Set<string>>();
  let last: string | undefined;
  for (const { key } of words) {
    if (SIDES.has(key)) last = key;
    else if (last) sides.set(key, (sides.get(key) ?? new Set()).add(last));
  }
  return (detail, keys) => !SIDES.has(detail) || keys.every((key) => sides.get(key)?.has(detail) ?? true);
}

const RATING = /(?<![\d.])(10|\d)(?:[.,]\d)? ?(?:out of|\/|of) ?10\b/;

/** The id of a scale's value that a free statement rates: "7 out of 10", "7/10". */
export function ratingSaid(finding: Finding, text: string): string | undefined {
  const rated = RATING.exec(text);
  if (!rated || !finding.values.some(({ name }) => SCALE.test(name))) return undefined;
  return finding.values.find(({ name }) => SCALE.test(name) && Number.parseInt(name, 10) === Number(rated[1]))?.id;
}

/** The value of a scale (values named `7` or `7 out of 10`) that `text` gives. */
export function scaleValue(finding: Finding, text: string): FindingValue | undefined {
  if (!finding.values.some(({ name }) => SCALE.test(name))) return undefined;
  const number = readNumber(text);
  return finding.values.find(({ name }) => SCALE.test(name) && Number.parseInt(name, 10) === number);
}
