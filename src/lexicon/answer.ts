/** What a free answer to a question about one known finding means. Lexical: the first clear yes, no or doubt decides. */
import type { Finding, ObservedFinding } from "../vocabulary.ts";
import { markWords } from "./clauses.ts";
import { hasTimes, timesSaid, timeValue } from "./durations.ts";
import { type Features, featuresOf } from "./features.ts";
import { lazily } from "./lazily.ts";
import { readMeasure } from "./numbers.ts";
import { scaleValue, type ValuePhrase, valuePhrases, valuesSaid } from "./values.ts";
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
    "|every (?:day|night|morning|evening|time|week|month|single (?:day|night))|now and (?:then|again)|from time to time|here and there|on and off|at times|everywhere|keeps|daily|weekly|monthly|nightly|hourly|only (?:if|when|after|on|at|in|with|during|for|while)|mostly|mainly",
    "|\\d+ ?(?:kgs?|kilos?|stone|pounds|lbs?|times|x)|(?:two|three|four|five|several|many|a few|a couple of) (?:times|kilos|stone|pounds))",
    ")(?![\\p{L}'])",
  ].join(""),
  "u",
);

/** Yes, no or doubt as the text first shows it. */
export const polarityOf = (text: string): Polarity | undefined => polarityOfCue(CUE.exec(fold(text)));

function polarityOfCue(cue: RegExpExecArray | null): Polarity | undefined {
  if (!cue) return undefined;
  const { unsure, no } = cue.groups!;
  return unsure !== undefined ? "unsure" : no !== undefined ? "no" : "yes";
}

/** Reads a patient's answers to a question about one finding. What cannot be read is `unknown`. */
export type AnswerReader = (text: string) => ObservedFinding;

/** A reader for one answer; who reads many makes an `answerReader`, or asks a lexicon. */
export const readAnswer = (finding: Finding, text: string): ObservedFinding => answerReader(finding)(text);

/** Makes the finding's own words ready, each at its first need. `phrases`: the wordings of its values. */
export function answerReader(
  finding: Finding,
  phrases: () => readonly ValuePhrase[] = lazily(() => valuePhrases(finding)),
): AnswerReader {
  return finding.type === "binary" ? binaryReader(finding) : valueReader(finding, phrases);
}

function binaryReader(finding: Finding): AnswerReader {
  const spoken = spokenAnswer(finding);
  const complaint = negatedComplaint(finding);
  const implied = impliedBy(finding);
  return (text) => {
    const said = fold(text);
    const features = lazily(() => featuresOf(text));
    const cue = CUE.exec(said);
    const meant = spoken(said) ?? complaint(said, cue, features) ?? polarityOfCue(cue) ?? implied(said, features);
    return { finding: finding.id, state: meant === "yes" ? "present" : meant === "no" ? "absent" : "unknown" };
  };
}

function valueReader(finding: Finding, phrases: () => readonly ValuePhrase[]): AnswerReader {
  const named = namedValues(finding, phrases);
  const present = (extra: Pick<ObservedFinding, "values" | "number">): ObservedFinding => ({
    finding: finding.id,
    state: "present",
    ...extra,
  });
  return (text) => {
    if (finding.type === "numeric") {
      const number = readMeasure(finding, text);
      if (number !== undefined) return present({ number });
    }
    const values = named(text);
    if (values.length === 1 && values[0] === finding.none) return { finding: finding.id, state: "absent" };
    const chosen = values.filter((value) => value !== finding.none);
    if (chosen.length > 0) return present({ values: finding.type === "multiple" ? chosen : chosen.slice(0, 1) });
    return { finding: finding.id, state: polarityOf(text) === "no" ? "absent" : "unknown" };
  };
}

function namedValues(finding: Finding, phrases: () => readonly ValuePhrase[]): (text: string) => string[] {
  const answers = finding.values.flatMap(({ id, answer }) =>
    answer === undefined ? [] : [{ id, said: fold(answer) }],
  );
  return (text) => {
    const scale = scaleValue(finding, text);
    if (scale) return [scale.id];
    const folded = fold(text);
    const spoken = answers.filter(({ said }) => folded.includes(said));
    if (spoken.length > 0) return spoken.map(({ id }) => id);
    // Of several times the first that is no calendar word decides: "Monday, so three days".
    const times = hasTimes(finding) ? timesSaid(text).sort((a, b) => Number(a.calendar) - Number(b.calendar)) : [];
    for (const time of times) {
      const value = timeValue(finding, time);
      if (value) return [value];
    }
    return valuesSaid(phrases(), markWords(text));
  };
}

