/**
 * Replies that do not travel in the response: posted to the vendor with a bearer token, and again where the vendor did not
 * take them. Where nobody can tell whether it did, it is not posted again: a question that comes twice is asked twice.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Clock } from "../../../src/index.ts";
import { retryAfterMs } from "../../retry-after.ts";
import { BotError } from "../errors.ts";

export interface Bearer {
  token(): Promise<string>;
  /** The vendor does not take that token any more. */
  refused(token: string): void;
}

export interface Posting {
  readonly url: string;
  readonly body: object;
  readonly bearer: Bearer;
  /** Milliseconds that all tries together may take. */
  readonly withinMs: number;
  readonly clock: Clock;
}

/** Milliseconds for which a reply may be tried: vendors wait for 15 s or longer. */
export const WithinMs = z.number().min(1_000).max(14_000).default(10_000);

const FIRST_WAIT_MS = 500;
/** Besides 429 and 5xx: what Teams asks to be tried again. */
const TRY_AGAIN = [408, 412];
/** No connection came about, so nothing was taken. */
const UNCONNECTED = [
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "UND_ERR_CONNECT_TIMEOUT",
];

/** Throws `unreachable` where the vendor did not take it, `unconfirmed` where it may have. */
export async function post({ url, body, bearer, withinMs, clock }: Posting): Promise<void> {
  const until = performance.now() + withinMs;
  let renewed = false;
  for (let tries = 0; ; tries++) {
    const token = await bearer.token();
    const left = Math.max(1, until - performance.now());
    const outcome = await tried(url, body, token, left);
    const status = outcome?.status;
    if (outcome?.ok) return;
    if (status === 401 && !renewed) {
      bearer.refused(token);
      renewed = true;
      continue;
    }
    const isPassing = status === undefined || status === 429 || status >= 500 || TRY_AGAIN.includes(status);
    const wait = Math.max(FIRST_WAIT_MS * 2 ** tries, (outcome && retryAfterMs(outcome.headers, clock)) ?? 0);
    if (!isPassing || performance.now() + wait >= until)
      throw new BotError("unreachable", `the reply was not taken: ${status ?? "no connection"}; deliver it again`);
    await sleep(wait);
  }
}

/** The response; none where there was no connection. */
async function tried(url: string, body: object, token: string, withinMs: number): Promise<Response | undefined> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      redirect: "error",
      signal: AbortSignal.timeout(Math.ceil(withinMs)),
    });
    // Read to its end, so that the connection can be used again.
    await response.arrayBuffer().catch(() => {});
    return response;
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { readonly code?: string };
    if (code !== undefined && UNCONNECTED.includes(code)) return undefined;
    throw new BotError("unconfirmed", "whether the reply was taken is not known; it is not sent again", error);
  }
}

/** Whether nobody on the way can read what is sent to an address: by TLS, or since it does not leave the machine. */
export function isProtected(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === "https:" || (protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname));
}
