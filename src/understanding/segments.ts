/** A message cut into clauses, each with its role: what the person states of the patient, and what is something else. */
import { matchesOf } from "../lexicon/matches.ts";
import { isQuestion } from "./manners.ts";

/** `said` of the patient; `other`: of somebody else; `doubt`: "not sure if I have"; `reported`: "I said no headache". */
export type Role = "said" | "other" | "question" | "doubt" | "reported";

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

const CHILD =
  "son|daughter|baby|child|toddler|infant|newborn|boy|girl|kid|little one|youngest|eldest|twins?|grandson|granddaughter|grandchild";
const ADULT =
  "wife|husband|hubby|partner|spouse|fiance|fiancee|girlfriend|boyfriend|friends?|mates?|neighbou?rs?|boss|colleagues?|coworkers?|co-workers?|flatmates?|roommates?|housemates?|sisters?|brothers?|siblings?|mother|mum|mom|mam|mummy|father|dad|daddy|grandmother|grandma|gran|granny|nan|nana|grandfather|grandad|granddad|grandpa|parents?|aunt|auntie|uncle|cousins?|niece|nephew|family|relatives?|teacher|class|classmates?|school|kids|children|sons|daughters|office|team|dog|cat|ex";
const PERSON = new RegExp(
  `^(?:and |but |so |or |because |while |whereas |although |though |now |also |well |only |just |half |all |both |most |one )*(?:of )?(?:(?:my|our|his|her|their|the|a|an|one of my|some of my|half of my) (?:(?:little|best|older|younger|big|old|late|new|poor|own|eldest|youngest|\\w+ year old|close|good|good old) )*(?:(?<child>${CHILD})|(?<adult>${ADULT}))(?:'s)?\\b|(?<crowd>everyone|everybody|people|others|somebody|someone|anyone|nobody else|loads of people|lots of people|half the|half of|mum|mom|dad|gran|grandma)\\b)`,
);
const SELF =
  /^(?:and |but |so |or |because |while |whereas |although |though |now |then |also |well |only |just |yes |no |still )*(?:i|i'm|i've|i'd|i'll|im|ive|me|mine|my|myself|we|we're|our)\b/;
const PRONOUN =
  /^(?:and |but |so |or |because |while |now |then |also |when )*(?:he|she|they|his|her|their|he's|she's|they're|who|whose)\b/;

const DOUBT =
  /\b(?:(?:not (?:really |quite |entirely )?(?:sure|certain)|don't (?:really )?know|unsure|can't (?:tell|say)|no idea|wonder|wondering|hard to (?:say|tell)) (?:if|whether)|might (?:also )?(?:have|be|get|been)|may (?:also )?(?:have|be)|could be|maybe (?:a|an|some|i)|possibly|perhaps)\b/;
const REPORTED = /^(?:sorry |actually |oh |well |and |i know )*i (?:said|told you|mentioned|wrote|answered|put)\b/;

/** Cuts folded `text`. `patientIsChild`: the patient is a child, so that "my son" is the patient. */
export function segmentsOf(text: string, patientIsChild: boolean, isOpening: boolean): Segment[] {
  const clauses = matchesOf(SENTENCE, text).flatMap(({ 0: sentence, index }) => clausesOf(sentence, index));
  const speaksOfSelf = clauses.some(({ words }) => SELF.test(words) && !PERSON.test(words));
  const childIsPatient = patientIsChild || (isOpening && !speaksOfSelf);
  let other = false;
  let everOther = false;
  return clauses.flatMap(({ from, to, words, question, head }): Segment[] => {
    const person = PERSON.exec(words)?.groups;
    if (person) {
      other = !(person.child && childIsPatient);
      everOther = other;
    } else if (SELF.test(words)) other = false;
    else if (PRONOUN.test(words)) other = everOther;
    else if (head) other = false;
    if (question) return [{ role: "question", from, to }];
    if (REPORTED.test(words)) return [{ role: "reported", from, to }];
    // "Caught it from my son", "unlike my brother": what comes after is of the other.
    if (other) return [{ role: "other", from, to }];
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
