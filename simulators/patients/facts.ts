/**
 * The fact-selecting patient of a narrative case: answers with the case's own facts, verbatim, or says that it cannot.
 * It invents nothing, and a fact that names the label is never told.
 */
import { type Ask, buildLexicon, type Examine, type Lexicon, type ObservedFinding } from "../../src/index.ts";
import type { Case } from "../case.ts";
import { alternativeNames, nameMatcher } from "../naming.ts";
import type { CodedPatient, Patient, Reply } from "../patient.ts";
import { asksForDiagnosis } from "./hearing.ts";
import { UNAVAILABLE } from "./wording.ts";

export interface FactPatientOptions {
  readonly case: Case;
  /** Kept for the patients' common shape: this patient draws no chance. */
  readonly seed: number;
  /** Examinations that the case does not hold are normal rather than unavailable. Default false. */
  readonly normal?: boolean | undefined;
}

/** `truth` is the coded view, for cases that list findings; what is not listed follows the case. */
export type FactPatient = Patient & CodedPatient;

const CANNOT_ANSWER = "I cannot answer that.";
const UNWELL = "I don't feel well.";
/** At most this many facts, and this many results, an answer. */
const FACTS = 2;
const RESULTS = 8;
/** A fact must fit the question this well, and a second one this share as well as the first. */
const FITS = 0.2;
const NEARLY_AS_WELL = 0.6;
/** Results within this share of the best are those of one examination. */
const SAME_EXAMINATION = 0.8;

export function factPatient({ case: patient, normal = false }: FactPatientOptions): FactPatient {
  const { name, synonyms } = patient.label;
  const label = nameMatcher([name, ...alternativeNames(name), ...synonyms]);
  const tellable = (text: string): boolean => label.find(text) === undefined;
  const facts = patient.facts.filter(tellable);
  const results = patient.measurements.filter((result) => tellable(`${result.name}: ${result.result}`));
  const listed = new Map(patient.findings.map((observed) => [observed.finding, observed]));
  let factIndex: Lexicon | undefined;
  let resultIndex: Lexicon | undefined;

  const truth = (finding: string): ObservedFinding =>
    listed.get(finding) ?? { finding, state: patient.unlisted === "absent" ? "absent" : "unknown" };

  function coded(finding: string): Reply | undefined {
    const observed = listed.get(finding);
    if (!observed || observed.state === "unknown") return undefined;
    return { text: observed.state === "present" ? "Yes." : "No.", observed: [observed], understood: true };
  }

  function tell(question: string): Reply {
    factIndex ??= indexTexts(facts.map((fact) => [fact]));
    const matches = asksForDiagnosis(question) ? [] : factIndex.match(question, FACTS);
    const best = matches[0]?.score ?? 0;
    const told = matches.filter(({ score }) => score >= FITS && score >= best * NEARLY_AS_WELL);
    if (told.length === 0) return { text: CANNOT_ANSWER, observed: [], understood: false };
    return {
      text: told.map((match) => facts[indexOf(match.finding)]!).join(" "),
      observed: [],
      understood: true,
      statement: true,
    };
  }

  function examine(order: string): Reply {
    resultIndex ??= indexTexts(results.map((result) => [result.name, ...result.name.split(":")]));
    const matches = resultIndex.match(order, RESULTS);
    const best = matches[0]?.score ?? 0;
    const given = matches.filter(({ score }) => score >= FITS && score >= best * SAME_EXAMINATION);
    if (given.length === 0) return { text: normal ? "Normal." : UNAVAILABLE, observed: [], understood: normal };
    const texts = given.map((match) => results[indexOf(match.finding)]!).map((r) => `${r.name}: ${r.result}`);
    return { text: texts.join("\n"), observed: [], understood: true, statement: true };
  }

  return {
    truth,
    async open() {
      const { complaint = UNWELL } = patient;
      const observed = patient.opening.map(truth);
      return { text: tellable(complaint) ? complaint : UNWELL, observed };
    },
    async answer(act: Ask | Examine) {
      const known = act.finding === undefined ? undefined : coded(act.finding);
      if (known) return known;
      const words = act.text ?? act.finding ?? "";
      return act.type === "ask" ? tell(words) : examine(words);
    },
  };
}

/** A lexicon over plain texts, each given by its wordings, the first one leading: text 0 is finding `0`. */
function indexTexts(texts: readonly (readonly string[])[]): Lexicon {
  return buildLexicon(
    texts.map(([question = "", ...synonyms], index) => ({
      id: String(index),
      name: String(index),
      kind: "symptom",
      type: "binary",
      question,
      synonyms,
      values: [],
    })),
  );
}

const indexOf = (id: string): number => Number(id);
