/**
 * The chat protocol, version 1: what a client may say and what the server answers, as schemas. A *log* message stands for
 * one event of the consultation and its `seq` is that event's place, from 1; a *live* message shows how things stand and
 * its `seq` is the last place told before it. A client keeps the largest `seq` and resumes from it. See docs/protocol.md.
 */
import { z } from "zod";
import { Age, Attachment, Id, ObservedFinding, ReviewDecision, Sex, Urgency } from "../../src/index.ts";

export const SUBPROTOCOL = "anamnesis.v1";
export const CHAT_PATH = "/v1/chat";

/** The most characters of one message. */
export const LONGEST_TEXT = 20_000;

/** The most attachments of one message. */
export const MOST_ATTACHMENTS = 20;

/** `patient`: no probabilities, what to do next. `clinician`: the differential with evidence. Bound to the token. */
export const Audience = z.enum(["patient", "clinician"]);
export type Audience = z.infer<typeof Audience>;

export const ConsultationId = z.string().regex(/^[a-z0-9-]{1,100}$/, "an id as the server gave it");

/** Chosen by the client, once a message: a repeated id is answered as it was the first time, by any server. */
const MessageId = z.string().min(1).max(64);
const seq = z.int().min(0);

/** References to pictures and files that come with a message. */
export const Attachments = z.array(Attachment).max(MOST_ATTACHMENTS);

export const Person = z.strictObject({ age: Age.optional(), sex: Sex.optional() });
export type Person = z.infer<typeof Person>;

export const OpenMessage = z
  .strictObject({
    type: z.literal("open"),
    /** That the person has read the disclaimer of `hello` and wants to go on. */
    consent: z.boolean().optional(),
    /** That the person agrees besides that their words, redacted, may be used for training. */
    training: z.boolean().optional(),
    ...Person.shape,
    resume: z.strictObject({ consultation: ConsultationId, lastSeq: seq.default(0) }).optional(),
  })
  .refine(
    ({ consent, training, age, sex, resume }) => !resume || (consent ?? training ?? age ?? sex) === undefined,
    "either resume, or give consent, training, age and sex",
  );

export const ClientMessage = z.discriminatedUnion("type", [
  OpenMessage,
  z.strictObject({
    type: z.literal("message"),
    id: MessageId,
    text: z.string().max(LONGEST_TEXT),
    attachments: Attachments.optional(),
  }),
  /** `observed` of one of the suggestions of the question that is open. */
  z.strictObject({ type: z.literal("choose"), id: MessageId, observed: ObservedFinding }),
  z.strictObject({ type: z.literal("ping") }),
]);
export type ClientMessage = z.infer<typeof ClientMessage>;
/** What a person says: words, or a suggestion. */
export type Saying = Extract<ClientMessage, { type: "message" | "choose" }>;

const server = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.strictObject({ type: z.literal(type), seq, ...shape });

const Suggestion = z.strictObject({ label: z.string(), observed: ObservedFinding });
const question = {
  finding: Id.optional(),
  /** Why it is asked. */
  purpose: z.string().optional(),
  suggestions: z.array(Suggestion).default([]),
};

const Evidence = z.strictObject({
  finding: Id,
  name: z.string(),
  state: z.enum(["present", "absent"]),
  /** ln P(answer | condition) / P(answer), in nats. */
  weight: z.number(),
});
export const DifferentialView = z.strictObject({
  /** By condition. */
  conditions: z.record(
    Id,
    z.strictObject({ name: z.string(), probability: z.number(), for: z.array(Evidence), against: z.array(Evidence) }),
  ),
  /** The share of everything not listed. */
  other: z.number(),
});
export type DifferentialView = z.infer<typeof DifferentialView>;

const Operation = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("add"), path: z.string(), value: z.unknown() }),
  z.strictObject({ op: z.literal("replace"), path: z.string(), value: z.unknown() }),
  z.strictObject({ op: z.literal("remove"), path: z.string() }),
]);

