/** Promises of the wire: a submission answers with a request id, and its result is polled for. */
import { z } from "zod";
import { WorkerError } from "../errors.ts";
import {
  checkAnswer,
  describe,
  outcome,
  parseAnswer,
  pauseBefore,
  type Reply,
  refusal,
  type Transport,
  unreachable,
} from "./transport.ts";
import { rest } from "./waiting.ts";

export const Submitted = z.object({ request_id: z.string() });

const TryAgain = z.object({ type: z.literal("try_again") });
const Failed = z.object({ error: z.string(), category: z.string().optional() });

const ROUTE = "retrieve_future";
/** A poll that comes back sooner without a result was not held, and must not become a busy loop. */
const HELD = 1_000;
/** How often a 400 is doubted; some servers report a failed operation so. */
const DOUBTS = 3;
/** 402, waiting for someone to pay: between two polls. */
const UNPAID = 5_000;

/** The result of an operation that was accepted. A `worker-refused` of status 410: the worker has lost it. */
export async function retrieve<T>(
  { url, limits, gone, send }: Transport,
  requestId: string,
  schema: z.ZodType<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const body = JSON.stringify({ request_id: requestId, allow_metadata_only: false });
  const begun = performance.now();
  let heard = begun;
  let [failures, early, doubts] = [0, 0, 0];
  const wait = (ms: number): Promise<void> => rest(ms, gone, signal);

  for (;;) {
    const asked = performance.now();
    const left = limits.result - (asked - begun);
    if (left <= 0) {
      const message = `no result of request ${requestId} after ${Math.round(limits.result / 1000)} s`;
      throw new WorkerError("worker-timeout", message);
    }
    const { reply, reason } = await outcome(send(ROUTE, body, Math.min(limits.poll, left), signal), [gone, signal]);
    const now = performance.now();
    if (!reply || reply.status >= 500) {
      if (now - heard > limits.unreachable) throw unreachable(url, reason);
      await wait(pauseBefore(failures++, limits, reply));
      continue;
    }
    heard = now;
    if (reply.status === 429) {
      await wait(pauseBefore(failures++, limits, reply));
      continue;
    }
    failures = 0;
    if (isPending(reply)) {
      early = now - asked < HELD ? early + 1 : 0;
      if (early > 0) await wait(pauseBefore(early - 1, limits) / 10);
    } else if (reply.status === 402) await wait(UNPAID);
    else if (reply.status !== 400) return resultOf(reply, schema);
    else if (doubts++ === DOUBTS) throw new WorkerError("worker-failed", describe(reply), { status: 400 });
  }
}

function isPending({ status, text }: Reply): boolean {
  if (status === 408) return true;
  // Results are long and answers to try again short: only the short ones are looked into.
  return status < 300 && text.length < 1000 && TryAgain.safeParse(parsed(text)).success;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function resultOf<T>(reply: Reply, schema: z.ZodType<T>): T {
  if (reply.status >= 300) throw refusal(ROUTE, reply);
  const content = parseAnswer(ROUTE, reply, z.unknown());
  const failed = Failed.safeParse(content);
  if (!failed.success) return checkAnswer(ROUTE, content, schema);
  const { error, category } = failed.data;
  throw new WorkerError("worker-failed", error, { fault: category === "user" ? "input" : "work" });
}
