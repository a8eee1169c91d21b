/** What makes a consultation answerable: red flags, consent, who made what with which versions, and what went wrong. */
import { localWarning, type SafetyOptions } from "../../agents/index.ts";
import type { ConsultationEvent } from "../../src/index.ts";
import { hl7, LOINC, OWN } from "./codes.ts";
import type { Dossier } from "./dossier.ts";
import { instantOf, referenceTo, textOf, withText } from "./primitives.ts";
import type { Resource } from "./types.ts";

/** One for each red flag, in the words in which the person was warned. */
export function flagsOf(dossier: Dossier, safety: SafetyOptions): Resource[] {
  const { id, codes, subject, encounter, device, events } = dossier;
  return events.flatMap((event): Resource[] => {
    if (event.type !== "red-flag-raised") return [];
    return [
      {
        resourceType: "Flag",
        id: id("Flag", event.seq),
        status: "active",
        category: [{ coding: [hl7("flag-category", "clinical", "Clinical")] }],
        code: { coding: [codes.redFlag(event.rule)], ...withText("text", localWarning(event.message, safety)) },
        subject,
        period: { start: instantOf(event.time) },
        encounter,
        author: device,
      },
    ];
  });
}

/** That the person took note of what the agent is and is not. R4 has no scope for that: it is said in words. */
export function consentsOf({ id, subject, events }: Dossier): Resource[] {
  return events.flatMap((event): Resource[] => {
    if (event.type !== "consented") return [];
    return [
      {
        resourceType: "Consent",
        id: id("Consent", event.seq),
        status: "active",
        scope: { text: "to be asked by a software agent, on the terms shown" },
        category: [{ coding: [{ system: LOINC, code: "59284-0", display: "Patient Consent" }] }],
        patient: subject,
        dateTime: instantOf(event.time),
        performer: [subject],
        policyRule: { text: textOf(event.disclaimer) ?? "the terms shown" },
      },
    ];
  });
}

/** The agent with its versions, and the last event with its hash, for everything else in the Bundle. */
export function provenancesOf(dossier: Dossier, targets: readonly Resource[]): Resource[] {
  const { id, consultation, last, head, device, from, to, audience, events } = dossier;
  const what = {
    identifier: { system: `${OWN}:event-hash:sha-256`, value: head },
    ...withText("display", `event ${last.seq} of consultation ${consultation.id}`),
  };
  const made: Resource = {
    resourceType: "Provenance",
    id: id("Provenance", 0),
    target: targets.map(referenceTo),
    occurredPeriod: { start: from, end: to },
    recorded: to,
    agent: [{ type: { coding: [hl7("provenance-participant-type", "author", "Author")] }, who: device }],
    entity: [{ role: "source", what }],
  };
  return [made, ...(audience === "clinician" ? events.flatMap((event) => reviewOf(dossier, event, targets)) : [])];
}

/** A clinician's decision; the note is the clinician's own. */
function reviewOf({ id }: Dossier, event: ConsultationEvent, targets: readonly Resource[]): Resource[] {
  if (event.type !== "reviewed") return [];
  const { seq, time, reviewer, decision, note } = event;
  const reviewed = targets.filter(({ resourceType }) => resourceType === "ClinicalImpression");
  return [
    {
      resourceType: "Provenance",
      id: id("Provenance", seq),
      target: (reviewed.length > 0 ? reviewed : targets).map(referenceTo),
      occurredDateTime: instantOf(time),
      recorded: instantOf(time),
      activity: { text: textOf(note === undefined ? decision : `${decision}: ${note}`) ?? "reviewed" },
      agent: [
        {
          type: { coding: [hl7("provenance-participant-type", "verifier", "Verifier")] },
          who: { display: textOf(reviewer) ?? "a clinician" },
        },
      ],
    },
  ];
}

const MINOR_FAILURE = "4";

/** The consultation as it ran; for a clinician, each part that failed and was stood in for too. */
export function auditEventsOf(dossier: Dossier, encounter: Resource): Resource[] {
  const { id, from, to, consultation, audience, events, device, head } = dossier;
  const { ended, spending } = consultation;
  const calls = events.filter(({ type }) => type === "model-called").length;
  const agent = [{ who: device, requestor: false }];
  const source = { observer: device, type: [hl7("security-source-type", "4", "Application Server")] };
  const type = { system: `${OWN}:audit`, code: "consultation", display: "consultation" };
  const detail = [
    { type: "events", valueString: String(events.length) },
    { type: "hash of the last event", valueString: head },
    ...(audience === "clinician" && calls > 0
      ? [
          { type: "language model calls", valueString: String(calls) },
          { type: "tokens in", valueString: String(spending.input) },
          { type: "tokens out", valueString: String(spending.output) },
        ]
      : []),
  ];
  const whole: Resource = {
    resourceType: "AuditEvent",
    id: id("AuditEvent", 0),
    type,
    action: "E",
    period: { start: from, end: to },
    recorded: to,
    outcome: ended === "abandoned" ? MINOR_FAILURE : "0",
    ...withText("outcomeDesc", ended ?? "in progress"),
    agent,
    source,
    entity: [{ what: referenceTo(encounter), detail }],
  };
  if (audience === "patient") return [whole];
  const failures = events.flatMap((event): Resource[] => {
    if (event.type !== "fell-back") return [];
    return [
      {
        resourceType: "AuditEvent",
        id: id("AuditEvent", event.seq),
        type: { system: `${OWN}:audit`, code: "fell-back", display: "a part of the agent was stood in for" },
        action: "E",
        recorded: instantOf(event.time),
        outcome: MINOR_FAILURE,
        ...withText("outcomeDesc", `${event.part}: ${event.reason}`),
        agent,
        source,
        entity: [{ what: referenceTo(encounter) }],
      },
    ];
  });
  return [whole, ...failures];
}
