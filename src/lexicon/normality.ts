/** "My appetite is fine", "not sleeping well": that something is as it should be, or is not, names a finding too. */
import type { Finding } from "../vocabulary.ts";
import { type MarkedWord, markWords } from "./clauses.ts";

const WELL = new Set([
  "fine",
  "normal",
  "normally",
  "ok",
  "okay",
  "good",
  "well",
  "clear",
  "regular",
  "alright",
  "properly",
  "grand",
  "perfect",
  "unchanged",
]);
/** What everything does or has: alone they say not what is well. */
const VAGUE = new Set(["look", "work", "open", "onl", "ge", "stand", "amount", "~colour", "head", "back"]);
/** "Well above the limit" is not well. */
const MORE = new Set(["above", "over", "below", "under", "past", "beyond", "worth"]);
/** The word of wellbeing stands at most this far from the thing. */
const NEAR = 4;

/** What is well where `finding` is absent: keys that must be said near the word of wellbeing. */
export interface NormalWording {
  readonly finding: Finding;
  readonly keys: readonly string[];
}

/** A name that says what is troubled. */
const TROUBLE_WITH = /^(?:sensitivity to|difficulty|trouble|loss of|problems? with) (.+)$/;

/** Taken from the sentences that deny a finding ("No, I sleep well."); children are left out, they deny too little. */
export function normalWordings(finding: Finding): NormalWording[] {
  if (finding.type !== "binary" || finding.parent || finding.kind !== "symptom") return [];
  const [, thing] = TROUBLE_WITH.exec(finding.name) ?? [];
  const named = thing === undefined ? [] : [`${thing} fine`];
  return [...named, ...(finding.answers?.absent ?? [])].flatMap((answer) => {
    const words = markWords(answer.replace(/^no\b,?/i, ""));
    if (!words.some(({ word }) => WELL.has(word)) || words.some(({ negated }) => negated)) return [];
    const keys = [
      ...new Set(words.filter(({ strength, word }) => strength === "strong" && !WELL.has(word)).map(({ key }) => key)),
    ];
    return keys.length > 0 && keys.length <= 2 && !keys.every((key) => VAGUE.has(key)) ? [{ finding, keys }] : [];
  });
}

export function normalityHits(
  wordings: readonly NormalWording[],
  words: readonly MarkedWord[],
): { finding: Finding; state: "present" | "absent"; positions: number[] }[] {
  const hits: { finding: Finding; state: "present" | "absent"; positions: number[] }[] = [];
  words.forEach((word, at) => {
    if (!saysWell(words, at)) return;
    for (const { finding, keys } of wordings) {
      const positions = keys.map((key) => placeNear(words, key, at));
      if (positions.some((p) => p < 0)) continue;
      hits.push({ finding, state: word.negated ? "present" : "absent", positions: positions.sort((a, b) => a - b) });
    }
  });
  return hits;
}

function placeNear(words: readonly MarkedWord[], key: string, at: number): number {
  for (let p = at - 1; p >= Math.max(0, at - NEAR); p--) {
    if (words[p]!.key === key && words[p]!.part === words[at]!.part) return p;
  }
  return -1;
}

/** Does `words` call anything of the name of `finding` well: for chest pain, "the chest is fine"? */
export function callsWell(finding: Finding, words: readonly MarkedWord[]): boolean {
  const keys = namesOf(finding);
  return words.some(
    ({ negated }, at) => !negated && saysWell(words, at) && keys.some((key) => placeNear(words, key, at) >= 0),
  );
}

/** Is the word at `at` one of wellbeing, said of what stands before it? */
function saysWell(words: readonly MarkedWord[], at: number): boolean {
  const [before, word, next] = [words[at - 1], words[at]!, words[at + 1]];
  return WELL.has(word.word) && before?.part === word.part && before.word !== "as" && !MORE.has(next?.word ?? "");
}

const namesOf = (finding: Finding): string[] =>
  markWords(finding.name).flatMap(({ strength, key }) => (strength === "strong" && key !== "~pain" ? [key] : []));

/** Whether a text (folded) calls anything well at all. */
export const mayCallWell = (text: string): boolean => WELL_WORD.test(text);
const WELL_WORD = new RegExp(`\\b(?:${[...WELL].join("|")})\\b`);
