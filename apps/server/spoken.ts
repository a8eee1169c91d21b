/** What of a consultation's messages is said to the person: the agent's words, and the answers that can be chosen. */
import type { LogMessage } from "./protocol.ts";

type Spoken = Extract<LogMessage, { type: "reply" | "question" | "conclusion" | "handed-off" }>;

const SPOKEN: ReadonlySet<string> = new Set<Spoken["type"]>(["reply", "question", "conclusion", "handed-off"]);

export function isSpoken(message: { readonly type: string }): message is Spoken {
  return SPOKEN.has(message.type);
}

/** None, or the words of the message. */
export function wordsOf(message: LogMessage): string[] {
  return isSpoken(message) ? [message.text] : [];
}

/** Labels of the suggestions, in their order. */
export function suggestionsOf(message: LogMessage): string[] {
  return "suggestions" in message ? message.suggestions.map(({ label }) => label) : [];
}
