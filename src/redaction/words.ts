/** The allow-list: which words and numbers stay. Everything else goes, known or not. */
import { bracketed, joined } from "./kinds.ts";
import { namesAmong } from "./names.ts";
import { type Token, tokensOf } from "./tokens.ts";
import type { RedactionVocabulary } from "./vocabulary.ts";

/** Numbers with a unit, ordinals, and short names of vitamins, vertebrae and viruses. */
const HARMLESS_MIX =
  /^(?:\d{1,3}(?:st|nd|rd|th|x|g|kg|c|f|cm|mm|m|am|pm|hrs?|h|mins?|secs?|s|d|days?|wks?|w|weeks?|mths?|months?|yrs?|y|yo|years?|bpm|lbs?|st|ft|in|k|ish|l|mmhg|deg|degrees?|p|hourly|times|pills?|tabs?)|\d{1,5}(?:mg|ml|mcg|ug|iu|kcal)|\d0s|\d{1,2}ft\d{0,2}|\d{1,2}st\d{1,2}|b(?:1|2|3|6|12)|d[23]|[ct]\d|l[1-5]|t1[0-2]|s[1-5]|h1n1|hba1c|a1c|co2|o2|spo2|covid19|h2o|gr8|m8|l8r|b4|2day|2moro|2nite|any1|some1|no1|every1|g6pd|n95|x2|x3|x4)$/;
const UNIT = /^(?:mg|mcg|ml|g|iu|units?|kcal|calories|steps?|m|metres|meters|feet|mmol)$/;

/** One look over the text. */
export function withoutUnknown(text: string, vocabulary: RedactionVocabulary): string {
  const tokens = tokensOf(text);
  const names = namesAmong(tokens, vocabulary);
  const conditions = conditionsAmong(tokens, vocabulary);
  const kept = tokens.map((token, at) => {
    if (conditions.has(at)) return token.text;
    const kind = names.get(at);
    return kind ? bracketed(kind) : keptOf(token, at, tokens, vocabulary);
  });
  return joined(kept.join(""));
}

/** The tokens that are part of a condition's name, whoever it is named after. */
function conditionsAmong(tokens: readonly Token[], vocabulary: RedactionVocabulary): ReadonlySet<number> {
  const places = tokens.flatMap(({ type }, at) => (type === "word" || type === "bracket" ? [at] : []));
  const words = places.map((at) => tokens[at]!.folded);
  return new Set(words.flatMap((_, n) => places.slice(n, n + vocabulary.namesCondition(words, n))));
}

function keptOf(token: Token, at: number, tokens: readonly Token[], vocabulary: RedactionVocabulary): string {
  const { type, text, folded } = token;
  switch (type) {
    case "word": {
      if (folded.length === 1 && folded <= "z") return text;
      if (vocabulary.knows(folded)) return text;
      return vocabulary.corrected(folded) ?? bracketed("word");
    }
    case "mixed":
      return HARMLESS_MIX.test(folded) ? text : bracketed("id");
    case "digits":
      return isHarmlessNumber(text, at, tokens) ? text : bracketed("number");
    case "bracket":
    case "space":
    case "mark":
      return text;
    default:
      return type satisfies never;
  }
}

/** Up to three digits, with one or two decimals; more only where a unit follows. */
function isHarmlessNumber(text: string, at: number, tokens: readonly Token[]): boolean {
  if (/^(?:0|[1-9]\d{0,2})(?:[.,]\d{1,2})?$/.test(text) || /^0\d(?:[.,]\d{1,2})?$/.test(text)) return true;
  const next = tokens[at + 1]?.type === "space" ? tokens[at + 2] : tokens[at + 1];
  return /^[1-9]\d{0,2}[.,]?\d{3}$/.test(text) && next !== undefined && UNIT.test(next.folded);
}
