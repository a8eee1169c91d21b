/** How soon a person should be seen and what to do next, as a consultation has it so far. No probabilities: for everybody. */
import { z } from "zod";
import { mostUrgent, Urgency, urgencyLevel } from "../../src/index.ts";
import { DISCLAIMER } from "../server/log-messages.ts";
import type { LogMessage } from "../server/protocol.ts";

export const RedFlag = z.strictObject({ message: z.string(), urgency: Urgency, emergencyNumber: z.string() });
export type RedFlag = z.infer<typeof RedFlag>;

export const Triage = z.strictObject({
  ended: z.boolean(),
  /** How soon; left out while nothing is known of it. */
  urgency: Urgency.optional(),
  /** What to do next, in words for a patient; left out while questions are open. */
  nextStep: z.string().optional(),
  redFlags: z.array(RedFlag),
  disclaimer: z.string(),
});
export type Triage = z.infer<typeof Triage>;

/** The most urgent first. */
export function redFlagsIn(messages: readonly LogMessage[]): RedFlag[] {
  const flags = messages.flatMap((message) =>
    message.type === "red-flag"
      ? [{ message: message.message, urgency: message.urgency, emergencyNumber: message.emergencyNumber }]
      : [],
  );
  return flags.sort((a, b) => urgencyLevel(a.urgency) - urgencyLevel(b.urgency));
}

/** What to tell first, with the number to call. */
export function warningOf({ message, emergencyNumber }: RedFlag): string {
  return message.includes(emergencyNumber) ? message : `${message} Emergency number: ${emergencyNumber}.`;
}

/** Of all messages of a consultation. */
export function triageOf(messages: readonly LogMessage[], ended: boolean): Triage {
  const redFlags = redFlagsIn(messages);
  const last = messages.findLast((message) => message.type === "conclusion" || message.type === "handed-off");
  const own = last?.type === "conclusion" && last.urgency ? [last.urgency] : [];
  const levels = [...own, ...redFlags.map(({ urgency }) => urgency)];
  return {
    ended,
    ...(levels.length > 0 && { urgency: levels.reduce(mostUrgent) }),
    ...(last && { nextStep: last.text }),
    redFlags,
    disclaimer: DISCLAIMER,
  };
}
