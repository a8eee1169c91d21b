/** Changes of what was known: "sorry, I do have a fever", "actually it is the left side". */
import { markWords } from "../lexicon/clauses.ts";
import type { Lexicon } from "../lexicon.ts";
import type { Observations } from "../red-flags.ts";
import type { ObservedFinding } from "../vocabulary.ts";

const CUE =
  /\b(?:actually|sorry|correction|to correct|let me correct|(?:scratch|strike|scrap|amend|rewind|undo) (?:that|it|this|a sec|a bit|a moment)|rewind|amend|tell a lie|my mistake|my error|my bad|i was mistaken|mistaken|typo|thumb slipped|wrong button|misread|the opposite|more of an?|put (?:yes|no|that)|i was wrong|i (?:got|had) (?:it|that|this) wrong|i made a mistake|i misspoke|i lied|i meant|i mean|on second thoughts?|i should have said|i take (?:that|it) back|(?:ignore|forget|disregard) (?:that|this|the last|last|what i (?:said|put|wrote)|my last)|wait|hang on|hold on|rather|in fact|i (?:said|put(?! (?:on|it on|in|my|a|an|some|ice|cream|the|weight|pressure)\b)|ticked|clicked|wrote|answered)|i told you|change that|not what i said|(?:now (?:that )?|come to )i? ?think)\b/;

/** "You can take off the weight loss": what is to be taken back is not there. */
const TAKE_BACK =
  /\b(?:you can |you could |you should |please |can you |just )*(?:(?:take off|take out|scrap|strike(?: out)?|cross (?:off|out)|rub out|leave out) (?:what i (?:said|put) about )?|(?:forget|ignore|disregard|remove|delete|drop) what i (?:said|put) about )(?:the |my |that )(?=\w)/g;

/** Folded `text` with what it takes back said as a denial; to be asked only where something is known. */
export const withDenials = (text: string): string => text.replace(TAKE_BACK, "actually no ");

export const hasCorrectionCue = (text: string): boolean => CUE.test(text);

/** Splits what a message states into news and corrections of what is known; what is unknown before is news. */
export function splitCorrections(
  stated: readonly ObservedFinding[],
  text: string,
  known: Observations | undefined,
): { observed: ObservedFinding[]; corrections: ObservedFinding[] } {
  const cue = hasCorrectionCue(text);
  const observed: ObservedFinding[] = [];
  const corrections: ObservedFinding[] = [];
  for (const each of stated) {
    const before = known?.get(each.finding);
    if (before && before.state !== "unknown") {
      // Doubt and a bare repetition change nothing that is known.
      if (each.state === "unknown") continue;
      if (before.state === each.state && !each.values && each.number === undefined) continue;
      if (isSame(before, each)) continue;
      corrections.push(cue ? each : withMore(before, each));
    } else if (!known && cue) corrections.push(each);
    else observed.push(each);
  }
  return { observed, corrections };
}

/** A value alone, which goes with what was told last among the findings that have such a value. */
export function correctedValue(lexicon: Lexicon, sentence: string, known: Observations): ObservedFinding | undefined {
  for (const before of [...known.values()].reverse()) {
    const finding = lexicon.findings.get(before.finding);
    if (!finding || finding.type === "binary" || before.state !== "present") continue;
    const read = lexicon.readAnswer(finding, sentence);
    if (read.state === "present" && !isSame(before, read)) return read;
  }
  return undefined;
}

/**
 * "No swelling at all", "it's itchy after all": a word of a name is enough to tell which of the known findings is
 * changed, where it is a word of one only.
 */
export function changedByWord(lexicon: Lexicon, sentence: string, known: Observations): ObservedFinding | undefined {
  const words = markWords(sentence).filter(({ strength }) => strength === "strong");
  const changed = [...known.values()].flatMap((before): ObservedFinding[] => {
    const finding = lexicon.findings.get(before.finding);
    if (finding?.type !== "binary" || before.state === "unknown") return [];
    const named = new Set(markWords(finding.name).flatMap(({ strength, key }) => (strength === "strong" ? [key] : [])));
    const said = words.filter(({ key }) => named.has(key));
    if (said.length === 0) return [];
    const state = said.every(({ negated }) => negated !== false) ? "absent" : "present";
    return state === before.state ? [] : [{ finding: finding.id, state }];
  });
  return changed.length === 1 ? changed[0] : undefined;
}

function isSame(a: ObservedFinding, b: ObservedFinding): boolean {
  const values = (o: ObservedFinding): string => [...(o.values ?? [])].sort().join(" ");
  return a.state === b.state && a.number === b.number && values(a) === values(b);
}

/** Without a word of correction, more places are added to those known. */
function withMore(before: ObservedFinding, now: ObservedFinding): ObservedFinding {
  if (!before.values || !now.values || now.values.length === 0 || before.state !== "present") return now;
  return before.values.length + now.values.length > 2
    ? { ...now, values: [...new Set([...before.values, ...now.values])] }
    : now;
}
