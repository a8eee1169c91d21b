/** The patient that suits a case: scripted where the case is coded, fact-selecting where it is narrative. */
import type { Finding, KnowledgeBase, Lexicon } from "../src/index.ts";
import type { Case } from "./case.ts";
import type { CodedPatient, Patient } from "./patient.ts";
import { factPatient } from "./patients/facts.ts";
import type { Persona } from "./patients/persona.ts";
import { scriptedPatient } from "./patients/scripted.ts";

export interface PatientOptions {
  readonly case: Case;
  /** What the case is coded in, if anything. */
  readonly base?: KnowledgeBase | undefined;
  readonly lexicon?: Lexicon | undefined;
  readonly findings?: ReadonlyMap<string, Finding> | undefined;
  readonly persona?: Persona | undefined;
  readonly seed: number;
  /** Examinations that the case does not hold are normal rather than unavailable. Default false. */
  readonly normal?: boolean | undefined;
}

export function patientFor({ base, ...options }: PatientOptions): Patient & CodedPatient {
  const isNarrative = options.case.facts.length > 0;
  return base && !isNarrative ? scriptedPatient({ base, ...options }) : factPatient(options);
}
