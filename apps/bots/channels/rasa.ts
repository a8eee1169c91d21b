/**
 * The REST channel of Rasa, for clients made for it: `{sender, message}` in, `[{recipient_id, text, buttons}]` out. Rasa
 * signs nothing and numbers nothing: requests carry a bearer token here, and may carry `metadata.message_id`.
 * https://rasa.com/docs/reference/channels/your-own-website
 */
import { z } from "zod";
import { BotError } from "../errors.ts";
import type { Channel } from "../types.ts";
import { bearerOf, isSame, jsonOf, requireSecret } from "./reading.ts";

export interface RasaOptions {
  /** Sent as `Authorization: Bearer …`. */
  readonly token: string;
}

const Message = z.object({
  sender: z.string().min(1).default("default"),
  message: z.string().nullish(),
  metadata: z.object({ message_id: z.string().min(1).optional() }).nullish(),
});

export function rasaChannel({ token }: RasaOptions): Channel {
  requireSecret(token, "token");
  return {
    name: "rasa",
    verify(request) {
      if (!isSame(bearerOf(request), token))
        throw new BotError("forged", "expected Authorization: Bearer and the channel's token");
    },
    parse(request) {
      const { sender, message, metadata } = jsonOf(request, Message);
      return [{ conversation: sender, id: metadata?.message_id, text: message ?? "" }];
    },
    render(answers) {
      const messages = answers.flatMap(({ delivery, reply }) => {
        if (reply.text === "") return [];
        const buttons = reply.suggestions.map((title) => ({ title, payload: title }));
        return [{ recipient_id: delivery.conversation, text: reply.text, ...(buttons.length > 0 && { buttons }) }];
      });
      return { type: "application/json", body: JSON.stringify(messages) };
    },
  };
}
