/**
 * Words to findings: which finding a question speaks of, which findings a complaint states, and what an answer means.
 * Lexical and deterministic: idf-weighted overlap of stems and everyday concepts; no model, no chance.
 */

import { type AnswerReader, answerReader } from "./lexicon/answer.ts";
import { markWords } from "./lexicon/clauses.ts";
import { CONCEPT_PHRASES } from "./lexicon/concepts.ts";
import { type Features, featuresOf } from "./lexicon/features.ts";
import { findingPhrases, indexPhrases } from "./lexicon/hits.ts";
import { lazily } from "./lexicon/lazily.ts";
import { type MentionIndex, readMentions, readStatements, type Statement } from "./lexicon/mentions.ts";
import { callsWell, mayCallWell, normalWordings } from "./lexicon/normality.ts";
import { buildSpeller } from "./lexicon/spelling.ts";
import { valuesSaid, valueWordings } from "./lexicon/values.ts";
import { FRAME_WORDS } from "./lexicon/words.ts";
import type { Finding, ObservedFinding } from "./vocabulary.ts";

export { polarityOf, readAnswer } from "./lexicon/answer.ts";
export { type TimeSaid, timesSaid, timeValue } from "./lexicon/durations.ts";
export type { Statement } from "./lexicon/mentions.ts";
export { spokenValue } from "./lexicon/values.ts";

export interface Match {
  readonly finding: string;
  /** How well the text covers a wording of the finding and the other way round, in (0, 1]; 1 is the wording itself. */
  readonly score: number;
  /** Values that the text names. */
  readonly values?: readonly string[];
}

export interface Lexicon {
  readonly findings: ReadonlyMap<string, Finding>;
  childrenOf(finding: string): readonly Finding[];
  /** Findings told by one of several values, such as a time, that are no detail of another. */
  readonly choices: readonly Finding[];
  /** The finding that is a temperature measured in °C. */
  readonly temperature: Finding | undefined;
  /** As `readAnswer` for one of the findings, whose words are made ready once. */
  readAnswer(finding: Finding, text: string): ObservedFinding;
  /** Findings that `text` may speak of, best first, among those that `accept` allows. At most `limit` (default 5). */
  match(text: string, limit?: number, accept?: (finding: Finding) => boolean): Match[];
  /** Findings that `text` states, with negation: "a sore throat and no cough". */
  mentions(text: string): ObservedFinding[];
  /** As `mentions`, with where in the folded text each is said. */
  statements(text: string): Statement[];
  /** `text` (folded) with misspelt words set right, as far as the findings' own words show what was meant. */
  correctSpelling(text: string): string;
  /** Does `text` (folded) say that what `finding` troubles is as it should be? */
  isWell(finding: Finding, text: string): boolean;
  /** Is this a word (folded) of the findings' own wordings? */
  knows(word: string): boolean;
}

/** A word that no finding uses weighs this much of the rarest known one: it may be small talk, or the point. */
const UNKNOWN_WORD = 0.35;
/** A word that is a value of the finding counts this much as covered. */
const VALUE_WORD = 0.8;
/** What a wording is worth by its source: a tie goes to the finding's own name or question. */
const SYNONYM = 0.98;

interface Wording {
  readonly owner: number;
  readonly features: Features;
  readonly worth: number;
}

