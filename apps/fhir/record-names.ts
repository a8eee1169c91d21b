/**
 * Names in a record to findings, through the lexicon. A name counts only where it is a wording of one finding, word for
 * word, once what grades or doses it is set aside: "Type 2 diabetes mellitus" is diabetes, "Gestational diabetes" is not.
 */
import type { Finding, Lexicon } from "../../src/index.ts";

/** Said of a condition without changing which it is. */
const GRADES =
  /\((disorder|finding|situation)\)|\b(type|class|grade|stage)\s+(\d+|[iv]+|[ab])\b|\b(mellitus|essential|primary|unspecified|nos|chronic|active|congestive|persistent|paroxysmal|permanent|stable)\b|,/gi;
/** Strengths and forms of medicines. */
const DOSES =
  /\[[^\]]*\]|\b\d+([.,/]\d+)*\s*(mg|mcg|ug|µg|g|ml|iu|units?|%)?(\s*\/\s*(ml|day|d|h))?(?![\p{L}\p{N}])|\b(oral|tablets?|tabs?|capsules?|caps?|film[- ]coated|product|sodium|potassium|calcium|hydrochloride|etexilate|maleate|once|twice|daily)\b/giu;

/** A wording says the finding itself from here on; a word more or less stays below. */
const WORD_FOR_WORD = 0.95;

/** The finding that `name` is a wording of, among those that `accept` allows. */
export function findingNamed(
  lexicon: Lexicon,
  name: string,
  accept: (finding: Finding) => boolean,
  setAside: "grades" | "doses",
): string | undefined {
  const plain = name
    .replace(setAside === "grades" ? GRADES : DOSES, " ")
    .replace(/\s+/g, " ")
    .trim();
  for (const text of plain === name ? [name] : [name, plain]) {
    const [best, second] = lexicon.match(text, 2, accept);
    if (!best || best.score < WORD_FOR_WORD || (second && second.score >= WORD_FOR_WORD)) continue;
    // The match knows no "no": what the name states must be that it is so.
    const stated = lexicon.mentions(text).find(({ finding }) => finding === best.finding);
    if (stated?.state === "present") return best.finding;
  }
  return undefined;
}
