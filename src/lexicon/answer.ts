/** What a free answer to a question about one known finding means. Lexical: the first clear yes, no or doubt decides. */
import type { Finding, ObservedFinding } from "../vocabulary.ts";
import { type MarkedWord, markWords } from "./clauses.ts";
import { featuresOf } from "./features.ts";
import { readMeasure } from "./numbers.ts";
import { scaleValue, valuePhrases, valuesSaid } from "./values.ts";
import { fold } from "./words.ts";

export type Polarity = "yes" | "no" | "unsure";

/** Alternatives of one group are tried in order, so a longer phrase stands before the words within it. */
const CUE = new RegExp(
  [
    "\\b(?:",
    "(?<unsure>(?:i )?(?:do not|don't|dont|couldn't|can't|cannot|wouldn't) (?:really )?(?:know|remember|recall|tell|say)",
    "|not (?:really |quite |so |entirely )?(?:sure|certain)|unsure|no idea|no clue|hard to say|maybe|perhaps|might",
    "|possibly|sort of|kind of|who knows|couldn't say)",
    "|(?<no>(?:do not|don't|dont) (?:think|believe) so|not (?:really|at all|that i know of|that i remember)|not",
    "|no|nope|nah|never|none|neither|nothing|nowhere|nobody|negative|without|absent|cannot|deny|denies|[a-z]+n't)",
    "|(?<yes>(?:i )?(?:think|believe|guess|suppose) so|yes|yeah|yep|yup|yea|aye|sure|definitely|certainly|absolutely",
    "|of course|indeed|correct|exactly|affirmative|positive|present|i do|i have|i am|i did|i was|it is|it does",
    "|a bit|a little|sometimes)",
    ")(?![\\p{L}'])",
  ].join(""),
  "u",
);

/** Yes, no or doubt as the text first shows it. */
export function polarityOf(text: string): Polarity | undefined {
  const groups = CUE.exec(fold(text))?.groups;
  if (!groups) return undefined;
  return groups.unsure !== undefined ? "unsure" : groups.no !== undefined ? "no" : "yes";
}

/** Reads a patient's answer to a question about `finding`. What cannot be read is `unknown`. */
export function readAnswer(finding: Finding, text: string): ObservedFinding {
  const polarity = polarityOf(text);
  const present = (extra: Pick<ObservedFinding, "values" | "number"> = {}): ObservedFinding => ({
    finding: finding.id,
    state: "present",
    ...extra,
  });
  const absent: ObservedFinding = { finding: finding.id, state: "absent" };
  const unknown: ObservedFinding = { finding: finding.id, state: "unknown" };
  if (finding.type === "binary") {
    const meant =
      spokenAnswer(finding, text) ?? polarity ?? (namesFinding(finding, markWords(text)) ? "yes" : "unsure");
    return meant === "yes" ? present() : meant === "no" ? absent : unknown;
  }
  if (finding.type === "numeric") {
    const number = readMeasure(finding, text);
    if (number !== undefined) return present({ number });
  }
  const values = namedValues(finding, text);
  if (values.length === 1 && values[0] === finding.none) return absent;
  const chosen = values.filter((value) => value !== finding.none);
  if (chosen.length > 0) return present({ values: finding.type === "multiple" ? chosen : chosen.slice(0, 1) });
  return polarity === "no" ? absent : unknown;
}

function namedValues(finding: Finding, text: string): string[] {
  const scale = scaleValue(finding, text);
  if (scale) return [scale.id];
  const spoken = finding.values.filter(({ answer }) => answer && fold(answer) === fold(text));
  if (spoken.length > 0) return spoken.map(({ id }) => id);
  return valuesSaid(valuePhrases(finding), markWords(text));
}

/** The side of the finding's own answer sentences that `text` repeats, if it does. */
function spokenAnswer(finding: Finding, text: string): Polarity | undefined {
  const said = fold(text).trim();
  if (finding.answers?.present.some((answer) => fold(answer) === said)) return "yes";
  return finding.answers?.absent.some((answer) => fold(answer) === said) ? "no" : undefined;
}

/** True where an answer without yes or no repeats what the finding is called or asks. */
function namesFinding(finding: Finding, words: readonly MarkedWord[]): boolean {
  const said = new Set(words.filter(({ strength }) => strength === "strong").map(({ key }) => key));
  if (said.size === 0 || words.some(({ word }) => /^(fine|normal|ok|okay|good|clear)$/.test(word))) return false;
  const wordings = [finding.name, finding.question, ...finding.synonyms, ...(finding.answers?.present ?? [])];
  return wordings.some((wording) => [...featuresOf(wording)].some(([feature, f]) => f >= 0.5 && said.has(feature)));
}
