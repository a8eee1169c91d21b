/** What another system is told of a consultation: that something happened and where to read it, and no word of a person. */
import { z } from "zod";
import { type ConsultationEvent, type KnowledgeBase, ReviewDecision, Urgency } from "../../src/index.ts";
import { ConsultationId } from "../server/protocol.ts";
import { entryOf } from "./entry.ts";
import { outcomeOf } from "./outcome.ts";
import type { Occasion } from "./owed.ts";
import type { Message } from "./webhook.ts";

const told = {
  consultation: ConsultationId,
  /** When it happened. */
  time: z.iso.datetime(),
  end: z.enum(["concluded", "handed-off"]),
  urgency: Urgency.optional(),
  redFlags: z.int().min(0),
  /** Of the dossier; a path, where the server was not told how it is reached from outside. */
  url: z.string(),
};

/** The body of the webhook. */
export const Notice = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("consultation.ended"), ...told }),
  z.strictObject({ type: z.literal("consultation.reviewed"), decision: ReviewDecision, ...told }),
]);
export type Notice = z.infer<typeof Notice>;

/** The same for the same occasion, whenever it is sent and by whichever server. */
export function messageAbout(
  occasion: Occasion,
  events: readonly ConsultationEvent[],
  base: KnowledgeBase,
  publicUrl: string,
): Message {
  const { consultation, time, seq } = occasion;
  const before = events.slice(0, seq + 1);
  const { end, urgency, redFlags } = entryOf(before, outcomeOf(before)!, base);
  const url = `${publicUrl}/v1/queue/${consultation}`;
  const what = { consultation, time, end, ...(urgency && { urgency }), redFlags, url };
  const notice: Notice =
    occasion.type === "reviewed"
      ? { type: "consultation.reviewed", decision: occasion.decision, ...what }
      : { type: "consultation.ended", ...what };
  return { id: `msg_${consultation}_${seq}`, body: JSON.stringify(notice) };
}
