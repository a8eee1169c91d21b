/**
 * Finds the consultation that a list of messages belongs to, and says there what it has not heard: usually the last
 * message. Where no consultation is known (after a restart, on another server, when history was edited) a new one begins
 * and the person's messages are said to it in order.
 */
import { Age } from "../../../src/index.ts";
import { type Beginning, begun, type Exchange, exchange } from "../../server/exchange.ts";
import { unlessGone } from "../../server/hub.ts";
import type { RouteContext } from "../../server/routes.ts";
import type { Session } from "../../server/session.ts";
import type { Holder } from "../../server/tokens.ts";
import { CompletionError } from "./errors.ts";
import { digest, markAfter, type Spoken, spokenIn } from "./messages.ts";
import { type Place, tips } from "./tips.ts";
import type { ChatRequest } from "./types.ts";
import { contentOf } from "./words.ts";

/** What answers the last message. */
export interface Answer extends Exchange {
  /** The same for the same request. */
  readonly mark: string;
  /** When it was given, in milliseconds. */
  readonly time: number;
}

export interface Asking {
  /** Told the consultation, and what is the same for the same request, before anything is said in it. */
  readonly found: (consultation: string, request: string) => void;
  readonly show?: ((delta: string) => void) | undefined;
  /** Whether nobody waits for the answer any more. */
  readonly gone: () => boolean;
}

/** Undefined where the client left before its last message was said. */
export type Converse = (holder: Holder, request: ChatRequest, asking: Asking) => Promise<Answer | undefined>;

export function conversing({ hub }: Pick<RouteContext, "hub">): Converse {
  const known = tips();

  /** The consultation whose newest answer the list goes on from; else a new one, to be told everything. */
  const find = async (holder: Holder, spoken: readonly Spoken[], beginning: Beginning): Promise<Place> => {
    const first = unheard(spoken);
    const mark = spoken[first - 1]?.mark;
    const tip = mark === undefined ? undefined : known.take(mark);
    if (mark !== undefined && tip) {
      const session = await hub
        .find(holder, tip.consultation)
        .catch(unlessGone)
        .catch((error) => {
          known.remember(mark, tip);
          throw error;
        });
      if (session && !saidSince(session, tip.seq)) return { consultation: session.id, first };
    }
    return { consultation: (await begun(hub, holder, beginning)).id, first: 0 };
  };

  /** Says what is unheard; the last under `id`. */
  const say = async (
    holder: Holder,
    session: Session,
    spoken: readonly Spoken[],
    id: string,
    { show, gone }: Asking,
  ): Promise<Exchange | undefined> => {
    for (const earlier of spoken.slice(0, -1)) {
      if (gone()) return undefined;
      if (earlier.role === "user" && !session.ended)
        await exchange(hub, holder, session, { ...earlier, id: earlier.mark });
    }
    return gone() ? undefined : exchange(hub, holder, session, { ...spoken.at(-1)!, id }, show);
  };

  return async (holder, { messages, metadata, user }, asking) => {
    const beginning = beginningOf(metadata);
    // Who is told apart from whom: a person's age is no other person's.
    const spoken = spokenIn(messages, JSON.stringify([holder.name, holder.audience, user ?? "", beginning]));
    const last = spoken.at(-1)!;
    const { consultation: named, message } = metadata ?? {};
    const request = digest(JSON.stringify([last.mark, message]));
    const { consultation, first } =
      named === undefined
        ? await known.placed(request, performance.now(), () => find(holder, spoken, beginning))
        : { consultation: named, first: unheard(spoken) };
    try {
      const session = await hub.find(holder, consultation).catch((error) => {
        known.forget(request);
        throw error;
      });
      const id = idOf(last, message, named !== undefined && unheard(spoken) === 0 ? session : undefined);
      asking.found(session.id, request);
      const answer = await say(holder, session, spoken.slice(first), id, asking).catch((error) => {
        // Nothing was stored: other words may take the place of these.
        const before = spoken[unheard(spoken) - 1];
        if (before && first > 0) known.remember(before.mark, { consultation, seq: session.seq });
        throw error;
      });
      if (!answer) return undefined;
      if (!saidSince(session, answer.to)) {
        const mark = markAfter(last.mark, "assistant", contentOf(answer));
        known.remember(mark, { consultation, seq: answer.to });
      }
      return { ...answer, mark: request, time: Date.parse(session.events[answer.to - 1]!.time) };
    } finally {
      known.answered(request, performance.now());
    }
  };
}

/** The first message after the agent's last. */
function unheard(spoken: readonly Spoken[]): number {
  return spoken.findLastIndex(({ role }) => role === "assistant") + 1;
}

/**
 * The id of the last message. In a consultation that was named (`session`), a list without any answer does not tell one
 * "No" from the next: unless nothing was said before, the client has to give an id.
 */
function idOf({ mark }: Spoken, message: string | undefined, session: Session | undefined): string {
  if (message !== undefined) return digest(JSON.stringify(["message", message]));
  const said = session?.events.filter(({ type }) => type === "patient-said") ?? [];
  if (said.length > 0 && !said.some((event) => "id" in event && event.id === mark)) {
    const told = "Send the whole conversation, or give each message an id as metadata.message.";
    throw new CompletionError(400, "invalid_value", told, "metadata.message");
  }
  return mark;
}

function saidSince({ events }: Session, seq: number): boolean {
  return events.slice(seq).some(({ type }) => type === "patient-said");
}

function beginningOf(metadata: ChatRequest["metadata"]): Beginning {
  const { consent, age: years, sex } = metadata ?? {};
  const age = years === undefined ? undefined : Age.safeParse(Number(years));
  if (age && !age.success) {
    throw new CompletionError(400, "invalid_value", "An age is 0 to 130 years.", "metadata.age");
  }
  return { consent: consent === "true", person: { ...(age && { age: age.data }), ...(sex && { sex }) } };
}
