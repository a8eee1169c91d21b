/** Bots: consultations for chats of your own, and the webhooks of the vendors that carry them. */
export type { Attachment } from "../../src/index.ts";
export { type BotFrameworkOptions, type BotFrameworkSigner, botFrameworkChannel } from "./channels/bot-framework.ts";
export { type RasaOptions, rasaChannel } from "./channels/rasa.ts";
export { type SignedWebhookOptions, signedWebhookChannel, webhookSignature } from "./channels/signed-webhook.ts";
export { type TelegramOptions, telegramChannel } from "./channels/telegram.ts";
export { type TwilioOptions, twilioChannel, twilioSignature } from "./channels/twilio.ts";
export { type WhatsAppOptions, whatsappChannel } from "./channels/whatsapp.ts";
export type { Consultation } from "./consultation.ts";
export type { ConversationsOptions } from "./conversations.ts";
export { BotError, type BotErrorCode } from "./errors.ts";
export {
  type BotOptions,
  type ConsultationOptions,
  createConsultation,
  openPractice,
  type Practice,
} from "./practice.ts";
export type {
  Answer,
  Channel,
  Delivery,
  Reply,
  Sent,
  WebhookRequest,
  WebhookResponse,
} from "./types.ts";
export {
  type ListenerOptions,
  type RunningWebhooks,
  serveWebhooks,
  type WebhookOptions,
  webhookListener,
} from "./webhooks.ts";
