/**
 * WhatsApp over Meta's Cloud API end to end: webhooks as Meta's reference has them, signed; replies as a stand-in for the
 * Graph API on this machine gets them.
 */
import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type Reply, serveWebhooks, type WhatsAppOptions, whatsappChannel } from "../../../apps/bots/index.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { clinic } from "../../fixtures/clinic.ts";
import { recordingVendor } from "./recording-vendor.ts";

type Meta = Awaited<ReturnType<typeof recordingVendor>>;
let meta: Meta;
beforeEach(async () => {
  meta = await recordingVendor(async () => undefined);
});
afterEach(() => meta.end());

const SECRET = "app-secret-of-meta";
const optionsOf = (changes: Partial<WhatsAppOptions> = {}): WhatsAppOptions => ({
  appSecret: SECRET,
  verifyToken: "verify-token",
  accessToken: "EAAJB-access",
  phoneNumberId: "106540352242922",
  graphUrl: `${meta.url}/v25.0`,
  ...changes,
});

// Around the messages of Meta's reference: one notification may hold several.
const notification = (...messages: object[]): object => ({
  object: "whatsapp_business_account",
  entry: [
    {
      id: "102290129340398",
      changes: [
        {
          value: {
            messaging_product: "whatsapp",
            metadata: { display_phone_number: "15550783881", phone_number_id: "106540352242922" },
            contacts: [{ profile: { name: "Sheena Nelson" }, wa_id: "16505551234" }],
            messages,
          },
          field: "messages",
        },
      ],
    },
  ],
});
const said = (
  text: string,
  id = "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=",
  from = "16505551234",
) => ({
  from,
  id,
  timestamp: "1749416383",
  type: "text",
  text: { body: text },
});
const chosen = (type: "button_reply" | "list_reply", title: string, id: string): object => ({
  context: { from: "15550783881", id: "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI3MEM2RUJFNkI0RENGQTVDRjUA" },
  from: "16505551234",
  id,
  timestamp: "1750025136",
  type: "interactive",
  interactive: { type, [type]: { id: "0", title } },
});

