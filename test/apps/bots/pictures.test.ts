/**
 * Pictures and files, as each vendor's documentation has them, become attachments of the consultation: once, with their
 * media type and where they are kept, and not before there is consent.
 */
import { createHmac } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  type Attachment,
  botFrameworkChannel,
  type Channel,
  serveWebhooks,
  signedWebhookChannel,
  telegramChannel,
  twilioChannel,
  twilioSignature,
  webhookSignature,
  whatsappChannel,
} from "../../../apps/bots/index.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import type { EventStore } from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";
import { APP, azureBotService } from "./azure-bot-service.ts";
import { recordingVendor } from "./recording-vendor.ts";

/** How a vendor delivers the `index`th message: these words, and with `picture` what its documentation shows. */
interface Vendor {
  readonly channel: Channel;
  deliver(index: number, text: string, picture: boolean): Promise<RequestInit>;
  /** What is to become of its picture. */
  readonly kept: readonly Attachment[];
}

const JSON_TYPE = { "content-type": "application/json" };

const VENDORS: Readonly<Record<string, () => Promise<Vendor>>> = {
  async Telegram() {
    // The sizes of a photo, as the Bot API's `PhotoSize` has them; the last is the largest.
    const photo = [
      { file_id: "AgACAgQAAxkBAAIB1", file_unique_id: "AQADw", file_size: 1_101, width: 90, height: 67 },
      { file_id: "AgACAgQAAxkBAAIB2", file_unique_id: "AQADx", file_size: 101_101, width: 1_280, height: 960 },
    ];
    const chat = { id: 1111111, type: "private", first_name: "Test", username: "Test" };
    return {
      channel: telegramChannel({ secretToken: "secret-token" }),
      async deliver(index, text, picture) {
        const words = picture ? { photo, caption: text } : { text };
        const message = {
          message_id: 1365 + index,
          date: 1441645532,
          chat,
          from: { ...chat, is_bot: false },
          ...words,
        };
        const headers = { ...JSON_TYPE, "x-telegram-bot-api-secret-token": "secret-token" };
        return { headers, body: JSON.stringify({ update_id: 10000 + index, message }) };
      },
      kept: [{ type: "image/jpeg", url: "telegram:AgACAgQAAxkBAAIB2" }],
    };
  },

  async "WhatsApp over Twilio"() {
    const url = "https://clinic.example/twilio";
    const media =
      "https://api.twilio.com/2010-04-01/Accounts/ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX/Messages/MMXX/Media/MEXX";
    return {
      channel: twilioChannel({ authToken: "auth-token", url }),
      async deliver(index, text, picture) {
        const form = new URLSearchParams({
          MessageSid: `MM1f0e8ae6ade43cb3c0ce4525424e404${index}`,
          AccountSid: "ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
          From: "whatsapp:+14017122661",
          To: "whatsapp:+15558675310",
          Body: text,
          NumMedia: picture ? "1" : "0",
          ...(picture && { MediaContentType0: "image/jpeg", MediaUrl0: media }),
        });
        return { headers: { "x-twilio-signature": twilioSignature("auth-token", url, form) }, body: form };
      },
      kept: [{ type: "image/jpeg", url: media }],
    };
  },

  async "WhatsApp over Meta's Cloud API"() {
    const meta = await recordingVendor(async () => undefined);
    onTestFinished(() => meta.end());
    // The picture of Meta's reference of webhooks for images.
    const image = {
      mime_type: "image/jpeg",
      sha256: "SfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUI=",
      id: "1003383421387256",
      url: "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=133...",
    };
    return {
      channel: whatsappChannel({
        appSecret: "app-secret",
        verifyToken: "verify-token",
        accessToken: "access-token",
        phoneNumberId: "106540352242922",
        graphUrl: `${meta.url}/v25.0`,
      }),
      async deliver(index, text, picture) {
        const words = picture
          ? { type: "image", image: { ...image, caption: text } }
          : { type: "text", text: { body: text } };
        const message = { from: "16505551234", id: `wamid.HBgLMTY1MDM4${index}`, timestamp: "1744344496", ...words };
        const metadata = { display_phone_number: "15550783881", phone_number_id: "106540352242922" };
        const value = { messaging_product: "whatsapp", metadata, messages: [message] };
        const entry = [{ id: "102290129340398", changes: [{ value, field: "messages" }] }];
        const body = JSON.stringify({ object: "whatsapp_business_account", entry });
        const signature = `sha256=${createHmac("sha256", "app-secret").update(body).digest("hex")}`;
        return { headers: { ...JSON_TYPE, "x-hub-signature-256": signature }, body };
      },
      kept: [{ type: "image/jpeg", url: "whatsapp:1003383421387256" }],
    };
  },

  async Teams() {
    const azure = await azureBotService();
    onTestFinished(() => azure.end());
    // A pasted picture and an uploaded file, as Teams' documentation on bots and files has them; and its words in HTML.
    const picture = {
      contentType: "image/*",
      contentUrl:
        "https://smba.trafficmanager.net/amer-client-ss.msg/v3/attachments/0-cus-d7-e0ee4ec513aecf2e64124d1b11de2878/views/original",
    };
    const file = {
      contentType: "application/vnd.microsoft.teams.file.download.info",
      contentUrl:
        "https://contoso.sharepoint.com/personal/johnadams_contoso_com/Documents/Applications/file_example.txt",
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
      async deliver(index, text, isPicture) {
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
          attachments: isPicture ? [picture, file, words] : [words],
        };
        const headers = { ...JSON_TYPE, authorization: `Bearer ${await azure.token()}` };
        return { headers, body: JSON.stringify(activity) };
      },
      kept: [
        { type: "image/*", url: picture.contentUrl },
        { type: "text/plain", url: file.contentUrl, name: "file_example.txt" },
      ],
    };
  },

  async "a signed webhook"() {
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const attachments = [{ type: "image/png", url: "https://media.example/2", name: "rash.png" }];
    let time = Math.floor(Date.now() / 1000);
    return {
      channel: signedWebhookChannel({ secret }),
      async deliver(index, text, picture) {
        const body = JSON.stringify({ conversation: "c", text, order: index, ...(picture && { attachments }) });
        const stamp = String(time--);
        const signature = webhookSignature(secret, `m${index}`, stamp, body);
        const signed = { "webhook-id": `m${index}`, "webhook-timestamp": stamp, "webhook-signature": signature };
        return { headers: { ...JSON_TYPE, ...signed }, body };
      },
      kept: attachments,
    };
  },
};

