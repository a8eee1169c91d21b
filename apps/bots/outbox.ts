/**
 * Answers on their way: sent by the channel, or in the response. What did not get through is kept, and given when its
 * delivery comes again; in this process only. Knows nothing of HTTP.
 */
import { BotError } from "./errors.ts";
import type { Answer, Channel, Delivery, Reply } from "./types.ts";

/** Answers that are kept. */
const MOST = 10_000;

export class Outbox {
  /** Answers that did not get through. */
  readonly #lost = new Map<string, Reply>();
  /** Answers that are being sent. */
  readonly #leaving = new Map<string, Promise<unknown>>();

  /** What a delivery that led to `reply` is answered with: if it came before, with silence, unless that answer is lost. */
  async answerTo(channel: Channel, delivery: Delivery, reply: Reply): Promise<Answer> {
    const key = keyOf(channel, delivery);
    if (reply.repeated) {
      // Lets the first answer find out that nobody waits for it any more, or that it does not get through.
      await new Promise(setImmediate);
      await this.#leaving.get(key);
    }
    const again = reply.repeated ? { ...(this.#lost.get(key) ?? { ...reply, text: "" }), repeated: true } : reply;
    this.#lost.delete(key);
    return { delivery, reply: again };
  }

  /** Keeps answers that did not get through. */
  keep(channel: Channel, answers: readonly Answer[]): void {
    for (const { delivery, reply } of answers) {
      if (delivery.id === undefined || reply.text === "") continue;
      this.#lost.set(keyOf(channel, delivery), reply);
      if (this.#lost.size > MOST) this.#lost.delete(this.#lost.keys().next().value as string);
    }
  }

  /** Sends what does not travel in the response, and gives what does. Throws where something did not get through. */
  async send(channel: Channel, answers: readonly Answer[]): Promise<readonly Answer[]> {
    const travelling: Answer[] = [];
    const failures: unknown[] = [];
    for (const answer of answers) {
      await this.#sends(channel, answer).then(
        (isSent) => !isSent && travelling.push(answer),
        (error) => failures.push(error),
      );
    }
    if (failures.length === 0) return travelling;
    this.keep(channel, travelling);
    throw failures[0];
  }

  /** Whether the channel sent it. */
  async #sends(channel: Channel, answer: Answer): Promise<boolean> {
    if (!channel.send || answer.reply.text === "") return false;
    const key = keyOf(channel, answer.delivery);
    const sent = channel.send(answer).catch((error) => {
      if (!(error instanceof BotError && error.code === "unconfirmed")) this.keep(channel, [answer]);
      throw error;
    });
    const left = sent.catch(() => {});
    this.#leaving.set(key, left);
    return sent.finally(() => {
      if (this.#leaving.get(key) === left) this.#leaving.delete(key);
    });
  }
}

function keyOf({ name }: Channel, { conversation, id }: Delivery): string {
  return JSON.stringify([name, conversation, id]);
}
