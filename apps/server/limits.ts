/** Bounds on everything that a client sends or keeps open, and the bucket that measures a rate. */
import { z } from "zod";

export const Limits = z.strictObject({
  /** Bytes of one WebSocket message or one HTTP body. */
  payloadBytes: z
    .int()
    .min(1_024)
    .default(128 * 1_024),
  /** Open WebSockets of all clients. */
  connections: z.int().min(1).default(20_000),
  /** Messages a second of one connection, on average, and how many at once. */
  messagesPerSecond: z.number().positive().default(5),
  messagesAtOnce: z.int().min(1).default(20),
  /** Refusals in a row after which a connection that goes on is closed. */
  refusals: z.int().min(1).default(100),
  /** HTTP requests and new consultations a second of one token, on average, and how many at once. */
  requestsPerSecond: z.number().positive().default(50),
  requestsAtOnce: z.int().min(1).default(200),
  /** Messages of one consultation that wait for their turn. */
  queue: z.int().min(1).default(8),
  /** Events of one consultation, after which it takes no more messages. */
  events: z.int().min(2).default(2_000),
  /** Messages of all consultations that are being answered or wait. */
  underWay: z.int().min(1).default(5_000),
  /** Client ids of one consultation that are remembered, to know a repetition. */
  remembered: z.int().min(1).default(100),
  /** Unsent bytes of a connection: above the first, pieces of text are left out; above the second, it is closed. */
  dropAboveBytes: z
    .int()
    .min(0)
    .default(256 * 1_024),
  closeAboveBytes: z
    .int()
    .min(0)
    .default(1_024 * 1_024),
  /** Milliseconds between two heartbeats; a connection that missed one is cut off. */
  heartbeatMs: z.int().min(10).default(25_000),
  /** Milliseconds in which a connection must send `open`. */
  openWithinMs: z.int().min(10).default(30_000),
  /** Milliseconds without a message after which a connection is closed. Its consultation can be resumed. */
  idleMs: z
    .int()
    .min(10)
    .default(15 * 60_000),
  /** Milliseconds without a message after which a consultation that has not ended is `abandoned`. Default: a day. */
  expireMs: z
    .int()
    .min(10)
    .default(24 * 3_600_000),
  /** Milliseconds that one message may take to answer. */
  turnMs: z.int().min(10).default(60_000),
  /** Milliseconds that messages under way are given when the server goes down. */
  drainMs: z.int().min(0).default(10_000),
});
export type Limits = z.infer<typeof Limits>;

/** A token bucket: `perSecond` on average, `atOnce` in a burst. Times are milliseconds of any steady clock. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #atOnce: number;
  #left: number;
  #at: number;

  constructor(perSecond: number, atOnce: number, now: number) {
    this.#perSecond = perSecond;
    this.#atOnce = atOnce;
    this.#left = atOnce;
    this.#at = now;
  }

  /** Whether one more is allowed at `now`; if so, it is counted. */
  take(now: number): boolean {
    this.#left = Math.min(this.#atOnce, this.#left + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
