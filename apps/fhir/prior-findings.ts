/**
 * What a person's existing FHIR R4 record says before the first question: age, sex and findings, for an intake. It reads
 * little and is sure of it; everything else is listed, with the reason, for somebody to look at.
 */
import {
  appliesTo,
  buildLexicon,
  type Intake,
  type KnowledgeBase,
  type Lexicon,
  type ObservedFinding,
  Sex,
} from "../../src/index.ts";
import {
  nameOf,
  Observation,
  Patient,
  type Read,
  type Reading,
  type Reason,
  RecordBundle,
  type RecordResource,
  resolved,
} from "./record.ts";
import { readCondition, readMedicine } from "./record-conditions.ts";
import { readObservation } from "./record-observations.ts";
import { FhirError } from "./types.ts";

export interface NotUnderstood {
  /** Where in the Bundle, for example `entry[3]`. */
  readonly place: string;
  readonly resourceType: string;
  /** What the record calls it. */
  readonly text?: string;
  readonly reason: Reason;
}

/** `age`, `sex` and `findings` are an intake's. */
export interface PriorFindings extends Pick<Intake, "age" | "sex" | "findings"> {
  readonly notUnderstood: readonly NotUnderstood[];
}

export interface PriorOptions {
  /** The time of reading, by which ages are counted and findings are current. Default: the Bundle's timestamp. */
  readonly asOf?: Date | undefined;
  /** Of the knowledge base's findings; built where none is given. */
  readonly lexicon?: Lexicon | undefined;
  /** Hours for which a symptom, a sign or a measurement is current. Default 24. */
  readonly currentHours?: number | undefined;
  /** Days for which an observed antecedent, such as smoking, is taken as still so. Default 730. */
  readonly historyDays?: number | undefined;
}

/** What says nothing of anybody's health. A Medication is read where it is referred to. */
const SILENT: ReadonlySet<string> = new Set([
  ...["Account", "Appointment", "AuditEvent", "Consent", "Coverage", "Device", "Encounter", "Location", "Medication"],
  ...["Organization", "Practitioner", "PractitionerRole", "Provenance", "RelatedPerson"],
]);

interface Heard {
  readonly observed: ObservedFinding;
  readonly time: number | undefined;
  readonly place: Omit<NotUnderstood, "reason">;
}

/** Throws `bad-record` on what is no Bundle, and `several-patients` on a record of more than one person. */
export function priorFindings(record: unknown, base: KnowledgeBase, options: PriorOptions = {}): PriorFindings {
  const reading = readingOf(record, base, options);
  const isMine = subjectOf(reading.bundle);
  const person: { age?: number; sex?: Sex } = {};
  const heard: Heard[] = [];
  const notUnderstood: NotUnderstood[] = [];
  reading.bundle.entry.forEach(({ resource }, index) => {
    if (!resource) return;
    const at = { place: `entry[${index}]`, resourceType: resource.resourceType };
    const reads = isMine(resource) ? readResource(resource, reading) : [{ reason: "another-subject" } as const];
    for (const read of reads) {
      if ("person" in read) Object.assign(person, { ...read.person, ...person });
      else {
        const place = { ...at, ...(read.text !== undefined && { text: read.text }) };
        if ("observed" in read) heard.push({ observed: read.observed, time: read.time, place });
        else notUnderstood.push({ ...place, reason: read.reason });
      }
    }
  });
  const findings: ObservedFinding[] = [];
  for (const id of new Set(heard.map(({ observed }) => observed.finding))) {
    const all = heard.filter(({ observed }) => observed.finding === id);
    const finding = reading.findings.get(id)!;
    const applies = appliesTo(finding, person);
    const agreed = finding.type === "numeric" ? latest(all) : unanimous(all);
    if (applies && agreed) findings.push(agreed);
    else
      for (const { place } of all)
        notUnderstood.push({ ...place, reason: applies ? "contradicted" : "not-applicable" });
  }
  return { ...person, findings, notUnderstood };
}

/** A pulse may change; the last one counts. */
function latest(all: readonly Heard[]): ObservedFinding | undefined {
  const last = Math.max(...all.map(({ time }) => time ?? 0));
  return unanimous(all.filter(({ time }) => (time ?? 0) === last));
}

function unanimous(all: readonly Heard[]): ObservedFinding | undefined {
  const [first] = all;
  return all.every(({ observed }) => sameWord(observed, first!.observed)) ? first!.observed : undefined;
}

const sameWord = (a: ObservedFinding, b: ObservedFinding): boolean =>
  a.state === b.state && a.number === b.number && a.values?.join() === b.values?.join();

function readingOf(record: unknown, base: KnowledgeBase, options: PriorOptions): Reading {
  const parsed = RecordBundle.safeParse(record);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = { field: issue!.path.map(String).join(".") || "record" };
    throw new FhirError("bad-record", `is not as a FHIR Bundle has it: ${issue!.message}`, { place });
  }
  const bundle = parsed.data;
  const time = options.asOf ?? new Date(bundle.timestamp ?? Number.NaN);
  return {
    base,
    bundle,
    findings: new Map(base.findings.map((finding) => [finding.id, finding])),
    lexicon: options.lexicon ?? buildLexicon(base.findings),
    asOf: Number.isNaN(time.getTime()) ? undefined : time,
    currentHours: options.currentHours ?? 24,
    historyDays: options.historyDays ?? 730,
  };
}

/** Whether a resource is of the person that the record is of. */
function subjectOf(bundle: RecordBundle): (resource: RecordResource) => boolean {
  const people = bundle.entry.flatMap(({ resource }) => (resource?.resourceType === "Patient" ? [resource] : []));
  const named = new Set(bundle.entry.flatMap(({ resource }) => resource?.subject?.reference ?? []));
  if (people.length > 1 || (people.length === 0 && named.size > 1))
    throw new FhirError("several-patients", "is a record of several people; give one person's at a time");
  const [patient] = people;
  return ({ subject }) =>
    patient === undefined || subject?.reference === undefined || resolved(bundle, subject.reference) === patient;
}

function readResource(resource: RecordResource, reading: Reading): Read[] {
  switch (resource.resourceType) {
    case "Patient":
      return readPatient(resource, reading);
    case "Condition":
      return readCondition(resource, reading);
    case "Observation":
      return readObservation(resource, reading);
    case "MedicationStatement":
    case "MedicationRequest":
      return readMedicine(resource, reading);
    default:
      if (SILENT.has(resource.resourceType)) return [];
      return [{ reason: "unread-type", text: nameOf(Observation.partial().safeParse(resource).data?.code) }];
  }
}

function readPatient(resource: RecordResource, { asOf }: Reading): Read[] {
  const { gender, birthDate } = Patient.safeParse(resource).data ?? {};
  const sex = Sex.safeParse(gender);
  const reads: Read[] = sex.success ? [{ person: { sex: sex.data } }] : [];
  if (birthDate === undefined) return reads;
  // A year alone may be wrong by one, which matters to the young and to no condition else.
  const born = /^\d{4}-\d{2}(-\d{2})?$/.test(birthDate) ? Date.parse(birthDate) : Number.NaN;
  const age = asOf === undefined ? Number.NaN : (asOf.getTime() - born) / (365.25 * 86_400_000);
  const isAge = age >= 0 && age <= 130;
  return [
    ...reads,
    isAge ? { person: { age: Math.floor(age * 100) / 100 } } : { reason: "undated", text: "birth date" },
  ];
}
