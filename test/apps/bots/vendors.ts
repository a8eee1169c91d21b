/** Every vendor as the tests see it: requests as its documentation has them, and what comes back. */
import { createHmac } from "node:crypto";
import {
  type Attachment,
  botFrameworkChannel,
  type Channel,
  rasaChannel,
  signedWebhookChannel,
  telegramChannel,
  twilioChannel,
  twilioSignature,
  webhookSignature,
  whatsappChannel,
} from "../../../apps/bots/index.ts";
import { APP, azureBotService } from "./azure-bot-service.ts";
import { recordingVendor } from "./recording-vendor.ts";

export interface Sending {
  /** With the picture that the documentation shows. */
  readonly picture?: boolean;
  /** By somebody who does not know the secret. */
  readonly forged?: boolean;
}

export interface Vendor {
  readonly channel: Channel;
  /** The `index`th message, 0 to 9, as the vendor delivers it; the same each time. */
  deliver(index: number, text: string, sending?: Sending): Promise<RequestInit>;
  /** Answers that a person got: those in the responses to these requests, and those that were posted. */
  answersIn(responses: readonly string[]): number;
  /** What is to become of the picture; nothing where the vendor carries none. */
  readonly kept: readonly Attachment[];
  /** Whether it tells the order of messages. */
  readonly numbered: boolean;
  end?(): Promise<void>;
}

const JSON_TYPE = { "content-type": "application/json" };
const differing =
  (empty: string) =>
  (responses: readonly string[]): number =>
    responses.filter((each) => each !== empty).length;

async function telegram(): Promise<Vendor> {
  // The sizes of a photo, as the Bot API's `PhotoSize` has them; the last is the largest.
  const photo = [
    { file_id: "AgACAgQAAxkBAAIB1", file_unique_id: "AQADw", file_size: 1_101, width: 90, height: 67 },
    { file_id: "AgACAgQAAxkBAAIB2", file_unique_id: "AQADx", file_size: 101_101, width: 1_280, height: 960 },
  ];
  const chat = { id: 1111111, type: "private", first_name: "Test", username: "Test" };
  const from = { ...chat, is_bot: false };
  return {
    channel: telegramChannel({ secretToken: "secret-token" }),
    async deliver(index, text, { picture, forged } = {}) {
      const words = picture ? { photo, caption: text } : { text };
      const message = { message_id: 1365 + index, date: 1441645532, chat, from, ...words };
      const headers = { ...JSON_TYPE, "x-telegram-bot-api-secret-token": forged ? "another" : "secret-token" };
      return { headers, body: JSON.stringify({ update_id: 10000 + index, message }) };
    },
    answersIn: differing("{}"),
    kept: [{ type: "image/jpeg", url: "telegram:AgACAgQAAxkBAAIB2" }],
    numbered: true,
  };
}

async function twilio(): Promise<Vendor> {
  const url = "https://clinic.example/twilio";
  const media =
    "https://api.twilio.com/2010-04-01/Accounts/ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX/Messages/MMXX/Media/MEXX";
  return {
    channel: twilioChannel({ authToken: "auth-token", url }),
    async deliver(index, text, { picture, forged } = {}) {
      const form = new URLSearchParams({
        MessageSid: `MM1f0e8ae6ade43cb3c0ce4525424e404${index}`,
        AccountSid: "ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
        From: "whatsapp:+14017122661",
        To: "whatsapp:+15558675310",
        Body: text,
        NumMedia: picture ? "1" : "0",
        ...(picture && { MediaContentType0: "image/jpeg", MediaUrl0: media }),
      });
      const signature = twilioSignature(forged ? "another-token" : "auth-token", url, form);
      return { headers: { "x-twilio-signature": signature }, body: form };
    },
    answersIn: differing('<?xml version="1.0" encoding="UTF-8"?><Response></Response>'),
    kept: [{ type: "image/jpeg", url: media }],
    numbered: false,
  };
}

async function meta(): Promise<Vendor> {
  const { url, posted, end } = await recordingVendor(async () => undefined);
  // The picture of Meta's reference of webhooks for images.
  const image = {
    mime_type: "image/jpeg",
    sha256: "SfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUI=",
    id: "1003383421387256",
    url: "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=133...",
  };
  const phoneNumberId = "106540352242922";
  const metadata = { display_phone_number: "15550783881", phone_number_id: phoneNumberId };
  const secrets = { appSecret: "app-secret", verifyToken: "verify-token", accessToken: "access-token" };
  return {
    channel: whatsappChannel({ ...secrets, phoneNumberId, graphUrl: `${url}/v25.0` }),
    async deliver(index, text, { picture, forged } = {}) {
      const words = picture
        ? { type: "image", image: { ...image, caption: text } }
        : { type: "text", text: { body: text } };
      const message = { from: "16505551234", id: `wamid.HBgLMTY1MDM4${index}`, timestamp: "1744344496", ...words };
      const value = { messaging_product: "whatsapp", metadata, messages: [message] };
      const entry = [{ id: "102290129340398", changes: [{ value, field: "messages" }] }];
      const body = JSON.stringify({ object: "whatsapp_business_account", entry });
      const signature = createHmac("sha256", forged ? "another" : "app-secret")
        .update(body)
        .digest("hex");
      return { headers: { ...JSON_TYPE, "x-hub-signature-256": `sha256=${signature}` }, body };
    },
    answersIn: () => posted.length,
    kept: [{ type: "image/jpeg", url: "whatsapp:1003383421387256" }],
    numbered: false,
    end,
  };
}

