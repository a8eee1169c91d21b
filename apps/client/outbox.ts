/**
 * What was said and is not accepted yet: sent one at a time, in order, again after a loss or a refusal that may pass,
 * always with the same id, so that the server knows a repetition. Knows no connection.
 */
import type { Saying } from "../server/protocol.ts";

/** What is said, without its id. */
export type Words = Saying extends infer Each ? (Each extends Saying ? Omit<Each, "id"> : never) : never;

/** A message is sent this often before it is given up. */
const MOST_TRIES = 5;

interface Letter {
  readonly id: string;
  readonly words: Words;
  refusals: number;
}

export interface OutboxOptions {
  readonly send: (saying: Saying) => void;
  /** Milliseconds before what was refused `refusals` times is sent again. */
  readonly patience: (refusals: number) => number;
}

export interface Outbox {
  readonly isEmpty: boolean;
  add(id: string, words: Words): void;
  /** There is a connection with the consultation open. */
  start(): void;
  /** There is none. */
  stop(): void;
  accepted(id: string): void;
  /** A refusal of `id`, or of what was sent last: gives the id that is given up, if one is. */
  refused(id: string | undefined, retryable: boolean): string | undefined;
  /** Sends again what was given up. */
  retry(id: string): Words | undefined;
}

export function outbox({ send, patience }: OutboxOptions): Outbox {
  const letters: Letter[] = [];
  const givenUp = new Map<string, Words>();
  let isOpen = false;
  /** The first letter is sent, or waits before it is sent again. */
  let underWay = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const next = (): void => {
    const [letter] = letters;
    if (!letter || !isOpen || underWay) return;
    underWay = true;
    send({ ...letter.words, id: letter.id });
  };
  const done = (): void => {
    letters.shift();
    underWay = false;
    next();
  };
  const add = (id: string, words: Words): void => {
    letters.push({ id, words, refusals: 0 });
    next();
  };
  return {
    get isEmpty() {
      return letters.length === 0;
    },
    add,
    start() {
      isOpen = true;
      next();
    },
    stop() {
      isOpen = false;
      underWay = false;
      clearTimeout(timer);
    },
    accepted(id) {
      if (letters[0]?.id === id) done();
    },
    refused(id, retryable) {
      const [letter] = letters;
      if (!letter || !underWay || letter.id !== (id ?? letter.id)) return undefined;
      letter.refusals++;
      if (retryable && letter.refusals < MOST_TRIES) {
        clearTimeout(timer);
        timer = setTimeout(() => {
          underWay = false;
          next();
        }, patience(letter.refusals));
        return undefined;
      }
      givenUp.set(letter.id, letter.words);
      done();
      return letter.id;
    },
    retry(id) {
      const words = givenUp.get(id);
      givenUp.delete(id);
      if (words) add(id, words);
      return words;
    },
  };
}
