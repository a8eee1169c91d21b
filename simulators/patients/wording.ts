/** How a patient words a statement on a finding. The base's own sentences come first; verbosity shapes the rest. */
import { type Finding, type ObservedFinding, pick, type Random, spokenValue } from "../../src/index.ts";
import type { Persona } from "./persona.ts";
import { isSimple, shortAnswers, statementOf } from "./statements.ts";
import { isMeasured } from "./truth.ts";

const UNKNOWN = ["I don't know.", "I'm not sure.", "I really don't know.", "I couldn't say."];
const FORGOTTEN = ["I can't remember.", "I don't remember.", "I'm not sure, it may be a long time ago."];
const VAGUE = ["Sort of. It's hard to say.", "Maybe. It's hard to describe.", "I'm not sure how to put it."];
/** How often a verbose patient adds something. */
const ASIDES = 0.35;
/** What it is; it states no finding. */
const CHATTER = [
  "At least that's how I'd put it.",
  "I wasn't sure whether to mention it.",
  "My neighbour keeps telling me to see somebody.",
  "I've been thinking about it a lot.",
  "My sister asked me the same thing yesterday.",
  "You're the first to ask me that.",
  "I wrote it down somewhere, but I left the note at home.",
  "I said so to my husband this morning.",
  "I looked it up, but I didn't get any wiser.",
  "I'm sorry if I go on about it.",
  "I'd rather have asked sooner, but work kept me.",
  "It may not be important, I know.",
];
/** The same of a patient who over-reports: worried rather than chatty. */
const WORRIES = [
  "Is that a bad sign?",
  "It frightens me, to be honest.",
  "I can't stop thinking about it.",
  "I hardly slept for worry.",
  "Should I be worried about that?",
  "I keep checking on it.",
];
/** What a measurement provider says where it has no result. */
export const UNAVAILABLE = "That is not available.";

const ASKS_YES_OR_NO = /^(do|does|did|have|has|are|is|were|was)\b/i;

/** Words for `observed`, what the patient states of `finding`. */
export function wordsFor(finding: Finding, observed: ObservedFinding, persona: Persona, random: Random): string {
  if (isMeasured(finding.kind)) return resultOf(finding, observed, random);
  if (observed.state === "unknown") return pick(random, unknownWords(finding, persona));
  const terse = persona.verbosity === "terse";
  const text = terse ? terseAnswer(finding, observed) : fullAnswer(finding, observed, persona, random);
  return persona.verbosity === "verbose" && random.float() < ASIDES
    ? `${text} ${pick(random, persona.overReporting > 0 ? WORRIES : CHATTER)}`
    : text;
}

/** A bare answer: yes, no, or the value. The last resort where a sentence may not be said. */
export function terseAnswer(finding: Finding, observed: ObservedFinding): string {
  if (observed.state === "unknown") return "I don't know.";
  if (observed.state === "absent") return isScale(finding) ? "Not at all." : "No.";
  const given = givenValue(finding, observed);
  return given ? sentence(given) : "Yes.";
}

/** A present finding as a patient would bring it up, without being asked. */
export function complaintOf(finding: Finding, random: Random): string {
  const spoken = finding.answers?.present ?? [];
  if (spoken.length > 0) return sentence(pick(random, spoken).replace(/^(yes|yeah|yep)\b[\s,.:;!-]*/i, ""));
  const statement = statementOf(finding.question, true);
  return sentence(statement ?? `I have come because of this: ${finding.name}`);
}

function unknownWords(finding: Finding, { vagueness }: Persona): readonly string[] {
  if (finding.kind === "antecedent") return FORGOTTEN;
  return vagueness > 0 ? VAGUE : UNKNOWN;
}

function fullAnswer(finding: Finding, observed: ObservedFinding, persona: Persona, random: Random): string {
  const present = observed.state === "present";
  const none = finding.values.find(({ id }) => id === finding.none);
  const spoken = present ? valueSentences(finding, observed) : none?.answer ? [none.answer] : undefined;
  if (spoken) return spoken.join(" ");
  if (!present || !givenValue(finding, observed)) {
    const own = (present ? finding.answers?.present : finding.answers?.absent) ?? [];
    return pick(random, own.length > 0 ? own : composed(finding, present, persona));
  }
  return pick(random, composedValue(finding, givenValue(finding, observed)!));
}

/** The authored sentences of the values given, where each has one. */
function valueSentences(finding: Finding, { values }: ObservedFinding): string[] | undefined {
  const sentences = values?.map((id) => finding.values.find((value) => value.id === id)?.answer);
  return sentences?.every((sentence) => sentence !== undefined) ? (sentences as string[]) : undefined;
}

function composed(finding: Finding, present: boolean, persona: Persona): string[] {
  const { question, synonyms } = finding;
  if (finding.type !== "binary") {
    if (present) return ["Yes."];
    if (/^where/i.test(question)) return ["Nowhere.", "Nowhere really."];
    if (isScale(finding)) return ["Not at all."];
    return ASKS_YES_OR_NO.test(question) ? ["No."] : ["None.", "Nothing like that."];
  }
  const options = [shortAnswers(question)[present ? 0 : 1]];
  const statement = isSimple(question) ? statementOf(question, present) : undefined;
  if (statement) options.push(`${present ? "Yes" : "No"}, ${statement}.`);
  if (persona.healthLiteracy === "low" && synonyms[0]) options.push(`${present ? "Yes" : "No"}, ${synonyms[0]}.`);
  return options;
}

function composedValue(finding: Finding, given: string): string[] {
  const { question } = finding;
  if (/^(yes|no)$/i.test(given)) return [sentence(given)];
  if (finding.type === "numeric" || isScale(finding)) return [`About ${given}.`, `I'd say ${given}.`];
  if (/^where/i.test(question)) return [`Mostly the ${given}.`, `It's the ${given}.`];
  if (/radiat|spread/i.test(question)) return [`Yes, to the ${given}.`];
  if (ASKS_YES_OR_NO.test(question)) return [`Yes: ${given}.`];
  return [`It's ${given}.`, `I'd say ${given}.`];
}

/** A measurement as its result. */
function resultOf(finding: Finding, observed: ObservedFinding, random: Random): string {
  if (observed.state === "unknown") return UNAVAILABLE;
  const own = observed.state === "present" ? finding.answers?.present : finding.answers?.absent;
  const given = observed.state === "present" ? givenValue(finding, observed) : undefined;
  const spoken = observed.state === "present" ? valueSentences(finding, observed) : undefined;
  if (spoken) return spoken.join(" ");
  if (given) return sentence(`${finding.name}: ${given}`);
  if (own && own.length > 0) return pick(random, own);
  return sentence(`${finding.name}: ${observed.state === "present" ? "present" : "absent"}`);
}

/** The values or the number given, as one says them; undefined where there is neither. */
function givenValue(finding: Finding, { values, number }: ObservedFinding): string | undefined {
  if (number !== undefined) return finding.unit ? `${number} ${finding.unit}` : String(number);
  const names = values?.map((id) => spokenValue(finding.values.find((value) => value.id === id)?.name ?? id));
  if (!names || names.length === 0) return undefined;
  if (isScale(finding) && /^\d+$/.test(names[0]!)) return `${names[0]} out of ${finding.values.at(-1)!.name}`;
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** A rating: its values are numbers ("7" or "7 out of 10"). */
function isScale({ values }: Finding): boolean {
  return values.length > 0 && values.every(({ name }) => /^\d+( out of \d+)?$/.test(name));
}

function sentence(text: string): string {
  const trimmed = text.trim();
  const full = /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  return full.charAt(0).toUpperCase() + full.slice(1);
}
