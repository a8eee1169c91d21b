/** What channels have in common when they read a request: secrets compared in constant time, bodies parsed by a schema. */
import { hash, timingSafeEqual } from "node:crypto";
import type { z } from "zod";
import type { Attachment } from "../../../src/index.ts";
import { BotError } from "../errors.ts";
import type { WebhookRequest } from "../types.ts";

/** Whether two texts are the same; how long it takes tells nothing of either. */
export function isSame(given: string | undefined, expected: string): boolean {
  const digest = (text: string): Buffer => hash("sha256", text, "buffer");
  return timingSafeEqual(digest(given ?? ""), digest(expected)) && given !== undefined;
}

/** The token of `Authorization: Bearer …`. */
export function bearerOf(request: WebhookRequest): string | undefined {
  return /^Bearer (.+)$/i.exec(request.header("authorization") ?? "")?.[1];
}

/** The longest fields that an event keeps of an attachment. */
const LONGEST = { type: 200, url: 2_000, name: 200 };

/** An attachment as events take it. What is sent inline, or at an address too long to be kept, is noted by its type alone. */
export function attachmentOf(type = "", url?: string | null, name?: string | null): Attachment {
  const isKept = url && url.length <= LONGEST.url && !/^data:/i.test(url);
  return {
    type: type.slice(0, LONGEST.type).toWellFormed() || "application/octet-stream",
    ...(isKept && { url: url.toWellFormed() }),
    ...(name && { name: name.slice(0, LONGEST.name).toWellFormed() }),
  };
}

export function jsonOf<Value>(request: WebhookRequest, schema: z.ZodType<Value>): Value {
  requireType(request, "application/json");
  let value: unknown;
  try {
    value = JSON.parse(request.body.toString());
  } catch (cause) {
    throw new BotError("bad-message", "the body is not JSON", cause);
  }
  return parsed(schema, value);
}

export function formOf(request: WebhookRequest): URLSearchParams {
  requireType(request, "application/x-www-form-urlencoded");
  return new URLSearchParams(request.body.toString());
}

export function parsed<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const field = result.error.issues[0]?.path.map(String).join(".") || "the body";
  throw new BotError("bad-message", `${field} is not as the vendor has it`, result.error);
}

/** Refuses a secret that is no secret. */
export function requireSecret(secret: string, name: string): void {
  if (secret.trim().length >= 8) return;
  throw new BotError("bad-options", `${name} is empty or short; give the one that the vendor shows or was told`);
}

function requireType(request: WebhookRequest, type: string): void {
  const given = request.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (given !== type) throw new BotError("bad-message", `expected a body of ${type}`);
}