/** Where `said` holds one of the finding's own answer sentences, what that sentence means. */
function spokenAnswer({ answers }: Finding): (said: string) => Polarity | undefined {
  const [yes, no] = [answers?.present.map(fold), answers?.absent.map(fold)];
  return (said) => {
    const has = (answer: string): boolean => said.includes(answer);
    return yes?.some(has) ? "yes" : no?.some(has) ? "no" : undefined;
  };
}

/** What one cannot do is the trouble itself, unless it is to notice any: "can't lie down", but "can't feel any". */
const UNABLE =
  /^(?:can't|cannot|cant|couldn't|won't|wont) (?!(?:\w+ ){0,3}(?:any|anything|either|so|that)\b|(?:complain\w*|say|think|remember|tell|notice|imagine|be|have|come|afford|find|wait|believe|understand|answer|help|talk|stay|book|pay|stress|recommend|blame)\b)(?<verb>\w+)/;
/** Not to see is a trouble of seeing, and no sign that there is blood. */
const SENSES = new Map([
  ["see", /vision|sight|blind|see\b/],
  ["hear", /hear|deaf/],
  ["smell", /smell/],
  ["taste", /taste/],
  ["feel", /numb|feel|sensation/],
]);

function isUnable({ name, question }: Finding, said: string): boolean {
  const verb = UNABLE.exec(said)?.groups?.verb;
  if (verb === undefined) return false;
  return SENSES.get(verb)?.test(fold(`${name} ${question}`)) ?? true;
}

/** "I can't sleep" affirms sleeplessness: its own affirmative wordings say it with the same negation. */
function negatedComplaint(finding: Finding) {
  const { synonyms, answers } = finding;
  const affirmative = lazily(() =>
    [...synonyms, ...(answers?.present ?? [])].flatMap((wording) => {
      const cue = CUE.exec(fold(wording))?.[0];
      const strong = [...featuresOf(wording)].flatMap(([feature, factor]) => (factor >= 0.5 ? [feature] : []));
      return cue !== undefined && strong.length > 0 ? [{ cue, strong }] : [];
    }),
  );
  return (said: string, cue: RegExpExecArray | null, features: () => Features): Polarity | undefined => {
    if (cue?.groups?.no === undefined || /^\s*[,.;!?]|^$/.test(said.slice(cue.index + cue[0].length))) return undefined;
    const affirms = affirmative().some(
      (wording) => wording.cue === cue[0] && wording.strong.every((feature) => features().has(feature)),
    );
    return affirms || isUnable(finding, said.slice(cue.index)) ? "yes" : undefined;
  };
}

const ALL_IS_WELL =
  /\b(fine|normal|normally|ok|okay|good|well|clear|regular|as always|grand|perfect|unchanged|(?:is|are|feels?|felt|'s) (?:just |all |perfectly |quite |both )*strong)\b/;
/** An answer of so few words that calls something fine, calls what was asked about fine. */
const FEW_WORDS = 6;
const JUST_FINE = /\b(?:all (?:good|well|clear)|fine|normal|okay|ok|grand|perfect)\b/;

/** An answer without yes or no: is it more like the finding and its affirmative answers, or like its denials? */
function impliedBy({ name, question, synonyms, answers }: Finding) {
  const affirmative = lazily(() => [name, question, ...synonyms, ...(answers?.present ?? [])].map(featuresOf));
  const denials = lazily(() => (answers?.absent ?? []).map(featuresOf));
  return (said: string, features: () => Features): Polarity => {
    const likeness = (wordings: readonly Features[]): number =>
      Math.max(0, ...wordings.map((wording) => sharedWords(features(), wording)));
    const [yes, no] = [likeness(affirmative()), likeness(denials())];
    if (ALL_IS_WELL.test(said)) {
      const isBrief = JUST_FINE.test(said) && said.trim().split(/\s+/).length <= FEW_WORDS;
      return yes > 0 || no > 0 || isBrief ? "no" : "unsure";
    }
    return yes === no ? (yes > 0 ? "yes" : "unsure") : yes > no ? "yes" : "no";
  };
}

function sharedWords(said: Features, wording: Features): number {
  let shared = 0;
  for (const [feature, factor] of wording) if (factor >= 0.5 && said.has(feature)) shared += factor;
  return shared;
}
