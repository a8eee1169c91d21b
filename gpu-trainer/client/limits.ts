/** How long a client waits, and for what. */
import { z } from "zod";

const Milliseconds = z.number().positive();

/** All in milliseconds. */
export const ClientLimits = z.strictObject({
  /** For the answer to one request. */
  request: Milliseconds.default(60_000),
  /** For the answer to one poll; workers hold a poll for 10 to 40 s. */
  poll: Milliseconds.default(45_000),
  /** From the call to its result, queueing on the worker included. */
  result: Milliseconds.default(3_600_000),
  /** How long a worker may be unreachable, or answer 5xx, before the client gives up. */
  unreachable: Milliseconds.default(300_000),
  /** The first pause before a request is sent again; each further one is twice as long. */
  firstPause: Milliseconds.default(500),
  /** The longest such pause. */
  longestPause: Milliseconds.default(10_000),
  /** Between two signs of life; a worker forgets a session after some 300 s of silence. */
  heartbeat: Milliseconds.default(10_000),
});
export type ClientLimits = z.output<typeof ClientLimits>;
