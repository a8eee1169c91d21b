/**
 * Messages that speak of suicide or self-harm, and the fixed words that answer them. Code, outside every model: a
 * model can neither silence nor change it.
 */
import { fold, readCrisis } from "../../src/index.ts";
import type { SafetyOptions } from "./types.ts";

/** Whether a message speaks of somebody's suicide or self-harm, the person's own or another's; a denial does not. */
export function saysCrisis(text: string): boolean {
  for (let from = 0; from < text.length; from += WINDOW) {
    const kind = readCrisis(fold(text.slice(from, from + WINDOW + OVERLAP)))?.kind;
    if (kind === "own" || kind === "other") return true;
  }
  return false;
}

/** A message too long to be read is still read for this, piece by piece (characters). */
const WINDOW = 10_000;
const OVERLAP = 500;

/** A message that a model may call a crisis: it holds at least a word of one. */
export function mayBeCrisis(text: string): boolean {
  return /\b(?:die|dying|dead|death|kill\w*|suicid\w*|hurt\w*|harm\w*|living|alive|overdos\w*|cut\w*|hopeless|goodbye)\b/iu.test(
    text,
  );
}

export const CRISIS_REASON = "self-harm";

/** The fixed answer. */
export function crisisWords({ emergencyNumber = "112", crisisLine }: SafetyOptions = {}): string {
  return [
    "Thank you for telling me. This matters more than my questions, so I stop them here.",
    `If you or somebody else could be hurt now, call ${emergencyNumber} or go to an emergency department, and do not stay alone.`,
    crisisLine ? `You can talk to somebody at any hour: ${crisisLine}.` : "A crisis line will listen at any hour.",
    "I am a program and cannot help with this; I hand this conversation to a person.",
  ].join(" ");
}
