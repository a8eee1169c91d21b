/** Requests of the wire, sent again where that can help. Knows status codes, not what the requests mean. */
import { z } from "zod";
import { reasonOf, WorkerError } from "../errors.ts";
import type { ClientLimits } from "./limits.ts";
import { rest, until } from "./waiting.ts";

export interface TransportOptions {
  readonly url: string;
  readonly apiKey?: string | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly limits: ClientLimits;
  /** Aborted, with a `WorkerError` as its reason, once nobody is there to answer. */
  readonly gone: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Requests that are held back together when the worker says that it has enough of their kind. */
export interface Pace {
  until: number;
}

export interface Transport {
  readonly url: string;
  readonly limits: ClientLimits;
  readonly gone: AbortSignal;
  /** One request, sent once. Throws what `fetch` throws; after `gone`, its reason. */
  send(route: string, body: string | undefined, timeout: number, signal?: AbortSignal): Promise<Reply>;
  /** One request (a GET without a body), sent until it is accepted or refused; the answer checked against the schema. */
  call<T>(route: string, body: object | undefined, schema: z.ZodType<T>, pace?: Pace): Promise<T>;
  /** Deletes what the route names; that it is not there is as good. */
  remove(route: string, signal?: AbortSignal): Promise<void>;
}

/** Longest wait that a `retry-after` is obeyed for. */
const LONGEST_RETRY_AFTER = 60_000;
/** The pause of one kind of requests when one of them got a 429, and for large ones. */
const BUSY = 1_000;
const BUSY_LARGE = 5_000;
const LARGE = 131_072;

export function transport({ url, apiKey, fetch, limits, gone }: TransportOptions): Transport {
  const base = `${url.replace(/\/+$/, "")}/api/v1/`;
  const headers = { "content-type": "application/json", ...(apiKey !== undefined && { "x-api-key": apiKey }) };

  const send: Transport["send"] = (route, body, timeout, signal) =>
    request(route, body === undefined ? { method: "GET" } : { method: "POST", body }, timeout, signal);

  const request = async (
    route: string,
    init: RequestInit,
    timeout: number,
    signal: AbortSignal | undefined,
  ): Promise<Reply> => {
    gone.throwIfAborted();
    try {
      return await until([gone, signal], timeout, async (over) => {
        const response = await fetch(base + route, { ...init, headers, signal: over });
        return { status: response.status, headers: response.headers, text: await response.text() };
      });
    } catch (error) {
      gone.throwIfAborted();
      signal?.throwIfAborted();
      throw error;
    }
  };

  const call: Transport["call"] = async (route, content, schema, pace) => {
    // Made once: a repeated request must have the same body, byte for byte, to be known again.
    const body = content === undefined ? undefined : JSON.stringify(content);
    const begun = performance.now();
    for (let attempt = 0; ; attempt++) {
      if (pace && pace.until > performance.now()) await rest(pace.until - performance.now(), gone);
      const { reply, reason } = await outcome(send(route, body, limits.request), [gone]);
      if (reply && reply.status < 300) return parseAnswer(route, reply, schema);
      if (reply && !isWorthRepeating(reply)) throw refusal(route, reply);
      const isBusy = reply?.status === 429;
      const wait = pauseBefore(attempt, limits, reply);
      if (performance.now() + wait - begun > (isBusy ? limits.result : limits.unreachable)) {
        throw unreachable(url, reason);
      }
      if (isBusy && pace) pace.until = performance.now() + ((body?.length ?? 0) > LARGE ? BUSY_LARGE : BUSY);
      else await rest(wait, gone);
    }
  };
  const remove: Transport["remove"] = async (route, signal) => {
    const reply = await request(route, { method: "DELETE" }, limits.request, signal);
    if (reply.status >= 300 && reply.status !== 404) throw refusal(route, reply);
  };
  return { url, limits, gone, send, call, remove };
}

/** What came of a request that was sent once: a reply, or none; and either in words. Throws the reason of an abort. */
export async function outcome(
  sent: Promise<Reply>,
  signals: readonly (AbortSignal | undefined)[],
): Promise<{ readonly reply?: Reply; readonly reason: string }> {
  try {
    const reply = await sent;
    return { reply, reason: reply.status < 300 ? "" : describe(reply) };
  } catch (error) {
    for (const signal of signals) signal?.throwIfAborted();
    return { reason: reasonOf(error) };
  }
}

/** Milliseconds before attempt `attempt + 1`: what the worker asks for, else doubling. */
export function pauseBefore(attempt: number, limits: ClientLimits, reply?: Reply): number {
  const headers = reply?.headers;
  const inMs = Number(headers?.get("retry-after-ms") ?? Number.NaN);
  const asked = Number.isFinite(inMs) ? inMs : 1000 * Number(headers?.get("retry-after") ?? Number.NaN);
  if (asked >= 0 && asked <= LONGEST_RETRY_AFTER) return asked;
  return Math.min(limits.firstPause * 2 ** attempt, limits.longestPause);
}

/** Timeouts, floods and faults of servers; a 400 without a body is a proxy's. A 409 says the same each time. */
function isWorthRepeating({ status, headers, text }: Reply): boolean {
  const said = headers.get("x-should-retry");
  if (said === "true" || said === "false") return said === "true";
  return [408, 425, 429].includes(status) || status >= 500 || (status === 400 && text === "");
}

const Detail = z.object({ detail: z.unknown() }).transform(({ detail }) => detail);

/** What a worker says of a request that it does not take: its `detail`, or the beginning of its text. */
export function describe({ status, text }: Reply): string {
  let detail: unknown = text.slice(0, 300);
  try {
    detail = Detail.parse(JSON.parse(text));
  } catch {
    // Not the wire's way to refuse; the text must do.
  }
  return `${status} ${typeof detail === "string" ? detail : JSON.stringify(detail)}`.trim();
}

export function refusal(route: string, reply: Reply): WorkerError {
  const advice = reply.status === 401 || reply.status === 403 ? " (is the API key right?)" : "";
  const fault = [400, 404, 413, 415, 422].includes(reply.status) ? "input" : "work";
  return new WorkerError("worker-refused", `${route}: ${describe(reply)}${advice}`, { status: reply.status, fault });
}

export function unreachable(url: string, reason: string): WorkerError {
  const message = `no answer from the worker at ${new URL(url).origin} (${reason}); is it running?`;
  return new WorkerError("worker-unreachable", message);
}

export function parseAnswer<T>(route: string, reply: Reply, schema: z.ZodType<T>): T {
  let content: unknown;
  try {
    content = JSON.parse(reply.text);
  } catch (error) {
    // Python writes NaN and Infinity bare, which is not JSON.
    throw new WorkerError("worker-answer", `${route}: the answer is not JSON: ${reasonOf(error)}`, { cause: error });
  }
  return checkAnswer(route, content, schema);
}

export function checkAnswer<T>(route: string, content: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new WorkerError("worker-answer", `${route}: the answer does not fit: ${path.join(".")}: ${message}`);
}
