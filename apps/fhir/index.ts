/** FHIR R4: a consultation as a Bundle. */
export { type FhirOptions, fhirBundle } from "./bundle.ts";
export { AUDIENCES, type Bundle, type FhirAudience, FhirError, type Resource } from "./types.ts";
