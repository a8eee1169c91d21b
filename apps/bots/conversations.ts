/**
 * Conversations of channels, each with its consultation in the store. Which consultation is a conversation's follows from
 * its name alone, so nothing else is kept: a restart, or another process over the same store, goes on where it was.
 */
import { createHmac } from "node:crypto";
import type { ConsultationEvent } from "../../src/index.ts";
import { ServerError } from "../server/errors.ts";
import { stampOf } from "../server/exchange.ts";
import type { Person } from "../server/protocol.ts";
import type { Consultation } from "./consultation.ts";
import { BotError } from "./errors.ts";
import { Lane } from "./lane.ts";
import type { Practice } from "./practice.ts";
import type { Delivery, Reply } from "./types.ts";

export interface ConversationsOptions {
  /**
   * Keys the ids of consultations. Without one, who can read the store can try out telephone numbers until one fits. A new
   * key begins every conversation anew.
   */
  readonly idKey?: string | undefined;
  /** The person's age and sex, from your records. */
  readonly personOf?: ((channel: string, conversation: string) => Promise<Person | undefined>) | undefined;
  /** Conversations kept in memory; others are read from the store. Default 10,000. */
  readonly kept?: number | undefined;
  /** Deliveries of one conversation that wait. Default 16. */
  readonly queue?: number | undefined;
}

interface Conversation {
  readonly lane: Lane;
  /** The latest, with its number from 1. */
  current?: Consultation;
  number: number;
  /** Stamps of deliveries to the consultations before it. */
  readonly earlier: Set<string>;
}

const ANEW = /^\s*(?:\/start|new|restart)[\s.!]*$/i;
const HOW_ANEW = "To begin anew, write NEW.";

const NOTHING_SAID: Reply = { events: [], text: "", suggestions: [], ended: false, repeated: true };

export class Conversations {
  readonly #practice: Practice;
  readonly #options: ConversationsOptions;
  readonly #held = new Map<string, Conversation>();

  constructor(practice: Practice, options: ConversationsOptions = {}) {
    this.#practice = practice;
    this.#options = options;
  }

  /** Answers a delivery once those before it are answered. */
  take(channel: string, delivery: Delivery): Promise<Reply> {
    const { kept = 10_000, queue = 16 } = this.#options;
    const name = this.nameOf(channel, delivery.conversation);
    const conversation = this.#held.get(name) ?? { lane: new Lane(), number: 0, earlier: new Set() };
    if (conversation.lane.size >= queue) throw new BotError("busy", `${queue} deliveries of this conversation wait`);
    this.#held.delete(name);
    this.#held.set(name, conversation);
    const reply = conversation.lane.run(delivery.order, () => this.#answer(channel, name, conversation, delivery));
    if (this.#held.size > kept) this.#letGo();
    return reply;
  }

  /** What the ids of a conversation's consultations begin with. */
  nameOf(channel: string, conversation: string): string {
    const mark = createHmac("sha256", this.#options.idKey ?? "").update(JSON.stringify([channel, conversation]));
    return `bot-${mark.digest("hex").slice(0, 32)}`;
  }

  async #answer(channel: string, name: string, held: Conversation, delivery: Delivery): Promise<Reply> {
    const person = (await this.#options.personOf?.(channel, delivery.conversation)) ?? {};
    const idOf = (number: number): string => `${name}-${number}`;
    const open = async (number: number): Promise<Consultation> => {
      held.current = await this.#practice.consultation(idOf(number), { person });
      held.number = number;
      return held.current;
    };
    let current = held.current && (await isThere(held.current)) ? held.current : undefined;
    if (!current) {
      held.earlier.clear();
      let number = 1;
      for (; await this.#practice.holds(idOf(number + 1)); number++)
        for (const stamp of stampsIn(await this.#practice.read(idOf(number)))) held.earlier.add(stamp);
      current = await open(number);
    }
    const stamp = delivery.id === undefined ? undefined : stampOf(delivery.id, delivery.order);
    if (stamp !== undefined && held.earlier.has(stamp)) return NOTHING_SAID;
    const wasOver = current.ended;
    while (current.ended) {
      const events = await current.events();
      const said = stampsIn(events);
      if (stamp !== undefined && said.includes(stamp)) break;
      const isOver = current.silent || events.some(({ type }) => type === "abandoned");
      // Another process may have begun the next one meanwhile.
      if (!isOver && !ANEW.test(delivery.text) && !(await this.#practice.holds(idOf(held.number + 1)))) break;
      for (const each of said) held.earlier.add(each);
      current = await open(held.number + 1);
    }
    const isOver = wasOver && current.ended;
    const reply = await current.say(delivery.text, delivery);
    const isHelp = reply.events.some(({ type }) => type === "handed-off");
    return isOver && reply.text !== "" && !isHelp ? { ...reply, text: `${reply.text}\n\n${HOW_ANEW}` } : reply;
  }

  #letGo(): void {
    for (const [name, { lane }] of this.#held) {
      if (lane.size > 0) continue;
      this.#held.delete(name);
      return;
    }
  }
}

/** False where it was deleted meanwhile; otherwise it has seen what others did. */
async function isThere(consultation: Consultation): Promise<boolean> {
  try {
    await consultation.catchUp();
    return true;
  } catch (error) {
    if (error instanceof ServerError && error.code === "not-found") return false;
    throw error;
  }
}

function stampsIn(events: readonly ConsultationEvent[]): string[] {
  return events.flatMap((event) => (event.type === "patient-said" && event.id !== undefined ? [event.id] : []));
}
