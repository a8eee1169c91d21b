/**
 * Contexts of A2A and the consultations in them. A context is one person's: its consultations follow each other under
 * `MARK-CONTEXT`, `MARK-CONTEXT--2`, `MARK-CONTEXT--3`…, so that an id says its context and nothing else need be kept.
 */
import { randomUUID } from "node:crypto";
import { RequestMalformedError, TaskNotFoundError } from "@a2a-js/sdk/errors";
import { type Hub, unlessGone } from "../../server/hub.ts";
import { ConsultationId } from "../../server/protocol.ts";
import type { Session } from "../../server/session.ts";
import { type Holder, namedConsultationId, newConsultationId } from "../../server/tokens.ts";

const CONTEXT = /^(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*$/;
const UUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

export function contextOf(task: string): string {
  return task.slice(task.indexOf("-") + 1).replace(/--\d+$/, "");
}

/** The id of the consultation at a place of a context, from 1. Throws where it cannot be a context's. */
export function idIn(contextId: string, place: number, holder: Holder): string {
  const expected = "a contextId has up to 64 lower-case letters, digits and single dashes, as a UUID has";
  if (!CONTEXT.test(contextId)) throw new RequestMalformedError(expected);
  const [mark] = newConsultationId(holder).split("-", 1);
  return `${mark}-${contextId}${place === 1 ? "" : `--${place}`}`;
}

/** A message without a context begins one. Where its id can be nobody else's, the same message again finds it again. */
export function firstIdFor(messageId: string, holder: Holder): string {
  return UUID.test(messageId) ? namedConsultationId(holder, `a2a ${messageId}`) : idIn(randomUUID(), 1, holder);
}

/** Throws where the holder has no such task. */
export async function taskIn(id: string, holder: Holder, hub: Hub): Promise<Session> {
  if (!id.trim()) throw new RequestMalformedError("a task has an id");
  if (!ConsultationId.safeParse(id).success) throw new TaskNotFoundError("no such task");
  return hub.find(holder, id);
}

/** The consultations of a context, in their order. */
export async function sessionsIn(contextId: string, holder: Holder, hub: Hub): Promise<Session[]> {
  const sessions: Session[] = [];
  for (;;) {
    const session = await hub.find(holder, idIn(contextId, sessions.length + 1, holder)).catch(unlessGone);
    if (!session) return sessions;
    sessions.push(session);
  }
}
