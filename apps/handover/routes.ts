/** The queue over REST. Who may not decide cannot tell whether a consultation exists. */
import { StoreError } from "../../src/index.ts";
import { ServerError } from "../server/errors.ts";
import type { Call, Route } from "../server/routes.ts";
import { Dossier, Queue, Review, SentAgain, Undelivered } from "./api.ts";
import { checkReview, reviewBodies } from "./decision.ts";
import { dossierOf } from "./dossier.ts";

/** Who decides on consultations. Throws `not-on-duty`. */
function onDuty({ holder }: Call): string {
  if (holder.audience !== "clinician" || !holder.queue)
    throw new ServerError("not-on-duty", "this is for clinicians who work through the queue");
  return holder.name;
}

export const HANDOVER_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/queue",
    operation: "readQueue",
    summary: "Consultations that ended and wait for a clinician, and the latest that were decided. For the queue.",
    status: 200,
    answer: { name: "Queue", schema: Queue },
    async handle(call, { handover }) {
      onDuty(call);
      return (await handover.current()).queue();
    },
  },
  {
    method: "GET",
    path: "/v1/queue/{consultation}",
    operation: "readDossier",
    summary: "A consultation that was handed over: summary, differential, transcript. For the queue.",
    status: 200,
    answer: { name: "Dossier", schema: Dossier },
    async handle(call, context) {
      onDuty(call);
      const session = await context.hub.session(call.id);
      return dossierOf(session.events, context.handover);
    },
  },
  {
    method: "POST",
    path: "/v1/queue/{consultation}/review",
    operation: "reviewConsultation",
    summary: "Confirms it, edits it, or returns it to the person with a question. For the queue.",
    body: { name: "Review", schema: Review },
    status: 200,
    answer: { name: "Dossier", schema: Dossier },
    async handle(call, context) {
      const reviewer = onDuty(call);
      const review = call.body as Review;
      const { handover } = context;
      checkReview(review, handover.conversation.base);
      const session = await context.hub.session(call.id);
      await session
        .note((events) => reviewBodies(review, reviewer, events, handover.conversation))
        .catch((error: unknown) => {
          if (!(error instanceof StoreError)) throw error;
          throw new ServerError("store-unavailable", "the review could not be stored", error);
        });
      return dossierOf(session.events, handover);
    },
  },
  {
    method: "GET",
    path: "/v1/undelivered",
    operation: "readUndelivered",
    summary: "What another system could not be told, and why. For the queue.",
    status: 200,
    answer: { name: "Undelivered", schema: Undelivered },
    async handle(call, { handover }) {
      onDuty(call);
      return { undelivered: (await handover.current()).dead() };
    },
  },
  {
    method: "POST",
    path: "/v1/undelivered/{consultation}",
    operation: "sendAgain",
    summary: "Tells it again, from the first attempt on. For the queue.",
    status: 200,
    answer: { name: "SentAgain", schema: SentAgain },
    async handle(call, { handover }) {
      onDuty(call);
      return handover.sendAgain(call.id);
    },
  },
];
