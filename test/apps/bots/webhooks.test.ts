/** Webhooks end to end: real requests over HTTP; repeated, late, forged and lost ones among them. */
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { Conversations } from "../../../apps/bots/conversations.ts";
import {
  openPractice,
  rasaChannel,
  serveWebhooks,
  signedWebhookChannel,
  telegramChannel,
  twilioChannel,
  twilioSignature,
  type WebhookOptions,
  webhookSignature,
} from "../../../apps/bots/index.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import type { ConsultationEvent, EventStore } from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const URL_AT_TWILIO = "https://clinic.example/twilio";

const channels = () => ({
  "/telegram": telegramChannel({ secretToken: "secret-token" }),
  "/twilio": twilioChannel({ authToken: "auth-token", url: URL_AT_TWILIO }),
  "/webhooks/rest/webhook": rasaChannel({ token: "rasa-token" }),
  "/webhook": signedWebhookChannel({ secret: SECRET }),
});

async function serving(options: Partial<WebhookOptions> = {}): Promise<string> {
  const running = await serveWebhooks({ base: clinic, channels: channels(), ...options });
  onTestFinished(() => running.close());
  return running.url;
}

const telegram = (update_id: number, text: string, chat = 7) => ({
  method: "POST",
  headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": "secret-token" },
  body: JSON.stringify({
    update_id,
    message: { message_id: update_id, date: 1, chat: { id: chat, type: "private" }, text },
  }),
});

const twilio = (MessageSid: string, Body: string) => {
  const form = new URLSearchParams({ MessageSid, Body, From: "+1", To: "+2", NumMedia: "0" });
  const headers = { "x-twilio-signature": twilioSignature("auth-token", URL_AT_TWILIO, form) };
  return { method: "POST", headers, body: form };
};

const rasa = (message: string) => ({
  method: "POST",
  headers: { "content-type": "application/json", authorization: "Bearer rasa-token" },
  body: JSON.stringify({ sender: "ada", message }),
});

const START = Math.floor(Date.now() / 1000);
let second = 0;
const signed = (id: string, message: object, time = START - second++) => {
  const body = JSON.stringify(message);
  const signature = webhookSignature(SECRET, id, String(time), body);
  const headers = { "webhook-id": id, "webhook-timestamp": String(time), "webhook-signature": signature };
  return { method: "POST", headers: { ...headers, "content-type": "application/json" }, body };
};

async function post(url: string, init: RequestInit): Promise<{ status: number; text: string }> {
  const response = await fetch(url, init);
  return { status: response.status, text: await response.text() };
}

