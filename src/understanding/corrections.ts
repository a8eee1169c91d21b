/** Changes of what was known: "sorry, I do have a fever", "actually it is the left side". */
import type { Lexicon } from "../lexicon.ts";
import type { Observations } from "../red-flags.ts";
import type { ObservedFinding } from "../vocabulary.ts";

const CUE =
  /\b(?:actually|sorry|correction|to correct|let me correct|scratch that|my mistake|my bad|i was wrong|i (?:got|had) (?:it|that|this) wrong|i made a mistake|i misspoke|i lied|i meant|i mean|on second thoughts?|i should have said|i take (?:that|it) back|ignore (?:that|what i said)|wait|hang on|hold on|rather|in fact|i said|i told you|change that|not what i said|now that i think)\b/;

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
