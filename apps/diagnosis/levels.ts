/** The five levels of triage as integrators name them, and what a person is told of flags and of a crisis. */
import { localWarning, type SafetyOptions } from "../../agents/index.ts";
import { type RedFlagRule, type Urgency, urgencyLevel } from "../../src/index.ts";
import type { RaisedFlag, TriageLevel } from "./types.ts";

const LEVELS: Readonly<Record<Urgency, TriageLevel>> = {
  "emergency-ambulance": "emergency_ambulance",
  emergency: "emergency",
  "within-24-hours": "consultation_24",
  consultation: "consultation",
  "self-care": "self_care",
};

export function levelOf(urgency: Urgency): TriageLevel {
  return LEVELS[urgency];
}

export function isEmergency(urgency: Urgency): boolean {
  return urgencyLevel(urgency) <= urgencyLevel("emergency");
}

export function flagsTold(flags: readonly RedFlagRule[], safety: SafetyOptions): RaisedFlag[] {
  return flags.map(({ id, urgency, message }) => ({
    id,
    triage_level: levelOf(urgency),
    message: localWarning(message, safety),
  }));
}

/** What to say to somebody who speaks of suicide or self-harm. Nothing is handed to anybody: that is the client's. */
export function crisisTold({ emergencyNumber = "112", crisisLine }: SafetyOptions): string {
  return [
    "Thank you for telling me. This matters more than any question.",
    `If you or somebody else could be hurt now, call ${emergencyNumber} or go to an emergency department, and do not stay alone.`,
    crisisLine ? `You can talk to somebody at any hour: ${crisisLine}.` : "A crisis line will listen at any hour.",
    "This is a program and cannot help with this; please talk to a person.",
  ].join(" ");
}
