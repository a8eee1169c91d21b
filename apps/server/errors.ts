/** What the server refuses, with the advice that a client is given. A code has one advice, one status, one answer to "again?". */
import { AnamnesisError } from "../../src/index.ts";
import type { Fault } from "./protocol.ts";

interface Refusal {
  /** Status over HTTP. */
  readonly status: number;
  readonly retryable: boolean;
  readonly advice: string;
}

const REFUSALS = {
  "bad-message": { status: 400, retryable: false, advice: "See /v1/openapi.json and docs/ for what can be sent." },
  "too-large": { status: 413, retryable: false, advice: "Send less at once." },
  "bad-media-type": { status: 415, retryable: false, advice: "Send JSON, as content type application/json." },
  "consent-required": {
    status: 400,
    retryable: false,
    advice: "Show the disclaimer; when the person agrees, open with consent: true.",
  },
  "not-opened": { status: 400, retryable: false, advice: "Send open first." },
  "already-open": { status: 409, retryable: false, advice: "Use another connection for another consultation." },
  unauthorized: { status: 401, retryable: false, advice: "Send a valid bearer token, or a fresh ticket." },
  forbidden: { status: 403, retryable: false, advice: "Use a token for the audience clinician." },
  "not-on-duty": { status: 403, retryable: false, advice: "Use a clinician's token that was made with --queue." },
  "bad-origin": { status: 403, retryable: false, advice: "Have the server started with --origin for this page." },
  "not-found": { status: 404, retryable: false, advice: "Check the path, or open a new consultation." },
  "bad-method": { status: 405, retryable: false, advice: "See /v1/openapi.json for the methods." },
  "bad-resume": { status: 409, retryable: false, advice: "Forget what you have and resume with lastSeq 0." },
  "not-offered": { status: 409, retryable: false, advice: "Choose a suggestion of the question that is open." },
  "review-changed": { status: 409, retryable: false, advice: "Look at what is there now, then decide." },
  "not-waiting": { status: 409, retryable: false, advice: "Read the queue again; what was decided can be edited." },
  "drug-advice": { status: 422, retryable: false, advice: "Ask it without advice on drugs; advise in person." },
  "rate-limited": { status: 429, retryable: true, advice: "Wait a few seconds, then send it again." },
  full: { status: 409, retryable: false, advice: "Open a new consultation." },
  busy: { status: 429, retryable: true, advice: "Wait for the answers to what you sent, then send it again." },
  overloaded: { status: 503, retryable: true, advice: "Wait a few seconds, then send it again." },
  draining: { status: 503, retryable: true, advice: "Connect again in a few seconds and resume." },
  "store-unavailable": { status: 503, retryable: true, advice: "Send it again in a few seconds, with the same id." },
  "turn-failed": { status: 500, retryable: true, advice: "Nothing was stored; send it again with the same id." },
  internal: { status: 500, retryable: true, advice: "Send it again; if it fails again, tell the operator." },
} as const satisfies Record<string, Refusal>;

export type RefusalCode = keyof typeof REFUSALS;

/** Raised by the server for what a client asked; `code` is a {@link RefusalCode}. */
export class ServerError extends AnamnesisError {
  declare readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, cause?: unknown) {
    super(code, message, { fault: REFUSALS[code].status < 500 ? "input" : "work", cause });
  }

  get status(): number {
    return REFUSALS[this.code].status;
  }

  /** As it is told to a client. */
  told(): Fault {
    const { retryable, advice } = REFUSALS[this.code];
    return { code: this.code, message: this.message, retryable, advice };
  }
}

/** Whatever was thrown, as something that may be told: what is not the server's own says nothing of its inside. */
export function refusalOf(thrown: unknown): ServerError {
  if (thrown instanceof ServerError) return thrown;
  return new ServerError("internal", "something failed inside the server", thrown);
}
