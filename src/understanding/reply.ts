/** What a message answers to the question that was asked, where it does more or less than answer it. */
import { fold } from "../lexicon/words.ts";
import { type Lexicon, polarityOf } from "../lexicon.ts";
import type { Finding, ObservedFinding } from "../vocabulary.ts";
import { beginsInDoubt, endsInDoubt } from "./doubts.ts";

const DIRECT =
  /^[\s,.]*(?:well|hmm+|um+|uh|oh|er+|so|actually|honestly|but|thankfully|luckily|fortunately|sadly|unfortunately|afraid|[,.]|\s)*(?:(?<yes>yes|yeah|yep|yup|yea|yh|ya|aye|sure|definitely|absolutely|of course|indeed|correct|exactly|affirmative|certainly|y|(?:i do|i am|i have|i did|i was|it is|it does|it has|there is)(?=\s*(?:[.,;!]|$)))|(?<no>no(?! (?:idea|clue))|nope|nah|not (?:really|at all)|n|negative|neither|(?:never|none|nothing|i don't|i'm not|i haven't|i didn't|it isn't|it doesn't)(?=\s*(?:[.,;!]|$))|definitely not|absolutely not|certainly not|of course not))(?=[\s,.!;]|$)/;
const NO_SUCH =
  /^no (?!(?:i|i'm|i've|i'd|it|it's|its|he|she|they|we|my|not|just|only|but|sorry|thanks|thank|never|that|that's|nothing|way|there|there's|and|actually|really|none|never|or|so)\b)[a-z]/;

/**
 * The asked finding as folded `said` (what the person states of the patient) answers it, given what else it states,
 * `timed` of which are but lengths of time; undefined where it speaks of other things only.
 */
export function readReply(
  lexicon: Lexicon,
  finding: Finding,
  said: string,
  stated: readonly ObservedFinding[],
  timed = 0,
): ObservedFinding | undefined {
  const own = stated.find((observed) => observed.finding === finding.id);
  const present: ObservedFinding = { finding: finding.id, state: "present" };
  const absent: ObservedFinding = { finding: finding.id, state: "absent" };
  const words = said.trim();
  const unknown: ObservedFinding = { finding: finding.id, state: "unknown" };
  const denies = stated.some(({ finding: id, state }) => id !== finding.id && state === "absent");
  // The "no" of "no fever" is no answer to another question.
  const direct = denies && NO_SUCH.test(words) ? undefined : DIRECT.exec(words)?.groups;
  if (finding.type !== "binary") {
    if (own) return own;
    const read = lexicon.readAnswer(finding, words);
    if (read.state === "present" || (read.state === "absent" && direct?.no !== undefined)) return read;
    if (stated.length > 0) return undefined;
    return read.state === "absent" && !isTied(lexicon, finding, words, read) ? unknown : read;
  }
  if (direct?.no !== undefined && own?.state !== "present") return absent;
  if (direct?.yes === undefined && stated.every((each) => each === own) && endsInDoubt(words)) return unknown;
  if (own) return own;
  if (beginsInDoubt(words)) return unknown;
  if (direct?.yes !== undefined) return present;
  const ofChild = stated.some(
    ({ finding: id, state }) => state === "present" && lexicon.findings.get(id)?.parent === finding.id,
  );
  if (ofChild) return present;
  if (lexicon.isWell(finding, words)) return absent;
  if (isOfOtherSex(finding, words)) return absent;
  const read = afterDoubt(lexicon, finding, words) ?? lexicon.readAnswer(finding, words);
  // "Three times since breakfast" says how long, and yes.
  if (stated.length > 0 && timed === stated.length && read.state === "present") return read;
  if (stated.length > 0) return polarityOf(words) === "unsure" ? unknown : undefined;
  return read.state === "unknown" || isTied(lexicon, finding, words, read) ? read : unknown;
}

const OF_SEX = { male: /\b(?:a|am) (?:man|male|bloke|guy|boy)\b/, female: /\b(?:a|am) (?:woman|female|girl|lady)\b/ };

/** "I'm a man", to a question about pregnancy. */
function isOfOtherSex({ applies }: Finding, words: string): boolean {
  if (!applies?.sex) return false;
  return OF_SEX[applies.sex === "male" ? "female" : "male"].test(words);
}

/** "I haven't checked, but I feel hot": what follows the doubt answers, where it can be read. */
function afterDoubt(lexicon: Lexicon, finding: Finding, words: string): ObservedFinding | undefined {
  const but = /\bbut\b/.exec(words);
  if (!but || polarityOf(words.slice(0, but.index)) !== "unsure") return undefined;
  const read = lexicon.readAnswer(finding, words.slice(but.index + but[0].length));
  return read.state === "unknown" ? undefined : read;
}

/** A message of more words than this answers only with a word that ties it to the question. */
const SHORT = { present: 12, absent: 4, unknown: 0 };
/** How far a message must cover a wording of what was asked. */
const TIED = 0.25;
const DIRECT_PART =
  /(?:^|[.!,;\n] *)(?:(?:oh|well|um+|uh+|hm+|er+|so|honestly|actually|thankfully|luckily|sadly|unfortunately|i think|i'd say|i guess|and|but|sorry)[, ]+)*(?:yes|yeah|yep|yup|yea|ya|aye|sure|definitely|absolutely|certainly|of course|indeed|correct|exactly|true|affirmative|no|nope|nah|not (?:really|at all|that|as far as|to my knowledge|so far|any ?more|lately|often|much|yet)|never|none|neither|nothing|nowhere|hardly|rarely|sometimes|always|often|a (?:bit|little)|occasionally|only|used to|quit|stopped|(?:it )?makes (?:no|any) (?:odds|difference)|now and then|i (?:do|don't|dont|do not|did|didn't|have|haven't|had|am|was|wasn't|can|can't|cant)|i'm|it (?:is|isn't|does|doesn't|has|hasn't|was)|there is|there's)\b/;

/** Does the message answer the question, or does a "no" or "can't" merely stand in it? */
function isTied(lexicon: Lexicon, finding: Finding, words: string, { state }: ObservedFinding): boolean {
  // Without a yes or no the words themselves were like the finding's own.
  if (polarityOf(words) === undefined || DIRECT_PART.test(words) || words.split(/\s+/).length <= SHORT[state])
    return true;
  const own = [...(finding.answers?.present ?? []), ...(finding.answers?.absent ?? [])];
  if (own.some((answer) => words.includes(fold(answer)))) return true;
  return (lexicon.match(words, 1, ({ id }) => id === finding.id)[0]?.score ?? 0) >= TIED;
}

/** Children of the asked finding that the reply tells without naming it: "only when I lie down", "it's dry". */
export function readChildren(lexicon: Lexicon, finding: Finding, said: string): ObservedFinding[] {
  return lexicon.childrenOf(finding.id).flatMap((child): ObservedFinding[] => {
    if (child.type === "binary") {
      const [match] = lexicon.match(said, 1, ({ id }) => id === child.id);
      return match && match.score >= 0.55 ? [{ finding: child.id, state: "present" }] : [];
    }
    if (child.type === "numeric") return [];
    const read = lexicon.readAnswer(child, said);
    return read.state === "present" ? [read] : [];
  });
}
