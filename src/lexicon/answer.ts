/** What a free answer to a question about one known finding means. Lexical: the first clear yes, no or doubt decides. */
import type { Finding, ObservedFinding } from "../vocabulary.ts";
import { markWords } from "./clauses.ts";
import { timesSaid, timeValue } from "./durations.ts";
import { type Features, featuresOf } from "./features.ts";
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
    "|possibly|sort of|kind of|who knows|couldn't say|dunno|(?:have not|haven't|never) (?:checked|looked|measured|weighed|tested|paid attention|had (?:it|that|them) (?:checked|tested|measured))",
    "|(?:i )?never (?:look|check|measure|pay attention)|(?:have|need|you'd have|you would have) to ask|couldn't tell)",
    "|(?<no>(?:do not|don't|dont) (?:think|believe) so|not (?:really|at all|that i know of|that i remember)|not",
    "|(?:hardly|barely|scarcely|rarely|seldom)(?: ever)?|i (?:quit|gave up|stopped)|gave (?:it|that|them) up|used to(?= *(?:[.,;]|$|but|and))|no longer|not any ?more",
    "|no|nope|nah|never|none|neither|nothing|nowhere|nobody|negative|without|absent|cannot|deny|denies|[a-z]+n't)",
    "|(?<yes>(?:i )?(?:think|believe|guess|suppose) so|yes|yeah|yep|yup|yea|aye|sure|definitely|certainly|absolutely",
    "|of course|indeed|correct|exactly|affirmative|positive|present|(?:i do|i have|i am|i did|i was|it is|it does)(?=\\s*(?:[.,;!?]|$))",
    "|a bit|a little|sometimes|very(?: much)?|a lot|loads|often|always|constantly|occasionally|once|twice|quite|badly|terribly|all the time|most (?:days|nights|mornings|of the time)",
    "|every (?:day|night|morning|evening|time|week|month|single (?:day|night))|now and (?:then|again)|from time to time|here and there|on and off|at times|everywhere)",
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
      spokenAnswer(finding, text) ?? negatedComplaint(finding, text) ?? polarity ?? impliedBy(finding, text);
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
  const said = fold(text);
  const spoken = finding.values.filter(({ answer }) => answer !== undefined && said.includes(fold(answer)));
  if (spoken.length > 0) return spoken.map(({ id }) => id);
  // Of several times the first that is no calendar word decides: "Monday, so three days".
  const times = timesSaid(text).sort((a, b) => Number(a.calendar) - Number(b.calendar));
  for (const time of times) {
    const value = timeValue(finding, time);
    if (value) return [value];
  }
  return valuesSaid(valuePhrases(finding), markWords(text));
}

/** Where `text` holds one of the finding's own answer sentences, what that sentence means. */
function spokenAnswer(finding: Finding, text: string): Polarity | undefined {
  const said = fold(text);
  const has = (answer: string): boolean => said.includes(fold(answer));
  if (finding.answers?.present.some(has)) return "yes";
  return finding.answers?.absent.some(has) ? "no" : undefined;
}

/** "I can't sleep" affirms sleeplessness: its own affirmative wordings say it with the same negation. */
function negatedComplaint(finding: Finding, text: string): Polarity | undefined {
  const said = fold(text);
  const cue = CUE.exec(said);
  if (cue?.groups?.no === undefined || /^\s*[,.;!?]|^$/.test(said.slice(cue.index + cue[0].length))) return undefined;
  const words = featuresOf(text);
  const affirms = [...finding.synonyms, ...(finding.answers?.present ?? [])].some((wording) => {
    if (CUE.exec(fold(wording))?.[0] !== cue[0]) return false;
    const strong = [...featuresOf(wording)].filter(([, factor]) => factor >= 0.5);
    return strong.length > 0 && strong.every(([feature]) => words.has(feature));
  });
  return affirms ? "yes" : undefined;
}

const ALL_IS_WELL = /\b(fine|normal|normally|ok|okay|good|well|clear|regular|as always)\b/;

/** An answer without yes or no: is it more like the finding and its affirmative answers, or like its denials? */
function impliedBy(finding: Finding, text: string): Polarity {
  const said = featuresOf(text);
  const likeness = (wordings: readonly string[]): number =>
    Math.max(0, ...wordings.map((wording) => sharedWords(said, featuresOf(wording))));
  const yes = likeness([finding.name, finding.question, ...finding.synonyms, ...(finding.answers?.present ?? [])]);
  const no = likeness(finding.answers?.absent ?? []);
  if (ALL_IS_WELL.test(fold(text))) return yes > 0 || no > 0 ? "no" : "unsure";
  return yes === no ? (yes > 0 ? "yes" : "unsure") : yes > no ? "yes" : "no";
}

function sharedWords(said: Features, wording: Features): number {
  let shared = 0;
  for (const [feature, factor] of wording) if (factor >= 0.5 && said.has(feature)) shared += factor;
  return shared;
}
