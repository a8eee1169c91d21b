/** What the review page asks of the server: which batch waits, the batch, a decision on it. */
import type { ShownBatch } from "../../server/review-view.ts";

export interface Reference {
  readonly step: number;
  readonly round: number;
  readonly digest: string;
}

export interface Pending {
  readonly digest: string;
  readonly heldAt: string;
  readonly batch: ShownBatch;
}

export interface CorrectedReward {
  readonly group: string;
  readonly trajectory: number;
  readonly reward: number;
  readonly note?: string;
}

export type Verdict =
  | { readonly type: "confirm" }
  | {
      readonly type: "correct";
      readonly rewards: readonly CorrectedReward[];
      readonly rejectGroups: readonly string[];
    }
  | { readonly type: "reject"; readonly reason: string };

/** The server refused, or could not be reached (`unreachable`). */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Undefined where no batch waits. */
export async function readState(token: string | undefined): Promise<Reference | undefined> {
  const answer = await call("GET", "/v1/review/state", token);
  return ((await answer.json()) as { held: Reference | null }).held ?? undefined;
}

/** Undefined where no batch waits. */
export async function readBatch(token: string | undefined): Promise<Pending | undefined> {
  const answer = await call("GET", "/v1/review", token);
  return answer.status === 204 ? undefined : ((await answer.json()) as Pending);
}

export async function decide(
  { step, round, digest }: Reference,
  verdict: Verdict,
  token: string | undefined,
): Promise<void> {
  await call("POST", `/v1/review/${step}/decision`, token, { round, digest, verdict });
}

async function call(method: string, path: string, token: string | undefined, body?: object): Promise<Response> {
  const headers: HeadersInit = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body && { "content-type": "application/json" }),
  };
  const answer = await fetch(path, { method, headers, ...(body && { body: JSON.stringify(body) }) }).catch((cause) => {
    throw new Refusal("unreachable", "The server cannot be reached; it is tried again.", cause);
  });
  if (answer.ok) return answer;
  const { error } = (await answer.json().catch(() => ({}))) as {
    error?: { code: string; message: string; advice: string };
  };
  if (!error) throw new Refusal("internal", `The server refused (status ${answer.status}). Try again in a moment.`);
  throw new Refusal(error.code, `${error.message}. ${error.advice}`);
}
