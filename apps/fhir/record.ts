/** A person's existing record as it comes in: of each resource the members that are read, and what is read of each. */
import { z } from "zod";
import type { Finding, KnowledgeBase, Lexicon, ObservedFinding, Sex } from "../../src/index.ts";

/**
 * `unread-type`: resources of this type are not read. `malformed`: not as R4 has it. `another-subject`: of somebody else.
 * `not-certain`: suspected, or entered in error. `not-current`: over. `no-finding`: no finding of the knowledge base by
 * its code or name. `no-value`, `unit`, `range`: a value that cannot be taken. `undated`, `old`: nobody knows when, or too
 * long ago. `contradicted`: the record says both. `not-applicable`: it cannot concern such a person.
 */
export type Reason =
  | "unread-type"
  | "malformed"
  | "another-subject"
  | "not-certain"
  | "not-current"
  | "no-finding"
  | "no-value"
  | "unit"
  | "range"
  | "undated"
  | "old"
  | "contradicted"
  | "not-applicable";

/**
 * What one resource says: a finding, something of the person, or nothing that was understood. `text`: its own name;
 * `time`: when it was measured, in milliseconds.
 */
export type Read =
  | { readonly observed: ObservedFinding; readonly text: string | undefined; readonly time?: number }
  | { readonly person: { readonly age?: number; readonly sex?: Sex } }
  | { readonly reason: Reason; readonly text?: string | undefined };

/** What a record is read with. */
export interface Reading {
  readonly base: KnowledgeBase;
  readonly findings: ReadonlyMap<string, Finding>;
  readonly lexicon: Lexicon;
  readonly bundle: RecordBundle;
  /** The time of reading; undefined where nobody said. */
  readonly asOf: Date | undefined;
  readonly currentHours: number;
  readonly historyDays: number;
}

const Coding = z.object({ system: z.string().optional(), code: z.string().optional(), display: z.string().optional() });
export const Concept = z.object({ coding: z.array(Coding).default([]), text: z.string().optional() });
export type Concept = z.infer<typeof Concept>;

const Quantity = z.object({ value: z.number().finite(), system: z.string().optional(), code: z.string().optional() });
export type Quantity = z.infer<typeof Quantity>;

const Subject = z.object({ reference: z.string().optional() });

const answer = {
  valueBoolean: z.boolean().optional(),
  valueCodeableConcept: Concept.optional(),
  valueQuantity: Quantity.optional(),
};
export type Answer = { readonly [Member in keyof typeof answer]?: z.infer<(typeof answer)[Member]> };

const RecordResource = z.looseObject({
  resourceType: z.string(),
  id: z.string().optional(),
  subject: Subject.optional(),
});
export type RecordResource = z.infer<typeof RecordResource>;

export const RecordBundle = z.object({
  resourceType: z.literal("Bundle"),
  timestamp: z.string().optional(),
  entry: z.array(z.object({ fullUrl: z.string().optional(), resource: RecordResource.optional() })).default([]),
});
export type RecordBundle = z.infer<typeof RecordBundle>;

export const Patient = z.object({ gender: z.string().optional(), birthDate: z.string().optional() });

export const Condition = z.object({
  code: Concept.optional(),
  clinicalStatus: Concept.optional(),
  verificationStatus: Concept.optional(),
  abatementDateTime: z.unknown().optional(),
  abatementPeriod: z.unknown().optional(),
  abatementString: z.unknown().optional(),
  abatementAge: z.unknown().optional(),
  abatementRange: z.unknown().optional(),
});

export const Observation = z.object({
  status: z.string(),
  code: Concept,
  effectiveDateTime: z.string().optional(),
  effectiveInstant: z.string().optional(),
  effectivePeriod: z.object({ start: z.string().optional(), end: z.string().optional() }).optional(),
  issued: z.string().optional(),
  component: z.array(z.object({ code: Concept, ...answer })).default([]),
  ...answer,
});
export type Observation = z.infer<typeof Observation>;

/** `MedicationStatement` and `MedicationRequest` alike. */
export const Medication = z.object({
  status: z.string(),
  doNotPerform: z.boolean().default(false),
  medicationCodeableConcept: Concept.optional(),
  medicationReference: Subject.optional(),
  contained: z.array(z.object({ id: z.string(), code: Concept.optional() })).default([]),
});

/** A longer text is a story, not a name. */
const LONGEST_NAME = 200;

/** What a concept is called, best first. */
export function namesOf({ text, coding }: Concept): string[] {
  const names = [text, ...coding.map(({ display }) => display)];
  return [
    ...new Set(names.filter((name) => name !== undefined && name.trim() !== "" && name.length <= LONGEST_NAME)),
  ] as string[];
}

export function nameOf(concept: Concept | undefined): string | undefined {
  const [coding] = concept?.coding ?? [];
  return (concept && namesOf(concept)[0]) ?? coding?.code;
}

/** The code of a status, whose system R4 fixes. */
export function statusIn(concept: Concept | undefined): string | undefined {
  return concept?.coding.find(({ code }) => code !== undefined)?.code;
}

/** The one that all say; undefined where they differ, or none says anything. */
export function onlyOne(found: readonly (string | undefined)[]): string | undefined {
  const said = new Set(found.filter((each) => each !== undefined));
  return said.size === 1 ? [...said][0] : undefined;
}

/** The resource of the Bundle that a reference names: by its entry's URL, or by type and id. */
export function resolved({ entry }: RecordBundle, reference: string | undefined): RecordResource | undefined {
  return entry.find(({ fullUrl, resource }) => {
    if (reference === undefined || resource === undefined) return false;
    return (
      fullUrl === reference || (resource.id !== undefined && `${resource.resourceType}/${resource.id}` === reference)
    );
  })?.resource;
}
