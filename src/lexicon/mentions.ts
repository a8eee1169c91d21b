/** Findings that a free statement names: "I have a sore throat and no cough". A phrase counts within one sentence. */
import type { Finding, ObservedFinding } from "../vocabulary.ts";
import { type MarkedWord, markWords } from "./clauses.ts";
import { readMeasure } from "./numbers.ts";
import { type ValuePhrase, valuesSaid } from "./values.ts";
import type { Strength } from "./words.ts";

/** A short wording of a finding: keys that must stand near each other, and framing words that may. */
export interface FindingPhrase {
  readonly finding: Finding;
  readonly keys: readonly string[];
  readonly details: readonly string[];
}

/** Longer wordings are descriptions, not names; they are left to `match`. */
const LONGEST = 4;
/** A phrase may be spread over this many words more than it has. */
const SLACK = 3;

export function findingPhrases(finding: Finding): FindingPhrase[] {
  const wordings = [finding.name, ...finding.synonyms, finding.question];
  return wordings.flatMap((wording) => {
    const words = markWords(wording);
    const keysOf = (strength: Strength): string[] => [
      ...new Set(words.filter((word) => word.strength === strength).map((word) => word.key)),
    ];
    const keys = keysOf("strong");
    return keys.length > 0 && keys.length <= LONGEST ? [{ finding, keys, details: keysOf("weak") }] : [];
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
  /** Framing words of the wording that the sentence lacks. */
  readonly missing: number;
}

/** What `text` states, in the order in which it is said. `values` gives the value wordings of a finding. */
export function readMentions(
  index: PhraseIndex,
  childrenOf: (finding: string) => readonly Finding[],
  values: (finding: Finding) => readonly ValuePhrase[],
  text: string,
): ObservedFinding[] {
  const words = markWords(text);
  const sentences = sentencesOf(words);
  const observed = new Map<string, ObservedFinding>();
  const done = new Set<string>();
  for (const { finding, positions, negated } of longestHits(index, words)) {
    const at = words[positions[0]!]!.sentence;
    // What one sentence says again adds nothing.
    const statement = `${at} ${negated} ${finding.id}`;
    if (done.has(statement)) continue;
    done.add(statement);
    const sentence = sentences.get(at)!;
    if (finding.type === "numeric") {
      const number = readMeasure(finding, sentence.map(({ word }) => word).join(" "));
      if (number !== undefined) observed.set(finding.id, { finding: finding.id, state: "present", number });
    } else if (finding.type !== "binary") {
      if (!negated) stateValues(observed, finding, values(finding), sentence);
    } else {
      if (observed.get(finding.id)?.state !== "present") {
        observed.set(finding.id, { finding: finding.id, state: negated ? "absent" : "present" });
      }
      if (negated) continue;
      // The words that name the finding do not also name a value of it: a chest that hurts is not "aching" for that.
      const named = new Set(positions.map((p) => words[p]!));
      const rest = sentence.filter((word) => !named.has(word));
      for (const child of childrenOf(finding.id)) stateValues(observed, child, values(child), rest);
    }
  }
  return [...observed.values()];
}

function sentencesOf(words: readonly MarkedWord[]): ReadonlyMap<number, readonly MarkedWord[]> {
  const sentences = new Map<number, MarkedWord[]>();
  for (const word of words) {
    const sentence = sentences.get(word.sentence);
    if (sentence) sentence.push(word);
    else sentences.set(word.sentence, [word]);
  }
  return sentences;
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

/** All phrases found, in text order, without those within a longer one or told by a closer wording. */
function longestHits(index: PhraseIndex, words: readonly MarkedWord[]): Hit[] {
  const hits: Hit[] = [];
  words.forEach((word, at) => {
    for (const phrase of index.get(word.key) ?? []) {
      const positions = placesOf(phrase, words, at);
      if (!positions) continue;
      const negated = words[at]!.negated;
      // A phrase on both sides of a negation's end is no phrase: "I can't breathe and my chest hurts".
      if (positions.some((p) => words[p]!.negated !== negated)) continue;
      const near = words.slice(Math.max(0, positions[0]! - SLACK), positions.at(-1)! + SLACK + 1);
      const missing = phrase.details.filter((detail) => !near.some(({ key }) => key === detail)).length;
      // One word of a longer wording names nothing: "terrible" alone is no fear that something terrible is coming.
      if (phrase.keys.length === 1 && missing > phrase.details.length / 2) continue;
      hits.push({ finding: phrase.finding, positions, negated, missing });
    }
  });
  const best = new Map<number, { length: number; missing: number }>();
  for (const { positions, missing } of hits) {
    const { length } = positions;
    for (const p of positions) {
      const known = best.get(p);
      if (!known || length > known.length || (length === known.length && missing < known.missing)) {
        best.set(p, { length, missing });
      }
    }
  }
  return hits.filter(({ positions, missing }) =>
    positions.some((p) => best.get(p)!.length === positions.length && best.get(p)!.missing === missing),
  );
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
