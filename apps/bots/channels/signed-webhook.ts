/**
 * A webhook of your own, signed as Standard Webhooks has it: HMAC-SHA256 over id, time and body. A request is good for a
 * few minutes and once; who sends it again signs it again, under the same id. https://www.standardwebhooks.com
 */
import { createHmac } from "node:crypto";
import { z } from "zod";
import { Attachment, type Clock, systemClock } from "../../../src/index.ts";
import { BotError } from "../errors.ts";
import type { Channel } from "../types.ts";
import { attachmentOf, isSame, jsonOf } from "./reading.ts";

export interface SignedWebhookOptions {
  /** `whsec_` and 16 bytes or more in base 64. */
  readonly secret: string;
  /** Seconds by which a request's time may differ from the clock. Default 300. */
  readonly toleranceS?: number | undefined;
  readonly clock?: Clock | undefined;
}

const Message = z.strictObject({
  /** The chat, as you name it. */
  conversation: z.string().min(1).max(1_000),
  text: z.string().default(""),
  /** Rises from message to message of a conversation. */
  order: z.int().min(0).optional(),
  attachments: z.array(Attachment).max(100).optional(),
});

export function signedWebhookChannel({ secret, toleranceS = 300, clock = systemClock }: SignedWebhookOptions): Channel {
  const key = keyOf(secret);
  /** Signatures that were taken, with the second at which they are too old anyway; the oldest first. */
  const taken = new Map<string, number>();
  return {
    name: "webhook",
    verify(request) {
      const id = request.header("webhook-id") ?? "";
      const time = request.header("webhook-timestamp") ?? "";
      const expected = webhookSignature(key, id, time, request.body);
      const given = (request.header("webhook-signature") ?? "").split(" ");
      if (id === "" || !given.some((each) => isSame(each, expected)))
        throw new BotError("forged", "no webhook-signature fits id, timestamp and body");
      const now = Math.floor(clock.now().getTime() / 1000);
      if (!/^\d{1,12}$/.test(time) || Math.abs(now - Number(time)) > toleranceS)
        throw new BotError("stale", `webhook-timestamp is more than ${toleranceS} s away; sign it again`);
      for (const [signature, until] of taken) {
        if (until >= now) break;
        taken.delete(signature);
      }
      if (taken.has(expected))
        throw new BotError("replayed", "this very request came before; to repeat it, sign it again");
      taken.set(expected, Number(time) + toleranceS);
    },
    parse(request) {
      const { conversation, text, order, attachments } = jsonOf(request, Message);
      const kept = attachments?.map(({ type, url, name }) => attachmentOf(type, url, name));
      return [{ conversation, id: request.header("webhook-id"), order, text, attachments: kept }];
    },
    render([answer]) {
      if (!answer) return { type: "application/json", body: "{}" };
      const { delivery, reply } = answer;
      const { conversation, id } = delivery;
      return { type: "application/json", body: JSON.stringify({ conversation, id, ...reply }) };
    },
  };
}

/** `v1,` and HMAC-SHA256, in base 64, over id, time and body. */
export function webhookSignature(secret: string | Buffer, id: string, time: string, body: string | Buffer): string {
  const key = typeof secret === "string" ? keyOf(secret) : secret;
  return `v1,${createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest("base64")}`;
}

function keyOf(secret: string): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  if (key.length >= 16) return key;
  throw new BotError("bad-options", "a webhook's secret is `whsec_` and 16 bytes or more in base 64");
}
