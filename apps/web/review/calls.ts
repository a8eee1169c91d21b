/** What the review page asks of the server: which batch waits, the batch, a decision on it. */
import type { ShownBatch } from "../../server/review-view.ts";
import { call } from "../rest.ts";

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