describe("a conversation", () => {
  test("over Telegram: consent, a question with a keyboard, an answer, the next question", async () => {
    const url = `${await serving()}/telegram`;
    const said = [];
    for (const [index, text] of ["/start", "Yes", "I have a cough", "No"].entries())
      said.push(JSON.parse((await post(url, telegram(100 + index, text))).text));
    expect(said[0].text).toContain("not a diagnosis");
    expect(said[1].text).toContain("what troubles you most");
    expect(said[2].reply_markup.keyboard.flat()).toContain("Not sure");
    expect(new Set(said.map(({ text }) => text)).size).toBe(4);
    expect(said.every(({ method, chat_id }) => method === "sendMessage" && chat_id === 7)).toBe(true);
  });

  test("over Twilio, answered in TwiML; over Rasa, in a list", async () => {
    const url = await serving();
    expect((await post(`${url}/twilio`, twilio("SM1", "hi"))).text).toMatch(/<Message>I am a program.*<\/Message>/);
    const [message] = JSON.parse((await post(`${url}/webhooks/rest/webhook`, rasa("hi"))).text);
    expect(message).toMatchObject({
      recipient_id: "ada",
      buttons: [{ title: "Yes", payload: "Yes" }, { title: "No" }],
    });
  });

  test("that is over says how to begin anew, and begins anew", async () => {
    const store = memoryStore();
    const url = `${await serving({ store })}/telegram`;
    for (const [index, text] of ["hi", "yes", "I cough up blood"].entries()) await post(url, telegram(index, text));
    expect((await post(url, telegram(3, "and now?"))).text).toContain("write NEW");
    expect((await post(url, telegram(4, "new"))).text).toContain("Reply YES");
    expect(await store.list()).toHaveLength(2);
    // What came before is known in the new one too.
    expect((await post(url, telegram(4, "new"))).text).toBe("{}");
    expect((await post(url, telegram(1, "yes"))).text).toBe("{}");
    expect((await post(url, telegram(5, "yes"))).text).toContain("what troubles you most");
  });

  test("begins anew by itself after a day of silence", async () => {
    let now = Date.now();
    const store = memoryStore();
    const url = `${await serving({ store, clock: { now: () => new Date(now) } })}/telegram`;
    for (const [index, text] of ["hi", "yes", "I have a cough"].entries()) await post(url, telegram(50 + index, text));
    now += 25 * 3_600_000;
    // Telegram may number from anywhere after a week.
    expect((await post(url, telegram(3, "hello again"))).text).toContain("Reply YES");
    expect(await store.list()).toHaveLength(2);
  });

  test("goes on after a restart, and a delivery from before it is not answered again", async () => {
    const store = memoryStore();
    const before = `${await serving({ store })}/telegram`;
    for (const [index, text] of ["hi", "yes", "I have a cough"].entries()) await post(before, telegram(index, text));
    const after = `${await serving({ store })}/telegram`;
    for (const [index, text] of ["hi", "yes", "I have a cough"].entries())
      expect((await post(after, telegram(index, text))).text).toBe("{}");
    expect(JSON.parse((await post(after, telegram(3, "no"))).text).text).toMatch(/\?|Thank you/);
  });

  test("is kept apart from others, whose numbers the store does not tell", async () => {
    const store = memoryStore();
    const url = `${await serving({ store, idKey: "key" })}/telegram`;
    await post(url, telegram(1, "hi", 4915112345678));
    await post(url, telegram(1, "hi", 4915112345679));
    const ids = await store.list();
    expect(ids).toHaveLength(2);
    expect(ids.join()).not.toContain("49151");
    const practice = await openPractice({ base: clinic });
    expect(ids).not.toContain(`${new Conversations(practice).nameOf("telegram", "4915112345678")}-1`);
  });

  test("has the person's age and sex from the records of whoever runs it", async () => {
    const store = memoryStore();
    const personOf = async (channel: string, chat: string) =>
      channel === "telegram" && chat === "7" ? ({ age: 0.1, sex: "female" } as const) : undefined;
    const url = `${await serving({ store, personOf })}/telegram`;
    for (const [index, text] of ["hi", "yes"].entries()) await post(url, telegram(index, text));
    expect((await post(url, telegram(9, "she has a fever"))).text).toContain("emergency");
  });
});

