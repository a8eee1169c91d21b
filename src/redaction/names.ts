/**
 * Where a word stands as a name: after "my name is", a title, a greeting or a relative, at a signature, or capitalised
 * inside a sentence. There even a word that may stay elsewhere goes. Finds places too, after words such as "live in".
 */
import type { RedactedKind } from "./kinds.ts";
import type { Token } from "./tokens.ts";
import type { RedactionVocabulary } from "./vocabulary.ts";

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

/** Words that end a name, or show that none stands here. */
const FUNCTION =
  set(`a an the and or but so i i'm im i'd i've my me we you your he she it its it's they them their his her
  this that these those is am are was were be been has have had do does did can could would should not no to of in on at
  by for with from as if when then than because since about who what where how why just also very too here there now
  today yesterday please thanks thank yes ok okay up down out off over again only really always never some any
  said says told gave thinks thought prescribed put sent wants wanted asked ordered checked diagnosed saw took started
  changed called reckons recommended suggested appointment appointments surgery visit office lives works years year old
  aged age female male patient speaking calling feels feeling got gets has hasn't isn't wasn't didn't doesn't don't
  keeps came went needs did looked knows referred advised agreed i'll and/or`);
const TITLES = set("mr mrs ms mx miss prof professor messrs mister missus");
const LOOSE_TITLES = set(`dr doctor nurse sister matron midwife sir dame lord lady rev reverend father pastor rabbi imam
  judge sergeant captain colonel uncle aunt auntie aunty grandma grandpa granny nana consultant`);
const KIN = set(`son daughter husband wife partner girlfriend boyfriend brother sister mother mum mom dad father friend
  neighbour neighbor colleague boss flatmate cousin uncle aunt auntie nephew niece baby child boy girl kid toddler grandson
  granddaughter grandma grandmother grandad grandpa grandfather gran nan nana fiance fiancee twin twins carer roommate
  housemate landlord mate bestie stepson stepdaughter dog cat ex little one`);
const GREETINGS = set("hi hello hey hiya dear morning afternoon evening greetings hullo heya");
const FAREWELLS = set("regards sincerely cheers thanks thank faithfully yours best love kind xx x ta signed");
const NAMED = set("called named surname forename lastname firstname middlename nickname signed aka");
const FINITE = set(`is has had was says said keeps kept started got feels isn't wasn't hasn't doesn't won't can't woke
  complains needs gets seems went came did does thinks told gave asked looks vomited fell lives`);
/** What may follow "my son will", "she may". */
const AUXILIARY = set("will may can hope mark bill long");
const LIVING = set(
  "live lives lived living born moved stay stayed staying based come comes came from grew move moving back",
);
const INTO = set("in near to at from around outside");
const ALWAYS_CAPITAL =
  set(`i i'm i'd i've i'll monday tuesday wednesday thursday friday saturday sunday mum mom dad mummy
  daddy gran nan grandma grandpa grandad doctor dr gp nhs english european asian african american british christmas`);
/** The most words of a name. */
const LONGEST = 4;

export interface Named {
  readonly kind: RedactedKind;
}

