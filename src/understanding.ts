/**
 * What a message means, by words alone: what it states of the patient, what it corrects, and what kind of message it
 * is. Lexical and deterministic: no model, no chance. It reads English as people type it; it never guesses a diagnosis.
 */

import { fold, TEXT_LIMIT } from "./lexicon/words.ts";
import type { Lexicon, Statement } from "./lexicon.ts";
import type { Observations } from "./red-flags.ts";
import {
  changedByWord,
  correctedValue,
  hasCorrectionCue,
  splitCorrections,
  withDenials,
} from "./understanding/corrections.ts";
import { readCrisis } from "./understanding/crisis.ts";
import { withoutIdioms } from "./understanding/idioms.ts";
import { isOtherLanguage } from "./understanding/language.ts";
import { isSmallTalk, withoutGreeting } from "./understanding/manners.ts";
import { readChildren, readReply } from "./understanding/reply.ts";
import { onlyRole, segmentsOf } from "./understanding/segments.ts";
import { readTimes, withTemperature } from "./understanding/times.ts";
import { AGE_GROUPS, type Finding, type ObservedFinding } from "./vocabulary.ts";

export const INTENTS = ["answer", "question", "small-talk", "crisis", "other-language", "empty", "too-long"] as const;
/**
 * `answer`: it states something, or tries to; `question`: it asks back; `crisis`: somebody is in danger from their own
 * hand; `too-long`: more than 20,000 characters, of which only a crisis is read.
 */
export type Intent = (typeof INTENTS)[number];

export interface UnderstandingContext {
  /** The finding that was asked about, if any; without one the message opens the consultation or adds to it. */
  readonly asked?: string | undefined;
  /** What is known so far, told last at the end: what contradicts it is a correction. */
  readonly known?: Observations | undefined;
  /** The patient's age in years: of a child, "my son" is the patient. */
  readonly age?: number | undefined;
}

export interface Understood {
  readonly observed: readonly ObservedFinding[];
  /** Changes of what was known. */
  readonly corrections: readonly ObservedFinding[];
  readonly intent: Intent;
}

/** The finding that a person's own words of suicide stand for, where the knowledge base has it. */
const SUICIDAL = "suicidal-thoughts";

/** Whether a person who says this of themselves is in danger from their own hand. */
export function meansCrisis({ finding, state }: ObservedFinding): boolean {
  return finding === SUICIDAL && state === "present";
}

export function understand(lexicon: Lexicon, text: string, context: UnderstandingContext = {}): Understood {
  const nothing = (intent: Intent): Understood => ({ observed: [], corrections: [], intent });
  const said = fold(text);
  const crisis = readCrisis(said);
  if (text.length > TEXT_LIMIT) return nothing(crisis && crisis.kind !== "denied" ? "crisis" : "too-long");
  if (!/[\p{L}\p{N}]/u.test(said)) return nothing(said.includes("?") ? "question" : "empty");
  const own: ObservedFinding[] = lexicon.findings.has(SUICIDAL)
    ? crisis?.kind === "own"
      ? [{ finding: SUICIDAL, state: "present" }]
      : crisis?.kind === "denied"
        ? [{ finding: SUICIDAL, state: "absent" }]
        : []
    : [];
  if (crisis?.kind !== "own" && crisis?.kind !== "other") {
    if (isOtherLanguage(text, (word) => lexicon.knows(word))) return nothing("other-language");
    if (isSmallTalk(said)) return nothing("small-talk");
  }
  const read = readStatement(lexicon, said, context);
  if (crisis?.kind === "other")
    return { ...nothing("crisis"), observed: read.observed.filter(({ finding }) => finding !== SUICIDAL) };
  const observed = [...read.observed.filter(({ finding }) => own.length === 0 || finding !== SUICIDAL), ...own];
  if (crisis?.kind === "own" || observed.some(meansCrisis)) {
    return { observed, corrections: read.corrections, intent: "crisis" };
  }
  if (observed.length === 0 && read.corrections.length === 0 && read.asks) return nothing("question");
  return { observed, corrections: read.corrections, intent: "answer" };
}

interface Read {
  readonly observed: ObservedFinding[];
  readonly corrections: ObservedFinding[];
  /** True where it asks something and states nothing. */
  readonly asks: boolean;
}

function readStatement(lexicon: Lexicon, folded: string, { asked: askedId, known, age }: UnderstandingContext): Read {
  const asked = askedId === undefined ? undefined : lexicon.findings.get(askedId);
  const spelt = withoutIdioms(lexicon.correctSpelling(withoutGreeting(folded)));
  const plain = known?.size ? withDenials(spelt) : spelt;
  const segments = segmentsOf(plain, age !== undefined && age < AGE_GROUPS.adult, asked === undefined);
  const has = (role: string): boolean => segments.some((segment) => segment.role === role);
  const said = onlyRole(plain, segments, "said");
  const heard = lexicon.statements(said);
  const statements = heard.filter(isAnchored(lexicon, heard, askedId, known));
  const past = has("past") ? readPast(lexicon, onlyRole(plain, segments, "past")) : [];
  const others = has("other") ? readOthers(lexicon, onlyRole(plain, segments, "other")) : [];
  const doubts = has("doubt") ? readDoubts(lexicon, onlyRole(plain, segments, "doubt")) : [];
  const isOpening = asked === undefined && !known?.size;
  const spoken = /[\p{L}\p{N}]/u.test(said);

  let stated = merge(
    statements.map(({ observed }) => observed),
    past,
    others,
    doubts,
  );
  stated = withTemperature(lexicon, said, stated, askedId);
  const times = spoken ? readTimes(lexicon, said, statements, { isOpening, asked }) : [];
  // A time read as one outweighs the words that happen to stand in a value's name.
  stated = merge(times, stated);
  if (asked && (spoken || has("doubt"))) {
    const answer = readReply(lexicon, asked, spoken ? said : plain, stated, times.length);
    stated = merge(answer ? [answer] : [], stated);
    if (answer?.state === "present" && asked.type === "binary") {
      stated = merge(stated, readChildren(lexicon, asked, restOf(lexicon, said, statements, asked)));
    }
  }
  if (asked && !spoken && !has("doubt") && !has("question") && stated.length === 0) {
    stated = [{ finding: asked.id, state: "unknown" }];
  }
  if (has("reported")) stated = merge(stated, flipped(lexicon, onlyRole(plain, segments, "reported"), said, stated));
  const value =
    known && hasCorrectionCue(plain) ? valueAlone(lexicon, said, statements, known, stated, asked) : undefined;
  if (value)
    stated = merge(
      [value],
      stated.filter(({ finding }) => finding !== askedId || value.finding === askedId),
    );
  // A question about a detail takes for granted that there is what it is a detail of.
  if (asked?.parent) stated = stated.filter(({ finding, state }) => finding !== asked.parent || state !== "present");
  const split = splitCorrections(withParents(lexicon, stated, askedId, known), plain, known);
  return { ...split, asks: has("question") };
}

