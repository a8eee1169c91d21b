/** How a consultation that waits is spoken of: to clinicians, who are told more and shorter than patients. */
import type { Urgency } from "../../../src/index.ts";
import { personText } from "../words.ts";
import type { QueueEntry } from "./calls.ts";

export const URGENCY_NAME: Readonly<Record<Urgency, string>> = {
  "emergency-ambulance": "Emergency, ambulance",
  emergency: "Emergency",
  "within-24-hours": "Within 24 hours",
  consultation: "Consultation",
  "self-care": "Self-care",
};

const MINUTE = 60_000;

/** "12 min", "3 h 5 min", "2 days". */
export function waitedText(since: string, now: number): string {
  const minutes = Math.max(0, Math.floor((now - Date.parse(since)) / MINUTE));
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** "54 years, male", or that it is not known. */
export function whoText({ age, sex }: Pick<QueueEntry, "age" | "sex">): string {
  const text = personText({ age, sex } as Parameters<typeof personText>[0]);
  return text === "" ? "Age and sex not told" : text;
}

/** "1 red flag"; empty where there is none. */
export function flagsText(count: number): string {
  if (count === 0) return "";
  return count === 1 ? "1 red flag" : `${count} red flags`;
}

/** Why the agent concluded, by its word for it. */
const STOP_TEXT: Readonly<Record<string, string>> = {
  gain: "nothing more was to be learnt",
  confidence: "it was sure enough",
  budget: "all its questions were asked",
  exhausted: "it had no more questions",
  "red-flag": "stopped by a red flag",
};

/** Why it waits. */
export function endText({ end, reason }: Pick<QueueEntry, "end" | "reason">): string {
  const why = reason === undefined ? "" : `: ${STOP_TEXT[reason] ?? reason}`;
  return end === "handed-off" ? `Handed over${why}` : `Concluded${why}`;
}

export const DECISION_NAME = {
  confirmed: "Confirmed",
  edited: "Edited",
  returned: "Returned",
} as const;

/** "12 min ago". */
export function agoText(time: string): string {
  const waited = waitedText(time, Date.now());
  return waited === "just now" ? waited : `${waited} ago`;
}

/** What became of the report to another system. */
export function notifiedText({ outcome, attempts }: NonNullable<QueueEntry["notified"]>): string {
  return outcome === "delivered" ? "Reported" : `Not reported: ${attempts} ${attempts === 1 ? "try" : "tries"} failed`;
}

/** "New: 31 years, female, Emergency. 3 wait." The most urgent of those that came is named. */
export function newsText(arrived: readonly QueueEntry[], waiting: number): string {
  const [first] = arrived;
  if (!first) return "";
  const who = [whoText(first), ...(first.urgency ? [URGENCY_NAME[first.urgency]] : [])].join(", ");
  const others = arrived.length > 1 ? `, and ${arrived.length - 1} more` : "";
  return `New: ${who}${others}. ${waiting} ${waiting === 1 ? "waits" : "wait"}.`;
}
