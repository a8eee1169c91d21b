/**
 * What the agent made of it. For a clinician: a Condition for each entry of the differential that counts, the shares as
 * a RiskAssessment, and the ClinicalImpression that joins them. For a patient: what the patient was told, and no more.
 */
import { CONVERSATION_DISCLAIMER, nextStep } from "../../agents/index.ts";
import { type Conclude, type Condition, endingOf } from "../../src/index.ts";
import { summaryText } from "../handover/soap.ts";
import { differentialViewer } from "../server/differential-view.ts";
import type { DifferentialView } from "../server/protocol.ts";
import { hl7 } from "./codes.ts";
import type { Dossier } from "./dossier.ts";
import type { Known } from "./observations.ts";
import { instantOf, referenceTo, textOf, withText } from "./primitives.ts";
import { urgencyTold } from "./setting.ts";
import type { Resource } from "./types.ts";

type Entry = DifferentialView["conditions"][string];

export function assessmentOf(
  dossier: Dossier,
  interview: Resource,
  known: ReadonlyMap<string, Known>,
  observations: ReadonlyMap<string, Resource>,
): Resource[] {
  const end = endingOf(dossier.events);
  if (!end || end.type === "abandoned") return [];
  const basis = [referenceTo(interview), ...[...observations.values()].map(referenceTo)];
  const conclusion = dossier.audience === "clinician" ? conclusionOf(dossier, end) : undefined;
  if (!conclusion || conclusion.differential.entries.length === 0)
    return [impressionOf(dossier, end.seq, instantOf(end.time), basis, [])];

  const told = new Map([...known].map(([id, { observed }]) => [id, observed]));
  const { conditions: entries, other } = differentialViewer(dossier.base)(conclusion.differential, told);
  const named = new Map(dossier.base.conditions.map((condition) => [condition.id, condition]));
  const listed = Object.entries(entries).map(([id, entry]) => ({ condition: named.get(id)!, entry }));
  const at = { seq: end.seq, time: instantOf(end.time) };
  const conditions = listed.map((each) => conditionOf(dossier, at, each, observations));
  const risk = riskOf(dossier, at, listed, other, basis);
  return [...conditions, risk, impressionOf(dossier, at.seq, at.time, [...basis, referenceTo(risk)], conditions)];
}

/** The agent's, or what a clinician made of it. */
function conclusionOf({ outcome }: Dossier, end: { readonly conclusion?: Conclude } | object): Conclude | undefined {
  if (outcome?.editor !== undefined) return outcome.conclusion;
  return "conclusion" in end ? end.conclusion : undefined;
}

interface Place {
  readonly seq: number;
  readonly time: string;
}

interface Listed {
  readonly condition: Condition;
  readonly entry: Entry;
}

/** One of a set of potential diagnoses; never confirmed by the agent, and no more than its name and what speaks for it. */
function conditionOf(
  { id, codes, subject, encounter }: Dossier,
  { seq, time }: Place,
  { condition, entry }: Listed,
  observations: ReadonlyMap<string, Resource>,
): Resource {
  const detail = entry.for.flatMap(({ finding }) => {
    const observation = observations.get(finding);
    return observation ? [referenceTo(observation)] : [];
  });
  return {
    resourceType: "Condition",
    id: id("Condition", seq, condition.id),
    verificationStatus: { coding: [hl7("condition-ver-status", "differential", "Differential")] },
    category: [{ coding: [hl7("condition-category", "encounter-diagnosis", "Encounter Diagnosis")] }],
    code: codes.condition(condition),
    subject,
    encounter,
    recordedDate: time,
    ...(detail.length > 0 && { evidence: [{ detail }] }),
  };
}

