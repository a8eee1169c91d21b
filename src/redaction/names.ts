/**
 * Where a word stands as a name: after "my name is", a title, a greeting or a relative, at a signature, or capitalised
 * inside a sentence. There even a word that may stay elsewhere goes. Finds places too, after words such as "live in".
 */
import type { RedactedKind } from "./kinds.ts";
import {
  AUXILIARY,
  BEFORE_SOMEBODY,
  CAPITAL_BY_HABIT,
  FAREWELLS,
  FINITE,
  FUNCTION,
  GREETINGS,
  INTO,
  KIN,
  LIVING,
  LOOSE_TITLES,
  NAMED,
  QUALITIES,
  TITLES,
} from "./name-words.ts";
import { type Sentences, sentencesOf } from "./sentences.ts";
import type { Token } from "./tokens.ts";
import type { RedactionVocabulary } from "./vocabulary.ts";

/** The most words of a name. */
const LONGEST = 4;

type Take = (n: number, kind?: RedactedKind) => void;
/** Looks at the word `n` and its neighbours, and takes what is a name. */
type NameRule = (text: Sentences, n: number, take: Take) => void;

/** The tokens that are names or places, by their place among the tokens. */
export function namesAmong(
  tokens: readonly Token[],
  vocabulary: RedactionVocabulary,
): ReadonlyMap<number, RedactedKind> {
  const text = sentencesOf(tokens, vocabulary);
  const found = new Map<number, RedactedKind>();
  const take: Take = (n, kind = "name") => {
    if (text.isWord(n)) found.set(text.place(n), kind);
  };
  for (let n = 0; n < text.count; n++) for (const rule of RULES) rule(text, n, take);
  takeSignature(text, take);
  takeSpelled(text, take);
  return found;
}

