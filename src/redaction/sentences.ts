/** A text as rules about names read it: its words in order, what stands between them, and whether capitals tell anything. */
import type { Token } from "./tokens.ts";
import type { RedactionVocabulary } from "./vocabulary.ts";

/** Words are named by their place among the words; a bracket counts as one. */
export interface Sentences {
  readonly count: number;
  readonly vocabulary: RedactionVocabulary;
  /** Whether capitals tell anything: neither all letters are small nor most words are large. */
  readonly isCased: boolean;
  /** In lower case; empty where there is none. */
  word(n: number): string;
  isWord(n: number): boolean;
  isBracket(n: number): boolean;
  /** Begins with a capital, in a text in which that tells something. */
  isCapital(n: number): boolean;
  /** All capitals, and short enough for an abbreviation. */
  isAbbreviation(n: number): boolean;
  /** What stands between a word and the one before; after the last word, what follows it. */
  gap(n: number): string;
  /** Whether a sentence or a line begins here. */
  begins(n: number): boolean;
  /** The next word follows without an end of sentence. */
  leads(n: number): boolean;
  /** More likely a name than any other word. */
  isGiven(n: number): boolean;
  /** May be a name: known as one, unknown, or capitalised inside a sentence. */
  isNameLike(n: number): boolean;
  /** Place among the tokens. */
  place(n: number): number;
}

export function sentencesOf(tokens: readonly Token[], vocabulary: RedactionVocabulary): Sentences {
  const places = tokens.flatMap(({ type }, at) => (type === "word" || type === "bracket" ? [at] : []));
  const token = (n: number): Token | undefined => tokens[places[n] ?? -1];
  const isCased = usesCase(tokens);
  const view: Sentences = {
    count: places.length,
    vocabulary,
    isCased,
    word: (n) => token(n)?.folded ?? "",
    isWord: (n) => token(n)?.type === "word",
    isBracket: (n) => token(n)?.type === "bracket",
    isCapital: (n) => isCased && /^\p{Lu}/u.test(token(n)?.text ?? ""),
    isAbbreviation(n) {
      const text = token(n)?.text ?? "";
      return text.length <= 5 && text === text.toUpperCase();
    },
    gap: (n) =>
      tokens
        .slice(n === 0 ? 0 : places[n - 1]! + 1, places[n] ?? tokens.length)
        .map(({ text }) => text)
        .join(""),
    begins: (n) => n === 0 || /[.!?\n;:"(]|--/.test(view.gap(n)),
    leads: (n) => n + 1 < places.length && /^[ .,:'"-]*$/.test(view.gap(n + 1)),
    isGiven: (n) => /^(?:always|given)$/.test(vocabulary.nameness(view.word(n))),
    isNameLike(n) {
      const word = view.word(n);
      if (!view.isWord(n) || word.length < 2) return false;
      if (vocabulary.nameness(word) !== "never" || !vocabulary.knows(word)) return true;
      return view.isCapital(n) && !view.begins(n);
    },
    place: (n) => places[n]!,
  };
  return view;
}

function usesCase(tokens: readonly Token[]): boolean {
  const words = tokens.filter(({ type, text }) => type === "word" && text.length > 1);
  const capital = words.filter(({ text }) => /^\p{Lu}/u.test(text)).length;
  const hasSmall = words.some(({ text }) => /\p{Ll}/u.test(text));
  return hasSmall && (capital / words.length <= 0.6 || words.length <= 3);
}
