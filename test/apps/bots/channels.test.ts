/** What vendors send, as their documentation has it: told true or forged, read, and answered in their form. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Answer,
  botFrameworkChannel,
  type Channel,
  type Reply,
  rasaChannel,
  signedWebhookChannel,
  telegramChannel,
  twilioChannel,
  twilioSignature,
  type WebhookRequest,
  webhookSignature,
  whatsappChannel,
} from "../../../apps/bots/index.ts";

const JSON_TYPE = { "content-type": "application/json" };

function request(body: string, headers: Readonly<Record<string, string>>): WebhookRequest {
  return { url: "/", header: (name) => headers[name], body: Buffer.from(body) };
}

function rendered(channel: Channel, incoming: WebhookRequest, reply: Partial<Reply>): string {
  const whole: Reply = { events: [], text: "", suggestions: [], ended: false, repeated: false, ...reply };
  const answers: Answer[] = channel.parse(incoming).map((delivery) => ({ delivery, reply: whole }));
  return channel.render(answers).body;
}

const refusal = (code: string) => expect.objectContaining({ code });

describe("Telegram", () => {
  const channel = telegramChannel({ secretToken: "a-secret-of-ours" });
  const headers = { ...JSON_TYPE, "x-telegram-bot-api-secret-token": "a-secret-of-ours" };
  // The update of Telegram's guide to webhooks.
  const update = {
    update_id: 10000,
    message: {
      date: 1441645532,
      chat: { last_name: "Test Lastname", id: 1111111, type: "private", first_name: "Test", username: "Test" },
      message_id: 1365,
      from: { last_name: "Test Lastname", id: 1111111, first_name: "Test", username: "Test" },
      text: "/start",
    },
  };
  const sent = request(JSON.stringify(update), headers);

  test("is told by the secret token", () => {
    channel.verify(sent);
    for (const token of ["", "a-secret-of-our", "A-SECRET-OF-OURS"]) {
      const forged = request(JSON.stringify(update), { ...headers, "x-telegram-bot-api-secret-token": token });
      expect(() => channel.verify(forged)).toThrow(refusal("forged"));
    }
    expect(() => channel.verify(request("{}", JSON_TYPE))).toThrow(refusal("forged"));
    expect(() => telegramChannel({ secretToken: "" })).toThrow(refusal("bad-options"));
  });

  test("numbers its updates, which gives their order", () => {
    expect(channel.parse(sent)).toEqual([
      { conversation: "1111111", id: "10000", order: 10000, text: "/start", attachments: [] },
    ]);
  });

  test("sends pictures in several sizes; the largest is the attachment, its caption the words", () => {
    const photo = [
      { file_id: "small", file_unique_id: "s", width: 90, height: 67, file_size: 1_101 },
      { file_id: "large", file_unique_id: "l", width: 1_280, height: 960, file_size: 101_101 },
    ];
    const { text: _, ...message } = update.message;
    const body = JSON.stringify({ update_id: 10001, message: { ...message, photo, caption: "my rash" } });
    expect(channel.parse(request(body, headers))).toMatchObject([
      { text: "my rash", attachments: [{ type: "image/jpeg", url: "telegram:large" }] },
    ]);
  });

  test("has much that is not for us: groups, edits, callbacks", () => {
    const group = { ...update, message: { ...update.message, chat: { id: -1, type: "group" } } };
    const edited = { update_id: 1, edited_message: update.message };
    const callback = { update_id: 2, callback_query: { id: "4382bfdwdsb323b2d9", data: "x" } };
    for (const body of [group, edited, callback])
      expect(channel.parse(request(JSON.stringify(body), headers))).toEqual([]);
    for (const body of ["", "[]", '{"update_id":"x"}', '{"update_id":1,"message":{"chat":{"id":"a"}}}'])
      expect(() => channel.parse(request(body, headers))).toThrow(refusal("bad-message"));
  });

  test("is answered by a call of a method in the response", () => {
    const body = JSON.parse(rendered(channel, sent, { text: "Do you cough?", suggestions: ["Yes", "No"] }));
    expect(body).toEqual({
      method: "sendMessage",
      chat_id: 1111111,
      text: "Do you cough?",
      reply_markup: { keyboard: [["Yes", "No"]], one_time_keyboard: true, resize_keyboard: true },
    });
    expect(rendered(channel, sent, { text: "" })).toBe("{}");
  });
});

describe("Twilio", () => {
  // The example of Twilio's page on webhook security.
  const url = "https://mycompany.com/myapp.php?foo=1&bar=2";
  const example = new URLSearchParams({
    To: "+18005551212",
    CallSid: "CA1234567890ABCDE",
    Digits: "1234",
    From: "+12349013030",
    Caller: "+12349013030",
  });
  const channel = twilioChannel({ authToken: "12345678", url });
  const signed = (form: URLSearchParams, signature = twilioSignature("12345678", url, form)): WebhookRequest =>
    request(form.toString(), {
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      "x-twilio-signature": signature,
    });
  const message = new URLSearchParams({
    ToCountry: "US",
    MessageSid: "SM1f0e8ae6ade43cb3c0ce4525424e404f",
    AccountSid: "ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
    From: "+14017122661",
    To: "+15558675310",
    Body: "I cough & ache + shiver",
    NumMedia: "0",
    ApiVersion: "2010-04-01",
  });

  test("signs its own example as its documentation has it", () => {
    expect(twilioSignature("12345", url, example)).toBe("0/KCTR6DLpKmkAf8muzZqo1nDgQ=");
  });

  test("is told by its signature over address and fields", () => {
    channel.verify(signed(message));
    const altered = new URLSearchParams(message);
    altered.set("Body", "I am fine");
    expect(() => channel.verify(signed(altered, twilioSignature("12345678", url, message)))).toThrow(refusal("forged"));
    expect(() => channel.verify(signed(message, ""))).toThrow(refusal("forged"));
    expect(() => channel.verify(signed(message, twilioSignature("87654321", url, message)))).toThrow(refusal("forged"));
    const elsewhere = twilioSignature("12345678", "https://mycompany.com/myapp.php", message);
    expect(() => channel.verify(signed(message, elsewhere))).toThrow(refusal("forged"));
  });

  test("names the chat by both numbers, and the message by its Sid", () => {
    expect(channel.parse(signed(message))).toEqual([
      {
        conversation: "+14017122661 +15558675310",
        id: "SM1f0e8ae6ade43cb3c0ce4525424e404f",
        text: "I cough & ache + shiver",
        attachments: [],
      },
    ]);
    expect(() => channel.parse(signed(example))).toThrow(refusal("bad-message"));
  });

  test("carries WhatsApp the same way, and pictures as addresses", () => {
    const picture = new URLSearchParams(message);
    picture.set("From", "whatsapp:+14017122661");
    picture.set("To", "whatsapp:+15558675310");
    picture.set("Body", "");
    picture.set("NumMedia", "1");
    picture.set("MediaContentType0", "image/jpeg");
    picture.set("MediaUrl0", "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1");
    channel.verify(signed(picture));
    expect(channel.parse(signed(picture))).toMatchObject([
      {
        conversation: "whatsapp:+14017122661 whatsapp:+15558675310",
        attachments: [{ type: "image/jpeg", url: expect.stringContaining("/Media/ME1") }],
      },
    ]);
  });

  test("is answered in TwiML, escaped, in pieces that an SMS can hold", () => {
    expect(rendered(channel, signed(message), { text: 'Is it < 38 °C & "dry"?' })).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Message>Is it &lt; 38 °C &amp; &quot;dry&quot;?</Message></Response>',
    );
    const choices = { text: "Is it dry?", suggestions: ["Dry", "Not sure"] };
    expect(rendered(channel, signed(message), choices)).toContain("<Message>Is it dry?\n(Dry / Not sure)</Message>");
    expect(rendered(channel, signed(message), { text: "" })).toContain("<Response></Response>");
    expect(rendered(channel, signed(message), { text: "a".repeat(2_000) }).match(/<Message>/g)).toHaveLength(2);
  });
});

describe("Rasa's REST channel", () => {
  const channel = rasaChannel({ token: "rasa-token" });
  const headers = { ...JSON_TYPE, authorization: "Bearer rasa-token" };
  const sent = request('{"sender": "test_user", "message": "Hi there!"}', headers);

  test("is told by its token", () => {
    channel.verify(sent);
    for (const authorization of ["", "Bearer", "Bearer rasa-toke", "Basic rasa-token", "rasa-token"])
      expect(() => channel.verify(request("{}", { ...headers, authorization }))).toThrow(refusal("forged"));
  });

  test("names the sender; a message's id stands in its metadata, if anywhere", () => {
    expect(channel.parse(sent)).toEqual([{ conversation: "test_user", id: undefined, text: "Hi there!" }]);
    const numbered = request('{"sender":"a","message":"b","metadata":{"message_id":"7"}}', headers);
    expect(channel.parse(numbered)).toEqual([{ conversation: "a", id: "7", text: "b" }]);
    expect(() => channel.parse(request('{"sender":7}', headers))).toThrow(refusal("bad-message"));
    expect(() => channel.parse(request("{}", { authorization: "Bearer rasa-token" }))).toThrow(refusal("bad-message"));
  });

  test("is answered by a list of messages", () => {
    expect(JSON.parse(rendered(channel, sent, { text: "Do you cough?", suggestions: ["Yes"] }))).toEqual([
      { recipient_id: "test_user", text: "Do you cough?", buttons: [{ title: "Yes", payload: "Yes" }] },
    ]);
    expect(rendered(channel, sent, { text: "" })).toBe("[]");
  });
});

describe("a signed webhook", () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const now = 1614265330;
  const clock = { now: () => new Date(now * 1000) };
  const signed = (body: string, id = "m1", time = now, key = secret): WebhookRequest =>
    request(body, {
      ...JSON_TYPE,
      "webhook-id": id,
      "webhook-timestamp": String(time),
      "webhook-signature": webhookSignature(key, id, String(time), body),
    });

  test("is signed as the example of Standard Webhooks", () => {
    expect(webhookSignature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", String(now), '{"test": 2432232314}')).toBe(
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    );
  });

  test("is refused when forged, altered, stale, or the very same again; signed anew it is good", () => {
    const channel = signedWebhookChannel({ secret, clock });
    channel.verify(signed("{}"));
    expect(() => channel.verify(signed("{}"))).toThrow(refusal("replayed"));
    channel.verify(signed("{}", "m1", now + 1));
    const other = `whsec_${Buffer.alloc(24).toString("base64")}`;
    expect(() => channel.verify(signed("{}", "m2", now, other))).toThrow(refusal("forged"));
    const { header } = signed("{}", "m3");
    expect(() => channel.verify({ url: "/", header, body: Buffer.from("{ }") })).toThrow(refusal("forged"));
    expect(() => channel.verify({ url: "/", header: () => undefined, body: Buffer.from("{}") })).toThrow(
      refusal("forged"),
    );
    for (const time of [now - 301, now + 301])
      expect(() => channel.verify(signed("{}", "m4", time))).toThrow(refusal("stale"));
    expect(() => signedWebhookChannel({ secret: "whsec_c2hvcnQ=" })).toThrow(refusal("bad-options"));
  });

  test("takes any of several signatures, so that secrets can be changed", () => {
    const channel = signedWebhookChannel({ secret, clock });
    const { header, body } = signed("{}");
    const several = (name: string): string | undefined =>
      name === "webhook-signature" ? `v1,AAAA v1a,BBBB ${header(name)}` : header(name);
    channel.verify({ url: "/", header: several, body });
  });

  test("names chat, words, order and attachments, and is answered with typed events", () => {
    const channel = signedWebhookChannel({ secret, clock });
    const attachments = [{ type: "image/png", url: "https://media.example/2" }];
    const incoming = signed(JSON.stringify({ conversation: "c", text: "hi", order: 3, attachments }));
    expect(channel.parse(incoming)).toEqual([{ conversation: "c", id: "m1", text: "hi", order: 3, attachments }]);
    expect(JSON.parse(rendered(channel, incoming, { text: "Hello." }))).toMatchObject({
      conversation: "c",
      id: "m1",
      text: "Hello.",
      events: [],
    });
    expect(() => channel.parse(signed('{"conversation":"c","texts":"hi"}'))).toThrow(refusal("bad-message"));
  });
});

test("what is sent inline, or does not fit an event, leaves its media type", () => {
  const channel = telegramChannel({ secretToken: "secret-token" });
  const attachmentOf = (document: object): unknown => {
    const message = { chat: { id: 1, type: "private" }, document };
    return channel.parse(request(JSON.stringify({ update_id: 1, message }), JSON_TYPE))[0]!.attachments?.[0];
  };
  const long = "a".repeat(3_000);
  expect(attachmentOf({ file_id: long, mime_type: "image/png", file_name: `${"a".repeat(199)}😀` })).toEqual({
    type: "image/png",
    name: `${"a".repeat(199)}\ufffd`,
  });
  expect(attachmentOf({ file_id: "f", mime_type: long })).toEqual({ type: "a".repeat(200), url: "telegram:f" });
  const webhook = signedWebhookChannel({ secret: `whsec_${Buffer.alloc(24).toString("base64")}` });
  const sent = (url: string): unknown => {
    const body = JSON.stringify({ conversation: "c", attachments: [{ type: "image/png", url }] });
    return webhook.parse(request(body, JSON_TYPE))[0]!.attachments;
  };
  expect(sent("data:image/png;base64,iVBORw0KGgo")).toEqual([{ type: "image/png" }]);
  expect(() => sent(long)).toThrow(refusal("bad-message"));
});

test("whatever a body holds, it is read or refused as a bad message", () => {
  const texts = fc.oneof(fc.json(), fc.string({ unit: "binary" }), fc.webUrl());
  const fields = fc.dictionary(fc.constantFrom("MessageSid", "From", "To", "Body", "NumMedia", "x"), fc.string());
  const keys = fc.dictionary(
    fc.constantFrom(
      ...["update_id", "message", "sender", "conversation", "text", "order", "attachments", "metadata"],
      ...["type", "channelId", "serviceUrl", "from", "recipient", "timestamp", "object", "entry"],
    ),
    fc.oneof(fc.jsonValue(), fc.constantFrom("message", "https://a.example/", { id: "a" }, { type: "private", id: 1 })),
  );
  const channels = [
    telegramChannel({ secretToken: "secret-token" }),
    rasaChannel({ token: "rasa-token" }),
    signedWebhookChannel({ secret: `whsec_${Buffer.alloc(24).toString("base64")}` }),
    twilioChannel({ authToken: "auth-token", url: "https://clinic.example" }),
    botFrameworkChannel({ appId: "app", appPassword: "app-password" }),
    whatsappChannel({
      appSecret: "app-secret",
      verifyToken: "verify-token",
      accessToken: "access-token",
      phoneNumberId: "1",
    }),
  ];
  const bodies = fc.oneof(
    texts,
    keys.map((value) => JSON.stringify(value)),
    fields.map((value) => new URLSearchParams(value).toString()),
  );
  fc.assert(
    fc.property(bodies, fc.constantFrom(...channels), (body, channel) => {
      const type = channel.name === "twilio" ? "application/x-www-form-urlencoded" : "application/json";
      try {
        channel.parse(request(body, { "content-type": type }));
      } catch (error) {
        expect(error).toEqual(refusal("bad-message"));
      }
    }),
    { numRuns: 300 },
  );
});
