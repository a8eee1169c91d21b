/**
 * A consultation in the four parts of a SOAP note, made of its events alone: the same events, the same words. It tells
 * what was told and found, what the agent makes of it and how sure it is; what is to be done is left to the clinician.
 */
import { localWarning, nextStep, type SafetyOptions } from "../../agents/index.ts";
import {
  type ConsultationEvent,
  type Finding,
  isTold,
  type KnowledgeBase,
  type ObservedFinding,
  replay,
  spokenValue,
  type Urgency,
} from "../../src/index.ts";
import type { DifferentialView } from "../server/protocol.ts";
import { clipped, complaintOf, redFlagsIn, urgencyTold } from "./entry.ts";
import type { Outcome } from "./outcome.ts";
import type { SoapNote } from "./soap.ts";

/** Characters of a quotation, and of a list. */
const LONGEST_QUOTE = 1_000;
const LONGEST_LIST = 3_000;

/** Words for shares of a differential, from the highest. */
const BANDS: readonly [from: number, word: string][] = [
  [0.8, "very likely"],
  [0.5, "likely"],
  [0.2, "possible"],
  [0.05, "less likely"],
  [0, "unlikely"],
];

interface Told {
  readonly finding: Pick<Finding, "id" | "name" | "kind" | "parent" | "unit" | "values">;
  readonly observed: ObservedFinding;
}

export function summaryFrom(
  events: readonly ConsultationEvent[],
  outcome: Outcome,
  { base, safety }: { readonly base: KnowledgeBase; readonly safety: SafetyOptions },
  differential: DifferentialView,
): SoapNote {
  const known = replay(events).findings;
  const told = toldOf(known, base);
  const urgency = urgencyTold(events, outcome);
  return {
    subjective: subjectiveOf(events, told),
    objective: objectiveOf(events, told),
    assessment: assessmentOf(events, outcome, base, safety, differential),
    plan: planOf(urgency, outcome, safety),
  };
}

/** In the knowledge base's order; what only another version of it knows is named by its id. */
function toldOf(known: ReadonlyMap<string, ObservedFinding>, { findings }: KnowledgeBase): Told[] {
  const named = new Set(findings.map(({ id }) => id));
  const strange = [...known.keys()].filter((id) => !named.has(id));
  return [
    ...findings,
    ...strange.map((id) => ({ id, name: id, kind: "symptom" as const, values: [] as Finding["values"] })),
  ].flatMap((finding): Told[] => {
    const observed = known.get(finding.id);
    return observed ? [{ finding, observed }] : [];
  });
}

function subjectiveOf(events: readonly ConsultationEvent[], told: readonly Told[]): string {
  const { age, sex } = replay(events).intake;
  const person = [...(age === undefined ? [] : [`age ${Math.floor(age * 10) / 10}`]), ...(sex ? [sex] : [])];
  const complaint = complaintOf(events);
  const own = told.filter(({ finding }) => isTold(finding.kind));
  const symptoms = own.filter(({ finding }) => finding.kind === "symptom");
  const history = own.filter(({ finding }) => finding.kind === "antecedent");
  const lines = [
    person.length > 0 ? `Person: ${person.join(", ")}.` : "Person: age and sex are not known.",
    complaint === undefined ? "No complaint in words." : `Complaint: "${clipped(complaint, LONGEST_QUOTE)}"`,
    ...listed("Reports", nested(present(symptoms))),
    ...listed("History", nested(present(history))),
    ...listed("Denies", absent(own).map(named)),
    ...listed("Asked, not known", unknown(own).map(named)),
  ];
  return lines.join("\n");
}

function objectiveOf(events: readonly ConsultationEvent[], told: readonly Told[]): string {
  const seen = told.filter(({ finding }) => !isTold(finding.kind));
  const received = events.filter(({ type }) => type === "attachment-received").length;
  const lines = [
    ...listed("Found", nested(present(seen))),
    ...listed("Not found", absent(seen).map(named)),
    ...listed("Wanted, not known", unknown(seen).map(named)),
  ];
  if (seen.every(({ observed }) => observed.state === "unknown")) lines.unshift("Nothing was examined or measured.");
  else lines.push("As reported in the conversation; nobody verified it.");
  if (received > 0) lines.push(`Pictures or files received, which nobody looked at: ${received}.`);
  return lines.join("\n");
}

