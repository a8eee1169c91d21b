/**
 * WhatsApp over Meta's Cloud API: messages of one business number, signed with the app's secret; replies are posted to the
 * Graph API, with suggestions as buttons, or as a list. Its timestamps tell when a webhook was sent, so nothing is ordered by
 * them. https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
 */
import { createHmac } from "node:crypto";
import { z } from "zod";
import { type Attachment, type Clock, systemClock } from "../../../src/index.ts";
import { BotError } from "../errors.ts";
import type { Channel, Delivery, Reply } from "../types.ts";
import { type Bearer, isProtected, post, WithinMs } from "./posting.ts";
import { attachmentOf, isSame, jsonOf, parsed, requireSecret } from "./reading.ts";
import { inTurn, withChoices } from "./writing.ts";

export interface WhatsAppOptions {
  /** The app's secret, with which Meta signs. */
  readonly appSecret: string;
  /** The verify token that the webhook's configuration was given. */
  readonly verifyToken: string;
  /** A system user's access token, with the permission `whatsapp_business_messaging`. */
  readonly accessToken: string;
  /** Id of the business number (not the number): messages to others are left alone. */
  readonly phoneNumberId: string;
  /** The Graph API with its version. Default `https://graph.facebook.com/v25.0`. */
  readonly graphUrl?: string | undefined;
  /** Milliseconds for which a reply is tried, 1,000 to 14,000. Default 10,000. */
  readonly replyWithinMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

interface WhatsAppDelivery extends Delivery {
  readonly from: string;
}

const LONGEST = { text: 4_096, body: 1_024, button: 20, row: 24 };
const MOST = { buttons: 3, rows: 10 };

const Media = z.object({
  id: z.string().min(1),
  mime_type: z.string().optional(),
  caption: z.string().optional(),
  filename: z.string().optional(),
});
const Choice = z.object({ title: z.string() });
const Message = z.object({
  /** The person's number; none where they hide it. */
  from: z.string().min(1).optional(),
  id: z.string().min(1),
  group_id: z.string().optional(),
  text: z.object({ body: z.string() }).optional(),
  button: z.object({ text: z.string() }).optional(),
  interactive: z.object({ button_reply: Choice.optional(), list_reply: Choice.optional() }).optional(),
  image: Media.optional(),
  video: Media.optional(),
  audio: Media.optional(),
  document: Media.optional(),
  sticker: Media.optional(),
});
type Message = z.infer<typeof Message>;
const Notification = z.object({
  object: z.literal("whatsapp_business_account"),
  entry: z.array(z.object({ changes: z.array(z.object({ field: z.string(), value: z.unknown() })) })),
});
/** What a change of the field `messages` holds: messages, or what became of ours. */
const Value = z.object({
  metadata: z.object({ phone_number_id: z.string() }),
  messages: z.array(Message).default([]),
});

export function whatsappChannel(options: WhatsAppOptions): Channel<WhatsAppDelivery> {
  const { appSecret, verifyToken, accessToken, phoneNumberId, clock = systemClock } = options;
  const { graphUrl = "https://graph.facebook.com/v25.0" } = options;
  requireSecret(appSecret, "appSecret");
  requireSecret(verifyToken, "verifyToken");
  requireSecret(accessToken, "accessToken");
  const withinMs = WithinMs.safeParse(options.replyWithinMs).data;
  if (!/^\d+$/.test(phoneNumberId) || !URL.canParse(graphUrl) || !isProtected(graphUrl) || withinMs === undefined)
    throw new BotError("bad-options", "give the number's id, a graphUrl of https:, a replyWithinMs of 1,000 to 14,000");
  const url = `${graphUrl}/${phoneNumberId}/messages`;
  const bearer: Bearer = { token: async () => accessToken, refused() {} };
  const posted = inTurn();

  return {
    name: "whatsapp",
    verify({ header, body }) {
      const expected = `sha256=${createHmac("sha256", appSecret).update(body).digest("hex")}`;
      if (!isSame(header("x-hub-signature-256"), expected))
        throw new BotError("forged", "the signature does not fit the body; check appSecret");
    },
    confirm(request) {
      const asked = new URL(request, "http://localhost").searchParams;
      if (asked.get("hub.mode") !== "subscribe" || !isSame(asked.get("hub.verify_token") ?? undefined, verifyToken))
        throw new BotError("forged", "the verify token is not the one that was configured");
      return { type: "text/plain", body: asked.get("hub.challenge") ?? "" };
    },
    parse(request) {
      const changes = jsonOf(request, Notification).entry.flatMap((entry) => entry.changes);
      const values = changes.flatMap(({ field, value }) => (field === "messages" ? [parsed(Value, value)] : []));
      const ours = values.filter(({ metadata }) => metadata.phone_number_id === phoneNumberId);
      const messages = ours.flatMap((value) => value.messages);
      return messages.flatMap((message) => {
        const { from, id, group_id } = message;
        const text = textOf(message);
        const attachments = attachmentsOf(message);
        const isSaid = text !== undefined || attachments.length > 0;
        if (from === undefined || group_id !== undefined || !isSaid) return [];
        return [{ conversation: `${from} ${phoneNumberId}`, id, text: text ?? "", attachments, from }];
      });
    },
    async send({ delivery: { from, conversation }, reply }) {
      await posted(conversation, () => post({ url, body: messageTo(from, reply), bearer, withinMs, clock }));
      return true;
    },
    render: () => ({ type: "application/json", body: "{}" }),
  };
}

/** What the person wrote or chose; a picture's caption. */
function textOf({ text, button, interactive, ...media }: Message): string | undefined {
  const chosen = interactive?.button_reply ?? interactive?.list_reply;
  return text?.body ?? button?.text ?? chosen?.title ?? mediaOf(media).find(({ caption }) => caption)?.caption;
}

function mediaOf({ image, video, audio, document, sticker }: Partial<Message>): z.infer<typeof Media>[] {
  return [image, video, audio, document, sticker].flatMap((each) => each ?? []);
}

/** Media are kept by their id: addresses are good for minutes. */
function attachmentsOf(message: Message): Attachment[] {
  return mediaOf(message).map(({ id, mime_type, filename }) => attachmentOf(mime_type, `whatsapp:${id}`, filename));
}

function messageTo(to: string, reply: Reply): object {
  const message = { messaging_product: "whatsapp", recipient_type: "individual", to };
  const action = actionOf(reply);
  if (action) return { ...message, type: "interactive", interactive: { ...action, body: { text: reply.text } } };
  return { ...message, type: "text", text: { body: withChoices(reply).slice(0, LONGEST.text) } };
}

/** Suggestions as buttons, or as a list, where they fit letter for letter. */
function actionOf({ text, suggestions }: Reply): object | undefined {
  const areWithin = (most: number, longest: number): boolean =>
    suggestions.length <= most && suggestions.every(({ length }) => length <= longest);
  if (suggestions.length === 0 || text.length > LONGEST.body) return undefined;
  if (areWithin(MOST.buttons, LONGEST.button)) {
    const buttons = suggestions.map((title, index) => ({ type: "reply", reply: { id: String(index), title } }));
    return { type: "button", action: { buttons } };
  }
  if (!areWithin(MOST.rows, LONGEST.row)) return undefined;
  const rows = suggestions.map((title, index) => ({ id: String(index), title }));
  return { type: "list", action: { button: "Choose", sections: [{ rows }] } };
}
