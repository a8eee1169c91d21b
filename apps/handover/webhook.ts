/**
 * Tells another system by an HTTP request, signed as Standard Webhooks has it. One attempt, and what came of it; nothing
 * of a person's words is in it, and neither body nor secret nor address in what is told of a failure.
 */
import { z } from "zod";
import type { Clock } from "../../src/index.ts";
import { webhookSignature } from "../bots/channels/signed-webhook.ts";
import { CommandError } from "../errors.ts";
import { retryAfterMs } from "../retry-after.ts";
import { type Tracing, untraced } from "../tracing/index.ts";

export const WebhookOptions = z.strictObject({
  /** Where to. Redirects are not followed. */
  url: z.url({ protocol: /^https?$/ }),
  /** `whsec_` and 16 bytes or more in base 64. */
  secret: z.string().regex(/^(?:whsec_)?[\w+/-]{22,}={0,2}$/, "a secret is `whsec_` and 16 bytes or more in base 64"),
  /** The system's name, as events have it. */
  name: z.string().min(1).max(100).default("webhook"),
  /** Milliseconds that an attempt may take. */
  timeoutMs: z.int().min(10).default(10_000),
});
export type WebhookOptions = z.input<typeof WebhookOptions>;

export interface Message {
  /** The same at every attempt, so that who gets it twice can tell. */
  readonly id: string;
  readonly body: string;
}

export type Attempt =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: string;
      /** It is not wanted there any more. */
      readonly gone?: boolean;
      /** How long the receiver wants to be left alone, in milliseconds. */
      readonly retryAfterMs?: number;
    };

export interface Webhook {
  readonly name: string;
  readonly timeoutMs: number;
  attempt(message: Message, signal: AbortSignal): Promise<Attempt>;
}

/** The most that a receiver may ask to be left alone. */
const LONGEST_REST_MS = 24 * 3_600_000;
const GONE = 410;

/** Throws `bad-webhook`. */
export function openWebhook(options: WebhookOptions, clock: Clock, tracing: Tracing = untraced): Webhook {
  const parsed = WebhookOptions.safeParse(options);
  if (!parsed.success) throw new CommandError("bad-webhook", z.prettifyError(parsed.error));
  const { url, secret, name, timeoutMs } = parsed.data;
  return {
    name,
    timeoutMs,
    attempt: ({ id, body }, signal) =>
      tracing.span("webhook delivery", {}, async () => {
        const traceparent = tracing.traceparent();
        const time = String(Math.floor(clock.now().getTime() / 1000));
        const headers = {
          "content-type": "application/json",
          "user-agent": "anamnesis",
          "webhook-id": id,
          "webhook-timestamp": time,
          "webhook-signature": webhookSignature(secret, id, time, body),
          ...(traceparent !== undefined && { traceparent }),
        };
        const timeout = AbortSignal.timeout(timeoutMs);
        try {
          const response = await fetch(url, {
            method: "POST",
            headers,
            body,
            redirect: "manual",
            signal: AbortSignal.any([signal, timeout]),
          });
          await response.body?.cancel();
          tracing.mark({ status: response.status });
          if (response.ok) return { ok: true };
          const asked = retryAfterMs(response.headers, clock);
          return {
            ok: false,
            reason: `status ${response.status}`,
            ...(response.status === GONE && { gone: true }),
            ...(asked !== undefined && { retryAfterMs: Math.min(Math.max(0, asked), LONGEST_REST_MS) }),
          };
        } catch (error) {
          return { ok: false, reason: timeout.aborted ? `no answer within ${timeoutMs} ms` : whyUnreachable(error) };
        }
      }),
  };
}

/** The system's word for it: `ECONNREFUSED`. */
function whyUnreachable(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return /^[A-Z0-9_]{3,60}$/.test(code) ? code : "not reachable";
}
