/**
 * Whether what a model says in a patient's part is borne out by the case, sentence by sentence: each finding that it
 * states is as the case has it, each word that tells something stands in what may be told, and no condition is named.
 */
import {
  type Finding,
  isTold,
  type KnowledgeBase,
  type Lexicon,
  type ObservedFinding,
  readAnswer,
  type TimeSaid,
  timeValue,
} from "../../../src/index.ts";
import type { Case } from "../../case.ts";
import { alternativeNames, type NameMatcher, nameMatcher } from "../../naming.ts";
import { answersOf, joined, plain, type Support, supportOf, wordingsOf } from "./support.ts";
import { sentencesOf, tellingWords } from "./words.ts";

/** What is wrong with a sentence. `volunteers`: it is true, and was not asked. */
export type SentenceFault = "names-condition" | "contradicts" | "volunteers" | "unsupported";

export interface GroundingOptions {
  readonly case: Case;
  readonly base: KnowledgeBase;
  readonly lexicon: Lexicon;
  /** What the patient states of a finding. */
  readonly truth: (finding: string) => ObservedFinding;
  /** What the patient came with, in words, and all that it knows of itself, a text a fact. */
  readonly complaint: string;
  readonly facts: readonly string[];
}

/** One question, as far as it decides what may be said to it. */
export interface Scene {
  readonly asked: Finding | undefined;
  /** What the scripted patient says to it, where it can; that is always grounded. */
  readonly scripted: string | undefined;
  /** Findings that were told before. */
  readonly known: ReadonlySet<string>;
  /** How many things that were not asked for may be told. */
  readonly extra: number;
}

export interface Checked {
  readonly kept: readonly string[];
  /** What is wrong with those that were not kept. */
  readonly faults: readonly SentenceFault[];
  /** The findings that the kept sentences state. */
  readonly told: readonly ObservedFinding[];
  /** True where a kept sentence says something of the patient, rather than manners alone. */
  readonly tells: boolean;
}

export interface Grounding {
  check(text: string, scene: Scene): Checked;
  /** Whether `text`, read as the answer on `finding`, means what the case has. */
  answers(finding: Finding, text: string): boolean;
  /** Whether `text` names the label or any condition of the base. */
  namesCondition(text: string): boolean;
  namesLabel(text: string): boolean;
}

const YES_OR_NO = /^\W*(?:yes|yeah|yep|yup|no|nope|nah)\b/i;
/** Of a reply at most this many sentences are said. */
const SENTENCES = 6;

