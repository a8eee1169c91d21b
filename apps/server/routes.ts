/** The REST interface as a table: what can be called, with what, and what comes back. The OpenAPI document is made of it. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Clock, EventStore } from "../../src/index.ts";
import { ObservedFinding, StoredEvent } from "../../src/index.ts";
import { DIAGNOSIS_ROUTES } from "../diagnosis/routes.ts";
import { fhirBundle } from "../fhir/index.ts";
import type { Handover } from "../handover/handover.ts";
import { HANDOVER_ROUTES } from "../handover/routes.ts";
import type { ServedConversation } from "./conversation.ts";
import { ServerError } from "./errors.ts";
import type { Hub } from "./hub.ts";
import type { Limits } from "./limits.ts";
import type { Log } from "./log.ts";
import { DISCLAIMER } from "./log-messages.ts";
import type { Metrics } from "./metrics.ts";
import {
  Attachments,
  Audience,
  ConsultationId,
  DifferentialView,
  LONGEST_TEXT,
  LogMessage,
  Person,
  type Saying,
} from "./protocol.ts";
import { knownFrom } from "./record.ts";
import { REVIEW_ROUTES, type ReviewDesk } from "./review.ts";
import type { Tickets } from "./tickets.ts";
import type { Holder } from "./tokens.ts";
import { TRAINING_ROUTE } from "./training-consent.ts";

export const Opening = z.strictObject({
  /** That the person has read the disclaimer and wants to go on. */
  consent: z.boolean(),
  /** That the person agrees besides that their words, redacted, may be used for training. */
  training: z.boolean().optional(),
  ...Person.shape,
  /** The person's existing FHIR R4 record, a Bundle: what it tells is not asked again. See docs/fhir.md. */
  record: z.record(z.string(), z.unknown()).optional(),
});

const id = z.string().min(1).max(64).optional();
export const Said = z.union([
  z.strictObject({ id, text: z.string().max(LONGEST_TEXT), attachments: Attachments.optional() }),
  z.strictObject({ id, observed: ObservedFinding }),
]);

export const Opened = z.strictObject({
  consultation: ConsultationId,
  disclaimer: z.string(),
  messages: z.array(LogMessage),
  /** What was taken from the record, and what stands in it besides. */
  record: z
    .strictObject({
      findings: z.array(ObservedFinding),
      notUnderstood: z.array(
        z.strictObject({
          place: z.string(),
          resourceType: z.string(),
          text: z.string().optional(),
          reason: z.string(),
        }),
      ),
    })
    .optional(),
});
export const Answered = z.strictObject({
  id: z.string(),
  said: z.int().optional(),
  /** What the message led to. */
  messages: z.array(LogMessage),
});
export const CurrentDifferential = z.strictObject({
  seq: z.int().min(0),
  disclaimer: z.string(),
  differential: DifferentialView,
});
export const Transcript = z.strictObject({
  consultation: ConsultationId,
  audience: Audience,
  disclaimer: z.string(),
  messages: z.array(LogMessage),
  /** For clinicians: the events as stored, each with its hash in the chain. */
  events: z.array(StoredEvent).optional(),
});
export const FhirBundle = z.looseObject({ resourceType: z.literal("Bundle"), type: z.literal("collection") });
export const Ticket = z.strictObject({ ticket: z.string(), expiresInMs: z.int() });

export interface RouteContext {
  readonly conversation: ServedConversation;
  readonly hub: Hub;
  readonly store: EventStore;
  readonly tickets: Tickets;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly version: string;
  /** Held batches of a training run, where there is one to review. */
  readonly review?: ReviewDesk | undefined;
  /** What ended and was handed over to clinicians. */
  readonly handover: Handover;
}

/** A request, checked. */
export interface Call {
  readonly holder: Holder;
  /** What stands for the braces of the path: a consultation, a step; empty where it has none. */
  readonly id: string;
  readonly body: unknown;
}

export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly operation: string;
  readonly summary: string;
  /** Names of schemas, see `openapi.ts`. */
  readonly body?: { readonly name: string; readonly schema: z.ZodType };
  readonly status: 200 | 201 | 204;
  readonly answer?: { readonly name: string; readonly schema: z.ZodType };
  /** What it means that there is nothing to answer (204). */
  readonly empty?: string;
  readonly clinicianOnly?: boolean;
  handle(call: Call, context: RouteContext): Promise<unknown>;
}