const signatureOf = (body: string, secret = SECRET): string =>
  `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

async function serving(changes: Partial<WhatsAppOptions> = {}) {
  const store = memoryStore();
  const channels = { "/whatsapp": whatsappChannel(optionsOf(changes)) };
  const running = await serveWebhooks({ base: clinic, channels, store });
  onTestFinished(() => running.close());
  const url = `${running.url}/whatsapp`;
  const post = async (message: object, signature?: string) => {
    const body = JSON.stringify(message);
    const headers = { "content-type": "application/json", "x-hub-signature-256": signature ?? signatureOf(body) };
    const response = await fetch(url, { method: "POST", headers, body });
    return { status: response.status, text: await response.text() };
  };
  return { store, url, post };
}

describe("the address", () => {
  test("is confirmed to whoever knows the verify token, with the challenge", async () => {
    const { url } = await serving();
    const asked = (token: string) => `${url}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`;
    const confirmed = await fetch(asked("verify-token"));
    expect([confirmed.status, await confirmed.text()]).toEqual([200, "1158201444"]);
    expect((await fetch(asked("another-token"))).status).toBe(401);
    expect((await fetch(url)).status).toBe(401);
    expect(() => whatsappChannel(optionsOf({ verifyToken: "" }))).toThrow(/verifyToken/);
    expect(() => whatsappChannel(optionsOf({ graphUrl: "http://graph.facebook.com/v25.0" }))).toThrow(/https/);
  });
});

describe("a conversation", () => {
  test("is answered through the Graph API, with buttons that come back as answers", async () => {
    const { post } = await serving();
    expect(await post(notification(said("Does it come in another color?")))).toEqual({ status: 200, text: "{}" });
    expect(meta.posted).toMatchObject([
      {
        path: "/v25.0/106540352242922/messages",
        authorization: "Bearer EAAJB-access",
        body: {
          messaging_product: "whatsapp",
          recipient_type: "individual",
          to: "16505551234",
          type: "interactive",
          interactive: {
            type: "button",
            body: { text: expect.stringContaining("Reply YES") },
            action: { buttons: [{ type: "reply", reply: { id: "0", title: "Yes" } }, { reply: { title: "No" } }] },
          },
        },
      },
    ]);
    await post(notification(chosen("button_reply", "Yes", "wamid.2")));
    expect(meta.posted.at(-1)!.body).toMatchObject({
      type: "text",
      text: { body: expect.stringContaining("what troubles you most") },
    });
    await post(notification(said("I have a cough", "wamid.3")));
    await post(notification(chosen("list_reply", "No", "wamid.4")));
    expect(new Set(meta.posted.map(({ body }) => JSON.stringify(body))).size).toBe(4);
  });

  test("has more suggestions in a list, and those that do not fit letter for letter in its words", async () => {
    const channel = whatsappChannel(optionsOf());
    const reply = (suggestions: string[], text = "What is it like?"): Reply => ({
      events: [],
      text,
      suggestions,
      ended: false,
      repeated: false,
    });
    const delivery = { conversation: "c", text: "", from: "16505551234" };
    const sent = async (each: Reply) => {
      await channel.send!({ delivery, reply: each });
      return meta.posted.at(-1)!.body;
    };
    expect((await sent(reply(["a", "b", "c", "d"]))).interactive).toMatchObject({
      type: "list",
      action: { button: "Choose", sections: [{ rows: [{ id: "0", title: "a" }, {}, {}, { id: "3", title: "d" }] }] },
    });
    const long = ["dull", "worse with every jolt or step"];
    expect((await sent(reply(long))).text.body).toBe("What is it like?\n(dull / worse with every jolt or step)");
    expect((await sent(reply(["Yes", "No"], "a".repeat(5_000)))).text.body).toHaveLength(4_096);
  });
});

describe("a webhook", () => {
  test("that Meta did not sign is refused, and nothing is sent", async () => {
    const { post, store } = await serving();
    const body = JSON.stringify(notification(said("hi")));
    const others = [
      "",
      "sha256=",
      signatureOf(body, "another-secret"),
      signatureOf(`${body} `),
      signatureOf(body).slice(7),
    ];
    for (const signature of others) expect((await post(JSON.parse(body), signature)).status).toBe(401);
    expect(await store.list()).toEqual([]);
    expect(meta.posted).toEqual([]);
  });

  test("that comes again, in whatever company, is not answered again", async () => {
    const { post } = await serving();
    const again = said("hello", "wamid.1");
    const other = said("hi", "wamid.1", "16505559999");
    await post(notification(again));
    await Promise.all([post(notification(again, other)), post(notification(other, again))]);
    expect(meta.posted.map(({ body }) => body.to)).toEqual(["16505551234", "16505559999"]);
  });

  test("whose replies were not taken is answered when it comes again: those that were not taken", async () => {
    const { post } = await serving({ replyWithinMs: 1_000 });
    const both = notification(said("hello", "wamid.1"), said("hi", "wamid.2", "16505559999"));
    meta.refusals.push({ status: 400 });
    expect((await post(both)).status).toBe(503);
    expect(meta.posted.map(({ body }) => body.to)).toEqual(["16505559999"]);
    expect((await post(both)).status).toBe(200);
    expect((await post(both)).status).toBe(200);
    expect(meta.posted.map(({ body }) => body.to)).toEqual(["16505559999", "16505551234"]);
  });

  test("has much that is not for us: what became of our messages, reactions, groups, other numbers", async () => {
    const { post } = await serving();
    const status = { id: "wamid.1", status: "delivered", timestamp: "1750030073", recipient_id: "16505551234" };
    const metadata = { display_phone_number: "15550783881", phone_number_id: "106540352242922" };
    const change = (value: object, field = "messages"): object => ({
      object: "whatsapp_business_account",
      entry: [{ id: "102290129340398", changes: [{ value, field }] }],
    });
    const others = [
      change({ messaging_product: "whatsapp", metadata, statuses: [status] }),
      change({ messaging_product: "whatsapp", metadata: { phone_number_id: "1" }, messages: [said("hi")] }),
      change({ event: "SOLUTION_CREATED" }, "partner_solutions"),
      notification({ ...said("hi"), group_id: "Y2FwaV9ncm91cDpFWEFNUExFX0dST1VQX0lE" }),
      notification({
        from: "16505551234",
        id: "wamid.5",
        type: "reaction",
        reaction: { message_id: "wamid.1", emoji: "👍" },
      }),
      notification({ id: "wamid.6", type: "text", text: { body: "my number is hidden" } }),
    ];
    for (const each of others) expect(await post(each)).toEqual({ status: 200, text: "{}" });
    expect(meta.posted).toEqual([]);
    expect((await post({ object: "page", entry: [] })).status).toBe(400);
    expect((await post(notification({ from: 7 }))).status).toBe(400);
  });
});