/** A name that begins at `n`, over as many words as it seems to have. */
function takeRun(text: Sentences, n: number, take: Take, accept: (n: number) => boolean, kind?: RedactedKind): void {
  for (let k = n; k < n + LONGEST && k < text.count; k++) {
    if (k > n && !/^(?: |-|'|\. ?|, ?(?=$))*$/.test(text.gap(k))) return;
    if (text.isBracket(k)) continue;
    if (k > n && FUNCTION.has(text.word(k))) return;
    if (!accept(k)) return;
    take(k, kind);
  }
}

const isFree =
  (text: Sentences) =>
  (k: number): boolean =>
    !FUNCTION.has(text.word(k));
const isNameLike =
  (text: Sentences) =>
  (k: number): boolean =>
    text.isNameLike(k);
/** Known as a name, or not known at all. */
const isNamed = (text: Sentences, k: number): boolean =>
  text.vocabulary.nameness(text.word(k)) !== "never" || !text.vocabulary.knows(text.word(k));

/** "my name is X", "surname: X", "I'm called X", "registered as X", "call me X". */
const introduced: NameRule = (text, n, take) => {
  const word = text.word(n);
  const before = text.word(n - 1);
  const isNaming = /^(?:is|was)$/.test(word) ? /^names?$|name's$/.test(before) : /^names$|name's$/.test(word);
  if (text.leads(n) && (isNaming || NAMED.has(word))) takeRun(text, n + 1, take, isFree(text));
  if (
    /^(?:sur|fore|last|first|full|maiden|middle)?name$|^patient$/.test(word) &&
    /^ ?[:=] ?$|^ - $/.test(text.gap(n + 1))
  )
    takeRun(text, n + 1, take, isFree(text));
  if (!text.leads(n)) return;
  if (word === "me" && /^call(?:s|ed)?$/.test(before))
    takeRun(text, n + 1, take, (k) => isFree(text)(k) && text.isNameLike(k));
  if (word === "as" && /^(?:known|registered|listed)$/.test(before)) takeRun(text, n + 1, take, isFree(text));
};

/** "Mr X", "Dr X". */
const titled: NameRule = (text, n, take) => {
  const word = text.word(n);
  if (!text.leads(n) || FUNCTION.has(text.word(n + 1))) return;
  if (TITLES.has(word)) takeRun(text, n + 1, take, (k) => k === n + 1 || text.isNameLike(k));
  if (LOOSE_TITLES.has(word)) {
    const isAlways = word === "dr" && text.gap(n + 1).length <= 2;
    takeRun(text, n + 1, take, (k) => (isAlways && k === n + 1) || text.isNameLike(k));
  }
};

/** "hi X", "X here", "X speaking". */
const greeted: NameRule = (text, n, take) => {
  const word = text.word(n);
  const next = text.word(n + 1);
  const isSomebody = text.vocabulary.nameness(next) !== "surname" || text.isCapital(n + 1);
  if (GREETINGS.has(word) && text.leads(n) && isSomebody && !FUNCTION.has(next) && !AUXILIARY.has(next))
    takeRun(text, n + 1, take, isNameLike(text));
  if (!/^(?:here|speaking|calling)$/.test(word) || n === 0) return;
  const from = [n - 1, n - 2].find(
    (k) => k >= 0 && (text.begins(k) || /^(?:it's|its|is|hi|hello|hey|hiya|dear)$/.test(text.word(k - 1))),
  );
  if (from === undefined || !text.isNameLike(from) || FUNCTION.has(text.word(from))) return;
  for (let k = from; k < n; k++) take(k);
};

/** "I'm X, 34", "this is X and", "he's X". */
const stated: NameRule = (text, n, take) => {
  const word = text.word(n);
  if (!/^(?:i'm|im|it's|its|he's|she's|am|is)$/.test(word) || !text.leads(n)) return;
  const next = n + 1;
  if (text.vocabulary.nameness(text.word(next)) === "never") return;
  if (text.isCapital(next)) return takeRun(text, next, take, isNameLike(text));
  const introduces = /^(?:i'm|im|he's|she's|am)$/.test(word) || /^(?:this|that)$/.test(text.word(n - 1));
  const stops =
    /^\s*(?:$|[,.;!)\n]|\d)/.test(text.gap(n + 2)) ||
    /^(?:and|from|here|by|aged?|speaking|again)$/.test(text.word(n + 2));
  if (introduces && stops && text.isGiven(next) && !QUALITIES.has(text.word(next)))
    takeRun(text, next, take, isNameLike(text));
};

/** "my son X", "my friend, X,". */
const related: NameRule = (text, n, take) => {
  const next = text.word(n + 1);
  if (!KIN.has(text.word(n).replace(/'s?$/, "")) || !text.leads(n) || !text.isWord(n + 1)) return;
  const isVerb = AUXILIARY.has(next) && !text.isCapital(n + 1) && !FINITE.has(text.word(n + 2));
  const isSomebody = text.isGiven(n + 1) || (text.isCapital(n + 1) && isNamed(text, n + 1) && text.isNameLike(n + 1));
  if (isSomebody && !isVerb && !QUALITIES.has(next)) takeRun(text, n + 1, take, (k) => isNamed(text, k));
};

/** "Grace has a fever", "mark's cough", "with Mark", "Mark Baker". */
const spokenOf: NameRule = (text, n, take) => {
  const { vocabulary } = text;
  const word = text.word(n);
  if (!text.isWord(n) || vocabulary.nameness(word) === "never") return;
  const isSubject =
    text.begins(n) || /^(?:and|but|that|because|when|if|since)$/.test(text.word(n - 1)) || /, ?$/.test(text.gap(n));
  if (
    isSubject &&
    text.isGiven(n) &&
    !QUALITIES.has(word) &&
    FINITE.has(text.word(n + 1)) &&
    / $/.test(text.gap(n + 1))
  )
    take(n);
  const owner = word.replace(/'s$/, "");
  if (owner !== word && text.isGiven(n) && !vocabulary.isClinical(owner)) take(n);
  if (BEFORE_SOMEBODY.has(text.word(n - 1)) && text.isCapital(n)) take(n);
  if (/^(?:ask|asked|tell|told|met)$/.test(text.word(n - 1)) && text.isGiven(n) && !QUALITIES.has(word)) take(n);
  if (isSubject && text.isGiven(n) && isNamed(text, n + 1) && FINITE.has(text.word(n + 2)) && text.gap(n + 1) === " ")
    takeRun(text, n, take, (k) => isNamed(text, k));
  const isPair = text.begins(n) && text.isCapital(n) && text.isCapital(n + 1) && /^[ -]$/.test(text.gap(n + 1));
  if (isPair && text.isGiven(n) && isNamed(text, n + 1)) takeRun(text, n, take, (k) => isNamed(text, k));
};

/** A capital inside a sentence. */
const capitalised: NameRule = (text, n, take) => {
  const { vocabulary } = text;
  const word = text.word(n);
  if (!text.isWord(n) || !text.isCapital(n) || text.begins(n) || CAPITAL_BY_HABIT.has(word)) return;
  const isName = vocabulary.nameness(word) !== "never";
  if (text.isAbbreviation(n)) {
    if (isName && word.length > 2) take(n);
    return;
  }
  const isPlace = vocabulary.isPlace(word);
  if (isName || isPlace || (vocabulary.knows(word) && !vocabulary.isClinical(word)))
    take(n, isPlace && !isName ? "place" : "name");
};

/** "live in X", "from X". */
const lived: NameRule = (text, n, take) => {
  const next = text.word(n + 1);
  if (!INTO.has(text.word(n)) || !text.leads(n) || !text.isWord(n + 1)) return;
  const isLiving =
    LIVING.has(text.word(n - 1)) || (text.word(n) === "from" && /^(?:i'm|im|am|we're)$/.test(text.word(n - 1)));
  if (!isLiving) return;
  if (text.vocabulary.isPlace(next) || (text.isCapital(n + 1) && !text.vocabulary.isClinical(next)))
    takeRun(text, n + 1, take, (k) => k === n + 1 || text.isCapital(k), "place");
};

const RULES: readonly NameRule[] = [introduced, titled, greeted, stated, related, spokenOf, capitalised, lived];

/** The last words of a text, after a farewell or alone on their line. */
function takeSignature(text: Sentences, take: Take): void {
  const last = text.count - 1 - Number(/^x+$/.test(text.word(text.count - 1)));
  if (last === 0 && text.count > 1 && text.isGiven(0)) take(0);
  for (let n = Math.max(1, last - 2); n <= last; n++) {
    const between = text.gap(n);
    const parting = FAREWELLS.has(text.word(n - 1)) || /(?:^|\s)(?:--?|~)\s*$|\n\s*$/.test(between);
    if (!parting || !/^[\s,.!~-]*$/.test(between) || FUNCTION.has(text.word(n))) continue;
    const all = Array.from({ length: last - n + 1 }, (_, k) => n + k);
    if (all.every((k) => text.isNameLike(k) || text.isBracket(k))) for (const k of all) take(k);
  }
}

/** Letters one by one: "S-M-I-T-H", "j o h n", "T.K.". */
function takeSpelled(text: Sentences, take: Take): void {
  const isLetter = (k: number): boolean => text.isWord(k) && text.word(k).length === 1;
  for (let from = 0, n = 1; n <= text.count; n++) {
    if (n < text.count && isLetter(n) && isLetter(n - 1) && /^[ .,-]{1,2}$/.test(text.gap(n))) continue;
    const areInitials =
      n - from === 2 && text.isCapital(from) && text.isCapital(n - 1) && text.gap(n - 1).includes(".");
    if (isLetter(from) && (n - from >= 3 || areInitials)) for (let k = from; k < n; k++) take(k);
    from = n;
  }
}