export const ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/tickets",
    operation: "issueTicket",
    summary: "A ticket that opens one WebSocket, once, within 30 seconds: /v1/chat?ticket=…",
    status: 201,
    answer: { name: "Ticket", schema: Ticket },
    async handle({ holder }, { tickets }) {
      const ticket = tickets.issue(holder, performance.now());
      if (!ticket) throw new ServerError("overloaded", "too many tickets are open");
      return ticket;
    },
  },
  {
    method: "POST",
    path: "/v1/consultations",
    operation: "openConsultation",
    summary: "Opens a consultation. Show the disclaimer first; consent is recorded before the first question.",
    body: { name: "Opening", schema: Opening },
    status: 201,
    answer: { name: "Opened", schema: Opened },
    async handle({ holder, body }, context) {
      const { consent, training, record, ...given } = body as z.infer<typeof Opening>;
      const known = record === undefined ? undefined : knownFrom(record, given, context);
      const session = await context.hub.open(holder, consent, known?.person ?? given, known?.findings, training);
      const messages = session.messages(holder.audience, 0);
      const opened = { consultation: session.id, disclaimer: DISCLAIMER, messages };
      if (!known) return opened;
      const { findings, notUnderstood } = known;
      return { ...opened, record: { findings, notUnderstood } };
    },
  },
  {
    method: "POST",
    path: "/v1/consultations/{id}/messages",
    operation: "say",
    summary: "What the person says, or the suggestion that was chosen; answered when everything it led to is stored.",
    body: { name: "Said", schema: Said },
    status: 200,
    answer: { name: "Answered", schema: Answered },
    async handle({ holder, id: consultation, body }, { hub }) {
      const { id = randomUUID(), ...words } = body as z.infer<typeof Said>;
      const saying: Saying = "text" in words ? { type: "message", id, ...words } : { type: "choose", id, ...words };
      const session = await hub.find(holder, consultation);
      const { said, from, to } = await hub.say(session, saying);
      const messages = session.messages(holder.audience, from, to);
      return { id, ...(said !== undefined && { said }), messages };
    },
  },
  {
    method: "GET",
    path: "/v1/consultations/{id}/differential",
    operation: "readDifferential",
    summary: "The differential with evidence for and against each entry. For clinicians.",
    status: 200,
    answer: { name: "CurrentDifferential", schema: CurrentDifferential },
    clinicianOnly: true,
    async handle({ holder, id: consultation }, { hub }) {
      const session = await hub.find(holder, consultation);
      return { seq: session.seq, disclaimer: DISCLAIMER, differential: session.differential() };
    },
  },
  {
    method: "GET",
    path: "/v1/consultations/{id}/transcript",
    operation: "readTranscript",
    summary: "Everything so far: as told to the audience, and for clinicians the events with their hashes.",
    status: 200,
    answer: { name: "Transcript", schema: Transcript },
    async handle({ holder, id: consultation }, { hub, store }) {
      const session = await hub.find(holder, consultation);
      const { audience } = holder;
      const messages = session.messages(audience, 0);
      const events = audience === "clinician" ? await store.read(consultation) : undefined;
      return { consultation, audience, disclaimer: DISCLAIMER, messages, ...(events && { events }) };
    },
  },
  {
    method: "GET",
    path: "/v1/consultations/{id}/fhir",
    operation: "exportFhir",
    summary: "The consultation as a FHIR R4 Bundle, for the audience. See docs/fhir.md.",
    status: 200,
    answer: { name: "FhirBundle", schema: FhirBundle },
    async handle({ holder, id: consultation }, { hub, store, conversation: { base, safety } }) {
      await hub.find(holder, consultation);
      const stored = await store.read(consultation);
      const events = stored.map(({ event }) => event);
      return fhirBundle(events, base, { audience: holder.audience, head: stored.at(-1)!.hash, safety });
    },
  },
  TRAINING_ROUTE,
  {
    method: "DELETE",
    path: "/v1/consultations/{id}",
    operation: "deleteConsultation",
    summary: "Deletes the consultation and everything that was said in it, and closes its connections.",
    status: 204,
    async handle({ holder, id: consultation }, { hub }) {
      await hub.delete(holder, consultation);
    },
  },
  ...REVIEW_ROUTES,
  ...DIAGNOSIS_ROUTES,
  ...HANDOVER_ROUTES,
];