/** R4 counts `probabilityDecimal` in per cent, up to 100. The rest of the list is the last prediction, *other*. */
function riskOf(
  { id, codes, subject, encounter, device, opened, outcome }: Dossier,
  { seq, time }: Place,
  listed: readonly Listed[],
  other: number,
  basis: readonly object[],
): Resource {
  const editor = outcome?.editor;
  const method = editor === undefined ? textOf(opened.versions.agent) : undefined;
  const names = (evidence: Entry["for"]): string =>
    evidence.map(({ name, state }) => (state === "absent" ? `no ${name}` : name)).join(", ");
  return {
    resourceType: "RiskAssessment",
    id: id("RiskAssessment", seq),
    status: "preliminary",
    ...(method !== undefined && { method: { text: method } }),
    subject,
    encounter,
    occurrenceDateTime: time,
    performer: editor === undefined ? device : { display: textOf(editor) ?? "a clinician" },
    basis,
    prediction: [
      ...listed.map(({ condition, entry }) => {
        const sides = [
          ...(entry.for.length > 0 ? [`For: ${names(entry.for)}.`] : []),
          ...(entry.against.length > 0 ? [`Against: ${names(entry.against)}.`] : []),
        ];
        return {
          outcome: codes.condition(condition),
          probabilityDecimal: perCent(entry.probability),
          ...withText("rationale", [`${perCent(entry.probability)} %.`, ...sides].join(" ")),
        };
      }),
      {
        outcome: { text: "other or unknown" },
        probabilityDecimal: perCent(other),
        rationale: `${perCent(other)} %. Everything that is not listed.`,
      },
    ],
    note: [{ text: CONVERSATION_DISCLAIMER }],
  };
}

/** One digit; shares come with three. */
const perCent = (share: number): number => Math.round(share * 1000) / 10;

function impressionOf(
  dossier: Dossier,
  seq: number,
  time: string,
  basis: readonly object[],
  conditions: readonly Resource[],
): Resource {
  const { id, subject, encounter, audience } = dossier;
  const finding = conditions.map((condition) => ({ itemReference: referenceTo(condition) }));
  return {
    resourceType: "ClinicalImpression",
    id: id("ClinicalImpression", seq),
    status: "completed",
    description: describedFor(dossier),
    subject,
    encounter,
    effectiveDateTime: time,
    date: time,
    investigation: [{ code: { text: "interview" }, item: basis }],
    ...withText("summary", audience === "clinician" ? clinicianSummary(dossier) : toldSummary(dossier)),
    ...(finding.length > 0 && { finding }),
    note: [{ text: CONVERSATION_DISCLAIMER }],
  };
}

/** Patients are not told what came of a review. */
function describedFor({ outcome, audience }: Dossier): string {
  const decision = outcome?.state === "decided" ? outcome.review?.decision : undefined;
  const taken = "History taken by a software agent";
  if (decision === undefined) return `${taken}; not reviewed by a clinician.`;
  return audience === "clinician" ? `${taken}; ${decision} by a clinician.` : `${taken}.`;
}

/** What the person was told at the end. */
function toldSummary(dossier: Dossier): string {
  const { events } = dossier;
  const end = events.findLast((event) => event.type === "concluded" || event.type === "handed-off");
  if (end?.text !== undefined) return end.text;
  if (end?.type === "handed-off") return "Handed off to a person.";
  return nextStep(urgencyTold(dossier) ?? "consultation");
}

function clinicianSummary(dossier: Dossier): string {
  const { consultation, base, events, outcome } = dossier;
  if (outcome?.summary) return summaryText(outcome.summary);
  const { intake, turns, redFlags } = consultation;
  const conclusion = outcome?.conclusion ?? consultation.conclusion;
  const person = [
    ...(intake.age !== undefined ? [`age ${Math.floor(intake.age * 10) / 10}`] : []),
    ...(intake.sex ? [intake.sex] : []),
  ];
  const urgency = urgencyTold(dossier);
  const handedOff = events.findLast((event) => event.type === "handed-off");
  const leader = conclusion?.differential.entries[0];
  const leading = base.conditions.find(({ id }) => id === leader?.condition);
  const rules = new Map(base.redFlags.map(({ id, name }) => [id, name]));
  const lines = [
    ...(person.length > 0 ? [`Patient: ${person.join(", ")}.`] : []),
    ...(intake.complaint ? [`Complaint: "${intake.complaint}"`] : []),
    `Questions and examinations: ${turns}.`,
    ...(redFlags.length > 0 ? [`Red flags: ${redFlags.map(({ rule }) => rules.get(rule) ?? rule).join("; ")}.`] : []),
    ...(urgency ? [`Urgency: ${urgency}.`] : []),
    ...(conclusion?.abstained ? ["The agent names no leading condition."] : []),
    ...(conclusion && !conclusion.abstained && leading ? [`First in the differential: ${leading.name}.`] : []),
    ...(conclusion?.reason ? [`The interview ended by: ${conclusion.reason}.`] : []),
    ...(handedOff ? [`Handed off to a person: ${handedOff.reason}`] : []),
  ];
  return lines.join("\n");
}
