/** Who and where: the Patient (anonymous: age and sex alone are known), the Device that is the agent, the Encounter. */
import { endingOf, urgencyWithFlags } from "../../src/index.ts";
import { hl7, LOINC, OWN, priorityOf, UCUM } from "./codes.ts";
import type { Dossier } from "./dossier.ts";
import { instantOf, withText } from "./primitives.ts";
import type { Resource } from "./types.ts";

export function patientOf({ id, consultation: { intake } }: Dossier): Resource {
  return { resourceType: "Patient", id: id("Patient", 0), ...(intake.sex && { gender: intake.sex }) };
}

/** The age in years as it was given: a date of birth would say more than is known. */
export function ageOf({ id, subject, encounter, from, consultation: { intake } }: Dossier): Resource[] {
  if (intake.age === undefined) return [];
  return [
    {
      resourceType: "Observation",
      id: id("Observation", 0, "age"),
      status: "preliminary",
      code: { coding: [{ system: LOINC, code: "30525-0", display: "Age" }], text: "age" },
      subject,
      encounter,
      effectiveDateTime: from,
      valueQuantity: { value: intake.age, unit: "years", system: UCUM, code: "a" },
    },
  ];
}

/** The agent, with everything that `opened` fixed of it. */
export function deviceOf({ id, opened: { versions } }: Dossier): Resource {
  const version = Object.entries(versions).flatMap(([part, value]) => {
    const { value: carried } = withText("value", value);
    const type = withText("text", part);
    return carried === undefined ? [] : [{ ...(type.text !== undefined && { type }), value: carried }];
  });
  return {
    resourceType: "Device",
    id: id("Device", 0),
    deviceName: [{ name: "Anamnesis", type: "model-name" }],
    type: { text: "software agent that takes a history by asking" },
    ...(version.length > 0 && { version }),
  };
}

export function encounterOf(dossier: Dossier): Resource {
  const { id, subject, events, consultation, from, to } = dossier;
  const { intake, ended } = consultation;
  const begun = events.some(({ type }) => type === "patient-said");
  const status = ended === undefined ? "in-progress" : ended === "abandoned" && !begun ? "cancelled" : "finished";
  const urgency = urgencyTold(dossier);
  const complaint = withText("text", intake.complaint ?? events.find((event) => event.type === "patient-said")?.text);
  return {
    resourceType: "Encounter",
    id: id("Encounter", 0),
    identifier: [{ system: `${OWN}:consultation`, ...withText("value", consultation.id) }],
    status,
    class: hl7("v3-ActCode", "VR", "virtual"),
    subject,
    ...(urgency && { priority: priorityOf(urgency) }),
    ...(complaint.text !== undefined && { reasonCode: [complaint] }),
    period: { start: from, ...(ended !== undefined && { end: endOf(dossier) ?? to }) },
  };
}

/**
 * How soon the person should be seen: what the agent concluded, or a raised flag where that is more urgent. Clinicians get
 * what one of them made of it.
 */
export function urgencyTold({ audience, outcome, consultation: { conclusion, redFlags } }: Dossier) {
  if (audience === "clinician" && outcome?.editor !== undefined && outcome.conclusion?.urgency)
    return outcome.conclusion.urgency;
  return urgencyWithFlags(conclusion?.urgency, redFlags);
}

/** When the interview ended; a review may come later. */
function endOf({ events }: Dossier): string | undefined {
  const end = endingOf(events);
  return end && instantOf(end.time);
}
