/**
 * What clinicians exchange with the server about consultations that were handed over: a queue, a dossier of each, and
 * what they decide. Schemas only; who may, and where it comes from, is told elsewhere. See docs/handover.md.
 */
import { z } from "zod";
import { Age, Id, Sex, Urgency } from "../../src/index.ts";
import { ConsultationId, DifferentialView, LogMessage } from "../server/protocol.ts";
import { summaryText } from "./soap.ts";

/** The most characters of a complaint in the queue. */
export const LONGEST_COMPLAINT = 200;
/** Decided consultations that the queue shows, the latest first. */
export const MOST_DECIDED = 100;

const seq = z.int().min(0);
const probability = z.number().min(0).max(1);

export const QueueEntry = z.strictObject({
  consultation: ConsultationId,
  /** When it ended: since then it waits. */
  since: z.iso.datetime(),
  end: z.enum(["concluded", "handed-off"]),
  /** Why it ended, as the agent names it. */
  reason: z.string().optional(),
  urgency: Urgency.optional(),
  /** How many red flags were raised. */
  redFlags: z.int().min(0),
  age: Age.optional(),
  sex: Sex.optional(),
  /** The first words of the person. */
  complaint: z.string().max(LONGEST_COMPLAINT).optional(),
  leading: z.strictObject({ name: z.string(), probability }).optional(),
  /** The latest. */
  review: z
    .strictObject({
      decision: z.enum(["confirmed", "edited", "returned"]),
      reviewer: z.string(),
      time: z.iso.datetime(),
    })
    .optional(),
  /** What became of the latest message to another system. */
  notified: z.strictObject({ outcome: z.enum(["delivered", "dead"]), attempts: z.int().min(1) }).optional(),
});
export type QueueEntry = z.infer<typeof QueueEntry>;

export const Queue = z.strictObject({
  /** The most urgent first; of the same urgency, who has waited longest. */
  waiting: z.array(QueueEntry),
  /** Confirmed, edited, or returned and not ended again: the latest 100. */
  decided: z.array(QueueEntry),
});
export type Queue = z.infer<typeof Queue>;

const part = z.string().max(10_000);

/** In the order of a SOAP note. */
export const Summary = z
  .strictObject({ subjective: part, objective: part, assessment: part, plan: part })
  .refine((summary) => summaryText(summary).length <= 20_000, "a summary has at most 20,000 characters");
export type Summary = z.infer<typeof Summary>;

export const Dossier = z.strictObject({
  entry: QueueEntry,
  /** How many events there are: to be sent along with a review. */
  seq,
  /** As the clinician left it, after an edit. */
  summary: Summary,
  /** As the clinician ranked it, after an edit. */
  differential: DifferentialView,
  /** Everything that happened, as clinicians see it. */
  messages: z.array(LogMessage),
  disclaimer: z.string(),
});
export type Dossier = z.infer<typeof Dossier>;

/** The clinician's ranking, the first first. Without probabilities the shares of the agent's list go to its places. */
const Ranking = z
  .array(z.strictObject({ condition: Id, probability: probability.optional() }))
  .min(1)
  .max(12)
  .refine(
    (ranked) => new Set(ranked.map(({ condition }) => condition)).size === ranked.length,
    "a condition stands once",
  )
  .refine((ranked) => {
    const given = ranked.flatMap((each) => each.probability ?? []);
    const falls = given.every((share, index) => index === 0 || share <= given[index - 1]!);
    const sum = given.reduce((a, b) => a + b, 0);
    return given.length === 0 || (given.length === ranked.length && falls && sum <= 1 + 1e-9);
  }, "give no probabilities, or one for each: they fall and sum to at most 1");

const head = {
  /** Of the dossier that was read. Where something happened since, the review is refused. */
  seq,
  /** For other clinicians. The person does not see it. */
  note: z.string().min(1).max(4_000).optional(),
};

export const Review = z.discriminatedUnion("decision", [
  z.strictObject({ ...head, decision: z.literal("confirmed") }),
  z
    .strictObject({
      ...head,
      decision: z.literal("edited"),
      summary: Summary.optional(),
      differential: Ranking.optional(),
      urgency: Urgency.optional(),
    })
    .refine(
      ({ summary, differential, urgency }) => (summary ?? differential ?? urgency) !== undefined,
      "say what is edited: the summary, the differential or the urgency",
    ),
  z.strictObject({
    ...head,
    decision: z.literal("returned"),
    /** Words for the person, put as a question. */
    message: z.string().min(1).max(2_000),
  }),
]);
export type Review = z.infer<typeof Review>;

export const Undelivered = z.strictObject({
  undelivered: z.array(
    z.strictObject({
      consultation: ConsultationId,
      /** The name of the system that was to be told. */
      to: z.string(),
      attempts: z.int().min(1),
      reason: z.string(),
      time: z.iso.datetime(),
    }),
  ),
});
export type Undelivered = z.infer<typeof Undelivered>;

/** It is sent again, from the first attempt on. */
export const SentAgain = z.strictObject({ consultation: ConsultationId, to: z.string() });
