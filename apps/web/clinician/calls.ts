/** What the clinician's page asks of the server. Answers are held to the server's own schemas. */
import type { z } from "zod";
import { Conditions } from "../../diagnosis/types.ts";
import { Dossier, Queue, type QueueEntry, type Review, Undelivered } from "../../handover/api.ts";
import { call } from "../rest.ts";

export type { Dossier, Queue, QueueEntry, Review, Undelivered };
export type ConditionName = z.infer<typeof Conditions>[number];

export async function readQueue(token: string | undefined): Promise<Queue> {
  return Queue.parse(await (await call("GET", "/v1/queue", token)).json());
}

export async function readDossier(consultation: string, token: string | undefined): Promise<Dossier> {
  return Dossier.parse(await (await call("GET", `/v1/queue/${consultation}`, token)).json());
}

/** The dossier as the decision left it. */
export async function sendReview(consultation: string, review: Review, token: string | undefined): Promise<Dossier> {
  return Dossier.parse(await (await call("POST", `/v1/queue/${consultation}/review`, token, review)).json());
}

/** What a differential can hold. */
export async function readConditions(token: string | undefined): Promise<ConditionName[]> {
  const all = Conditions.parse(await (await call("GET", "/v1/conditions", token)).json());
  return all.sort((a, b) => a.name.localeCompare(b.name));
}

export async function readUndelivered(token: string | undefined): Promise<Undelivered["undelivered"]> {
  return Undelivered.parse(await (await call("GET", "/v1/undelivered", token)).json()).undelivered;
}

export async function sendAgain(consultation: string, token: string | undefined): Promise<void> {
  await call("POST", `/v1/undelivered/${consultation}`, token);
}
