/** FHIR R4: a consultation as a Bundle, and what an existing record says before the first question. */
export { type FhirOptions, fhirBundle } from "./bundle.ts";
export { type NotUnderstood, type PriorFindings, type PriorOptions, priorFindings } from "./prior-findings.ts";
export type { Reason } from "./record.ts";
export { AUDIENCES, type Bundle, type FhirAudience, FhirError, type Resource } from "./types.ts";
