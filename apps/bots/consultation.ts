/**
 * A consultation as a bot holds it: words in, a reply out, one after another. It is the chat server's own session, so
 * flags, crises, budget and audience are the server's; only consent is asked for in the chat.
 */
import { randomUUID } from "node:crypto";
import type { ConsultationEvent, EventStore, ObservedFinding } from "../../src/index.ts";
import { exchangeOf, stampOf } from "../server/exchange.ts";
import type { Hub } from "../server/hub.ts";
import { DISCLAIMER } from "../server/log-messages.ts";
import type { Audience, LogMessage, Person } from "../server/protocol.ts";
import type { Session } from "../server/session.ts";
import type { Reply, Sent } from "./types.ts";

/** What the consultations of a bot share. */
export interface BotContext {
  readonly hub: Hub;
  readonly store: EventStore;
  readonly audience: Audience;
}

export interface Opening {
  /** That the person has read the disclaimer and agreed. Default: it is asked for in the chat. */
  readonly consent?: boolean | undefined;
  readonly person?: Person | undefined;
  /** Known before the first question, for example by `priorFindings` from a FHIR record: it is not asked again. */
  readonly findings?: readonly ObservedFinding[] | undefined;
}

export class Consultation {
  readonly id: string;
  /** To be shown before the first question; a person without consent is told it by `say`. */
  readonly disclaimer = DISCLAIMER;
  readonly #context: BotContext;
  readonly #release: () => Promise<void>;
  #session: Session;
  #consented = false;
  #tail: Promise<unknown> = Promise.resolve();

  private constructor(session: Session, context: BotContext, release: () => Promise<void>) {
    this.id = session.id;
    this.#session = session;
    this.#context = context;
    this.#release = release;
  }

  /** Goes on with the consultation of that id, or begins it. What was silent for too long is ended first. */
  static async open(
    id: string,
    context: BotContext,
    { consent = false, person = {}, findings }: Opening = {},
    release: () => Promise<void> = async () => {},
  ): Promise<Consultation> {
    const session = await context.hub.sessionOrNew(id, (begun) => begun.begin(person, consent, findings));
    await session.expire();
    return new Consultation(session, context, release);
  }

  get ended(): boolean {
    return this.#session.ended;
  }

  /** Nothing was said for so long that the consultation counts as over. */
  get silent(): boolean {
    return this.#session.isSilent();
  }

  get consented(): boolean {
    this.#consented ||= this.#session.events.some(({ type }) => type === "consented");
    return this.#consented;
  }

  /** Sees what other processes did, and ends what was silent for too long. */
  async catchUp(): Promise<void> {
    this.#session = await this.#context.hub.session(this.id);
    await this.#session.expire();
  }

  /** Everything so far, as the audience may see it. */
  messages(): LogMessage[] {
    return this.#session.messages(this.#context.audience, 0);
  }

  /** The events as stored. */
  async events(): Promise<ConsultationEvent[]> {
    return (await this.#context.store.read(this.id)).map(({ event }) => event);
  }

  /** Answers a message in its turn. The same id again gets the first answer, in this process or another. */
  say(text: string, sent: Sent = {}): Promise<Reply> {
    const reply = this.#tail.then(() => this.#answer(text, sent));
    this.#tail = reply.catch(() => {});
    return reply;
  }

  /** Deletes it, in the store too. Throws `not-found` where it is gone already. */
  async delete(): Promise<void> {
    await this.#context.hub.remove(this.id);
  }

  /** Finishes what is under way and lets go of the store, where the consultation opened it. */
  async close(): Promise<void> {
    await this.#tail;
    await this.#release();
  }

  async #answer(text: string, { id = randomUUID(), order, attachments }: Sent): Promise<Reply> {
    const { hub, audience } = this.#context;
    await this.catchUp();
    const session = this.#session;
    const accepted = await hub.say(session, {
      type: "message",
      id: stampOf(id, order),
      text: text.toWellFormed(),
      sent: { order, attachments },
    });
    const {
      messages,
      text: words,
      suggestions,
      ended,
      repeated,
      differential,
    } = exchangeOf(session, audience, accepted);
    return { events: messages, text: words, suggestions, ended, repeated, ...(differential && { differential }) };
  }
}
