/** A consultation's line in the queue, and the order of the queue. */
import {
  type ConsultationEvent,
  type KnowledgeBase,
  type Urgency,
  urgencyLevel,
  urgencyWithFlags,
} from "../../src/index.ts";
import { heard } from "../server/chat-turn.ts";
import { LONGEST_COMPLAINT, type QueueEntry } from "./api.ts";
import type { Outcome } from "./outcome.ts";

export function entryOf(events: readonly ConsultationEvent[], outcome: Outcome, base: KnowledgeBase): QueueEntry {
  const { ending, review, notified, conclusion } = outcome;
  const { age, sex } = intakeOf(events);
  const reason = ending.type === "handed-off" ? ending.reason : ending.conclusion.reason;
  const urgency = urgencyTold(events, outcome);
  const complaint = complaintOf(events);
  const leader = conclusion?.abstained ? undefined : conclusion?.differential.entries[0];
  const leading = base.conditions.find(({ id }) => id === leader?.condition);
  return {
    consultation: ending.consultation,
    since: ending.time,
    end: ending.type,
    ...(reason !== undefined && { reason }),
    ...(urgency && { urgency }),
    redFlags: redFlagsIn(events).length,
    ...(age !== undefined && { age }),
    ...(sex && { sex }),
    ...(complaint !== undefined && { complaint: clipped(complaint, LONGEST_COMPLAINT) }),
    ...(leader && leading && { leading: { name: leading.name, probability: leader.probability } }),
    ...(review && { review: { decision: review.decision, reviewer: review.reviewer, time: review.time } }),
    ...(notified && { notified: { outcome: notified.outcome, attempts: notified.attempts } }),
  };
}

/** A clinician's where one was given; else the agent's, or a raised flag's where that is more urgent. */
export function urgencyTold(
  events: readonly ConsultationEvent[],
  { conclusion, editor }: Pick<Outcome, "conclusion" | "editor">,
): Urgency | undefined {
  if (editor !== undefined && conclusion?.urgency) return conclusion.urgency;
  return urgencyWithFlags(conclusion?.urgency, redFlagsIn(events));
}

export type RedFlag = Extract<ConsultationEvent, { type: "red-flag-raised" }>;

export function redFlagsIn(events: readonly ConsultationEvent[]): RedFlag[] {
  return events.filter((event): event is RedFlag => event.type === "red-flag-raised");
}

export function intakeOf([opened]: readonly ConsultationEvent[]) {
  return opened?.type === "opened" ? opened.intake : { findings: [] };
}

/** The person's first words that were kept, in one line. */
export function complaintOf(events: readonly ConsultationEvent[]): string | undefined {
  const first = heard(events).find((event) => event.type === "patient-said");
  const words = intakeOf(events).complaint ?? (first?.type === "patient-said" ? first.text : "");
  const line = words.replaceAll(/\s+/g, " ").trim();
  return line === "" ? undefined : line;
}

/** At most so many characters, none of them cut in two. */
export function clipped(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most - 1);
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

/** Who was handed to a person counts as an emergency as long as nobody has said otherwise. */
function levelOf({ urgency, end }: QueueEntry): number {
  return urgencyLevel(urgency ?? (end === "handed-off" ? "emergency" : "consultation"));
}

export function byUrgency(a: QueueEntry, b: QueueEntry): number {
  return levelOf(a) - levelOf(b) || compared(a.since, b.since) || compared(a.consultation, b.consultation);
}

/** The latest decision first. */
export function byDecision(a: QueueEntry, b: QueueEntry): number {
  return compared(b.review?.time ?? "", a.review?.time ?? "") || compared(a.consultation, b.consultation);
}

const compared = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