function assessmentOf(
  events: readonly ConsultationEvent[],
  { ending, conclusion, editor, state }: Outcome,
  base: KnowledgeBase,
  safety: SafetyOptions,
  differential: DifferentialView,
): string {
  const rules = new Map(base.redFlags.map(({ id, name }) => [id, name]));
  const flags = redFlagsIn(events).map(
    ({ rule, urgency, message }) => `${rules.get(rule) ?? localWarning(message, safety)} (${spoken(urgency)})`,
  );
  const ranked = Object.values(differential.conditions).map(
    ({ name, probability }, index) => `${index + 1}. ${name}: ${bandOf(probability)} (${perCent(probability)})`,
  );
  const { turns } = replay(events);
  const lines = [
    ...(ending.type === "handed-off" ? [`Handed to a person: ${clipped(ending.reason, LONGEST_QUOTE)}.`] : []),
    ...(flags.length > 0 ? listed("Red flags", [...new Set(flags)]) : ["No red flag was raised."]),
    ranked.length > 0 ? "Differential:" : "No differential.",
    ...ranked,
    ...(ranked.length > 0 ? [`Other or not known: ${perCent(differential.other)}.`] : []),
    ...(conclusion?.abstained ? ["The agent names no leading condition: it is too unsure."] : []),
    ...(ending.type === "concluded" && ending.conclusion.reason
      ? [`The interview ended by: ${ending.conclusion.reason}, after ${turns} questions.`]
      : []),
    editor === undefined
      ? "Ranked by a software agent, from what was said alone."
      : `Ranked by ${editor}, after a software agent's list.`,
    ...(state === "decided" ? [] : ["Not reviewed by a clinician."]),
  ];
  return lines.join("\n");
}

function planOf(urgency: Urgency | undefined, { editor }: Outcome, safety: SafetyOptions): string {
  const by = editor === undefined ? "by the agent" : `by ${editor}`;
  return [
    urgency ? `Urgency, ${by}: ${spoken(urgency)}. ${nextStep(urgency, safety)}` : "No urgency was given.",
    "Everything else is for the clinician to decide.",
  ].join("\n");
}

const present = (told: readonly Told[]): Told[] => told.filter(({ observed }) => observed.state === "present");
const absent = (told: readonly Told[]): Told[] => told.filter(({ observed }) => observed.state === "absent");
const unknown = (told: readonly Told[]): Told[] => told.filter(({ observed }) => observed.state === "unknown");

const named = ({ finding }: Told): string => finding.name;

/** Each finding once: those that say more of another (how long, how bad, where) stand in its brackets. */
function nested(told: readonly Told[]): string[] {
  const there = new Set(told.map(({ finding }) => finding.id));
  const isPart = ({ finding: { parent } }: Told): boolean => parent !== undefined && there.has(parent);
  const whole = (each: Told): string => {
    const parts = told.filter((other) => other.finding.parent === each.finding.id).map(whole);
    return parts.length === 0 ? withValue(each) : `${withValue(each)} (${parts.join("; ")})`;
  };
  return told.filter((each) => !isPart(each)).map(whole);
}

function withValue({ finding, observed: { values, number } }: Told): string {
  const said = values?.map((value) => spokenValue(finding.values.find(({ id }) => id === value)?.name ?? value));
  const measured = number === undefined ? [] : [`${number}${finding.unit === undefined ? "" : ` ${finding.unit}`}`];
  const all = [...(said ?? []), ...measured];
  return all.length === 0 ? finding.name : `${finding.name}: ${all.join(", ")}`;
}

/** One line, as far as a list may go. */
function listed(head: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  let length = 0;
  const shown = items.filter((item) => {
    length += item.length + 2;
    return length <= LONGEST_LIST;
  });
  const left = items.length - shown.length;
  return [`${head}: ${shown.join("; ")}${left > 0 ? `; and ${left} more, see the transcript` : ""}.`];
}

const spoken = (urgency: Urgency): string => urgency.replaceAll("-", " ");
const perCent = (share: number): string => `${Math.round(share * 100)} %`;
const bandOf = (share: number): string => BANDS.find(([from]) => share >= from)![1];