async function attachmentsIn(store: EventStore): Promise<Attachment[]> {
  const lists = await Promise.all((await store.list()).map((id) => store.read(id)));
  return lists.flat().flatMap(({ event }) => (event.type === "attachment-received" ? [event.attachment] : []));
}

describe.each(Object.entries(VENDORS))("a picture over %s", (_, open) => {
  test("is kept once, by media type and reference, after consent only", async () => {
    const { channel, deliver, kept } = await open();
    const store = memoryStore();
    const running = await serveWebhooks({ base: clinic, channels: { "/": channel }, store });
    onTestFinished(() => running.close());
    const post = async (index: number, text: string, picture = false): Promise<number> =>
      (await fetch(running.url, { method: "POST", ...(await deliver(index, text, picture)) })).status;
    expect(await post(0, "hello", true)).toBe(200);
    expect(await attachmentsIn(store)).toEqual([]);
    for (const [index, text] of ["yes", "I have a cough"].entries()) await post(index + 1, text);
    for (let times = 0; times < 2; times++) expect(await post(3, "my rash", true)).toBe(200);
    expect(await attachmentsIn(store)).toEqual(kept);
    await post(5, "no");
    // Later than a newer one, where the vendor numbers: kept all the same.
    expect(await post(4, "another picture", true)).toBe(200);
    expect(await attachmentsIn(store)).toEqual([...kept, ...kept]);
  });
});
