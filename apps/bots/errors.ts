/** What bots refuse. A code has one status over HTTP; with 5xx the vendor is to deliver again. */
import { AnamnesisError } from "../../src/index.ts";

const STATUS = {
  "bad-options": 500,
  "bad-message": 400,
  forged: 401,
  stale: 401,
  replayed: 401,
  "not-found": 404,
  "bad-method": 405,
  busy: 503,
  /** The vendor, or who vouches for it, cannot be reached or does not take what it is sent. */
  unreachable: 503,
  /** A reply may have reached the vendor or not. */
  unconfirmed: 503,
} as const;

export type BotErrorCode = keyof typeof STATUS;

export class BotError extends AnamnesisError {
  declare readonly code: BotErrorCode;

  constructor(code: BotErrorCode, message: string, cause?: unknown) {
    super(code, message, { fault: STATUS[code] === 503 ? "work" : "input", cause });
  }

  get status(): number {
    return STATUS[this.code];
  }
}