export function buildLexicon(findings: readonly Finding[]): Lexicon {
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  const wordings = findings.flatMap((finding, owner): Wording[] => [
    { owner, features: featuresOf(finding.question), worth: 1 },
    { owner, features: featuresOf(finding.name), worth: 1 },
    // What is negative ("can't sleep") says the finding in a statement; in a question its words mean the opposite.
    ...finding.synonyms.filter(isPlain).map((synonym) => ({ owner, features: featuresOf(synonym), worth: SYNONYM })),
  ]);
  const wordingsOfValues = findings.map(valueWordings);
  const valueWords = findings.map((finding) => valueFeatures(finding));
  const weight = inverseFrequencies(findings.length, wordings, valueWords);
  const unknown = UNKNOWN_WORD * Math.log(1 + findings.length);
  const totals = Float64Array.from(wordings, ({ features }) => sumWeights(features, weight, 0));
  const postings = postingsOf(wordings);
  const ownerOf = new Map(findings.map(({ id }, owner) => [id, owner]));

  function match(text: string, limit = 5, accept: (finding: Finding) => boolean = () => true): Match[] {
    const said = featuresOf(text);
    const total = sumWeights(said, weight, unknown);
    if (total === 0) return [];
    const overlap = new Map<number, number>();
    for (const [feature, factor] of said) {
      for (const { wording, factor: own } of postings.get(feature) ?? []) {
        const shared = Math.min(factor, own) * weight.get(feature)!;
        overlap.set(wording, (overlap.get(wording) ?? 0) + shared);
      }
    }
    const best = new Map<number, number>();
    for (const [index, shared] of overlap) {
      const { owner, features, worth } = wordings[index]!;
      if (!accept(findings[owner]!)) continue;
      let covered = shared;
      const values = valueWords[owner]!;
      if (values.size > 0) {
        for (const [feature, factor] of said) {
          if (values.has(feature) && !features.has(feature)) covered += VALUE_WORD * factor * weight.get(feature)!;
        }
      }
      const precision = Math.min(1, covered / total);
      const recall = Math.min(1, shared / totals[index]!);
      const score = (worth * 2 * precision * recall) / (precision + recall);
      if (score > (best.get(owner) ?? 0)) best.set(owner, score);
    }
    const ranked = [...best].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, limit);
    const words = lazily(() => markWords(text));
    return ranked.map(([owner, score]) => {
      const { phrases } = wordingsOfValues[owner]!;
      const values = phrases.length > 0 ? valuesSaid(phrases, words()) : [];
      return { finding: findings[owner]!.id, score, ...(values.length > 0 && { values }) };
    });
  }

  const children = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (finding.parent) children.set(finding.parent, [...(children.get(finding.parent) ?? []), finding]);
  }
  const childrenOf = (id: string): readonly Finding[] => children.get(id) ?? [];
  const index: MentionIndex = {
    phrases: indexPhrases(findings.flatMap((finding) => findingPhrases(finding))),
    normal: findings.flatMap(normalWordings),
    childrenOf,
    values: ({ id }) => wordingsOfValues[ownerOf.get(id)!]!,
  };
  const readers = new Map<string, AnswerReader>(
    findings.map((finding, owner) => [finding.id, answerReader(finding, () => wordingsOfValues[owner]!.phrases)]),
  );
  // Built at the first need: most lexica never read what a person typed.
  const speller = lazily(() => buildSpeller([...findings.flatMap(wordingsOf), ...CONCEPT_PHRASES, ...FRAME_WORDS]));
  return {
    findings: byId,
    childrenOf,
    choices: findings.filter(({ type, parent }) => type === "categorical" && parent === undefined),
    temperature: findings.find(({ type, unit }) => type === "numeric" && unit === "°C"),
    readAnswer: ({ id }, text) => readers.get(id)!(text),
    match,
    mentions: (text) => readMentions(index, text),
    statements: (text) => readStatements(index, text),
    correctSpelling: (text) => speller().correct(text),
    isWell: (finding, text) => mayCallWell(text) && callsWell(finding, markWords(text)),
    knows: (word) => speller().knows(word),
  };
}

const isPlain = (wording: string): boolean =>
  !markWords(wording).some(({ negated, strength }) => negated && strength === "strong");

const wordingsOf = ({ name, question, synonyms, values, answers }: Finding): string[] => [
  name,
  question,
  ...synonyms,
  ...values.flatMap((value) => [value.name, ...value.synonyms, value.answer ?? ""]),
  ...(answers?.present ?? []),
  ...(answers?.absent ?? []),
];

function valueFeatures(finding: Finding): ReadonlySet<string> {
  const names = finding.values.flatMap((value) => [value.name, ...value.synonyms]);
  return new Set(names.flatMap((name) => [...featuresOf(name).keys()]));
}

/** ln(1 + N / number of findings that use the feature). */
function inverseFrequencies(
  count: number,
  wordings: readonly Wording[],
  valueWords: readonly ReadonlySet<string>[],
): ReadonlyMap<string, number> {
  const users = new Map<string, Set<number>>();
  const add = (feature: string, owner: number): void => {
    const entry = users.get(feature);
    if (entry) entry.add(owner);
    else users.set(feature, new Set([owner]));
  };
  for (const { owner, features } of wordings) for (const feature of features.keys()) add(feature, owner);
  valueWords.forEach((features, owner) => {
    for (const feature of features) add(feature, owner);
  });
  return new Map([...users].map(([feature, owners]) => [feature, Math.log(1 + count / owners.size)]));
}

function sumWeights(features: Features, weight: ReadonlyMap<string, number>, unknown: number): number {
  let sum = 0;
  for (const [feature, factor] of features) {
    // A concept that no finding knows adds nothing: its surface word is counted already.
    sum += factor * (weight.get(feature) ?? (feature.startsWith("~") ? 0 : unknown));
  }
  return sum;
}

function postingsOf(wordings: readonly Wording[]): ReadonlyMap<string, { wording: number; factor: number }[]> {
  const postings = new Map<string, { wording: number; factor: number }[]>();
  wordings.forEach(({ features }, wording) => {
    for (const [feature, factor] of features) {
      const entry = postings.get(feature);
      if (entry) entry.push({ wording, factor });
      else postings.set(feature, [{ wording, factor }]);
    }
  });
  return postings;
}
