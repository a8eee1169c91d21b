/** What a message answers to the question that was asked, where it does more or less than answer it. */
import { type Lexicon, polarityOf } from "../lexicon.ts";
import type { Finding, ObservedFinding } from "../vocabulary.ts";

const DIRECT =
  /^[\s,.]*(?:well|hmm+|um+|uh|oh|er+|so|actually|honestly|but|thankfully|luckily|fortunately|sadly|unfortunately|afraid|[,.]|\s)*(?:(?<yes>yes|yeah|yep|yup|yea|yh|ya|aye|sure|definitely|absolutely|of course|indeed|correct|exactly|affirmative|certainly|y|(?:i do|i am|i have|i did|i was|it is|it does|it has|there is)(?=\s*(?:[.,;!]|$)))|(?<no>no(?! (?:idea|clue))|nope|nah|not (?:really|at all)|n|negative|neither|(?:never|none|nothing|i don't|i'm not|i haven't|i didn't|it isn't|it doesn't)(?=\s*(?:[.,;!]|$))|definitely not|absolutely not|certainly not|of course not))(?=[\s,.!;]|$)/;

/**
 * The asked finding as folded `said` (what the person states of the patient) answers it, given what else it states;
 * undefined where it speaks of other things only.
 */
export function readReply(
  lexicon: Lexicon,
  finding: Finding,
  said: string,
  stated: readonly ObservedFinding[],
): ObservedFinding | undefined {
  const own = stated.find((observed) => observed.finding === finding.id);
  const present: ObservedFinding = { finding: finding.id, state: "present" };
  const absent: ObservedFinding = { finding: finding.id, state: "absent" };
  const words = said.trim();
  if (finding.type !== "binary") {
    if (own) return own;
    const read = lexicon.readAnswer(finding, words);
    if (read.state !== "unknown" || stated.length === 0) return read;
    return undefined;
  }
  const direct = DIRECT.exec(words)?.groups;
  if (direct?.no !== undefined && own?.state !== "present") return absent;
  if (own) return own;
  if (direct?.yes !== undefined) return present;
  if (direct?.no !== undefined) return absent;
  const ofChild = stated.some(
    ({ finding: id, state }) => state === "present" && lexicon.findings.get(id)?.parent === finding.id,
  );
  if (ofChild) return present;
  if (stated.length > 0) {
    const doubt = polarityOf(words) === "unsure";
    return doubt ? { finding: finding.id, state: "unknown" } : undefined;
  }
  return lexicon.readAnswer(finding, words);
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
