/** Patients from labelled cases: case sources, knowledge bases on disk, simulated patients. Agents never import this. */
export { Case, type CaseSource, Label, Measurement, type SkippedRow, type SourceOptions } from "./case.ts";
export { CaseError } from "./errors.ts";
export { checkKnowledgeBase, type KnowledgeCheck, loadKnowledgeBase, STARTER_DIRECTORY } from "./knowledge/authored.ts";
export { loadDdxplusKnowledge } from "./knowledge/ddxplus.ts";
export { formatFault, type KnowledgeFault } from "./knowledge/faults.ts";
export { integrityFaults } from "./knowledge/integrity.ts";
export { type SliceOptions, sliceKnowledge } from "./knowledge/slice.ts";
export { alternativeNames, nameMatcher } from "./naming.ts";
export type { CodedPatient, Patient, Reply, Utterance } from "./patient.ts";
export { type FactPatientOptions, factPatient } from "./patients/facts.ts";
export { PATIENT_PROMPT } from "./patients/language-model/brief.ts";
export {
  type LanguageModelPatient,
  type LanguageModelPatientOptions,
  languageModelPatient,
  type SpeechCounts,
} from "./patients/language-model/patient.ts";
export { PERSONAS, Persona, type PersonaName, personaNamed } from "./patients/persona.ts";
export { type ScriptedPatientOptions, scriptedPatient } from "./patients/scripted.ts";
export { type PatientOptions, patientFor } from "./patients.ts";
export { type CaseSampler, caseSampler, sampledSource } from "./sampling.ts";
export { type OpenOptions, openCaseSource, SOURCE_FORMS } from "./sources/open.ts";
