/**
 * What the export speaks of, in FHIR R4's own words. Only the shapes that several files share are typed; whether each
 * resource is as R4 has it is held by the tests, against the official definitions.
 */
import type { ErrorOptions } from "../../src/index.ts";
import { AnamnesisError } from "../../src/index.ts";

export interface Coding {
  readonly system: string;
  readonly version?: string;
  readonly code: string;
  readonly display?: string;
}

export interface CodeableConcept {
  readonly coding?: readonly Coding[];
  readonly text?: string;
}

/** Inside a Bundle a resource is named by its entry's `fullUrl`. */
export interface Reference {
  readonly reference: string;
  readonly display?: string;
}

export interface Resource {
  readonly resourceType: string;
  readonly id: string;
  readonly [field: string]: unknown;
}

export interface Bundle {
  readonly resourceType: "Bundle";
  readonly id: string;
  readonly type: "collection";
  readonly identifier: { readonly system: string; readonly value: string };
  readonly timestamp: string;
  readonly entry: readonly { readonly fullUrl: string; readonly resource: Resource }[];
}

/** For whom: a patient gets no probabilities, no differential, and nothing of how the agent worked. */
export const AUDIENCES = ["clinician", "patient"] as const;
export type FhirAudience = (typeof AUDIENCES)[number];

/**
 * `knowledge-mismatch`: the events speak of what the knowledge base does not hold; give the one they were made with.
 * `bad-record`: not a Bundle. `several-patients`: a record of more than one person.
 */
export class FhirError extends AnamnesisError {
  constructor(
    code: "knowledge-mismatch" | "bad-record" | "several-patients",
    message: string,
    options: ErrorOptions = {},
  ) {
    super(code, message, options);
  }
}
