/** Misspelt words set right: "diarhea", "vomitting", "stomac". One slip a word, two in a long one. */
import { fold, stem, WORD } from "./words.ts";

/** A word shorter than this is taken as it stands. */
const SHORTEST = 5;
/** From this length on a word may hold two slips. */
const LONG = 8;

export interface Speller {
  /** `text` (folded) with its misspelt words set right. */
  correct(text: string): string;
  /** Is this a word of the wordings? */
  knows(word: string): boolean;
}

/** Slips that differ from the word by more than a letter or two, and shortenings as people type them. */
const KNOWN_SLIPS = new Map(
  Object.entries({
    coff: "cough",
    cof: "cough",
    tummie: "tummy",
    hav: "have",
    u: "you",
    ur: "your",
    bc: "because",
    cuz: "because",
    w: "with",
    wid: "with",
    nausious: "nauseous",
    nauseus: "nauseous",
    newmonia: "pneumonia",
    hart: "heart",
    hed: "head",
    bak: "back",
    soar: "sore",
    dizy: "dizzy",
    runy: "runny",
    pian: "pain",
    hurst: "hurts",
    diahrea: "diarrhea",
    diorrhea: "diarrhea",
    dunno: "don't know",
    temp: "temperature",
    meds: "medicines",
    cant: "can't",
    dont: "don't",
    wont: "won't",
    didnt: "didn't",
    doesnt: "doesn't",
    havent: "haven't",
    hasnt: "hasn't",
    isnt: "isn't",
    im: "i'm",
    ive: "i've",
  }),
);

/** Words of everyday speech that no finding knows and that must not be bent into one. */
const EVERYDAY = new Set(
  `nope yeah yep yup nah thirty forty fifty sixty seventy eighty ninety eleven twelve about above actually after again agony almost also although always another anyone anything around asked asking
  awful away badly because been before being below better between bloody both bought bring brought came cancer
  carry cause caught change check cheers children clean close coffee comes coming could couple days doctor doing done
  down dropped during each early either else enough even evening ever every everyone everything exactly family feels
  felt fine first five found four friend from front full game gave getting give given goes going gone good great hair
  half happen happened happy hard hardly hate having hello help here hold home hope hospital hour hours house husband
  just keep keeps kept kids kind knew know known last late lately later least leave left less letter like likely
  little live long look looked looks loads lost lots love made make makes many maybe mean means meant might mine
  minute minutes moment monday month months more morning most mother move much must name near need never next nice
  night normal nothing notice noticed number often okay only other others over people perhaps phone place please
  point pretty probably quite rather read ready really reason right round said same saturday says seem seems seen
  several shall should show side since sitting small some somebody someone something sometimes soon sorry start
  started stay stays still stop stopped such sunday sure take taken taking talk tell than thank thanks that their
  them then there these they thing things think this those though thought three through thursday till time times
  today together told tomorrow tonight took touch toward tried trying tuesday turn twice under until upon used
  usual usually very wait walk want wanted watch wear week weekend weeks well went were what when where which while
  whole wife will wish with without woke work worked working worse worst would wrong year years yesterday young
  your dying killed killing murder cake curry drink water weather waiting queue train cost catch flight exam scared
  soft spot cats wine beer bridge hiking fancy sofa light lights bright right tight might sight night fight lamp
  hope rope cope moaning mining morning warning whit whine shine shirt short shout shoot boring caring curing coming
  tried tired fired hired wired bored board beans clockwork fiddle grand scooby foggiest rain daisy fettle flea rules rule complain bloke`.split(
    /\s+/,
  ),
);

const PATTERN = new RegExp(WORD, "gu");

/** Builds a speller over the words that the wordings know (folded, not stemmed). */
export function buildSpeller(wordings: Iterable<string>): Speller {
  const words = new Set<string>();
  const stems = new Set<string>();
  for (const wording of wordings) {
    for (const word of fold(wording).match(PATTERN) ?? []) {
      if (word.length < SHORTEST || /[\d']/.test(word)) continue;
      words.add(word);
      stems.add(stem(word));
    }
  }
  // First letters and lengths from which a known word is two slips away or less.
  const near = new Set<string>();
  for (const word of words) {
    for (let length = word.length - 2; length <= word.length + 2; length++) near.add(`${word[0]}${length}`);
  }
  // A slip in the first letter is rare, most such pairs are two words: each letter has its own index, made at need.
  const indexes = new Map<string, DeletionIndex>();
  const indexOf = (letter: string): DeletionIndex => {
    const index = indexes.get(letter) ?? indexDeletions([...words].filter((word) => word[0] === letter));
    indexes.set(letter, index);
    return index;
  };
  const known = new Map<string, string>();
  const correct = (word: string): string => {
    const slip = KNOWN_SLIPS.get(word);
    if (slip) return slip;
    if (
      word.length < SHORTEST ||
      word.length > 24 ||
      /[\d']/.test(word) ||
      EVERYDAY.has(word) ||
      words.has(word) ||
      stems.has(stem(word)) ||
      !near.has(`${word[0]}${word.length}`)
    )
      return word;
    const cached = known.get(word);
    if (cached) return cached;
    const most = word.length >= LONG ? 2 : 1;
    let best: { word: string; distance: number } | undefined;
    const byDeletion = indexOf(word[0]!);
    for (const key of deletions(word, most)) {
      for (const candidate of byDeletion.get(key) ?? []) {
        if (word.length < 5 && candidate.length > word.length + 1) continue;
        const distance = editDistance(word, candidate);
        const limit = Math.min(word.length, candidate.length) >= LONG - 1 ? 2 : 1;
        if (distance > limit || (best && best.distance <= distance)) continue;
        best = { word: candidate, distance };
      }
    }
    const found = best?.word ?? word;
    if (known.size < 5_000) known.set(word, found);
    return found;
  };
  return {
    correct: (text) => text.replace(PATTERN, correct),
    knows: (word) => words.has(word) || stems.has(stem(word)),
  };
}

/** Words by what is left of them without a letter or two. */
type DeletionIndex = ReadonlyMap<string, readonly string[]>;

function indexDeletions(words: readonly string[]): DeletionIndex {
  const index = new Map<string, string[]>();
  for (const word of words) {
    for (const key of deletions(word, word.length >= LONG ? 2 : 1)) {
      const entry = index.get(key);
      if (entry) entry.push(word);
      else index.set(key, [word]);
    }
  }
  return index;
}

/** `word`, and what is left of it without one letter, then without two, up to `most`. */
function deletions(word: string, most: number): Set<string> {
  const all = new Set([word]);
  let last = [{ left: word, from: 0 }];
  for (let d = 0; d < most; d++) {
    const next: typeof last = [];
    for (const { left, from } of last) {
      // Letters are left out from left to right: the other order leaves the same.
      for (let i = from; i < left.length; i++) {
        const shorter = left.slice(0, i) + left.slice(i + 1);
        if (all.has(shorter)) continue;
        all.add(shorter);
        next.push({ left: shorter, from: i });
      }
    }
    last = next;
  }
  return all;
}

/** Damerau-Levenshtein distance (adjacent letters swapped count one). */
function editDistance(a: string, b: string): number {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
}