/** The tokens that are names or places, by their place. */
export function namesAmong(
  tokens: readonly Token[],
  vocabulary: RedactionVocabulary,
): ReadonlyMap<number, RedactedKind> {
  const found = new Map<number, RedactedKind>();
  const words = tokens.flatMap((token, at) => (token.type === "word" || token.type === "bracket" ? [at] : []));
  const isCased = usesCase(tokens);
  const folded = (n: number): string => tokens[words[n] ?? -1]?.folded ?? "";
  const bare = (n: number): string => folded(n).replace(/'s?$/, "");
  const isWord = (n: number): boolean => tokens[words[n] ?? -1]?.type === "word";
  const isCapital = (n: number): boolean => isCased && /^\p{Lu}/u.test(tokens[words[n]!]?.text ?? "");
  /** The marks between a word and the one before. */
  const gap = (n: number): string =>
    tokens
      .slice(n === 0 ? 0 : words[n - 1]! + 1, words[n] ?? tokens.length)
      .map(({ text }) => text)
      .join("");
  const isBreak = (text: string): boolean => /[.!?\n;:"(]|--/.test(text);
  const begins = (n: number): boolean => n === 0 || isBreak(gap(n));
  const isNameLike = (n: number): boolean =>
    isWord(n) &&
    (vocabulary.nameness(folded(n)) !== "never" || !vocabulary.knows(folded(n)) || (isCapital(n) && !begins(n)));
  const take = (n: number, kind: RedactedKind = "name"): void => {
    if (isWord(n)) found.set(words[n]!, kind);
  };
  /** A name that begins at `n`, over as many words as it seems to have. */
  const takeRun = (n: number, accept: (n: number) => boolean, kind: RedactedKind = "name"): void => {
    for (let k = n; k < n + LONGEST && k < words.length; k++) {
      if (k > n && !/^(?: |-|'|\. ?|, ?(?=$))*$/.test(gap(k))) return;
      if (tokens[words[k]!]!.type === "bracket") continue;
      if (k > n && FUNCTION.has(folded(k))) return;
      if (!accept(k)) return;
      take(k, kind);
    }
  };

  for (let n = 0; n < words.length; n++) {
    const word = folded(n);
    const before = folded(n - 1);
    const glued = n + 1 < words.length && /^[ .,:'"-]*$/.test(gap(n + 1));
    const nextStarts = glued && !FUNCTION.has(folded(n + 1));
    const after = (k: number): boolean => !FUNCTION.has(folded(k));

    // "my name is X", "surname X", "I'm called X", "name: X"
    const isNaming =
      (word === "is" || word === "was" || word === "name's" || word === "names") &&
      /^names?$|name's$/.test(word === "is" || word === "was" ? before : word);
    if (glued && (isNaming || NAMED.has(word))) takeRun(n + 1, after);
    if (/^(?:sur|fore|last|first|full|maiden|middle)?name$/.test(word) && /^ ?[:=-] ?$/.test(gap(n + 1)))
      takeRun(n + 1, after);
    if (word === "me" && before === "call" && glued) takeRun(n + 1, (k) => after(k) && isNameLike(k));
    if (word === "as" && /^(?:known|registered|listed)$/.test(before) && glued) takeRun(n + 1, after);

    // "Mr X", "Dr X"
    if (TITLES.has(word) && nextStarts) takeRun(n + 1, (k) => k === n + 1 || isNameLike(k));
    if (LOOSE_TITLES.has(word) && nextStarts) {
      const strict = word === "dr" && gap(n + 1).length <= 2;
      takeRun(n + 1, (k) => (strict && k === n + 1) || isNameLike(k));
    }

    // "hi X", "hello, X here", "it's X", "X speaking"
    if (GREETINGS.has(word) && glued && nextStarts && isNameLike(n + 1) && !AUXILIARY.has(folded(n + 1)))
      takeRun(n + 1, isNameLike);
    if (/^(?:here|speaking|calling)$/.test(word) && n > 0) {
      const starts = [n - 1, n - 2].find(
        (k) => k >= 0 && (begins(k) || /^(?:it's|its|is|hi|hello|hey|hiya|dear)$/.test(folded(k - 1))),
      );
      if (starts !== undefined && isNameLike(starts) && !FUNCTION.has(folded(starts)))
        for (let k = starts; k < n; k++) take(k);
    }
    if (
      /^(?:i'm|im|it's|its|he's|she's|am|is|name)$/.test(word) &&
      glued &&
      vocabulary.nameness(folded(n + 1)) !== "never"
    ) {
      const rest =
        n + 2 >= words.length
          ? tokens
              .slice(words[n + 1]! + 1)
              .map(({ text }) => text)
              .join("")
          : gap(n + 2);
      const introduces = word !== "is" && word !== "its" && word !== "it's";
      if (isCapital(n + 1)) take(n + 1);
      else if (
        introduces &&
        (/^\s*(?:$|[,.;!)\n]|\d)/.test(rest) || /^(?:and|from|here|by|aged?|speaking|again)$/.test(folded(n + 2))) &&
        !isQuality(folded(n + 1))
      )
        takeRun(n + 1, isNameLike);
    }

    // "my son X", "my friend, X,"
    if (KIN.has(bare(n)) && glued && isNameLike(n + 1) && vocabulary.nameness(folded(n + 1)) !== "never") {
      const next = folded(n + 1);
      const isVerb = AUXILIARY.has(next) && !isCapital(n + 1) && !FINITE.has(folded(n + 2));
      if (!isVerb && !isQuality(next))
        takeRun(n + 1, (k) => vocabulary.nameness(folded(k)) !== "never" || !vocabulary.knows(folded(k)));
    }

    // "Grace has a fever", "mark's cough"
    const nameness = vocabulary.nameness(word);
    if (isWord(n) && nameness !== "never") {
      const subject = begins(n) || /^(?:and|but|that|because|when|if|since)$/.test(before) || /, ?$/.test(gap(n));
      if (subject && FINITE.has(folded(n + 1)) && / $/.test(gap(n + 1)) && !isQuality(word)) take(n);
      if (
        /'s$/.test(word) &&
        vocabulary.nameness(word.replace(/'s$/, "")) !== "never" &&
        !vocabulary.isClinical(word.replace(/'s$/, ""))
      )
        take(n);
      if (/^(?:ask|asked|tell|told|met|saw|with|love|thanks|cheers|and) $/.test(`${before} `) && isCapital(n)) take(n);
    }

    // Capitalised inside a sentence.
    if (isWord(n) && isCapital(n) && !begins(n) && !ALWAYS_CAPITAL.has(word)) {
      const isShort =
        tokens[words[n]!]!.text.length <= 5 && tokens[words[n]!]!.text === tokens[words[n]!]!.text.toUpperCase();
      const stays = vocabulary.isClinical(word) && nameness === "never" && !vocabulary.isPlace(word);
      if (!stays && !isShort && vocabulary.knows(word))
        take(n, vocabulary.isPlace(word) && nameness === "never" ? "place" : "name");
      if (isShort && nameness !== "never" && word.length > 2) take(n);
    }

    // "live in X"
    if (INTO.has(word) && LIVING.has(before) && glued && isWord(n + 1)) {
      const next = folded(n + 1);
      if (vocabulary.isPlace(next) || (isCapital(n + 1) && !vocabulary.isClinical(next)))
        takeRun(n + 1, (k) => k === n + 1 || isCapital(k), "place");
    }
  }
  takeSignature();
  takeSpelled();
  return found;

  /** The last words of a text, after a farewell or alone on their line. */
  function takeSignature(): void {
    const last = words.length - 1;
    for (let n = Math.max(1, last - 2); n <= last; n++) {
      const between = gap(n);
      const parting = FAREWELLS.has(folded(n - 1)) || /(?:^|\s)(?:--?|~)\s*$|\n\s*$/.test(between);
      if (!parting || !/^[\s,.!~-]*$/.test(between) || FUNCTION.has(folded(n))) continue;
      const all = Array.from({ length: last - n + 1 }, (_, k) => n + k);
      if (all.every((k) => isNameLike(k) || tokens[words[k]!]!.type === "bracket")) for (const k of all) take(k);
    }
  }

  /** Letters one by one: "S-M-I-T-H", "j o h n". */
  function takeSpelled(): void {
    let from = 0;
    for (let n = 1; n <= words.length; n++) {
      const isLetter = (k: number): boolean => isWord(k) && folded(k).length === 1;
      if (n < words.length && isLetter(n) && isLetter(n - 1) && /^[ .,-]{1,2}$/.test(gap(n))) continue;
      const isLong =
        n - from >= 3 || (n - from === 2 && isCased && isCapital(from) && isCapital(n - 1) && gap(n - 1).includes("."));
      if (isLong && isLetter(from)) for (let k = from; k < n; k++) take(k);
      from = n;
    }
  }
}

/** Words that say how somebody is, though they are names too: "I'm hot", "my son cold". */
const isQuality = (word: string): boolean => QUALITIES.has(word);
const QUALITIES =
  set(`little small large strong good best fine fair old young long short cold hot red white green blue grey
  gray brown black sharp swift smart wise sick sunny happy stormy happy down hurt burn burns low gay free quick savage wild
  minor moody patience new early late day days week weeks pill rash normal settle rest over nice poor heavy golden`);

/** Whether capitals tell anything: neither all in small letters nor all in large ones. */
function usesCase(tokens: readonly Token[]): boolean {
  const words = tokens.filter(({ type, text }) => type === "word" && text.length > 1);
  const capital = words.filter(({ text }) => /^\p{Lu}/u.test(text)).length;
  return (
    words.length > 0 &&
    (capital / words.length <= 0.6 || words.length <= 3) &&
    words.some(({ text }) => /^\p{Ll}|^\p{L}\p{Ll}/u.test(text))
  );
}