export const LogMessage = z.discriminatedUnion("type", [
  server("opened", {
    consultation: ConsultationId,
    audience: Audience,
    disclaimer: z.string(),
    /** The first thing to show. */
    prompt: z.string(),
    ...Person.shape,
  }),
  server("consented", { disclaimer: z.string() }),
  server("said", { text: z.string() }),
  /** A picture or file came with what was said. Nobody looks at it here. */
  server("attachment", { attachment: Attachment }),
  server("question", { turn: z.int().min(1), kind: z.enum(["ask", "examine"]), text: z.string(), ...question }),
  /** What the agent says beside its questions: why it asks, or a question put again, with its suggestions. */
  server("reply", { text: z.string(), ...question }),
  /** A finding as it was understood. */
  server("understood", {
    finding: Id,
    name: z.string(),
    state: z.enum(["present", "absent", "unknown"]),
    values: z.array(z.string()).optional(),
    number: z.number().optional(),
    unit: z.string().optional(),
    corrected: z.boolean(),
  }),
  server("red-flag", { rule: Id, urgency: Urgency, message: z.string(), emergencyNumber: z.string() }),
  server("conclusion", {
    urgency: Urgency.optional(),
    /** What to do next, in words for a patient. */
    text: z.string(),
    abstained: z.boolean(),
    disclaimer: z.string(),
    /** For clinicians. */
    reason: z.string().optional(),
    differential: DifferentialView.optional(),
  }),
  server("handed-off", { reason: z.string(), text: z.string(), disclaimer: z.string() }),
  server("abandoned", { reason: z.string() }),
  /** For clinicians: a part failed and was stood in for. */
  server("fell-back", { part: z.string(), reason: z.string() }),
  /** For clinicians: a language model was called; tokens in and out, US dollars. */
  server("model-called", { part: z.string(), input: z.int(), output: z.int(), cost: z.number() }),
  /** What a clinician decided. Patients are told of `returned` alone: the consultation goes on. */
  server("reviewed", {
    reviewer: z.string(),
    decision: ReviewDecision,
    note: z.string().optional(),
    summary: z.string().optional(),
    differential: DifferentialView.optional(),
  }),
  /** For clinicians: another system was told how it ended, or could not be told. */
  server("notified", {
    to: z.string(),
    outcome: z.enum(["delivered", "dead"]),
    attempts: z.int(),
    reason: z.string().optional(),
  }),
]);
export type LogMessage = z.infer<typeof LogMessage>;

/** What went wrong, whether the same again can succeed, and what to do. */
export const Fault = z.strictObject({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  advice: z.string(),
});
export type Fault = z.infer<typeof Fault>;

export const LiveMessage = z.discriminatedUnion("type", [
  /** The first message of a connection. */
  server("hello", {
    protocol: z.literal(SUBPROTOCOL),
    audience: Audience,
    disclaimer: z.string(),
    longestText: z.int(),
    heartbeatMs: z.int(),
  }),
  /** A resumed consultation; what was missed follows. */
  server("resumed", {
    consultation: ConsultationId,
    audience: Audience,
    disclaimer: z.string(),
    /** How many events there are: the `seq` that the client will have caught up with. */
    events: z.int().min(0),
    ended: z.boolean(),
  }),
  /** The message `id` is stored, and everything that it led to. `said`: its place, where words were kept. */
  server("accepted", { id: MessageId, said: seq.optional() }),
  /** A piece of what the agent is saying. The log message with all of it follows. */
  server("text-delta", { delta: z.string() }),
  /** For clinicians. */
  server("differential", { differential: DifferentialView }),
  /** For clinicians: JSON Patch (RFC 6902) on the differential told before. */
  server("differential-delta", { patch: z.array(Operation) }),
  server("error", { ...Fault.shape, id: MessageId.optional() }),
  server("pong", {}),
  /** The server goes down; the connection is about to be closed. */
  server("draining", { advice: z.string() }),
]);
export type LiveMessage = z.infer<typeof LiveMessage>;

export const ServerMessage = z.union([LogMessage, LiveMessage]);
export type ServerMessage = z.infer<typeof ServerMessage>;

/** Codes with which the server closes a connection. */
export const CLOSE = {
  restart: 1012,
  notText: 1003,
  policy: 1008,
  tooSlow: 1013,
  notOpened: 4401,
  idle: 4408,
  deleted: 4410,
} as const;
