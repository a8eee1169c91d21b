/**
 * Words of lay English as the lexicon compares them: folded, lightly stemmed, and sorted into *stop* (says nothing),
 * *weak* (frames a question) and *strong* (names something). Knows no finding.
 */

/** Texts are read up to here, in characters: as much as a person may say in one turn. */
export const TEXT_LIMIT = 20_000;

const STOP = wordSet(`
  a an the this that these those some any i me my mine we us our you your yours yourself he him his she her it its they
  them their theirs who whom whose itself am is are was were be been being do does did done have has had having
  get gets got getting gotten can could will would shall should may might must and or if then than as of at by for with
  to from in on into onto per about there here so too very just also please doctor dr person hello hi hey okay
  ok well thanks thank sorry yes yeah no not nor never none cannot without neither either whether alright anything
  something everything someone anyone tell say said let know ask asking answer question wonder like would kind sort
  happen quick next thing such because while but`);

const WEAK = wordSet(`
  where when how what which why much many often long ever recent recently late lately current currently now today
  already still again past previous previously notice feel feeling felt experience suffer suffering bother related
  relate symptom usual usually normal normally more less up down out off over under since during before after all other
  another last first day week month year time see go come give make take use try want need think believe mean seem
  sudden suddenly regular regularly area part body reason consult consulting patient problem trouble issue check describe test
  result order measure examine talk speak both one left right perform history diagnose diagnosed diagnosis
  myself`);

const IRREGULAR = new Map(
  Object.entries({
    swollen: "swell",
    thrown: "throw",
    threw: "throw",
    bled: "bleed",
    lost: "lose",
    loss: "lose",
    slept: "sleep",
    ate: "eat",
    eaten: "eat",
    drank: "drink",
    drunk: "drink",
    broke: "break",
    broken: "break",
    worse: "worse",
    worsen: "worse",
    worsened: "worse",
    began: "begin",
    begun: "begin",
    came: "come",
    went: "go",
    gone: "go",
    took: "take",
    taken: "take",
    woke: "wake",
    woken: "wake",
    feet: "foot",
    teeth: "tooth",
    children: "child",
    abdominal: "abdomen",
    nasal: "nose",
    nostril: "nose",
    sour: "sour",
    spine: "spine",
    evening: "evening",
    evenings: "evening",
  }),
);

/** A word, or a number with its decimals: the source of a regular expression. */
export const WORD = "\\d+(?:[.,]\\d+)?|[\\p{L}\\p{N}]+(?:'\\p{L}+)?";

export type Strength = "stop" | "weak" | "strong";

const WORDS = new RegExp(WORD, "gu");

/** The words of `text` in lower case, without accents; contractions keep their apostrophe (`don't`). */
export function wordsOf(text: string): string[] {
  return fold(text).match(WORDS) ?? [];
}

const BEYOND_ASCII = /[^\0-\x7f]/;

/** Lower case, without accents, with plain apostrophes, cut at the limit. */
export function fold(text: string): string {
  const read = text.slice(0, TEXT_LIMIT);
  if (!BEYOND_ASCII.test(read)) return read.toLowerCase();
  return read
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[\u2018\u2019\u02bc]/g, "'")
    .toLowerCase();
}

/** True for a word that everyday English is built of: it tells the language, not the complaint. */
export function isFunctionWord(word: string): boolean {
  return STOP.has(word) || WEAK.has(word) || word.endsWith("n't");
}

/** Words that speech is framed with, which no spelling correction may touch. */
export const FRAME_WORDS: readonly string[] = [...STOP, ...WEAK];

/** A word of `wordsOf` as texts are compared by it. */
export interface Word {
  readonly stem: string;
  /** How much it says. */
  readonly strength: Strength;
}

/** Light stemming: plurals, -ing, -ed, -ly, -ness, -y, final e; British spellings become American. */
export const stem = (word: string): string => lookUp(word).stem;

export function lookUp(word: string): Word {
  const before = LOOKED_UP.get(word);
  if (before) return before;
  const found = { stem: stemOf(word), strength: readStrength(word) };
  if (word.length < LONG_WORD && LOOKED_UP.size < MOST_WORDS) LOOKED_UP.set(word, found);
  return found;
}

/** Words looked up before: a memory only, bounded, of a function that depends on nothing else. */
const LOOKED_UP = new Map<string, Word>();
const MOST_WORDS = 20_000;
/** Longer words are parts of the text that they stand in, in V8: to keep one would keep the text. */
const LONG_WORD = 13;

export const strengthOf = (word: string): Strength => lookUp(word).strength;

function readStrength(word: string): Strength {
  if (word.endsWith("n't")) return "stop";
  const bare = word.replace(/'.*$/, "");
  if (STOP.has(bare)) return "stop";
  return WEAK.has(bare) || WEAK.has(stemOf(bare)) ? "weak" : "strong";
}

function stemOf(word: string): string {
  let w = word.replace(/'.*$/, "");
  const irregular = IRREGULAR.get(w);
  if (irregular) return irregular;
  if (w.length < 4 || /\d/.test(w)) return w;
  w = w.replace(/ae|oe/g, "e").replace(/our$/, "or");
  if (w.endsWith("ies") && w.length > 4) w = `${w.slice(0, -3)}y`;
  else if (/(ss|sh|ch|x)es$/.test(w)) w = w.slice(0, -2);
  else if (w.endsWith("s") && !/(ss|us|is)$/.test(w)) w = w.slice(0, -1);
  w = cut(w, "ness") ?? w;
  w = cut(w, "ly") ?? w;
  w = cut(w, "ful") ?? w;
  const verb = cut(w, "ing") ?? cut(w, "ed");
  if (verb) w = verb.replace(/([^aeiouls])\1$/, "$1");
  if (w.length > 3) w = w.replace(/(.)[eiy]$/, "$1").replace(/(.)i$/, "$1");
  return w;
}

/** `word` without `ending`, where at least three letters with a vowel are left. */
function cut(word: string, ending: string): string | undefined {
  if (!word.endsWith(ending)) return undefined;
  const rest = word.slice(0, -ending.length);
  return rest.length >= 3 && /[aeiouy]/.test(rest) ? rest : undefined;
}

function wordSet(words: string): ReadonlySet<string> {
  return new Set(words.trim().split(/\s+/));
}
