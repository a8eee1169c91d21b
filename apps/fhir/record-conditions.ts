/** What was diagnosed and what is taken, as antecedents. A symptom on a problem list is no symptom of today. */
import type { Finding } from "../../src/index.ts";
import {
  type Concept,
  Condition,
  Medication,
  nameOf,
  namesOf,
  onlyOne,
  type Read,
  type Reading,
  type RecordResource,
  resolved,
  statusIn,
} from "./record.ts";
import { EVER, findingsOfIcd10, ICD10_SYSTEMS, LASTING, OF_MEDICINES } from "./record-codes.ts";
import { findingNamed } from "./record-names.ts";

const CURRENT = ["active", "recurrence", "relapse"];

const isAntecedent = ({ kind, type }: Finding): boolean => kind === "antecedent" && type === "binary";
const isMedicine = (finding: Finding): boolean => isAntecedent(finding) && OF_MEDICINES.has(finding.id);
const isDiagnosed = (finding: Finding): boolean => isAntecedent(finding) && LASTING.has(finding.id);

export function readCondition(resource: RecordResource, reading: Reading): Read[] {
  const parsed = Condition.safeParse(resource);
  if (!parsed.success) return [{ reason: "malformed" }];
  const { code, clinicalStatus, verificationStatus, ...abated } = parsed.data;
  const text = nameOf(code);
  const verified = statusIn(verificationStatus) ?? "confirmed";
  if (verified !== "confirmed" && verified !== "refuted") return [{ reason: "not-certain", text }];
  const finding = code && diagnosed(code, reading);
  if (finding === undefined) return [{ reason: "no-finding", text }];
  if (verified === "refuted") return [{ observed: { finding, state: "absent" }, text }];
  const isOver =
    Object.values(abated).some((each) => each !== undefined) || !CURRENT.includes(statusIn(clinicalStatus) ?? "active");
  if (isOver && !EVER.has(finding)) return [{ reason: "not-current", text }];
  return [{ observed: { finding, state: "present" }, text }];
}

/** By ICD-10 where it has such a code, whatever it is called; else by its names, which must agree. */
function diagnosed(code: Concept, { findings, lexicon }: Reading): string | undefined {
  const codes = code.coding.filter(({ system }) => system !== undefined && ICD10_SYSTEMS.has(system));
  if (codes.length > 0) {
    const coded = codes.flatMap((each) => findingsOfIcd10(each.code ?? ""));
    const known = coded.filter((id) => findings.has(id) && isDiagnosed(findings.get(id)!));
    return onlyOne(known);
  }
  return onlyOne(namesOf(code).map((name) => findingNamed(lexicon, name, isDiagnosed, "grades")));
}

export function readMedicine(resource: RecordResource, { bundle, lexicon }: Reading): Read[] {
  const parsed = Medication.safeParse(resource);
  if (!parsed.success) return [{ reason: "malformed" }];
  const { status, doNotPerform, medicationCodeableConcept, medicationReference, contained } = parsed.data;
  const reference = medicationReference?.reference;
  const concept =
    medicationCodeableConcept ??
    contained.find(({ id }) => reference === `#${id}`)?.code ??
    Condition.safeParse(resolved(bundle, reference)).data?.code;
  const text = nameOf(concept);
  if (status !== "active" || doNotPerform) return [{ reason: "not-current", text }];
  const finding = concept && onlyOne(namesOf(concept).map((name) => findingNamed(lexicon, name, isMedicine, "doses")));
  return [finding === undefined ? { reason: "no-finding", text } : { observed: { finding, state: "present" }, text }];
}
