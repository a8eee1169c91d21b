/**
 * A consultation is an append-only list of these events; chat, simulation, evaluation, audit and export are views of
 * it. An event is a fact: who, when, in which place of the list, and what. It never holds a case's label.
 */
import { z } from "zod";
import { Conclude } from "./acts.ts";
import { ClinicalError } from "./errors.ts";
import type { Clock } from "./ports.ts";
import { Id, Intake, ObservedFinding, Urgency } from "./vocabulary.ts";

export const Actor = z.enum(["patient", "agent", "system", "clinician"]);

const said = z.string().max(20_000);

/** A picture or file that a person sent. What it shows stays where the vendor keeps it; only the reference is an event. */
export const Attachment = z.strictObject({
  /** Media type, for example `image/jpeg`. */
  type: z.string().min(1).max(200),
  /** Where it is kept: an address, or a vendor's own reference such as `telegram:FILE_ID`. */
  url: z.string().min(1).max(2_000).optional(),
  name: z.string().min(1).max(200).optional(),
});
export type Attachment = z.infer<typeof Attachment>;

/** What a clinician makes of a consultation: the agent's findings stand, they are changed, or it goes on. */
export const ReviewDecision = z.enum(["confirmed", "edited", "returned"]);
export type ReviewDecision = z.infer<typeof ReviewDecision>;

const head = {
  consultation: z.string().min(1).max(200),
  /** Place in the list, from 0. */
  seq: z.int().min(0),
  /** ISO 8601, from the injected clock. */
  time: z.iso.datetime(),
  actor: Actor,
};

const event = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.strictObject({ ...head, type: z.literal(type), ...shape });

/** `turn` counts questions and examinations together, from 1. */
const turn = z.int().min(1);
const tokens = z.int().min(0);

export const ConsultationEvent = z.discriminatedUnion("type", [
  /** `versions` fix what can happen: agent, knowledge base, model, prompt. */
  event("opened", { intake: Intake, versions: z.record(z.string(), z.string()) }),
  /** `training`: the person agrees that their words, redacted, may be used for training. The latest word counts. */
  event("consented", { disclaimer: z.string().min(1), training: z.literal(true).optional() }),
  /** `id`: given by whoever sent the words, to tell a repetition by. */
  event("patient-said", { text: said, id: z.string().min(1).max(64).optional() }),
  event("attachment-received", { attachment: Attachment }),
  event("agent-asked", { turn, finding: Id.optional(), text: said }),
  event("agent-examined", { turn, finding: Id.optional(), text: said }),
  /** What is no question and no end: why something is asked, or a question put again. `finding` is still asked. */
  event("agent-said", { text: said, finding: Id.optional() }),
  event("finding-observed", { observed: ObservedFinding }),
  event("finding-corrected", { observed: ObservedFinding }),
  event("red-flag-raised", { rule: Id, urgency: Urgency, message: z.string().min(1) }),
  event("fell-back", { part: z.string().min(1), reason: z.string().min(1) }),
  /** One call of a language model by a part of the agent: tokens in and out, and US dollars by the prices given. */
  event("model-called", { part: z.string().min(1), input: tokens, output: tokens, cost: z.number().min(0) }),
  /** `text`: what the person was told, where somebody was. */
  event("concluded", { conclusion: Conclude, text: said.optional() }),
  /** `summary` and `conclusion`: as the clinician changed them. After `returned` the person is asked on. */
  event("reviewed", {
    reviewer: z.string().min(1).max(200),
    decision: ReviewDecision,
    note: said.optional(),
    summary: said.optional(),
    conclusion: Conclude.optional(),
  }),
  event("handed-off", { reason: z.string().min(1), text: said.optional() }),
  event("abandoned", { reason: z.string().min(1) }),
  /** Somebody's system was told how it ended (`to`: its name), or could not be told after `attempts` tries. */
  event("notified", {
    to: z.string().min(1).max(200),
    outcome: z.enum(["delivered", "dead"]),
    attempts: z.int().min(1),
    reason: z.string().min(1).max(500).optional(),
  }),
]);
export type ConsultationEvent = z.infer<typeof ConsultationEvent>;
export type EventType = ConsultationEvent["type"];

/** An event before it has a place in a list. */
export type EventBody = WithoutHead<ConsultationEvent>;
type WithoutHead<E> = E extends unknown ? Omit<E, keyof typeof head> : never;

const ACTORS: Record<EventType, z.infer<typeof Actor>> = {
  opened: "system",
  consented: "patient",
  "patient-said": "patient",
  "attachment-received": "patient",
  "agent-asked": "agent",
  "agent-examined": "agent",
  "agent-said": "agent",
  "finding-observed": "agent",
  "finding-corrected": "patient",
  "red-flag-raised": "system",
  "fell-back": "system",
  "model-called": "system",
  concluded: "agent",
  reviewed: "clinician",
  "handed-off": "agent",
  abandoned: "system",
  notified: "system",
};

/** The event that a body becomes at its place in a consultation's list. */
export function eventAt(
  place: Pick<ConsultationEvent, "consultation" | "seq" | "time">,
  body: EventBody,
): ConsultationEvent {
  return { ...place, actor: ACTORS[body.type], ...body } as ConsultationEvent;
}

type Ending = Extract<ConsultationEvent, { type: "concluded" | "handed-off" | "abandoned" }>;

/** The event that ended the consultation, unless a clinician returned it since. */
export function endingOf(events: readonly ConsultationEvent[]): Ending | undefined {
  for (let at = events.length - 1; at >= 0; at--) {
    const event = events[at]!;
    if (event.type === "concluded" || event.type === "handed-off" || event.type === "abandoned") return event;
    if (event.type === "reviewed" && event.decision === "returned") return undefined;
  }
  return undefined;
}

/** Appends events to one consultation's list, giving each its sequence number, time and actor. */
export class EventLog {
  readonly events: ConsultationEvent[] = [];
  readonly consultation: string;
  readonly #clock: Clock;

  constructor(consultation: string, clock: Clock) {
    this.consultation = consultation;
    this.#clock = clock;
  }

  append(body: EventBody): ConsultationEvent {
    const time = this.#clock.now().toISOString();
    const event = eventAt({ consultation: this.consultation, seq: this.events.length, time }, body);
    this.events.push(event);
    return event;
  }
}

/** Checks that `events` are one consultation's list: it begins with `opened`, and the sequence has no gap. */
export function checkSequence(events: readonly ConsultationEvent[]): void {
  const first = events[0];
  if (first?.type !== "opened") throw new ClinicalError("event-order", "a consultation begins with an `opened` event");
  events.forEach((event, index) => {
    if (event.consultation !== first.consultation || event.seq !== index) {
      const place = { field: `events[${index}]` };
      throw new ClinicalError("event-order", `expected event ${index} of ${first.consultation}`, { place });
    }
    if (event.type === "opened" && index > 0) throw new ClinicalError("event-order", "a consultation opens only once");
  });
}