export function groundingOf(options: GroundingOptions): Grounding {
  const { case: patient, base, lexicon, truth, complaint, facts } = options;
  const label = matcherOf([patient.label], patient.label.condition);
  const conditions = matcherOf(base.conditions);
  const present = patient.findings.flatMap(({ finding: id }) => {
    const finding = lexicon.findings.get(id);
    return finding && isTold(finding.kind) && truth(id).state === "present" ? [finding] : [];
  });
  const wordings = (finding: Finding): string[] => wordingsOf(finding, truth(finding.id));
  const opening = supportOf([complaint]);
  const findings = new Map(present.map((finding) => [finding.id, supportOf(wordings(finding))]));
  const texts = facts.map((fact) => supportOf([fact]));

  function statedIn(sentence: string, asked: Finding | undefined): ObservedFinding[] {
    const mentioned = lexicon.mentions(sentence);
    const answer = asked && readAnswer(asked, sentence);
    if (!answer || answer.state === "unknown") return mentioned;
    return [answer, ...mentioned.filter(({ finding }) => finding !== answer.finding)];
  }

  function namesAnother(sentence: string, support: Support): boolean {
    let rest = sentence;
    for (;;) {
      const found = conditions.find(rest);
      if (found === undefined) return false;
      if (!support.text.includes(` ${plain(found)} `)) return true;
      rest = rest.replaceAll(found, " ");
    }
  }

  function check(text: string, { asked, scripted = "", known, extra }: Scene): Checked {
    const asIs = asked ? answersOf(asked, truth(asked.id)) : [];
    const asWritten = new Set([scripted, ...asIs].flatMap(sentencesOf).map(plain));
    const about = joined(supportOf([scripted, ...(asked ? wordings(asked) : [])]), opening);
    const allowed = new Set([...known, ...lexicon.mentions(scripted).map(({ finding }) => finding)]);
    if (asked) allowed.add(asked.id);
    const told = new Map<string, ObservedFinding>();
    let left = extra;
    let tells = false;

    /** A time that is the value of something that the patient has and may tell. */
    const isTrueTime = (time: TimeSaid): boolean =>
      present.some((finding) => {
        if (left === 0 && !isAllowed(finding.id, allowed, lexicon)) return false;
        const value = timeValue(finding, time);
        return value !== undefined && truth(finding.id).values?.includes(value);
      });

    /** How many things that nobody asked for words beside the question tell: none, one, or more than can be shown. */
    const newsIn = (words: readonly string[]): number => {
      const covers = ({ stems }: Support): boolean => words.every((word) => stems.has(word));
      if (words.length === 0 || [...findings].some(([id, support]) => allowed.has(id) && covers(support))) return 0;
      return [...findings.values(), ...texts].some(covers) ? 1 : Number.POSITIVE_INFINITY;
    };

    const faultOf = (sentence: string): SentenceFault | undefined => {
      if (label.find(sentence) !== undefined) return "names-condition";
      if (asWritten.has(plain(sentence))) {
        tells = true;
        return undefined;
      }
      const stated = statedIn(sentence, asked);
      const subjects = stated.map(({ finding }) => lexicon.findings.get(finding)!);
      const near = joined(about, supportOf(subjects.flatMap(wordings)));
      if (namesAnother(sentence, near)) return "names-condition";
      if (stated.some((each) => !agrees(each, truth(each.finding)))) return "contradicts";
      // Yes to what nobody can look up is borne out by nothing.
      if (!asked && scripted === "" && YES_OR_NO.test(sentence)) return "unsupported";
      const words = tellingWords(sentence, isTrueTime);
      const beside = newsIn(words.filter((word) => !near.stems.has(word)));
      if (beside === Number.POSITIVE_INFINITY) return "unsupported";
      const news = stated.filter(({ finding }) => !isAllowed(finding, allowed, lexicon)).length;
      if (Math.max(news, beside) > left || !subjects.every(({ kind }) => isTold(kind))) return "volunteers";
      left -= Math.max(news, beside);
      for (const { finding } of stated) {
        allowed.add(finding);
        told.set(finding, truth(finding));
      }
      tells ||= words.length > 0 || stated.length > 0;
      return undefined;
    };

    const sentences = sentencesOf(text).slice(0, SENTENCES);
    const judged = sentences.map((sentence) => ({ sentence, fault: faultOf(sentence) }));
    const faults = judged.flatMap(({ fault }) => (fault === undefined ? [] : [fault]));
    const kept = judged.flatMap(({ sentence, fault }) => (fault === undefined ? [sentence] : []));
    return { kept, faults, told: [...told.values()], tells };
  }

  return {
    check,
    answers(finding, text) {
      const read = readAnswer(finding, text);
      const has = truth(finding.id);
      return read.state === has.state && agrees(read, has) && (read.values?.length ?? 0) === (has.values?.length ?? 0);
    },
    namesCondition: (text) => label.find(text) !== undefined || conditions.find(text) !== undefined,
    namesLabel: (text) => label.find(text) !== undefined,
  };
}

/** Whether what is said of a finding is as the case has it; doubt contradicts nothing. */
function agrees(said: ObservedFinding, has: ObservedFinding): boolean {
  if (said.state === "unknown") return true;
  if (said.state !== has.state) return false;
  if (said.number !== undefined && said.number !== has.number) return false;
  return said.values === undefined || said.values.every((value) => has.values?.includes(value));
}

/** A finding goes with what it is a part of: who was asked for the kind of cough may say that there is one. */
function isAllowed(id: string, allowed: ReadonlySet<string>, lexicon: Lexicon): boolean {
  return allowed.has(id) || [...allowed].some((other) => lexicon.findings.get(other)?.parent === id);
}

function matcherOf(conditions: readonly { name: string; synonyms: readonly string[] }[], id?: string): NameMatcher {
  const names = conditions.flatMap(({ name, synonyms }) => [name, ...alternativeNames(name), ...synonyms]);
  return nameMatcher(id === undefined ? names : [...names, id]);
}
