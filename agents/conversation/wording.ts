/** The fixed sentences of a conversation. No advice on drugs, no probabilities, no diagnosis. */
import type { Urgency } from "../../src/index.ts";
import type { Intent, SafetyOptions } from "./types.ts";

export const CONVERSATION_DISCLAIMER =
  "This is not a diagnosis and not medical advice. If you are worried or feel worse, see a clinician.";

export const ENDED = "This conversation has ended. Start a new one, or see a clinician if you are worried.";

/** What to do next, by urgency; `number` is the local emergency number. */
export function nextStep(urgency: Urgency, { emergencyNumber = "112" }: SafetyOptions = {}): string {
  switch (urgency) {
    case "emergency-ambulance":
      return `Call ${emergencyNumber} now.`;
    case "emergency":
      return `Go to an emergency department now, or call ${emergencyNumber} if you cannot get there.`;
    case "within-24-hours":
      return "See a clinician within 24 hours.";
    case "consultation":
      return "Arrange to see a clinician in the next days.";
    case "self-care":
      return "This usually settles by itself; see a clinician if it does not, or if it gets worse.";
    default:
      return urgency satisfies never;
  }
}

/** A warning of the knowledge base, which says "the emergency number", with the local one in its place. */
export function localWarning(message: string, safety?: SafetyOptions): string {
  return message
    .replace("Call the emergency number now.", nextStep("emergency-ambulance", safety))
    .replace("Go to an emergency department now.", nextStep("emergency", safety));
}

/** Said before a question is put again. */
export const BEFORE_AGAIN: Record<Exclude<Intent, "crisis" | "question">, string> = {
  answer: "I did not understand that as an answer.",
  "small-talk": "Thank you. Let us go on.",
  "other-language": "I am sorry, I only understand English.",
  empty: "I did not get any words.",
  "too-long": "That is more than I can read at once. Please say it in fewer words, 20,000 characters at most.",
};

export const OPENING = "Please tell me in a few words what troubles you most.";
export const NO_QUESTION_YET = "I ask about your symptoms to tell how soon you should be seen, and by whom.";
