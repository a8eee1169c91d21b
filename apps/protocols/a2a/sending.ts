/** Which consultation a message belongs to, and saying it there. In a context the next begins when the last has ended. */
import { type Message, Role } from "@a2a-js/sdk";
import { RequestMalformedError, UnsupportedOperationError } from "@a2a-js/sdk/errors";
import { exchange, stampOf } from "../../server/exchange.ts";
import { knownFrom } from "../../server/record.ts";
import type { RouteContext } from "../../server/routes.ts";
import type { Session } from "../../server/session.ts";
import type { Holder } from "../../server/tokens.ts";
import { contextOf, firstIdFor, idIn, sessionsIn, taskIn } from "./contexts.ts";
import { type Told, toldIn } from "./parts.ts";

/** What A2A needs of a server. */
export type A2aContext = Pick<RouteContext, "hub" | "conversation" | "clock" | "log">;

/** A message that has its consultation, and can be said there. */
export interface Prepared {
  readonly session: Session;
  /** Says it; gives how many events there were then. The same message again gives the same. */
  say(): Promise<number>;
}

export async function prepared(message: Message | undefined, holder: Holder, context: A2aContext): Promise<Prepared> {
  if (!message?.messageId) throw new RequestMalformedError("a message has a messageId");
  if (message.role !== Role.ROLE_USER) throw new RequestMalformedError("the role of who sends is ROLE_USER");
  const told = toldIn(message.parts);
  const session = await sessionFor(message, told, holder, context);
  await session.expire();
  const { messageId } = message;
  const isRepeated = hasHeard(session, messageId);
  if (session.ended && !isRepeated) throw overError(context);
  const hasBegun = session.events.some(({ type }) => type === "patient-said");
  if (told.intake && hasBegun && !isRepeated)
    throw new RequestMalformedError("an intake begins a consultation; this one has begun, answer it in words");
  const { text, attachments } = told;
  const isSilent = text.trim() === "" && attachments.length === 0;
  const consented = session.events.some(({ type }) => type === "consented");
  return {
    session,
    async say() {
      if (isSilent && consented) return session.seq;
      const { to } = await exchange(context.hub, holder, session, { id: messageId, text, attachments });
      return to;
    },
  };
}

function hasHeard({ events }: Session, messageId: string): boolean {
  const stamp = stampOf(messageId);
  return events.some((event) => event.type === "patient-said" && event.id === stamp);
}

async function sessionFor(message: Message, told: Told, holder: Holder, context: A2aContext): Promise<Session> {
  const { taskId, contextId, messageId } = message;
  if (taskId) {
    const session = await taskIn(taskId, holder, context.hub);
    if (contextId && contextId !== contextOf(taskId))
      throw new RequestMalformedError("the task does not belong to this contextId; leave it out");
    return session;
  }
  if (!contextId) return begin(firstIdFor(messageId, holder), told, context);
  const sessions = await sessionsIn(contextId, holder, context.hub);
  const open = sessions.findLast((session) => hasHeard(session, messageId)) ?? sessions.findLast(({ ended }) => !ended);
  return open ?? begin(idIn(contextId, sessions.length + 1, holder), told, context);
}

async function begin(id: string, { intake = {} }: Told, context: A2aContext): Promise<Session> {
  const { consent = false, record, ...given } = intake;
  const known = record && knownFrom(record, given, context);
  return context.hub.sessionOrNew(id, (begun) => begun.begin(known?.person ?? given, consent, known?.findings));
}

function overError({ conversation: { safety } }: A2aContext): Error {
  const { emergencyNumber = "112" } = safety;
  return new UnsupportedOperationError(
    `this consultation has ended; leave taskId out to begin another. In an emergency call ${emergencyNumber}`,
  );
}
