/**
 * A consultation as a FHIR R4 Bundle: a pure function of its events and the knowledge base that they were made with.
 * A `collection`, not a `document`: a document is attested by a person, and nobody has.
 */
import type { SafetyOptions } from "../../agents/index.ts";
import type { ConsultationEvent, KnowledgeBase } from "../../src/index.ts";
import { auditEventsOf, consentsOf, flagsOf, provenancesOf } from "./accountability.ts";
import { assessmentOf } from "./assessment.ts";
import { attachmentsOf } from "./attachments.ts";
import { OWN } from "./codes.ts";
import { dossierOf } from "./dossier.ts";
import { interviewOf } from "./interview.ts";
import { knownFindings, observationOf } from "./observations.ts";
import { referenceTo, textOf, urnOf, uuidOf } from "./primitives.ts";
import { ageOf, deviceOf, encounterOf, patientOf } from "./setting.ts";
import type { Bundle, FhirAudience, Resource } from "./types.ts";

export interface FhirOptions {
  /** Default `patient`: what a patient may not see is given out on request alone. */
  readonly audience?: FhirAudience | undefined;
  /** Hash of the last event, as the store has it. Default: computed from the events. */
  readonly head?: string | undefined;
  /** Where help is, as the patient was told it. */
  readonly safety?: SafetyOptions | undefined;
}

/**
 * Throws `knowledge-mismatch` where the events speak of what `base` does not hold, and `event-order` on a list that is
 * no consultation's.
 */
export function fhirBundle(
  events: readonly ConsultationEvent[],
  base: KnowledgeBase,
  { audience = "patient", head, safety = {} }: FhirOptions = {},
): Bundle {
  const dossier = dossierOf(events, base, { audience, head });
  const encounter = encounterOf(dossier);
  const interview = interviewOf(dossier);
  const known = knownFindings(dossier);
  const observations = new Map(
    [...known].map(([id, each]) => [id, observationOf(dossier, each, referenceTo(interview))] as const),
  );
  const record: Resource[] = [
    encounter,
    interview,
    ...ageOf(dossier),
    ...observations.values(),
    ...attachmentsOf(dossier),
    ...flagsOf(dossier, safety),
    ...assessmentOf(dossier, interview, known, observations),
    ...consentsOf(dossier),
  ];
  const resources = [
    patientOf(dossier),
    deviceOf(dossier),
    ...record,
    ...provenancesOf(dossier, record),
    ...auditEventsOf(dossier, encounter),
  ];
  return {
    resourceType: "Bundle",
    id: uuidOf(JSON.stringify([dossier.consultation.id, "Bundle", dossier.last.seq, audience])),
    type: "collection",
    identifier: { system: `${OWN}:consultation`, value: textOf(dossier.consultation.id) ?? "-" },
    timestamp: dossier.to,
    entry: resources.map((resource) => ({ fullUrl: urnOf(resource.id), resource })),
  };
}
