/**
 * The scripted patient of a coded case: understands coded and free-text questions, states what the case holds (seen
 * through its persona), and volunteers nothing beyond the complaint. It never says the label's name.
 */
import {
  type Ask,
  buildLexicon,
  type Examine,
  type Finding,
  type KnowledgeBase,
  type Lexicon,
  type ObservedFinding,
  seededRandom,
} from "../../src/index.ts";
import type { Case } from "../case.ts";
import { alternativeNames, nameMatcher } from "../naming.ts";
import type { CodedPatient, Patient, Reply } from "../patient.ts";
import { hasJargon, understand } from "./hearing.ts";
import { Persona } from "./persona.ts";
import { truthOf } from "./truth.ts";
import { complaintOf, terseAnswer, UNAVAILABLE, wordsFor } from "./wording.ts";

export interface ScriptedPatientOptions {
  readonly case: Case;
  readonly base: KnowledgeBase;
  /** `buildLexicon(base.findings)`, built once for many patients; without it each patient indexes the base itself. */
  readonly lexicon?: Lexicon | undefined;
  /** The base's findings by id: enough for many patients that are asked in codes only. */
  readonly findings?: ReadonlyMap<string, Finding> | undefined;
  readonly persona?: Persona | undefined;
  readonly seed: number;
  /** Signs and tests that the case does not list are normal rather than unavailable. Default false. */
  readonly normal?: boolean | undefined;
}

/** `truth` is what `answer` would state: quick, the same at any time and in any order. */
export type ScriptedPatient = Patient & CodedPatient;

const NOT_UNDERSTOOD = "Sorry, what do you mean?";
/** What a patient of low health literacy says to a clinical term. */
export const NO_SUCH_WORD = "Sorry, I don't know what that word means.";
const UNWELL = "I don't feel well.";
/** Younger patients (years) have somebody speak for them, in their words. */
const SPEAKS_FROM = 6;
const FOR_A_CHILD = "I'm speaking for my child, as my child would say it. ";
const RELIABLE = Persona.parse({});

export function scriptedPatient(options: ScriptedPatientOptions): ScriptedPatient {
  const { case: patient, base, persona = RELIABLE, seed, normal } = options;
  const findings =
    options.findings ?? options.lexicon?.findings ?? new Map(base.findings.map((finding) => [finding.id, finding]));
  const truth = truthOf({ case: patient, findings, persona, seed, normal });
  let lexicon = options.lexicon;
  let label: ReturnType<typeof nameMatcher> | undefined;
  let topic: Finding | undefined;

  const namesLabel = (text: string): boolean => {
    const { name, synonyms } = patient.label;
    label ??= nameMatcher([name, ...alternativeNames(name), ...synonyms]);
    return label.find(text) !== undefined;
  };

  function hear(act: Ask | Examine): Finding | undefined {
    const coded = act.finding === undefined ? undefined : findings.get(act.finding);
    if (coded || act.text === undefined) return coded;
    lexicon ??= buildLexicon(base.findings);
    return understand(lexicon, act.text, topic, act.type);
  }

  function reply(act: Ask | Examine): Reply {
    const finding = hear(act);
    if (!finding) {
      const text = act.type === "examine" ? UNAVAILABLE : NOT_UNDERSTOOD;
      return { text, observed: [], understood: false };
    }
    const heard = act.finding === finding.id ? undefined : act.text;
    if (heard !== undefined && persona.healthLiteracy === "low" && hasJargon(heard, finding)) {
      return { text: NO_SUCH_WORD, observed: [], understood: false };
    }
    topic = finding;
    const observed = truth(finding.id);
    const words = wordsFor(finding, observed, persona, seededRandom(seed, patient.id, finding.id, "words"));
    return { text: namesLabel(words) ? discreet(finding, observed) : words, observed: [observed], understood: true };
  }

  /** The bare answer, or where even that would name the label, a yes. */
  function discreet(finding: Finding, observed: ObservedFinding): string {
    const bare = terseAnswer(finding, observed);
    return namesLabel(bare) ? "Yes." : bare;
  }

  function opening(): string {
    if (patient.complaint !== undefined) return namesLabel(patient.complaint) ? UNWELL : patient.complaint;
    const known = patient.opening.flatMap((id) => {
      const finding = truth(id).state === "present" ? findings.get(id) : undefined;
      return finding ? [complaintOf(finding, seededRandom(seed, patient.id, id, "opening"))] : [];
    });
    const said = known.filter((text) => !namesLabel(text));
    return said.length > 0 ? said.join(" ") : UNWELL;
  }

  return {
    truth,
    async open() {
      const speaksFor = patient.age !== undefined && patient.age < SPEAKS_FROM ? FOR_A_CHILD : "";
      return { text: `${speaksFor}${opening()}`, observed: patient.opening.map(truth) };
    },
    async answer(act) {
      return reply(act);
    },
  };
}
