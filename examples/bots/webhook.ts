/**
 * A bot behind the webhooks of its vendors: those whose secrets are in the environment. In a project of your own, import
 * from "anamnesis". `RASA_TOKEN=… TELEGRAM_SECRET=… node examples/bots/webhook.ts file:consultations`
 */
import {
  type Channel,
  rasaChannel,
  serveWebhooks,
  signedWebhookChannel,
  telegramChannel,
  twilioChannel,
} from "../../index.ts";

const { RASA_TOKEN, TELEGRAM_SECRET, TWILIO_TOKEN, TWILIO_URL, WEBHOOK_SECRET, PORT = "0" } = process.env;
const channels: Record<string, Channel> = {
  ...(RASA_TOKEN && { "/webhooks/rest/webhook": rasaChannel({ token: RASA_TOKEN }) }),
  ...(TELEGRAM_SECRET && { "/telegram": telegramChannel({ secretToken: TELEGRAM_SECRET }) }),
  ...(TWILIO_TOKEN && TWILIO_URL && { "/twilio": twilioChannel({ authToken: TWILIO_TOKEN, url: TWILIO_URL }) }),
  ...(WEBHOOK_SECRET && { "/webhook": signedWebhookChannel({ secret: WEBHOOK_SECRET }) }),
};
const running = await serveWebhooks({ channels, port: Number(PORT), store: process.argv[2] ?? "memory" });
console.log(JSON.stringify({ ready: true, url: running.url, channels: Object.keys(channels) }));
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void running.close());
