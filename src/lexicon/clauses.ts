/** A statement as marked words: which clause each stands in, and whether a negation reaches it. */
import { conceptAt } from "./concepts.ts";
import { fold, type Strength, stem, strengthOf, WORD } from "./words.ts";

export interface MarkedWord {
  readonly word: string;
  readonly stem: string;
  /** The concept that the word belongs to, else its stem: what two wordings are compared by. */
  readonly key: string;
  readonly strength: Strength;
  /** Number of the sentence, from 0. */
  readonly sentence: number;
  readonly negated: boolean;
}

const NEGATION = new Set([
  "no",
  "not",
  "never",
  "without",
  "denies",
  "deny",
  "denied",
  "neither",
  "nor",
  "none",
  "cannot",
]);
const CONTRAST = new Set(["but", "however", "although", "though", "except", "yet", "apart", "only", "just", "instead"]);
const SUBJECT = new Set(["i", "my", "it", "there", "we", "he", "she", "they", "i'm", "i've", "it's", "there's"]);
/** A negation reaches at most this many words. */
const REACH = 14;

const TOKENS = new RegExp(`${WORD}|[.;:!?\\n]+(?=\\s|$)`, "gu");

/** Marks the words of `text`. A negation ends with its sentence, at a contrast ("but") or at a new subject ("I"). */
export function markWords(text: string): MarkedWord[] {
  const tokens = fold(text).match(TOKENS) ?? [];
  const marked: MarkedWord[] = [];
  let sentence = 0;
  let reach = 0;
  for (const word of tokens) {
    if (!/[\p{L}\p{N}]/u.test(word)) {
      sentence++;
      reach = 0;
      continue;
    }
    if (CONTRAST.has(word) || SUBJECT.has(word)) reach = 0;
    const bare = stem(word);
    marked.push({ word, stem: bare, key: bare, strength: strengthOf(word), sentence, negated: reach > 0 });
    reach = NEGATION.has(word) || word.endsWith("n't") ? REACH : reach - 1;
  }
  return withConcepts(marked);
}

function withConcepts(words: readonly MarkedWord[]): MarkedWord[] {
  const stems = words.map((word) => word.stem);
  const result: MarkedWord[] = [];
  for (let i = 0; i < words.length; ) {
    const found = conceptAt(stems, i);
    const length = found?.length ?? 1;
    for (const word of words.slice(i, i + length)) {
      // The words of a phrase such as "short of breath" are one thing: each carries the concept.
      const strength = length > 1 ? "strong" : word.strength;
      result.push(found ? { ...word, key: found.concept, strength } : word);
    }
    i += length;
  }
  return result;
}
