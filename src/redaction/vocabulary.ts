/**
 * The words that may stay: those of a knowledge base and of everyday English. A word that is not here goes, whatever it
 * is. Of words that are also names or places it is known that they are.
 */
import { CONCEPT_PHRASES } from "../lexicon/concepts.ts";
import { FRAME_WORDS } from "../lexicon/words.ts";
import type { KnowledgeBase } from "../vocabulary.ts";
import { plainText } from "./normal-form.ts";

export interface RedactionVocabulary {
  /** May the word stay? Lower case, plain letters; endings such as `'s` and `'ll` do not matter. */
  knows(word: string): boolean;
  /** Is it a word of the knowledge base? */
  isClinical(word: string): boolean;
  /** Is the word a name as well? `always`: more often than not. */
  nameness(word: string): Nameness;
  isPlace(word: string): boolean;
  /** How many words, from the place `at` on, are the whole name of a condition that names somebody ("Bell's palsy"); 0: none. */
  namesCondition(words: readonly string[], at: number): number;
  /** The clinical word that a misspelt one was meant to be: one letter away, and long enough to tell. */
  corrected(word: string): string | undefined;
}

export type Nameness = "always" | "given" | "surname" | "never";

export interface VocabularyTexts {
  readonly base: KnowledgeBase;
  /** As `data/redaction/everyday.txt`: lines of words by their kind. */
  readonly everyday: string;
  /** As `data/redaction/names.txt`. */
  readonly names: string;
}

type Four = [Set<string>, Set<string>, Set<string>, Set<string>];

const ENDING = /'(?:s|ll|ve|re|d|m)$/;
/** Words with fewer letters are not corrected: too many others are one letter away. */
const CORRECTABLE = 6;

export function redactionVocabulary({ base, everyday, names }: VocabularyTexts): RedactionVocabulary {
  const clinical = new Set(textsOf(base).flatMap(lettersOf));
  const known = new Set([...clinical, ...[...FRAME_WORDS, ...CONCEPT_PHRASES].flatMap(lettersOf)]);
  for (const { kind, words } of linesOf(everyday)) {
    for (const word of words) for (const form of [word, ...formsOf(kind, word)]) known.add(form);
  }
  const listed = (wanted: string): Set<string> =>
    new Set(linesOf(names).flatMap(({ kind, words }) => (kind === wanted ? words : [])));
  const [always, given, surnames, places] = ["always", "names", "surnames", "places"].map(listed) as Four;
  const eponyms = eponymsOf(base, (word) => always.has(word) || given.has(word) || surnames.has(word));
  let corrections: ReadonlyMap<string, string> | undefined;
  const inSet = (set: ReadonlySet<string>, word: string): boolean => set.has(word) || set.has(word.replace(ENDING, ""));
  return {
    knows(word) {
      if (inSet(always, word)) return false;
      if (inSet(known, word) || inSet(known, word.replace(/n't$/, ""))) return true;
      const drawn = word.replace(/(.)\1{2,}/g, "$1$1");
      return drawn !== word && (known.has(drawn) || known.has(drawn.replace(/(.)\1/g, "$1")));
    },
    isClinical: (word) => inSet(clinical, word),
    nameness: (word) =>
      inSet(always, word) ? "always" : inSet(given, word) ? "given" : inSet(surnames, word) ? "surname" : "never",
    isPlace: (word) => inSet(places, word),
    namesCondition: (words, at) =>
      Math.max(
        0,
        ...(eponyms.get(words[at] ?? "") ?? []).map((name) =>
          name.every((word, k) => words[at + k] === word) ? name.length : 0,
        ),
      ),
    corrected(word) {
      if (word.length < CORRECTABLE || !/^[a-z]+$/.test(word) || given.has(word) || always.has(word)) return undefined;
      corrections ??= correctionsOf([...clinical].filter((each) => !always.has(each)));
      const own = corrections.get(word);
      if (own !== undefined) return own || undefined;
      const near = new Set(oneLess(word).map((less) => corrections!.get(less)));
      near.delete(undefined);
      const [only] = near;
      return near.size === 1 && only && Math.abs(only.length - word.length) <= 1 ? only : undefined;
    },
  };
}

/** `w`: as they stand; `n`: with a plural; `v`: with -s, -ed, -ing; `a`: with -er, -est, -ly, -ness. */
function formsOf(kind: string, word: string): string[] {
  const bare = word.replace(/e$/, "");
  const soft = /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}i` : undefined;
  const hard = /[^aeiou][aeiou][bdgklmnprtz]$/.test(word) ? word + word.at(-1) : undefined;
  const plural = soft ? `${soft}es` : /(?:s|sh|ch|x|z)$/.test(word) ? `${word}es` : `${word}s`;
  switch (kind) {
    case "n":
      return [plural];
    case "v":
      return [
        plural,
        `${soft ?? bare}ed`,
        `${/ee$/.test(word) ? word : bare}ing`,
        ...(hard ? [`${hard}ed`, `${hard}ing`] : []),
      ];
    case "a":
      return [`${soft ?? hard ?? bare}er`, `${soft ?? hard ?? bare}est`, `${soft ?? word}ly`, `${soft ?? word}ness`];
    default:
      return [];
  }
}

function linesOf(list: string): { kind: string; words: string[] }[] {
  return list.split("\n").flatMap((line) => {
    const read = /^([a-z]+): (.*)$/.exec(line);
    return read ? [{ kind: read[1]!, words: read[2]!.split(" ") }] : [];
  });
}

function textsOf({ findings, conditions, redFlags }: KnowledgeBase): string[] {
  return [
    ...findings.flatMap(({ name, question, synonyms, values, answers }) => [
      name,
      question,
      ...synonyms,
      ...values.flatMap((value) => [value.name, ...value.synonyms, value.answer ?? ""]),
      ...(answers?.present ?? []),
      ...(answers?.absent ?? []),
    ]),
    ...conditions.flatMap(({ name, synonyms }) => [name, ...synonyms]),
    ...redFlags.flatMap(({ name, message }) => [name, message]),
  ];
}

const lettersOf = (text: string): string[] =>
  plainText(text)
    .toLowerCase()
    .match(/[a-z]+(?:'[a-z]+)*/g) ?? [];

/** Names of conditions, of two words at least, with a word in them that `isName`; by their first word. */
function eponymsOf({ conditions }: KnowledgeBase, isName: (word: string) => boolean): ReadonlyMap<string, string[][]> {
  const found = new Map<string, string[][]>();
  for (const name of conditions.flatMap(({ name, synonyms }) => [name, ...synonyms]).map(lettersOf)) {
    if (name.length < 2 || !name.some((word) => isName(word.replace(ENDING, "")))) continue;
    found.set(name[0]!, [...(found.get(name[0]!) ?? []), name]);
  }
  return found;
}

/** From what a word is with one letter left out to the word; "" where several words lead there. Words lead to themselves. */
function correctionsOf(words: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const long = words.filter((word) => word.length >= CORRECTABLE);
  for (const word of long) {
    for (const less of oneLess(word)) found.set(less, (found.get(less) ?? word) === word ? word : "");
  }
  for (const word of long) found.set(word, word);
  return found;
}

/** The first letter stays: people get it right. */
function oneLess(word: string): string[] {
  return [...word].slice(1).map((_, i) => word.slice(0, i + 1) + word.slice(i + 2));
}
