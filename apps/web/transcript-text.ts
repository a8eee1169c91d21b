/** A transcript for people to read: who said what, what was understood, how it ended. */
import { z } from "zod";
import { LogMessage } from "../server/protocol.ts";
import { findingText } from "./words.ts";

const Transcript = z.object({ consultation: z.string(), disclaimer: z.string(), messages: z.array(LogMessage) });

/** `transcript`: the server's, as JSON. */
export function transcriptText(transcript: string): string {
  const { consultation, disclaimer, messages } = Transcript.parse(JSON.parse(transcript));
  const lines = messages.flatMap((message) => linesOf(message));
  return `${["Anamnesis: transcript", `Consultation ${consultation}`, disclaimer, "", ...lines].join("\n")}\n`;
}

function linesOf(message: LogMessage): string[] {
  switch (message.type) {
    case "opened":
      return [`Anamnesis: ${message.prompt}`];
    case "said":
      return ["", `You: ${message.text}`];
    case "understood":
      return [`  (understood: ${message.name}: ${findingText(message)}${message.corrected ? ", corrected" : ""})`];
    case "question":
    case "reply":
      return [`Anamnesis: ${message.text}`];
    case "red-flag":
      return ["", `URGENT: ${message.message}`];
    case "conclusion":
      return [
        "",
        `Anamnesis: ${message.text}`,
        ...(message.differential ? differentialLines(message.differential) : []),
      ];
    case "handed-off":
      return ["", `Anamnesis: ${message.text}`];
    case "abandoned":
      return ["", `(Given up: ${message.reason})`];
    case "attachment":
      return [`(Sent along: ${message.attachment.name ?? message.attachment.type})`];
    case "reviewed":
      return ["", `(Reviewed by ${message.reviewer}: ${message.decision}${message.note ? `. ${message.note}` : ""})`];
    default:
      // How it came about is in the transcript as JSON.
      return [];
  }
}

function differentialLines({
  conditions,
  other,
}: NonNullable<Extract<LogMessage, { type: "conclusion" }>["differential"]>) {
  const ranked = Object.values(conditions).sort((a, b) => b.probability - a.probability);
  const rows = [...ranked, { name: "Everything else", probability: other }];
  return [
    "",
    "Differential",
    ...rows.map(({ name, probability }) => `  ${percentText(probability).padStart(6)}  ${name}`),
  ];
}

function percentText(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
