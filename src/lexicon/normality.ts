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
]);
/** The word of wellbeing stands at most this far from the thing. */
const NEAR = 4;

/** What is well where `finding` is absent: keys that must be said near the word of wellbeing. */
export interface NormalWording {
  readonly finding: Finding;
  readonly keys: readonly string[];
}

/** Taken from the sentences that deny a finding ("No, I sleep well."); children are left out, they deny too little. */
export function normalWordings(finding: Finding): NormalWording[] {
  if (finding.type !== "binary" || finding.parent || finding.kind !== "symptom") return [];
  return (finding.answers?.absent ?? []).flatMap((answer) => {
    const words = markWords(answer.replace(/^no\b,?/i, ""));
    if (!words.some(({ word }) => WELL.has(word)) || words.some(({ negated }) => negated)) return [];
    const keys = [
      ...new Set(words.filter(({ strength, word }) => strength === "strong" && !WELL.has(word)).map(({ key }) => key)),
    ];
    return keys.length > 0 && keys.length <= 2 ? [{ finding, keys }] : [];
  });
}

export function normalityHits(
  wordings: readonly NormalWording[],
  words: readonly MarkedWord[],
): { finding: Finding; state: "present" | "absent"; positions: number[] }[] {
  const hits: { finding: Finding; state: "present" | "absent"; positions: number[] }[] = [];
  words.forEach((word, at) => {
    if (!WELL.has(word.word) || words[at - 1]?.word === "as" || words[at - 1]?.part !== word.part) return;
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