describe("a request", () => {
  test("that is forged, stale or replayed reaches no conversation", async () => {
    const store = memoryStore();
    const url = await serving({ store });
    const forged = { ...telegram(1, "hi"), headers: { "content-type": "application/json" } };
    expect((await post(`${url}/telegram`, forged)).status).toBe(401);
    const tampered = { ...twilio("SM1", "hi"), body: new URLSearchParams({ MessageSid: "SM1", From: "+1", To: "+2" }) };
    expect((await post(`${url}/twilio`, tampered)).status).toBe(401);
    expect((await post(`${url}/webhook`, signed("1", { conversation: "c" }, 1))).text).toContain("stale");
    expect(await store.list()).toEqual([]);
    const once = signed("1", { conversation: "c", text: "hi" });
    expect((await post(`${url}/webhook`, once)).status).toBe(200);
    expect(await post(`${url}/webhook`, once)).toMatchObject({
      status: 401,
      text: expect.stringContaining("replayed"),
    });
    const resigned = JSON.parse((await post(`${url}/webhook`, signed("1", { conversation: "c", text: "hi" }))).text);
    expect(resigned).toMatchObject({ text: "", repeated: true });
  });

  test("that is none is refused in its form", async () => {
    const url = await serving({ payloadBytes: 1_000 });
    expect((await post(`${url}/nowhere`, telegram(1, "hi"))).status).toBe(404);
    expect((await fetch(`${url}/telegram`)).status).toBe(405);
    expect((await post(`${url}/telegram`, telegram(1, "a".repeat(2_000)))).status).toBe(413);
    expect((await post(`${url}/telegram`, { ...telegram(1, ""), body: "{" })).status).toBe(400);
    expect(await (await fetch(`${url}/healthz`)).text()).toBe("ok\n");
  });

  test("whose answer was lost is answered when it comes again; one whose answer arrived is not", async () => {
    const gone = new AbortController();
    const personOf = async () => {
      if (!gone.signal.aborted) {
        gone.abort();
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      return undefined;
    };
    const url = `${await serving({ personOf })}/telegram`;
    await expect(fetch(url, { ...telegram(1, "hi"), signal: gone.signal })).rejects.toThrow();
    expect((await post(url, telegram(1, "hi"))).text).toContain("Reply YES");
    expect((await post(url, telegram(1, "hi"))).text).toBe("{}");
  });

  test("that cannot be stored is to be delivered again, and then is answered", async () => {
    const real = memoryStore();
    let broken = true;
    const store: EventStore = {
      ...real,
      append: (...given) => (broken ? Promise.reject(new Error("no disk")) : real.append(...given)),
    };
    const url = `${await serving({ store })}/telegram`;
    expect((await post(url, telegram(1, "hi"))).status).toBe(503);
    broken = false;
    expect((await post(url, telegram(1, "hi"))).text).toContain("Reply YES");
  });
});

/** What a person would send, in order; the last words end nothing, so that every message counts. */
const SCRIPT = ["hello", "yes", "I have a cough", "no", "it is dry", "I do smoke", "no fever", "nothing else", "no"];

const timeless = (events: readonly ConsultationEvent[]): object[] => events.map(({ time: _, ...event }) => event);

async function eventsOf(store: EventStore): Promise<object[]> {
  const lists = await Promise.all((await store.list()).map((id) => store.read(id)));
  return lists.map((list) => timeless(list.map(({ event }) => event)));
}

describe("deliveries", () => {
  const sent = SCRIPT.map((text, order) => ({ conversation: "c", id: `m${order}`, order, text }));

  test("repeated at any time, in one process or another, change nothing", async () => {
    const plain = memoryStore();
    const inOrder = new Conversations(await openPractice({ base: clinic, store: plain }));
    const texts: string[] = [];
    for (const delivery of sent) texts.push((await inOrder.take("x", delivery)).text);
    const expected = await eventsOf(plain);
    expect(texts.every((text) => text !== "")).toBe(true);
    // After each message, which of those so far come again, and whether at the same time; numbered or not.
    const schedule = fc.array(fc.array(fc.nat(SCRIPT.length - 1), { maxLength: 4 }), {
      minLength: SCRIPT.length,
      maxLength: SCRIPT.length,
    });
    await fc.assert(
      fc.asyncProperty(schedule, fc.boolean(), fc.boolean(), async (again, restarts, numbered) => {
        const store = memoryStore();
        const fresh = async () => new Conversations(await openPractice({ base: clinic, store }));
        let conversations = await fresh();
        const told: string[] = [];
        for (const [index, { order, ...rest }] of sent.entries()) {
          const of = (each: number) => (numbered ? sent[each]! : { ...rest, id: `m${each}`, text: SCRIPT[each]! });
          const repeats = again[index]!.filter((each) => each <= index);
          const taken = [of(index), ...repeats.map(of)].map((delivery) => conversations.take("x", delivery));
          for (const reply of await Promise.all(taken)) if (!reply.repeated) told.push(reply.text);
          if (restarts && index % 3 === 1) conversations = await fresh();
        }
        expect(told).toEqual(texts);
        const events = await eventsOf(store);
        const strip = (lists: object[]) => JSON.stringify(lists).replaceAll(/"\d+~m/g, '"m');
        expect(strip(events)).toBe(strip(expected));
      }),
      { numRuns: 20 },
    );
  });

  test("that two processes get at once are answered by one of them", async () => {
    // As a store that several processes share: told of what others did only when looked at.
    const store: EventStore = { ...memoryStore(), watch: () => () => {} };
    const processes = [0, 1].map(async () => new Conversations(await openPractice({ base: clinic, store })));
    const both = await Promise.all(processes);
    const script = [...SCRIPT.slice(0, 3), "I cough up blood", "new", "yes"];
    for (const [index, text] of script.entries()) {
      const delivery = { conversation: "c", id: `m${index}`, text };
      const replies = await Promise.all(both.map((process) => process.take("x", delivery)));
      expect(replies.filter(({ repeated }) => !repeated)).toHaveLength(1);
    }
    const [first, other] = both;
    expect((await first!.take("x", { conversation: "c", id: "a", text: "I cough up blood" })).ended).toBe(true);
    expect((await first!.take("x", { conversation: "c", id: "b", text: "new" })).text).toContain("Reply YES");
    // The other one sees that a new one has begun.
    expect((await other!.take("x", { conversation: "c", id: "d", text: "yes" })).text).toContain("what troubles you");
  });

  test("at once but out of order are put in order", async () => {
    const plain = memoryStore();
    const inOrder = new Conversations(await openPractice({ base: clinic, store: plain }));
    for (const delivery of sent) await inOrder.take("x", delivery);
    const expected = await eventsOf(plain);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(sent, { minLength: sent.length }), async (shuffled) => {
        const store = memoryStore();
        const conversations = new Conversations(await openPractice({ base: clinic, store }));
        await Promise.all(shuffled.map((delivery) => conversations.take("x", delivery)));
        expect(await eventsOf(store)).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });

  test("late, in any order, never ask twice: what comes after a newer one is stored once and asks nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...sent), { minLength: 1, maxLength: 20 }), async (arriving) => {
        const store = memoryStore();
        const conversations = new Conversations(await openPractice({ base: clinic, store }));
        let newest = -1;
        for (const delivery of arriving) {
          const { text, repeated } = await conversations.take("x", delivery);
          if (!repeated) expect(text !== "").toBe(delivery.order > newest);
          newest = Math.max(newest, delivery.order);
        }
        const [events] = (await eventsOf(store)) as { type: string; id?: string; turn?: number }[][];
        const ids = events!.flatMap(({ type, id }) => (type === "patient-said" ? [id] : []));
        expect(ids).toHaveLength(new Set(arriving).size);
        const turns = events!.flatMap(({ turn }) => turn ?? []);
        expect(new Set(turns).size).toBe(turns.length);
      }),
      { numRuns: 30 },
    );
  });

  test("of one conversation that wait too many are refused, to be delivered again", async () => {
    const conversations = new Conversations(await openPractice({ base: clinic }), { queue: 2 });
    const taken = sent.slice(0, 3).map((delivery) => (async () => conversations.take("x", delivery))());
    const settled = await Promise.allSettled(taken);
    expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  });

  test("of more conversations than are kept go on from the store", async () => {
    const conversations = new Conversations(await openPractice({ base: clinic }), { kept: 1 });
    for (const text of ["hi", "yes"])
      for (const conversation of ["a", "b"]) {
        const reply = await conversations.take("x", { conversation, id: text, text });
        expect(reply.text).toContain(text === "hi" ? "Reply YES" : "what troubles you most");
      }
  });
});