async function teams(): Promise<Vendor> {
  const azure = await azureBotService();
  // A pasted picture and an uploaded file, as Teams' documentation on bots and files has them; and its words in HTML.
  const pasted = {
    contentType: "image/*",
    contentUrl:
      "https://smba.trafficmanager.net/amer-client-ss.msg/v3/attachments/0-cus-d7-e0ee4ec513aecf2e64124d1b11de2878/views/original",
  };
  const file = {
    contentType: "application/vnd.microsoft.teams.file.download.info",
    contentUrl: "https://contoso.sharepoint.com/personal/johnadams_contoso_com/Documents/Applications/file_example.txt",
    name: "file_example.txt",
    content: {
      downloadUrl: "https://download.link",
      uniqueId: "1150D938-8870-4044-9F2C-5BBDEBA70C9D",
      fileType: "txt",
      etag: "123",
    },
  };
  const words = { contentType: "text/html", content: "<p>my rash</p>" };
  return {
    channel: botFrameworkChannel(azure.options),
    async deliver(index, text, { picture, forged } = {}) {
      const activity = {
        type: "message",
        id: `148598340851${index}`,
        timestamp: `2017-02-01T21:10:0${index}.437Z`,
        serviceUrl: azure.serviceUrl,
        channelId: "msteams",
        from: { id: "29:1XJKJMvc5GBtc2JwZq0oj8tHZmzrQgFmB39ATiQWA85gQtHieVkKilBZ9XHoq9j7Zaqt7CZ" },
        conversation: { conversationType: "personal", id: "a:17I0kl9EkpE1O9PH5TWrzrLNwnWWcfrU7QZjKR0WSfOpz" },
        recipient: { id: `28:${APP}`, name: "Teams TestBot" },
        text,
        attachments: picture ? [pasted, file, words] : [words],
      };
      const headers = { ...JSON_TYPE, authorization: `Bearer ${await azure.token({ forged: forged ?? false })}` };
      return { headers, body: JSON.stringify(activity) };
    },
    answersIn: () => azure.posted.length,
    kept: [
      { type: "image/*", url: pasted.contentUrl },
      { type: "text/plain", url: file.contentUrl, name: "file_example.txt" },
    ],
    numbered: true,
    end: azure.end,
  };
}

async function rasa(): Promise<Vendor> {
  return {
    channel: rasaChannel({ token: "rasa-token" }),
    async deliver(index, message, { forged } = {}) {
      const headers = { ...JSON_TYPE, authorization: `Bearer ${forged ? "another" : "rasa-token"}` };
      return { headers, body: JSON.stringify({ sender: "test_user", message, metadata: { message_id: `m${index}` } }) };
    },
    answersIn: differing("[]"),
    kept: [],
    numbered: false,
  };
}

async function signedWebhook(): Promise<Vendor> {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const another = `whsec_${Buffer.alloc(24).toString("base64")}`;
  const attachments = [{ type: "image/png", url: "https://media.example/2", name: "rash.png" }];
  // Who sends a request again signs it again, at another time.
  let time = Math.floor(Date.now() / 1000);
  return {
    channel: signedWebhookChannel({ secret }),
    async deliver(index, text, { picture, forged } = {}) {
      const body = JSON.stringify({ conversation: "c", text, order: index, ...(picture && { attachments }) });
      const stamp = String(time--);
      const signature = webhookSignature(forged ? another : secret, `m${index}`, stamp, body);
      const signed = { "webhook-id": `m${index}`, "webhook-timestamp": stamp, "webhook-signature": signature };
      return { headers: { ...JSON_TYPE, ...signed }, body };
    },
    answersIn: (responses) => responses.filter((each) => JSON.parse(each).text !== "").length,
    kept: attachments,
    numbered: true,
  };
}

export const VENDORS: readonly (readonly [string, () => Promise<Vendor>])[] = [
  ["Telegram", telegram],
  ["WhatsApp and SMS of Twilio", twilio],
  ["WhatsApp of Meta", meta],
  ["the Bot Framework", teams],
  ["Rasa", rasa],
  ["a signed webhook", signedWebhook],
];
