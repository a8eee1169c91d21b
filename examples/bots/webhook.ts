/**
 * A bot behind the webhooks of its vendors: those whose secrets are in the environment. In a project of your own, import
 * from "anamnesis". `RASA_TOKEN=… TELEGRAM_SECRET=… node examples/bots/webhook.ts file:consultations`
 */
import {
  botFrameworkChannel,
  type Channel,
  rasaChannel,
  serveWebhooks,
  signedWebhookChannel,
  telegramChannel,
  twilioChannel,
  whatsappChannel,
} from "../../index.ts";

const { RASA_TOKEN, TELEGRAM_SECRET, TWILIO_TOKEN, TWILIO_URL, WEBHOOK_SECRET, PORT = "0" } = process.env;
const { BOT_APP_ID: appId, BOT_APP_PASSWORD: appPassword, BOT_TENANT_ID: tenantId } = process.env;
const { WHATSAPP_APP_SECRET: appSecret, WHATSAPP_VERIFY_TOKEN: verifyToken } = process.env;
const { WHATSAPP_ACCESS_TOKEN: accessToken, WHATSAPP_NUMBER_ID: phoneNumberId } = process.env;
const channels: Record<string, Channel> = {
  ...(RASA_TOKEN && { "/webhooks/rest/webhook": rasaChannel({ token: RASA_TOKEN }) }),
  ...(TELEGRAM_SECRET && { "/telegram": telegramChannel({ secretToken: TELEGRAM_SECRET }) }),
  ...(TWILIO_TOKEN && TWILIO_URL && { "/twilio": twilioChannel({ authToken: TWILIO_TOKEN, url: TWILIO_URL }) }),
  ...(WEBHOOK_SECRET && { "/webhook": signedWebhookChannel({ secret: WEBHOOK_SECRET }) }),
  ...(appId && appPassword && { "/api/messages": botFrameworkChannel({ appId, appPassword, tenantId }) }),
  ...(appSecret &&
    verifyToken &&
    accessToken &&
    phoneNumberId && { "/whatsapp": whatsappChannel({ appSecret, verifyToken, accessToken, phoneNumberId }) }),
};
const running = await serveWebhooks({ channels, port: Number(PORT), store: process.argv[2] ?? "memory" });
console.log(JSON.stringify({ ready: true, url: running.url, channels: Object.keys(channels) }));
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void running.close());
