/**
 * Twilio: SMS and WhatsApp messages of a number's webhook, signed over its address and the form's fields; the reply is
 * TwiML in the response. https://www.twilio.com/docs/usage/webhooks/webhooks-security
 */
import { createHmac } from "node:crypto";
import { z } from "zod";
import { BotError } from "../errors.ts";
import type { Channel } from "../types.ts";
import { attachmentOf, formOf, isSame, parsed, requireSecret } from "./reading.ts";
import { withChoices } from "./writing.ts";

export interface TwilioOptions {
  /** The account's auth token, with which Twilio signs. */
  readonly authToken: string;
  /** The webhook's address exactly as Twilio was given it, query included: behind a proxy it is not what is seen here. */
  readonly url: string;
}

/** The most characters of a message. */
const LONGEST = 1_600;

const Message = z.object({
  MessageSid: z.string().min(1),
  From: z.string().min(1),
  To: z.string().min(1),
  Body: z.string().default(""),
  NumMedia: z.coerce.number().int().min(0).max(100).default(0),
});

export function twilioChannel({ authToken, url }: TwilioOptions): Channel {
  requireSecret(authToken, "authToken");
  return {
    name: "twilio",
    verify(request) {
      const given = request.header("x-twilio-signature");
      if (given === undefined || !isSame(given, twilioSignature(authToken, url, formOf(request))))
        throw new BotError("forged", "the signature does not fit; check authToken and url, query included");
    },
    parse(request) {
      const form = formOf(request);
      const { MessageSid: id, From, To, Body: text, NumMedia } = parsed(Message, Object.fromEntries(form));
      const attachments = Array.from({ length: NumMedia }, (_, index) =>
        attachmentOf(form.get(`MediaContentType${index}`) ?? undefined, form.get(`MediaUrl${index}`)),
      );
      return [{ conversation: `${From} ${To}`, id, text, attachments }];
    },
    render(answers) {
      const messages = answers
        .flatMap(({ reply }) => piecesOf(withChoices(reply)))
        .map((piece) => `<Message>${escaped(piece)}</Message>`);
      const body = `<?xml version="1.0" encoding="UTF-8"?><Response>${messages.join("")}</Response>`;
      return { type: "text/xml", body };
    },
  };
}

/** HMAC-SHA1, in base 64, over the address followed by each field and its value, in the order of the fields' names. */
export function twilioSignature(authToken: string, url: string, form: URLSearchParams): string {
  const names = [...new Set(form.keys())].sort();
  const fields = names.flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value));
  return createHmac("sha1", authToken)
    .update(url + fields.join(""))
    .digest("base64");
}

function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += LONGEST) pieces.push(text.slice(at, at + LONGEST));
  return pieces;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}
