/**
 * How well redaction does: on sentences with planted personal data, how much of it is gone; on utterances without any, how
 * much of what was meant is still there. A sentence marks what is planted: "my name is {name:Rose}".
 */
import {
  factText,
  type Lexicon,
  type RedactionVocabulary,
  redact,
  type Understood,
  type Utterance,
  understand,
} from "../../src/index.ts";

export interface PlantedSentence {
  readonly text: string;
  readonly planted: readonly { readonly kind: string; readonly text: string }[];
  /** The text without what is planted. */
  readonly rest: string;
}

/** One sentence a line; `\n` stands for the end of a line. */
export function plantedSentences(content: string): PlantedSentence[] {
  return content
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const marked = line.replaceAll("\\n", "\n");
      const mark = /\{(\w+):([^}]*)\}/g;
      const planted = [...marked.matchAll(mark)].map(([, kind, text]) => ({ kind: kind!, text: text! }));
      return { text: marked.replace(mark, "$2"), rest: marked.replace(mark, " "), planted };
    });
}

export interface Recall {
  readonly sentences: number;
  readonly planted: number;
  /** Planted pieces of which nothing is left. */
  readonly gone: number;
  readonly byKind: Readonly<Record<string, { readonly planted: number; readonly gone: number }>>;
  readonly leaks: readonly { readonly text: string; readonly redacted: string; readonly leaked: string }[];
}

/** What stays even in a piece that is gone: titles and small words tell nobody. */
const NOTHING = new Set(
  "of the at and on in to dot com co uk org net mr mrs miss ms dr uncle year old a st".split(" "),
);

/** Words and numbers, as a reader without regard to disguise would see them. */
const piecesOf = (text: string): string[] =>
  (
    text
      .normalize("NFKD")
      .replace(/[\p{M}\p{Cf}]/gu, "")
      .toLowerCase()
      .match(/[\p{L}\d]+/gu) ?? []
  ).filter((piece) => !NOTHING.has(piece));

export function measureRecall(sentences: readonly PlantedSentence[], vocabulary: RedactionVocabulary): Recall {
  const byKind: Record<string, { planted: number; gone: number }> = {};
  const leaks: { text: string; redacted: string; leaked: string }[] = [];
  for (const { text, rest, planted } of sentences) {
    const redacted = redact(text, vocabulary).text;
    const left = piecesOf(redacted.replace(/\[[a-z]+\]/g, " "));
    const allowed = piecesOf(rest);
    for (const piece of planted) {
      const tally = byKind[piece.kind] ?? { planted: 0, gone: 0 };
      byKind[piece.kind] = tally;
      tally.planted++;
      const count = (list: readonly string[], word: string): number => list.filter((each) => each === word).length;
      if (piecesOf(piece.text).some((word) => count(left, word) > count(allowed, word)))
        leaks.push({ text, redacted, leaked: piece.text });
      else tally.gone++;
    }
  }
  const sum = (name: "planted" | "gone"): number =>
    Object.values(byKind).reduce((total, each) => total + each[name], 0);
  return { sentences: sentences.length, planted: sum("planted"), gone: sum("gone"), byKind, leaks };
}

export interface ClinicalLoss {
  readonly utterances: number;
  /** Share of words and numbers that are still there. */
  readonly kept: number;
  /** Share of utterances that nothing was taken out of. */
  readonly whole: number;
  /** Share of utterances that are understood to say the same as before. */
  readonly sameFacts: number;
  /** What was taken out, with how often. Of development parts only: to look at held-out ones spends them. */
  readonly lost: ReadonlyMap<string, number>;
}

export function measureLoss(
  utterances: readonly Utterance[],
  vocabulary: RedactionVocabulary,
  lexicon: Lexicon,
): ClinicalLoss {
  const lost = new Map<string, number>();
  let [words, kept, whole, same] = [0, 0, 0, 0];
  for (const { text, context } of utterances) {
    const redacted = redact(text, vocabulary).text;
    const before = piecesOf(text);
    const after = piecesOf(redacted.replace(/\[[a-z]+\]/g, " "));
    words += before.length;
    const left = new Map<string, number>();
    for (const word of after) left.set(word, (left.get(word) ?? 0) + 1);
    for (const word of before) {
      const there = left.get(word) ?? 0;
      if (there > 0) {
        left.set(word, there - 1);
        kept++;
      } else lost.set(word, (lost.get(word) ?? 0) + 1);
    }
    if (!/\[[a-z]+\]/.test(redacted)) whole++;
    const read = (said: string): string =>
      factsOf(
        understand(lexicon, said, {
          asked: context.asked,
          age: context.age,
          known: context.known && new Map(context.known.map((observed) => [observed.finding, observed])),
        }),
      );
    if (read(text) === read(redacted)) same++;
  }
  const n = utterances.length;
  return { utterances: n, kept: kept / words, whole: whole / n, sameFacts: same / n, lost };
}

const factsOf = ({ observed, corrections, intent }: Understood): string =>
  JSON.stringify([observed.map(factText).sort(), corrections.map(factText).sort(), intent]);
