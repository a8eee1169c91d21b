/** Where a text holds a wording of a finding: all its naming words near each other within one sentence. */
import type { Finding } from "../vocabulary.ts";
import { type MarkedWord, markWords } from "./clauses.ts";
import type { Strength } from "./words.ts";

/** A short wording of a finding: keys that must stand near each other, and framing words that may. */
export interface FindingPhrase {
  readonly finding: Finding;
  readonly keys: readonly string[];
  readonly details: readonly string[];
  /** The wording itself is a negation: "can't sleep". */
  readonly negative: boolean;
  /** The wording is the finding's question, whose framing words ("in the weeks before") matter. */
  readonly isQuestion: boolean;
}

export interface Hit {
  readonly finding: Finding;
  readonly phrase: FindingPhrase;
  /** Indexes of the words, rising. */
  readonly positions: readonly number[];
  /** True where the text says that the finding is not there. */
  readonly negated: boolean;
  readonly childTypes?: ReadonlyMap<string, Finding["type"]>;
}

/** Phrases by each of their keys' rarest, so that a statement is compared only with what it may name. */
export type PhraseIndex = ReadonlyMap<string, readonly FindingPhrase[]>;

/** Parts of the body: alone they name no finding. */
const PLACES =
  `~belly heart chest leg arm head skin hair eye ear nose mouth throat neck face lip tongue hand foot finger toe
  nail knee muscl joint bon rib sid shoulder body`.split(/\s+/);
/** What is neither a thing nor its place: a pain, a person, a number, a time of day, a movement. */
const VAGUE = new Set(
  `~pain ~relative ~blood ~swelling ~colour ~place ~onset ~kind ~severe ~medicine ~travel ~spread ~lump ~weak
  back night morn even food eat meal water drink milk school work hom hous child bab
  son daughter wif husband partn friend cat dog animal pet two three four spot wak walk mov hot cold red blu whit yellow
  green black dark light hour minut second summer spring car plan new old bad good hard bed chair sound smell tast sleep
  rest lie stand sit climb voic word hold hav going stuff pad period rise turn lif`.split(/\s+/),
);
/** Keys that name nothing by themselves. */
const GENERAL = new Set([...PLACES, ...VAGUE]);

/** Longer wordings are descriptions, not names; they are left to `match`. */
const LONGEST = 4;
/** A phrase may be spread over this many words more than it has. */
const SLACK = 3;

export function findingPhrases(finding: Finding): FindingPhrase[] {
  const wordings = [finding.name, ...finding.synonyms, finding.question];
  const seen = new Set<string>();
  return wordings.flatMap((wording): FindingPhrase[] => {
    const words = markWords(wording);
    const keys = keysOf(words, "strong");
    const details = keysOf(words, "weak");
    const negative = words.some(({ strength, negated }) => strength === "strong" && negated);
    // "Sleep" names nothing, "can't sleep" does.
    const isUnable = negative && words.every(({ strength, negated }) => strength !== "strong" || negated === "verb");
    if (keys.length === 0 || keys.length > LONGEST || (isGeneral(keys) && details.length === 0 && !isUnable)) return [];
    const text = `${negative} ${[...keys].sort().join(" ")}|${[...details].sort().join(" ")}`;
    if (seen.has(text)) return [];
    seen.add(text);
    return [{ finding, keys, details, negative, isQuestion: wording === finding.question }];
  });
}

