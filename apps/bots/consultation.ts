/**
 * A consultation as a bot holds it: words in, a reply out, one after another. It is the chat server's own session, so
 * flags, crises, budget and audience are the server's; only consent is asked for in the chat.
 */
import { hash, randomUUID } from "node:crypto";
import {
  type Clock,
  type ConsultationEvent,
  type EventStore,
  eventAt,
  type Intake,
  SequenceConflict,
} from "../../src/index.ts";
import type { ServedConversation } from "../server/conversation.ts";
import type { Limits } from "../server/limits.ts";
import type { Log } from "../server/log.ts";
import { DISCLAIMER, type Projection } from "../server/log-messages.ts";
import { Metrics } from "../server/metrics.ts";
import type { Audience, LogMessage, Person } from "../server/protocol.ts";
import { Session } from "../server/session.ts";
import { botTurn, type Circumstances } from "./turn.ts";
import type { Reply, Sent } from "./types.ts";

/** What the consultations of a bot share. */
export interface BotContext {
  readonly conversation: ServedConversation;
  readonly projection: Projection;
  readonly store: EventStore;
  readonly audience: Audience;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
}

export interface Opening {
  /** That the person has read the disclaimer and agreed. Default: it is asked for in the chat. */
  readonly consent?: boolean | undefined;
  readonly person?: Person | undefined;
}

/** Counts messages that came before, which the session tells its metrics alone. */
class Repetitions extends Metrics {
  seen = 0;

  override count(...[counter, labels]: Parameters<Metrics["count"]>): void {
    if (counter === "repeated_total") this.seen++;
    super.count(counter, labels);
  }
}

const LONGEST_STAMP = 64;

/** The id under which words are stored: by its order any process knows what is late. */
export function stampOf(id: string, order: number | undefined): string {
  const place = order === undefined ? "" : `${order}~`;
  const stamp = place + id;
  const isPlain = /^[\w.:@+-]+$/.test(id) && stamp.length <= LONGEST_STAMP;
  return isPlain ? stamp : place + hash("sha256", id, "hex").slice(0, 40);
}

export class Consultation {
  readonly id: string;
  /** To be shown before the first question; a person without consent is told it by `say`. */
  readonly disclaimer = DISCLAIMER;
  readonly #context: BotContext;
  readonly #session: Session;
  readonly #repetitions = new Repetitions();
  #circumstances: Circumstances = { attachments: [], prompt: "" };
  #consented = false;
  #tail: Promise<unknown> = Promise.resolve();

  readonly #release: () => Promise<void>;

  private constructor(id: string, context: BotContext, events: ConsultationEvent[], release: () => Promise<void>) {
    this.id = id;
    this.#context = context;
    this.#release = release;
    const { conversation: inner } = context;
    const conversation: ServedConversation = {
      ...inner,
      turn: (listed, message, signal) => {
        const words = typeof message === "string" ? message : message.text;
        return botTurn(inner, listed, words, this.#circumstances, signal);
      },
    };
    this.#session = new Session(id, { ...context, conversation, metrics: this.#repetitions }, events);
  }

  /** Goes on with the consultation of that id, or begins it. What was silent for too long is ended first. */
  static async open(
    id: string,
    context: BotContext,
    { consent, person = {} }: Opening = {},
    release: () => Promise<void> = async () => {},
  ): Promise<Consultation> {
    let stored = await context.store.read(id);
    if (stored.length === 0) {
      const { age, sex } = person;
      const intake: Intake = { findings: [], ...(age !== undefined && { age }), ...(sex && { sex }) };
      const time = context.clock.now().toISOString();
      const versions = { ...context.conversation.versions };
      const events = [eventAt({ consultation: id, seq: 0, time }, { type: "opened", intake, versions })];
      if (consent)
        events.push(eventAt({ consultation: id, seq: 1, time }, { type: "consented", disclaimer: DISCLAIMER }));
      try {
        await context.store.append(id, events, 0);
      } catch (error) {
        // Another process opened it meanwhile.
        if (!(error instanceof SequenceConflict)) throw error;
      }
      stored = await context.store.read(id);
    }
    const events = stored.map(({ event }) => event);
    const consultation = new Consultation(id, context, events, release);
    await consultation.#session.expire();
    return consultation;
  }

  get ended(): boolean {
    return this.#session.ended;
  }

  /** Nothing was said for so long that the consultation counts as over. */
  get silent(): boolean {
    return this.#session.isSilent();
  }

  get consented(): boolean {
    this.#consented ||= this.messages().some(({ type }) => type === "consented");
    return this.#consented;
  }

  /** Sees what other processes did, and ends what was silent for too long. */
  async catchUp(): Promise<void> {
    await this.#session.refresh();
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

  /** Deletes it, in the store too. */
  async delete(): Promise<boolean> {
    return this.#session.delete();
  }

  /** Finishes what is under way and lets go of the store, where the consultation opened it. */
  async close(): Promise<void> {
    await this.#tail;
    await this.#release();
  }

  async #answer(text: string, { id = randomUUID(), order, attachments = [] }: Sent): Promise<Reply> {
    await this.catchUp();
    const { audience } = this.#context;
    const [opened] = this.#session.messages(audience, 0, 1);
    const prompt = opened?.type === "opened" ? opened.prompt : "";
    this.#circumstances = { order, attachments, prompt };
    const repetitions = this.#repetitions.seen;
    const { from, to } = await this.#session.say({
      type: "message",
      id: stampOf(id, order),
      text: text.toWellFormed(),
    });
    const events = this.#session.messages(audience, from, to);
    const { ended } = this;
    return {
      events,
      text: events.flatMap(wordsOf).join("\n\n"),
      suggestions: ended ? [] : this.consented ? events.flatMap(suggestionsOf) : ["Yes", "No"],
      ended,
      repeated: this.#repetitions.seen > repetitions,
      ...(audience === "clinician" && { differential: this.#session.differential() }),
    };
  }
}

function wordsOf(message: LogMessage): string[] {
  switch (message.type) {
    case "reply":
    case "question":
    case "conclusion":
    case "handed-off":
      return [message.text];
    default:
      return [];
  }
}

function suggestionsOf(message: LogMessage): string[] {
  return "suggestions" in message ? message.suggestions.map(({ label }) => label) : [];
}
