/**
 * Codes and their systems. What has a public code here: conditions (the knowledge base's ICD-10) and a few measurements
 * (LOINC, by the starter's finding ids). Everything else is coded by the knowledge base's own ids, and said in words.
 * SNOMED CT needs a licence and a mapping that nobody has reviewed: there is none.
 */
import { type Condition, type Finding, type KnowledgeBase, spokenValue, type Urgency } from "../../src/index.ts";
import { textOf } from "./primitives.ts";
import type { CodeableConcept, Coding } from "./types.ts";

/** Root of the identifiers and code systems that are this project's own. */
export const OWN = "urn:anamnesis";
export const LOINC = "http://loinc.org";
export const UCUM = "http://unitsofmeasure.org";
export const ICD10 = "http://hl7.org/fhir/sid/icd-10";
const HL7 = "http://terminology.hl7.org/CodeSystem";

/** A code of one of HL7's own systems. */
export function hl7(system: string, code: string, display: string): Coding {
  return { system: `${HL7}/${system}`, code, display };
}

/** The code system of a knowledge base's findings, values, conditions or rules. */
export function ownSystem(base: Pick<KnowledgeBase, "id">, of: "finding" | "value" | "condition" | "red-flag"): string {
  return `${OWN}:${encodeURIComponent(base.id)}:${of}`;
}

export interface Measurement {
  readonly loinc: string;
  readonly display: string;
  /** UCUM code of the finding's unit. */
  readonly ucum: string;
  readonly category: "vital-signs" | "laboratory";
}

/** By finding id and unit of the starter; a knowledge base that uses the id otherwise has another unit. */
const MEASUREMENTS: Readonly<Record<string, Measurement & { readonly unit: string }>> = {
  "body-temperature": vital("8310-5", "Body temperature", "°C", "Cel"),
  "heart-rate": vital("8867-4", "Heart rate", "/min", "/min"),
  "respiratory-rate": vital("9279-1", "Respiratory rate", "/min", "/min"),
  "systolic-blood-pressure": vital("8480-6", "Systolic blood pressure", "mmHg", "mm[Hg]"),
  "oxygen-saturation": vital("2708-6", "Oxygen saturation in Arterial blood", "%", "%"),
  "c-reactive-protein": test("1988-5", "C reactive protein [Mass/volume] in Serum or Plasma", "mg/L", "mg/L"),
  haemoglobin: test("718-7", "Hemoglobin [Mass/volume] in Blood", "g/L", "g/L"),
  "blood-glucose": test("15074-8", "Glucose [Moles/volume] in Blood", "mmol/L", "mmol/L"),
  "thyroid-stimulating-hormone": test("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "mU/L", "m[IU]/L"),
};

function vital(loinc: string, display: string, unit: string, ucum: string) {
  return { loinc, display, unit, ucum, category: "vital-signs" } as const;
}

function test(loinc: string, display: string, unit: string, ucum: string) {
  return { loinc, display, unit, ucum, category: "laboratory" } as const;
}

/** What a numeric finding is as a measurement, where it is one that LOINC names. */
export function measurementOf({ id, type, unit }: Finding): Measurement | undefined {
  const known = Object.hasOwn(MEASUREMENTS, id) ? MEASUREMENTS[id] : undefined;
  return type === "numeric" && known?.unit === unit ? known : undefined;
}

/** A knowledge base's findings, values and conditions as concepts. */
export interface Codes {
  finding(finding: Finding, measurement?: Measurement): CodeableConcept;
  value(finding: Finding, value: string): CodeableConcept;
  condition(condition: Condition): CodeableConcept;
  redFlag(rule: string): Coding;
}

export function codesOf(base: KnowledgeBase): Codes {
  const own = (of: Parameters<typeof ownSystem>[1], code: string, display?: string): Coding => {
    const carried = textOf(display);
    return {
      system: ownSystem(base, of),
      version: base.version,
      code,
      ...(carried !== undefined && { display: carried }),
    };
  };
  return {
    finding: ({ id, name }, measurement) => ({
      coding: [
        ...(measurement ? [{ system: LOINC, code: measurement.loinc, display: measurement.display }] : []),
        own("finding", id, name),
      ],
      text: textOf(name) ?? id,
    }),
    value: (finding, id) => {
      const name = finding.values.find((value) => value.id === id)?.name ?? id;
      return { coding: [own("value", `${finding.id}=${id}`, name)], text: textOf(spokenValue(name)) ?? id };
    },
    condition: ({ id, name, icd10 }) => ({
      coding: [...icd10.split(", ").map((code): Coding => ({ system: ICD10, code })), own("condition", id, name)],
      text: textOf(name) ?? id,
    }),
    redFlag: (rule) => own("red-flag", rule),
  };
}

const PRIORITIES: Record<Urgency, Coding> = {
  "emergency-ambulance": hl7("v3-ActPriority", "EM", "emergency"),
  emergency: hl7("v3-ActPriority", "EM", "emergency"),
  "within-24-hours": hl7("v3-ActPriority", "UR", "urgent"),
  consultation: hl7("v3-ActPriority", "R", "routine"),
  "self-care": hl7("v3-ActPriority", "R", "routine"),
};

/** HL7 has three steps for our five: both are given. */
export function priorityOf(urgency: Urgency): CodeableConcept {
  return { coding: [PRIORITIES[urgency], { system: `${OWN}:urgency`, code: urgency }], text: urgency };
}
