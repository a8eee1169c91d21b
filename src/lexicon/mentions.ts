/** Findings that a free statement names: "I have a sore throat and no cough". A phrase counts within one sentence. */
import type { Finding, ObservedFinding } from "../vocabulary.ts";
import { type MarkedWord, markWords } from "./clauses.ts";
import { readMeasure } from "./numbers.ts";
import { type ValuePhrase, valuesSaid } from "./values.ts";

/** A short wording of a finding: the keys that must stand near each other. */
export interface FindingPhrase {
  readonly finding: Finding;
  readonly keys: readonly string[];
}

/** Longer wordings are descriptions, not names; they are left to `match`. */
const LONGEST = 4;
/** A phrase may be spread over this many words more than it has. */
const SLACK = 3;

export function findingPhrases(finding: Finding): FindingPhrase[] {
  const wordings = [finding.name, ...finding.synonyms, finding.question];
  return wordings.flatMap((wording) => {
    const words = markWords(wording).filter(({ strength }) => strength === "strong");
    const keys = [...new Set(words.map(({ key }) => key))];
    return keys.length > 0 && keys.length <= LONGEST ? [{ finding, keys }] : [];
  });
}

/** Phrases by each of their keys' rarest, so that a statement is compared only with what it may name. */
export type PhraseIndex = ReadonlyMap<string, readonly FindingPhrase[]>;

export function indexPhrases(findings: Iterable<Finding>): PhraseIndex {
  const phrases = [...findings].flatMap(findingPhrases);
  const counts = new Map<string, number>();
  for (const { keys } of phrases) for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  const index = new Map<string, FindingPhrase[]>();
  for (const phrase of phrases) {
    const rarest = phrase.keys.reduce((a, b) => (counts.get(b)! < counts.get(a)! ? b : a));
    const entry = index.get(rarest);
    if (entry) entry.push(phrase);
    else index.set(rarest, [phrase]);
  }
  return index;
}

interface Hit {
  readonly finding: Finding;
  readonly positions: readonly number[];
  readonly negated: boolean;
}

/** What `text` states, in the order in which it is said. `values` gives the value wordings of a finding. */
export function readMentions(
  index: PhraseIndex,
  childrenOf: (finding: string) => readonly Finding[],
  values: (finding: Finding) => readonly ValuePhrase[],
  text: string,
): ObservedFinding[] {
  const words = markWords(text);
  const observed = new Map<string, ObservedFinding>();
  for (const hit of longestHits(index, words)) {
    const { finding } = hit;
    const sentence = words.filter((word) => word.sentence === words[hit.positions[0]!]!.sentence);
    if (finding.type === "binary") {
      if (observed.get(finding.id)?.state !== "present") {
        observed.set(finding.id, { finding: finding.id, state: hit.negated ? "absent" : "present" });
      }
      if (hit.negated) continue;
      for (const child of childrenOf(finding.id)) stateValues(observed, child, values(child), sentence);
    } else if (finding.type === "numeric") {
      const number = readMeasure(finding, sentence.map(({ word }) => word).join(" "));
      if (number !== undefined) observed.set(finding.id, { finding: finding.id, state: "present", number });
    } else if (!hit.negated) stateValues(observed, finding, values(finding), sentence);
  }
  return [...observed.values()];
}

function stateValues(
  observed: Map<string, ObservedFinding>,
  finding: Finding,
  phrases: readonly ValuePhrase[],
  sentence: readonly MarkedWord[],
): void {
  if (finding.type !== "categorical" && finding.type !== "multiple") return;
  const said = valuesSaid(phrases, sentence).filter((value) => value !== finding.none);
  const chosen = finding.type === "categorical" ? said.slice(0, 1) : said;
  if (chosen.length > 0) observed.set(finding.id, { finding: finding.id, state: "present", values: chosen });
}

/** All phrases found, in text order, without those that lie within a longer one. */
function longestHits(index: PhraseIndex, words: readonly MarkedWord[]): Hit[] {
  const hits: Hit[] = [];
  words.forEach((word, at) => {
    for (const phrase of index.get(word.key) ?? []) {
      const positions = placesOf(phrase, words, at);
      if (positions)
        hits.push({ finding: phrase.finding, positions, negated: positions.some((p) => words[p]!.negated) });
    }
  });
  const longest = new Map<number, number>();
  for (const { positions } of hits) {
    for (const p of positions) longest.set(p, Math.max(longest.get(p) ?? 0, positions.length));
  }
  return hits.filter(({ positions }) => positions.some((p) => longest.get(p) === positions.length));
}

/** Where the keys of `phrase` stand around word `at`, or undefined. */
function placesOf(phrase: FindingPhrase, words: readonly MarkedWord[], at: number): number[] | undefined {
  const span = phrase.keys.length + SLACK;
  const positions: number[] = [];
  for (const key of phrase.keys) {
    let found = -1;
    for (let p = Math.max(0, at - span); p <= Math.min(words.length - 1, at + span); p++) {
      const near = found < 0 || Math.abs(p - at) < Math.abs(found - at);
      if (words[p]!.key === key && words[p]!.sentence === words[at]!.sentence && near) found = p;
    }
    if (found < 0) return undefined;
    positions.push(found);
  }
  return positions.sort((a, b) => a - b);
}
