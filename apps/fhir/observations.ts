/**
 * Findings as Observations, the latest word on each. Absent is `valueBoolean: false`; what the person was asked and could
 * not say has a `dataAbsentReason` and no value.
 */
import type { Finding, FindingKind, ObservedFinding } from "../../src/index.ts";
import { isTold } from "../../src/index.ts";
import { hl7, type Measurement, measurementOf, UCUM } from "./codes.ts";
import type { Dossier } from "./dossier.ts";
import { instantOf, textOf } from "./primitives.ts";
import type { Reference, Resource } from "./types.ts";

/** What is known of one finding, and since when. */
export interface Known {
  readonly observed: ObservedFinding;
  /** The event that first spoke of it: its Observation keeps its id through corrections. */
  readonly seq: number;
  readonly time: string;
  /** What it was before the patient or the agent said otherwise. */
  readonly before: readonly ObservedFinding[];
}

export function knownFindings({ events }: Dossier): ReadonlyMap<string, Known> {
  const known = new Map<string, Known>();
  const learn = (observed: ObservedFinding, seq: number, time: string): void => {
    const earlier = known.get(observed.finding);
    const changed = earlier && !sameWord(earlier.observed, observed);
    const before = [...(earlier?.before ?? []), ...(changed ? [earlier.observed] : [])];
    known.set(observed.finding, { observed, seq: earlier?.seq ?? seq, time: instantOf(time), before });
  };
  for (const event of events) {
    if (event.type === "opened") for (const each of event.intake.findings) learn(each, event.seq, event.time);
    if (event.type === "finding-observed" || event.type === "finding-corrected")
      learn(event.observed, event.seq, event.time);
  }
  return known;
}

const sameWord = (a: ObservedFinding, b: ObservedFinding): boolean =>
  a.state === b.state && a.number === b.number && a.values?.join() === b.values?.join();

export function observationOf(
  dossier: Dossier,
  { observed, seq, time, before }: Known,
  interview: Reference,
): Resource {
  const { id, findings, codes, subject, encounter } = dossier;
  const finding = findings.get(observed.finding)!;
  // A vital sign without a number is none in FHIR's profile: an interval is said in our own code alone.
  const isMeasured = observed.number !== undefined || observed.state === "unknown";
  const measurement = isMeasured ? measurementOf(finding) : undefined;
  const category = categoryOf(finding.kind, measurement);
  return {
    resourceType: "Observation",
    id: id("Observation", seq, finding.id),
    status: "preliminary",
    ...(category && { category: [{ coding: [category] }] }),
    code: codes.finding(finding, measurement),
    subject,
    encounter,
    effectiveDateTime: time,
    ...(isTold(finding.kind) && { performer: [subject] }),
    ...answerOf(dossier, finding, observed, measurement),
    ...(before.length > 0 && { note: [{ text: `Corrected. Before: ${before.map(wordOf(finding)).join("; ")}.` }] }),
    derivedFrom: [interview],
  };
}

function categoryOf(kind: FindingKind, measurement: Measurement | undefined) {
  if (measurement?.category === "vital-signs") return hl7("observation-category", "vital-signs", "Vital Signs");
  if (measurement?.category === "laboratory") return hl7("observation-category", "laboratory", "Laboratory");
  switch (kind) {
    case "symptom":
    case "antecedent":
      return hl7("observation-category", "survey", "Survey");
    case "sign":
      return hl7("observation-category", "exam", "Exam");
    case "image":
      return hl7("observation-category", "imaging", "Imaging");
    // A tracing, a picture or a sample: the knowledge base does not say which.
    case "test":
      return undefined;
    default:
      return kind satisfies never;
  }
}

/** `value[x]`, `component` or `dataAbsentReason`. */
function answerOf({ codes }: Dossier, finding: Finding, observed: ObservedFinding, measurement?: Measurement) {
  const { state, values, number } = observed;
  switch (state) {
    case "unknown":
      return { dataAbsentReason: { coding: [hl7("data-absent-reason", "asked-unknown", "Asked But Unknown")] } };
    case "absent":
      return { valueBoolean: false };
    case "present": {
      if (number !== undefined) return { valueQuantity: quantityOf(finding, number, measurement) };
      if (values === undefined) return { valueBoolean: true };
      if (finding.type !== "multiple") return { valueCodeableConcept: codes.value(finding, values[0]!) };
      const component = values.map((value) => ({ code: codes.value(finding, value), valueBoolean: true }));
      return { valueBoolean: true, component };
    }
    default:
      return state satisfies never;
  }
}

export function quantityOf({ unit }: Finding, value: number, measurement: Measurement | undefined) {
  const said = textOf(unit);
  return {
    value,
    ...(said !== undefined && { unit: said }),
    ...(measurement && { system: UCUM, code: measurement.ucum }),
  };
}

/** What was observed, in a word or two. */
export function wordOf({ values: named, unit }: Finding): (observed: ObservedFinding) => string {
  return ({ state, values, number }) => {
    if (state !== "present") return state;
    if (number !== undefined) return `${number}${unit ? ` ${unit}` : ""}`;
    return values?.map((id) => named.find((value) => value.id === id)?.name ?? id).join(", ") ?? state;
  };
}
