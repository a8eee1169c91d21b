/** A statement as marked words: which sentence and part of it each stands in, and whether a negation reaches it. */
import { conceptAt } from "./concepts.ts";
import { matchesOf } from "./matches.ts";
import { fold, lookUp, type Strength, WORD } from "./words.ts";

export interface MarkedWord {
  readonly word: string;
  readonly stem: string;
  /** The concept that the word belongs to, else its stem: what two wordings are compared by. */
  readonly key: string;
  readonly strength: Strength;
  /** Number of the sentence, from 0. */
  readonly sentence: number;
  /** Number of the part between two commas, from 0. */
  readonly part: number;
  /** By what a negation reaches it: a verb's ("don't", "is not") or a noun's ("no", "without"); false where none. */
  readonly negated: "verb" | "noun" | false;
  /** Where the word begins in the folded text, in characters. */
  readonly at: number;
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
  "hardly",
  "barely",
  "cant",
  "dont",
  "doesnt",
  "didnt",
  "havent",
  "hasnt",
  "isnt",
  "wont",
  "cannot",
]);
const NOUN_NEGATION = new Set(["no", "without", "neither", "nor", "none", "denies", "deny", "denied"]);
const ABILITY = new Set(["cannot", "can't", "cant", "couldn't", "won't", "wont", "hardly", "barely"]);
const CONTRAST = new Set(
  `but however although though except yet apart only just instead still because when if until unless yes yeah whereas
  while due`.split(/\s+/),
);
const SUBJECT = new Set(
  "i my it there we he she they i'm i've it's there's mine im ive he's she's they're we're he'd i'd".split(" "),
);
const FINITE = new Set(
  `is are was were has have had am i'm got feel feels felt keep keeps hurt hurts started starts began been feeling
  ache aches itches wake wakes woke lost threw vomited came went passed fell`.split(/\s+/),
);
const WHOSE = new Set(["his", "her", "their", "the", "one", "both"]);
/** A negation reaches at most this many words; "can't" only what one cannot do. */
const REACH = 14;
const ABILITY_REACH = 4;
/** "Pressure rather than burning": what comes after is ruled out. */
const COMPARISON_REACH = 2;

const TOKENS = new RegExp(`${WORD}|[.;:!?\\n]+(?=\\s|$)|,`, "gu");

const WORDLIKE = /[\p{L}\p{N}]/u;
const isWord = (token: string): boolean => WORDLIKE.test(token);
const negates = (word: string): boolean => NEGATION.has(word) || word.endsWith("n't");

/**
 * Marks the words of `text`. A negation ends with its sentence, at a contrast ("but"), at a new subject ("I") and
 * where a part of its own verb begins ("no fever, the cough is dry").
 */
export function markWords(text: string): MarkedWord[] {
  const tokens = matchesOf(TOKENS, fold(text));
  const marked: MarkedWord[] = [];
  let [sentence, part, reach] = [0, 0, 0];
  let by: "verb" | "noun" = "verb";
  tokens.forEach(({ 0: word, index: at }, i) => {
    if (!isWord(word)) {
      part++;
      if (word !== ",") sentence++;
      if (word !== "," || hasOwnVerb(tokens, i + 1) || goesOn(tokens, i + 1, reach <= ABILITY_REACH)) reach = 0;
      return;
    }
    const next = tokens[i + 1]?.[0];
    if (CONTRAST.has(word) || SUBJECT.has(word)) reach = 0;
    if (word === "and" && next && (FINITE.has(next) || negates(next) || beginsClause(tokens, i + 1))) reach = 0;
    const { stem, strength } = lookUp(word);
    marked.push({
      word,
      stem,
      key: stem,
      strength,
      sentence,
      part,
      negated: reach > 0 && by,
      at,
    });
    if (negates(word)) {
      reach = ABILITY.has(word) ? ABILITY_REACH : REACH;
      by = NOUN_NEGATION.has(word) ? "noun" : "verb";
    } else if (word === "than" || (word === "of" && tokens[i - 1]?.[0] === "instead")) reach = COMPARISON_REACH;
    else reach--;
  });
  return withConcepts(marked);
}

/** Does the part that begins at token `from` have a verb of its own, and no conjunction that carries a list on? */
function hasOwnVerb(tokens: readonly RegExpExecArray[], from: number): boolean {
  for (let i = from; i < tokens.length && isWord(tokens[i]![0]); i++) {
    if (i === from && (tokens[i]![0] === "or" || tokens[i]![0] === "nor")) return false;
    if (FINITE.has(tokens[i]![0])) return true;
  }
  return false;
}

/** "No wind, and bringing up green stuff": a part that begins so tells what does happen, but in a list of such words. */
function goesOn(tokens: readonly RegExpExecArray[], from: number, isShort: boolean): boolean {
  const [first, second] = [tokens[from]?.[0], tokens[from + 1]?.[0]];
  if (isShort && first !== undefined && first.length > 5 && first.endsWith("ing"))
    return !tokens[from - 2]?.[0].endsWith("ing");
  if (first === "more" && (second === "of" || second === "like")) return true;
  return (
    first === "and" &&
    second !== undefined &&
    second.length > 5 &&
    second.endsWith("ing") &&
    !tokens[from - 2]?.[0].endsWith("ing")
  );
}

/** "And his arm is limp": a thing and its verb. */
function beginsClause(tokens: readonly RegExpExecArray[], from: number): boolean {
  if (!WHOSE.has(tokens[from]![0])) return false;
  for (let i = from + 2; i < Math.min(tokens.length, from + 4); i++) if (FINITE.has(tokens[i]![0])) return true;
  return false;
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