const keysOf = (words: readonly MarkedWord[], strength: Strength): string[] => [
  ...new Set(words.filter((word) => word.strength === strength).map((word) => word.key)),
];
export function indexPhrases(phrases: readonly FindingPhrase[]): PhraseIndex {
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

const isGeneral = (keys: readonly string[]): boolean => keys.length === 1 && GENERAL.has(keys[0]!);

/** Whether the wording names neither a thing nor its place ("sore to move"): it tells of what was named beside it. */
export const namesNothing = ({ keys }: FindingPhrase): boolean =>
  keys.every((key) => VAGUE.has(key) || key === "through");

interface Candidate extends Hit {
  /** Framing words of the wording that the sentence lacks. */
  readonly missing: number;
  readonly span: number;
  /** How many words it counts for: two things joined by "and" do not hide each by itself. */
  readonly length: number;
}

/** All phrases found, in text order, without those within a longer one or told by a closer wording. */
export function findHits(index: PhraseIndex, words: readonly MarkedWord[]): Hit[] {
  const found: Candidate[] = [];
  words.forEach((word, at) => {
    if (word.strength !== "strong") return;
    for (const phrase of index.get(word.key) ?? []) {
      const positions = placesOf(phrase, words, at);
      const negated = positions && readNegation(phrase, words, positions);
      if (negated === undefined) continue;
      const near = words.slice(Math.max(0, positions![0]! - SLACK), positions!.at(-1)! + SLACK + 1);
      const missing = phrase.details.filter((detail) => !near.some(({ key }) => key === detail)).length;
      // One word of a longer wording names nothing: "terrible" alone is no fear that something terrible is coming.
      if ((phrase.keys.length === 1 || phrase.isQuestion) && missing > phrase.details.length / 2) continue;
      if (isGeneral(phrase.keys) && missing > 0) continue;
      const span = positions!.at(-1)! - positions![0]!;
      found.push({
        finding: phrase.finding,
        phrase,
        positions: positions!,
        negated,
        missing,
        span,
        length: isJoined(words, positions!) ? 1 : positions!.length,
      });
    }
  });
  return withoutShadowed(found, words);
}

/** True, false, or undefined where the words do not belong together. */
function readNegation(phrase: FindingPhrase, words: readonly MarkedWord[], positions: readonly number[]) {
  const flags = positions.map((p) => words[p]!.negated !== false);
  if (phrase.negative) return flags.some(Boolean) ? false : undefined;
  // A negation may begin within ("my joints don't hurt") but not end within: "I can't breathe and my chest hurts".
  const ends = flags.some((flag, i) => i > 0 && flags[i - 1] && !flag);
  if (ends) {
    // "No pain when I pee" is of that pain; whatever else follows has begun something new.
    const from = positions.find((_, i) => flags[i] && flags[i + 1] === false)!;
    const to = positions.find((p) => p > from)!;
    return flags[0] && words.slice(from, to).some(({ word }) => OCCASION.has(word)) ? true : undefined;
  }
  // A noun's negation ("sore throat, no cough") begins something else.
  const begins = flags.some((flag, i) => i > 0 && !flags[i - 1] && flag);
  return begins && words[positions.at(-1)!]!.negated !== "verb" ? undefined : flags.at(-1)!;
}

const OCCASION = new Set(["when", "while", "if", "whenever", "as", "after"]);

function withoutShadowed(found: readonly Candidate[], words: readonly MarkedWord[]): Hit[] {
  const best = new Map<number, { length: number; missing: number; negative: boolean }>();
  for (const { positions, missing, phrase, length } of found) {
    const own = { length, missing, negative: phrase.negative };
    for (const p of positions) {
      const known = best.get(p);
      if (!known || beats(own, known)) best.set(p, own);
    }
  }
  const kept = found.filter(({ positions, missing, phrase, length }) =>
    positions.some((p) => !beats(best.get(p)!, { length, missing, negative: phrase.negative })),
  );
  const byWord = new Map<number, Candidate[]>();
  for (const hit of kept) for (const p of hit.positions) byWord.set(p, [...(byWord.get(p) ?? []), hit]);
  const own = kept.filter(
    (hit) =>
      hit.span < hit.positions.length ||
      !hit.positions.some((p) => byWord.get(p)!.some((other) => borrows(hit, other, p, words))),
  );
  return withoutStretched(own);
}

/** Of hits that share two words or more the tightest stands: "lower back pain in the leg" is no pain in the lower leg. */
function withoutStretched(hits: readonly Candidate[]): Hit[] {
  const owners = new Map<number, Set<string>>();
  const tightFirst = [...hits].sort((a, b) => b.positions.length - a.positions.length || a.span - b.span);
  const dropped = new Set<Candidate>();
  for (const hit of tightFirst) {
    const shared = hit.positions.filter((p) => [...(owners.get(p) ?? [])].some((id) => id !== hit.finding.id));
    const isStretched = hit.span >= hit.positions.length;
    const isBare = hit.missing > 0 && hit.missing === hit.phrase.details.length && hit.phrase.keys.length > 1;
    if (isStretched && (shared.length > 1 || (isBare && shared.length > 0))) dropped.add(hit);
    else for (const p of hit.positions) owners.set(p, (owners.get(p) ?? new Set()).add(hit.finding.id));
  }
  return hits.filter((hit) => !dropped.has(hit));
}

/** More naming words, then fewer framing words missed, then the negative wording. */
function beats(
  a: { length: number; missing: number; negative: boolean },
  b: { length: number; missing: number; negative: boolean },
): boolean {
  if (a.length !== b.length) return a.length > b.length;
  if (a.missing !== b.missing) return a.missing < b.missing;
  return a.negative && !b.negative;
}

/**
 * Does `hit` take word `p` from `other` across a comma? In "chest tight, pain in the belly" the pain is the belly's;
 * in "head, back and legs hurt" it is all of theirs.
 */
function borrows(hit: Candidate, other: Candidate, p: number, words: readonly MarkedWord[]): boolean {
  if (other === hit || other.finding === hit.finding || other.span > hit.span) return false;
  const part = words[p]!.part;
  if (!other.positions.every((q) => words[q]!.part === part)) return false;
  const outside = hit.positions.filter((q) => words[q]!.part !== part);
  if (outside.length === 0) return false;
  const before = outside[0]! < p;
  return before ? other.positions[0] === p : other.positions.at(-1) === p;
}

/** Where the keys of `phrase` stand around word `at`, or undefined. */
function placesOf(phrase: FindingPhrase, words: readonly MarkedWord[], at: number): number[] | undefined {
  const span = phrase.keys.length + SLACK;
  const positions: number[] = [];
  for (const key of phrase.keys) {
    let found = -1;
    for (let p = Math.max(0, at - span); p <= Math.min(words.length - 1, at + span); p++) {
      const near = found < 0 || Math.abs(p - at) < Math.abs(found - at);
      if (
        words[p]!.key === key &&
        words[p]!.strength === "strong" &&
        words[p]!.sentence === words[at]!.sentence &&
        near
      )
        found = p;
    }
    if (found < 0) return undefined;
    positions.push(found);
  }
  return positions.sort((a, b) => a - b);
}

const JOINS = new Set(["and", "or", "while", "plus", "with", "but"]);

function isJoined(words: readonly MarkedWord[], positions: readonly number[]): boolean {
  return words.slice(positions[0]!, positions.at(-1)!).some(({ word }) => JOINS.has(word));
}
