/** A message cut into clauses, each with its role: what the person states of the patient, and what is something else. */
import { matchesOf } from "../lexicon/matches.ts";
import { isQuestion } from "./manners.ts";
import { isPatient, PERSON, PRONOUN, SELF } from "./persons.ts";

/** `said` of the patient, `past` of what was long ago; `other`: of somebody else; `doubt`: "not sure if I have"; `reported`: "I said no headache". */
export type Role = "said" | "past" | "other" | "question" | "doubt" | "reported";

export interface Segment {
  readonly role: Role;
  /** Place in the text, in characters. */
  readonly from: number;
  readonly to: number;
}

const SENTENCE = /[^.!?;\n]*(?:[.,;](?=\d)[^.!?;\n]*)*[.!?;\n]*/g;
/** Where a clause begins within a sentence. */
const CLAUSE =
  /,\s+(?:and |but |so |or )?(?=\S)|\s(?=(?:but|because|whereas|although|though|while|however)\s)|\s(?=(?:and|so|or)\s+(?:now |then |also )?(?:i|i'm|i've|my|mine|he|she|they|we|it|it's|his|her|our)\b)/g;

const DOUBT =
  /\b(?:(?:not (?:really |quite |entirely )?(?:sure|certain)|don't (?:really )?know|unsure|can't (?:tell|say|remember)|no idea|wonder|wondering|hard to (?:say|tell)) (?:if|whether|about)|might (?:also )?(?:have|be|get|been)|may (?:also )?(?:have|be)|could be|maybe (?:a|an|some|i)|possibly|perhaps)\b/;
const REPORTED =
  /^(?:sorry |actually |oh |well |and |i know |earlier |before |just now |previously )*i (?:have |had |'ve )?(?:earlier |just |first )?(?:said|told you|mentioned|wrote|written|answered|put(?! (?:on|it on|in|my|a|an|some|ice|cream|the|weight|pressure)\b)|ticked|clicked|typed)\b/;
/** What is over for long: it tells of what somebody has had, not of what they have. */
const PAST =
  /\b(?<!since )(?<!from )when (?:i|he|she) (?:was|were) (?:a |an |very |really |only |about |just |still )*(?:kid|child|baby|toddler|teenager|teen|student|little|young|younger|small|girl|boy|lad|\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b|\b(?:\d+|many|several|some|(?:a )?few|a couple of|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty) years (?:ago|back)\b|\bas a (?:child|kid|baby|toddler|teenager|boy|girl|student)\b/;
const GOES_ON =
  /\b(?:start(?:s|ed|ing)?|began|begun|begin|since|notic\w+|appeared|came|developed|still|ever|now|keeps?|have|getting|never|diagnosed|gone|stopped|quit)\b/;

/** Cuts folded `text`. `patientIsChild`: the patient is a child, so that "my son" is the patient. */
export function segmentsOf(text: string, patientIsChild: boolean, isOpening: boolean): Segment[] {
  const clauses = matchesOf(SENTENCE, text).flatMap(({ 0: sentence, index }) => clausesOf(sentence, index));
  const patient = isPatient(text, clauses, { patientIsChild, isOpening });
  let other = false;
  let everOther = false;
  return clauses.flatMap(({ from, to, words, question, head }): Segment[] => {
    const person = PERSON.exec(words)?.groups;
    if (person) {
      other = !patient(person);
      everOther = other;
    } else if (SELF.test(words)) other = false;
    else if (PRONOUN.test(words)) other = everOther;
    else if (head) other = false;
    if (question) return [{ role: "question", from, to }];
    if (REPORTED.test(words)) return [{ role: "reported", from, to }];
    // "Caught it from my son", "unlike my brother": what comes after is of the other.
    if (other) return [{ role: "other", from, to }];
    if (PAST.test(words) && !GOES_ON.test(words)) return [{ role: "past", from, to }];
    const doubt = DOUBT.exec(text.slice(from, to));
    if (!doubt) return [{ role: "said", from, to }];
    const at = from + doubt.index;
    return [
      { role: "said", from, to: at },
      { role: "doubt", from: at, to },
    ];
  });
}

interface Clause {
  readonly from: number;
  readonly to: number;
  readonly words: string;
  readonly question: boolean;
  /** True for the first clause of a sentence. */
  readonly head: boolean;
}

function clausesOf(sentence: string, start: number): Clause[] {
  if (!/[\p{L}\p{N}]/u.test(sentence)) return [];
  const stop = /[.!?;\n]*$/.exec(sentence)!;
  const body = sentence.slice(0, stop.index);
  const question = isQuestion(body.trim(), stop[0].includes("?"));
  if (question) return [{ from: start, to: start + sentence.length, words: body.trim(), question, head: true }];
  const cuts = [0, ...matchesOf(CLAUSE, body).map(({ index }) => index), body.length];
  return cuts.slice(1).map((to, i) => {
    const from = cuts[i]!;
    const words = body.slice(from, to).replace(/^[\s,]+/, "");
    return { from: start + from, to: start + to, words, question, head: i === 0 };
  });
}

/** `text` with all but the segments of `role` blanked: places stay as they are, and sentences end at the gaps. */
export function onlyRole(text: string, segments: readonly Segment[], role: Role): string {
  let kept = "";
  let at = 0;
  for (const segment of segments) {
    if (segment.role !== role) continue;
    kept += blank(text.slice(at, segment.from)) + text.slice(segment.from, segment.to);
    at = segment.to;
  }
  return kept + blank(text.slice(at));
}

/** A gap that holds words ends the sentence; a gap of signs alone stays. */
function blank(gap: string): string {
  return /[\p{L}\p{N}]/u.test(gap) && gap.length > 1 ? `.${" ".repeat(gap.length - 1)}` : gap;
}
