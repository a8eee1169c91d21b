/** A server that answers everything it can, behind tokens: routes, protocols, the webhooks of every channel, the queue. */
import { createHmac, hash, randomUUID } from "node:crypto";
import { twilioSignature, webhookSignature } from "../../../apps/bots/index.ts";
import { ChannelSettings } from "../../../apps/config/channels.ts";
import { endpointsOf } from "../../../apps/endpoints.ts";
import { startServer } from "../../../apps/server/server.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { conversation } from "./serving.ts";

export interface Served {
  readonly url: string;
  /** A clinician's, who may do everything. */
  readonly token: string;
  /** One that exists and belongs to the token. */
  readonly consultation: string;
  /** Paths that ask for a signature and no token. */
  readonly webhooks: readonly string[];
  /** Headers that make a body the vendor's. */
  signed(path: string, type: string, body: string | Uint8Array): Record<string, string>;
  close(): Promise<void>;
}

const TOKEN = "t".repeat(43);
const SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
const TWILIO = { path: "/twilio", authToken: "twilio-auth-token", url: "https://clinic.example/twilio" };
const CHANNELS = ChannelSettings.parse({
  telegram: { secretToken: "telegram-secret" },
  twilio: TWILIO,
  rasa: { token: "rasa-token" },
  webhook: { secret: SECRET },
  whatsapp: {
    appSecret: "whatsapp-app-secret",
    verifyToken: "whatsapp-verify",
    accessToken: "whatsapp-access",
    phoneNumberId: "1",
  },
  botFramework: { appId: "app", appPassword: "app-password" },
});

export async function everythingServed(): Promise<Served> {
  const server = await startServer({
    conversation,
    store: memoryStore(),
    tokens: [{ name: "clinic", audience: "clinician", queue: true, sha256: hash("sha256", TOKEN, "hex") }],
    limits: { drainMs: 200, requestsPerSecond: 1e6, requestsAtOnce: 1e6 },
    endpoints: endpointsOf(CHANNELS),
  });
  const { url } = server;
  const opened = await fetch(`${url}/v1/consultations`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ consent: true, age: 40 }),
  });
  const { consultation } = await opened.json();
  const webhooks = Object.values(CHANNELS).flatMap((channel) => (typeof channel === "object" ? [channel.path] : []));
  return { url, token: TOKEN, consultation, webhooks, signed, close: () => server.drain() };
}

function signed(path: string, type: string, body: string | Uint8Array): Record<string, string> {
  const json = { "content-type": type };
  switch (path) {
    case "/telegram":
      return { ...json, "x-telegram-bot-api-secret-token": "telegram-secret" };
    case "/webhooks/rest/webhook":
      return { ...json, authorization: "Bearer rasa-token" };
    case "/webhook": {
      const [id, time] = [randomUUID(), String(Math.floor(Date.now() / 1000))];
      const signature = webhookSignature(SECRET, id, time, Buffer.from(body as Uint8Array));
      return { ...json, "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature };
    }
    case "/whatsapp": {
      const signature = createHmac("sha256", "whatsapp-app-secret").update(body).digest("hex");
      return { ...json, "x-hub-signature-256": `sha256=${signature}` };
    }
    case "/twilio": {
      const form = new URLSearchParams(Buffer.from(body as Uint8Array).toString());
      const signature = twilioSignature(TWILIO.authToken, TWILIO.url, form);
      return { "content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature };
    }
    default:
      return json;
  }
}
