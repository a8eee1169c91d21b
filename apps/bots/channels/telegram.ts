/**
 * Telegram: updates of a bot's webhook, told to be true by the secret token that `setWebhook` was given. The reply is a
 * method call in the response, so no token of the bot is needed. Only private chats are answered.
 * https://core.telegram.org/bots/api#update
 */
import { z } from "zod";
import type { Attachment } from "../../../src/index.ts";
import { BotError } from "../errors.ts";
import type { Channel } from "../types.ts";
import { attachmentOf, isSame, jsonOf, requireSecret } from "./reading.ts";

export interface TelegramOptions {
  /** `secret_token` of `setWebhook`, sent back as `X-Telegram-Bot-Api-Secret-Token`. */
  readonly secretToken: string;
}

/** The most characters of a message. */
const LONGEST = 4_096;
/** Suggestions side by side. */
const ROW = 3;

const File = z.object({ file_id: z.string(), mime_type: z.string().optional(), file_name: z.string().optional() });
const Message = z.object({
  chat: z.object({ id: z.int(), type: z.string() }),
  text: z.string().optional(),
  caption: z.string().optional(),
  photo: z.array(File).optional(),
  document: File.optional(),
  video: File.optional(),
  voice: File.optional(),
  audio: File.optional(),
});
const Update = z.object({ update_id: z.int().min(0), message: Message.optional() });

export function telegramChannel({ secretToken }: TelegramOptions): Channel {
  requireSecret(secretToken, "secretToken");
  return {
    name: "telegram",
    verify(request) {
      if (!isSame(request.header("x-telegram-bot-api-secret-token"), secretToken))
        throw new BotError("forged", "the secret token is not the one that setWebhook was given");
    },
    parse(request) {
      const { update_id: order, message } = jsonOf(request, Update);
      if (message?.chat.type !== "private") return [];
      const text = message.text ?? message.caption ?? "";
      const conversation = String(message.chat.id);
      return [{ conversation, id: String(order), order, text, attachments: attachmentsOf(message) }];
    },
    render([answer]) {
      if (!answer || answer.reply.text === "") return { type: "application/json", body: "{}" };
      const { delivery, reply } = answer;
      const call = {
        method: "sendMessage",
        chat_id: Number(delivery.conversation),
        text: reply.text.slice(0, LONGEST),
        reply_markup: keyboardOf(reply.suggestions),
      };
      return { type: "application/json", body: JSON.stringify(call) };
    },
  };
}

function attachmentsOf(message: z.infer<typeof Message>): Attachment[] {
  const { photo, document, video, voice, audio } = message;
  const file = (type: string, each: z.infer<typeof File> | undefined): Attachment[] =>
    each ? [attachmentOf(each.mime_type ?? type, `telegram:${each.file_id}`, each.file_name)] : [];
  return [
    // The same picture in several sizes; the last is the largest.
    ...file("image/jpeg", photo?.at(-1)),
    ...file("application/octet-stream", document),
    ...file("video/mp4", video),
    ...file("audio/ogg", voice),
    ...file("audio/mpeg", audio),
  ];
}

function keyboardOf(suggestions: readonly string[]): object {
  if (suggestions.length === 0) return { remove_keyboard: true };
  const keyboard: string[][] = [];
  for (let at = 0; at < suggestions.length; at += ROW) keyboard.push(suggestions.slice(at, at + ROW));
  return { keyboard, one_time_keyboard: true, resize_keyboard: true };
}