/** A child named by one word alone ("lying down") counts only beside its parent: told here, asked about or known. */
function isAnchored(
  lexicon: Lexicon,
  heard: readonly Statement[],
  asked: string | undefined,
  known: Observations | undefined,
) {
  const here = new Set(heard.map(({ observed }) => observed.finding));
  return ({ observed, words }: Statement): boolean => {
    const parent = lexicon.findings.get(observed.finding)?.parent;
    if (!parent || words > 1 || observed.values || asked === parent || asked === observed.finding) return true;
    return here.has(parent) || known?.get(parent)?.state === "present";
  };
}

/** First come, first kept; presence beats absence and doubt only where the finding was not told before. */
function merge(...lists: readonly (readonly ObservedFinding[])[]): ObservedFinding[] {
  const told = new Map<string, ObservedFinding>();
  for (const list of lists) for (const each of list) if (!told.has(each.finding)) told.set(each.finding, each);
  return [...told.values()];
}

/** Of somebody else only what is asked about others counts: family and contacts. */
function readOthers(lexicon: Lexicon, text: string): ObservedFinding[] {
  return lexicon
    .statements(text)
    .map(({ observed }) => observed)
    .filter(({ finding }) => isAboutOthers(lexicon.findings.get(finding)!));
}

const OTHERS = /\b(?:relatives?|parents?|sibling|family|anyone|anybody|around you|live with|household)\b/i;

const isAboutOthers = ({ kind, question, name }: Finding): boolean =>
  kind === "antecedent" && (OTHERS.test(question) || OTHERS.test(name));

/** Of what is long over only what is asked about the past counts. */
function readPast(lexicon: Lexicon, text: string): ObservedFinding[] {
  return lexicon
    .statements(text)
    .map(({ observed }) => observed)
    .filter(({ finding }) => lexicon.findings.get(finding)?.kind === "antecedent");
}

function readDoubts(lexicon: Lexicon, text: string): ObservedFinding[] {
  return lexicon.statements(text).map(({ observed: { finding } }) => ({ finding, state: "unknown" }));
}

/** "I said no headache but it has just started": what was reported no longer holds. */
function flipped(
  lexicon: Lexicon,
  reported: string,
  said: string,
  stated: readonly ObservedFinding[],
): ObservedFinding[] {
  const [topic] = lexicon.statements(reported);
  if (!topic || !/\p{L}/u.test(said)) return [];
  const told = stated.some(({ finding }) => finding === topic.observed.finding);
  const finding = lexicon.findings.get(topic.observed.finding);
  if (told || finding?.type !== "binary") return [];
  return [{ finding: finding.id, state: topic.observed.state === "present" ? "absent" : "present" }];
}

/** A value alone, said as a correction: it replaces the one known. */
function valueAlone(
  lexicon: Lexicon,
  said: string,
  statements: readonly Statement[],
  known: Observations,
  stated: readonly ObservedFinding[],
  asked: Finding | undefined,
): ObservedFinding | undefined {
  if (statements.length > 0) return undefined;
  const told = stated.some(({ finding, state }) => finding !== asked?.id && state !== "unknown");
  return told ? undefined : (correctedValue(lexicon, said, known) ?? changedByWord(lexicon, said, known));
}

/** `said` without the words that name a finding, be it `finding` itself: its children keep theirs. */
function restOf(lexicon: Lexicon, said: string, statements: readonly Statement[], finding: Finding): string {
  let words = said;
  for (const { observed, from, to } of statements) {
    const isChild = lexicon.findings.get(observed.finding)?.parent === finding.id;
    if (!isChild) words = words.slice(0, from) + " ".repeat(to - from) + words.slice(to);
  }
  return words;
}

/** A child that is present implies its parent, unless the child was asked about or the parent is known. */
function withParents(
  lexicon: Lexicon,
  stated: readonly ObservedFinding[],
  asked: string | undefined,
  known: Observations | undefined,
): ObservedFinding[] {
  const parents = stated.flatMap(({ finding, state }): ObservedFinding[] => {
    const parent = lexicon.findings.get(finding)?.parent;
    if (!parent || state !== "present" || finding === asked || known?.get(parent)?.state === "present") return [];
    return [{ finding: parent, state: "present" }];
  });
  return merge(stated, parents);
}
