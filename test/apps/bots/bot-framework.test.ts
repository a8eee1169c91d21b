/**
 * The Bot Framework end to end: activities as its documentation has them, signed by a stand-in for Azure Bot Service that
 * publishes its keys and records the replies; forged, stale, repeated and late ones among them.
 */
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { type BotFrameworkOptions, botFrameworkChannel, serveWebhooks } from "../../../apps/bots/index.ts";
import type { Occurrence } from "../../../apps/server/log.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { clinic } from "../../fixtures/clinic.ts";
import { type AzureBotService, azureBotService, type Signing } from "./azure-bot-service.ts";

let azure: AzureBotService;
beforeEach(async () => {
  azure = await azureBotService();
});
afterEach(() => azure.end());

// The message of Teams' documentation on conversations with bots, "Full inbound schema example".
const teamsMessage = (changes: object = {}): object => ({
  type: "message",
  id: "1485983408511",
  timestamp: "2017-02-01T21:10:07.437Z",
  localTimestamp: "2017-02-01T14:10:07.437-07:00",
  serviceUrl: azure.serviceUrl,
  channelId: "msteams",
  from: {
    id: "29:1XJKJMvc5GBtc2JwZq0oj8tHZmzrQgFmB39ATiQWA85gQtHieVkKilBZ9XHoq9j7Zaqt7CZ-NJWi7me2kHTL3Bw",
    name: "Megan Bowen",
    aadObjectId: "7faf8ab2-3d56-4244-b585-20c8a42ed2b8",
  },
  conversation: {
    conversationType: "personal",
    id: "a:17I0kl9EkpE1O9PH5TWrzrLNwnWWcfrU7QZjKR0WSfOpzbfcAg2IaydGElSo10tVr4C7Fc6GtieTJX663WuJCc1uA83n4CSrHSgGBj5XNYLcVlJAs2ZX8DbYBPck201w-",
  },
  recipient: { id: "28:c9e8c047-2a74-40a2-b28a-b162d5f5327c", name: "Teams TestBot" },
  textFormat: "plain",
  text: "Hello Teams TestBot",
  entities: [
    { locale: "en-US", country: "US", platform: "Windows", timezone: "America/Los_Angeles", type: "clientInfo" },
  ],
  channelData: { tenant: { id: "72f988bf-86f1-41af-91ab-2d7cd011db47" } },
  locale: "en-US",
  ...changes,
});

/** The `index`th message of a chat, a second after the one before. */
const nth = (index: number, text: string, changes: object = {}): object =>
  teamsMessage({ id: `148598340851${index}`, timestamp: `2017-02-01T21:10:0${index}.437Z`, text, ...changes });

async function serving(options: Partial<BotFrameworkOptions> = {}) {
  const store = memoryStore();
  const logged: Occurrence[] = [];
  const channels = { "/api/messages": botFrameworkChannel({ ...azure.options, ...options }) };
  const log = (_: string, occurrence: Occurrence): unknown => logged.push(occurrence);
  const running = await serveWebhooks({ base: clinic, channels, store, log });
  onTestFinished(() => running.close());
  const post = async (activity: object, signing: Signing | string = {}) => {
    const token = typeof signing === "string" ? signing : await azure.token(signing);
    const headers = { "content-type": "application/json; charset=utf-8", authorization: `Bearer ${token}` };
    const body = JSON.stringify(activity);
    const response = await fetch(`${running.url}/api/messages`, { method: "POST", headers, body });
    return { status: response.status, text: await response.text() };
  };
  return { store, logged, post };
}

const said = (): string[] => azure.posted.map(({ body }) => body.text);

describe("a conversation", () => {
  test("is answered through the connector, as a reply to the message, with suggestions as buttons", async () => {
    const { post } = await serving();
    for (const [index, text] of ["Hello Teams TestBot", "Yes", "I have a cough", "No"].entries())
      expect(await post(nth(index, text))).toEqual({ status: 200, text: "{}" });
    const [first, second, third] = azure.posted;
    expect(first).toMatchObject({
      path: `/amer/v3/conversations/${encodeURIComponent((teamsMessage() as { conversation: { id: string } }).conversation.id)}/activities/1485983408510`,
      authorization: "Bearer granted-1 https://api.botframework.com/.default",
      body: {
        type: "message",
        from: { id: "28:c9e8c047-2a74-40a2-b28a-b162d5f5327c", name: "Teams TestBot" },
        recipient: { name: "Megan Bowen" },
        conversation: { conversationType: "personal" },
        replyToId: "1485983408510",
        locale: "en-US",
        textFormat: "plain",
        suggestedActions: { actions: [{ type: "imBack", title: "Yes", value: "Yes" }, { title: "No" }] },
      },
    });
    expect(first!.body.text).toContain("not a diagnosis");
    expect(second!.body.text).toContain("what troubles you most");
    expect(third!.body.suggestedActions.actions).toContainEqual({
      type: "imBack",
      title: "Not sure",
      value: "Not sure",
    });
    expect(new Set(said()).size).toBe(4);
    expect(azure.asked).toEqual({ metadata: 1, keys: 1, tokens: 1 });
  });

  test("is answered in the response where the sender expects it there", async () => {
    const { post } = await serving();
    const { text } = await post(teamsMessage({ deliveryMode: "expectReplies" }));
    const { activities } = JSON.parse(text);
    expect(activities).toMatchObject([{ type: "message", replyToId: "1485983408511" }]);
    expect(activities[0].text).toContain("Reply YES");
    expect(azure.posted).toEqual([]);
    // The repetition is answered, with nothing.
    expect((await post(teamsMessage({ deliveryMode: "expectReplies" }))).text).toBe('{"activities":[]}');
  });
});

describe("a request", () => {
  const hour = 3600;
  const now = () => Math.floor(Date.now() / 1000);

  test("that the connector did not sign for this app and this activity is refused, and nothing is sent anywhere", async () => {
    const { post, store } = await serving();
    const forged: Record<string, Signing | string> = {
      "no token": "",
      "no token at all": "abc",
      "another's key": { forged: true },
      "an unknown key": { kid: "key-9" },
      "another app": { claims: { aud: "00000000-0000-0000-0000-000000000000" } },
      "another issuer": { claims: { iss: "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/" } },
      "no end": { claims: { exp: undefined } },
      "no serviceUrl": { claims: { serviceurl: undefined } },
      "another serviceUrl": { claims: { serviceurl: "https://smba.trafficmanager.net/amer/" } },
    };
    for (const [what, signing] of Object.entries(forged)) {
      const { status, text } = await post(teamsMessage(), signing);
      expect([what, status, text]).toEqual([what, 401, expect.stringContaining("forged")]);
    }
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ aud: azure.options.appId }))}.`;
    expect((await post(teamsMessage(), unsigned)).status).toBe(401);
    // Its serviceUrl is where replies, and the token for them, would go.
    const diverted = teamsMessage({ serviceUrl: "http://127.0.0.1:9/" });
    expect((await post(diverted)).status).toBe(401);
    expect(await store.list()).toEqual([]);
    expect(azure.posted).toEqual([]);
    expect(azure.asked.tokens).toBe(0);
  });

  test("is good until five minutes after its token's end, and not before its beginning", async () => {
    const { post } = await serving();
    for (const claims of [{ exp: now() - 330 }, { nbf: now() + 330 }]) {
      const { status, text } = await post(teamsMessage(), { claims });
      expect([status, text]).toEqual([401, expect.stringContaining("stale")]);
    }
    expect((await post(teamsMessage(), { claims: { exp: now() - 270, nbf: now() - hour } })).status).toBe(200);
  });

  test("counts for the channels that its key is endorsed for", async () => {
    await azure.publish("bare");
    const { post } = await serving();
    expect((await post(teamsMessage({ channelId: "slack" }))).status).toBe(401);
    expect((await post(teamsMessage(), { kid: "bare" })).status).toBe(401);
    const lenient = await serving({ signer: { ...azure.options.signer, endorsed: false } });
    expect((await lenient.post(teamsMessage(), { kid: "bare" })).status).toBe(200);
  });

  test("whose token was sent before is a repetition, and says nothing more", async () => {
    const { post, store } = await serving();
    const token = await azure.token();
    for (let times = 0; times < 3; times++)
      expect(await post(teamsMessage(), token)).toEqual({ status: 200, text: "{}" });
    await Promise.all([1, 2, 3].map(() => post(nth(8, "yes"), token)));
    expect(azure.posted).toHaveLength(2);
    const [id] = await store.list();
    const events = await store.read(id!);
    expect(events.filter(({ event }) => event.type === "patient-said")).toHaveLength(2);
  });

  test("of another agent counts where agents are named, and is answered at an address that is named", async () => {
    const caller = "11111111-2222-3333-4444-555555555555";
    const signer = { ...azure.options.signer, endorsed: false, callers: [caller] };
    const claims = { serviceurl: undefined, azp: caller };
    const unnamed = await serving({ signer });
    expect((await unnamed.post(teamsMessage(), { claims })).status).toBe(401);
    const { post } = await serving({ signer, serviceUrls: [azure.serviceUrl] });
    expect((await post(teamsMessage(), { claims: { ...claims, azp: "another" } })).status).toBe(401);
    expect((await post(teamsMessage(), { claims })).status).toBe(200);
    expect(azure.posted).toHaveLength(1);
  });

  test("has much that is not for us: groups, channels, edits, reactions, typing, the bot's own words", async () => {
    const { post } = await serving();
    const ours = teamsMessage() as { recipient: object; conversation: object };
    const others = [
      teamsMessage({ conversation: { ...ours.conversation, conversationType: "groupChat", isGroup: true } }),
      teamsMessage({ conversation: { ...ours.conversation, conversationType: "channel" } }),
      teamsMessage({ conversation: { isGroup: true, id: "conv-1", name: "Project Discussion" } }),
      teamsMessage({ from: ours.recipient }),
      teamsMessage({ from: { id: "28:other", role: "bot" } }),
      // The activities of the protocol's examples, by their type.
      teamsMessage({ type: "messageUpdate", text: "Hello, I need help with my order #12345." }),
      teamsMessage({ type: "messageDelete" }),
      teamsMessage({ type: "typing" }),
      teamsMessage({ type: "event", name: "locationReceived", value: { latitude: 47.6062, longitude: -122.3321 } }),
      teamsMessage({ type: "invoke", name: "task/submit", value: { taskId: "task-987" } }),
      teamsMessage({ type: "messageReaction", reactionsAdded: [{ type: "like" }], replyToId: "message-activity-1" }),
      teamsMessage({ type: "endOfConversation", code: "completedSuccessfully" }),
      // Teams' "bot added to personal context".
      {
        membersAdded: [{ id: "28:f5d48856-5b42-41a0-8c3a-c5f944b679b0" }, { id: "29:<userID>", aadObjectId: "***" }],
        type: "conversationUpdate",
        timestamp: "2019-04-23T10:17:44.349Z",
        id: "f:5f85c2ad",
        channelId: "msteams",
        serviceUrl: azure.serviceUrl,
        from: { id: "29:<USERID>", aadObjectId: "***" },
        conversation: { conversationType: "personal", id: "***" },
        recipient: { id: "28:<BOT ID>", name: "<BOT NAME>" },
        channelData: { tenant: { id: "<TENANT ID>" } },
      },
    ];
    for (const activity of others) expect(await post(activity)).toEqual({ status: 200, text: "{}" });
    expect(azure.posted).toEqual([]);
    for (const broken of [{}, { type: "message" }, teamsMessage({ from: {} }), teamsMessage({ serviceUrl: 7 })])
      expect((await post(broken)).status).toBe(400);
  });
});

describe("keys", () => {
  test("that are new are found; unknown ones are looked for at a bounded rate", async () => {
    const { post } = await serving();
    await post(teamsMessage());
    for (let times = 0; times < 5; times++)
      expect((await post(teamsMessage(), { kid: "key-2", forged: true })).status).toBe(401);
    expect(azure.asked.keys).toBe(1);
    const later = await serving();
    await azure.publish("key-2");
    expect((await later.post(teamsMessage(), { kid: "key-2" })).status).toBe(200);
  });

  test("that cannot be had let nothing in: the vendor is to deliver it again", async () => {
    const { post } = await serving();
    const token = await azure.token();
    azure.fail(true);
    expect((await post(teamsMessage(), token)).status).toBe(503);
    expect((await post(teamsMessage(), token)).text).toContain("unreachable");
    azure.fail(false);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect((await post(teamsMessage(), token)).status).toBe(200);
  });

  test("at an address that others could read on the way are no keys", () => {
    for (const metadata of ["http://login.example/openid", "nowhere"])
      expect(() => botFrameworkChannel({ ...azure.options, signer: { metadata } })).toThrow(/https/);
    expect(() => botFrameworkChannel({ ...azure.options, appPassword: "" })).toThrow(/appPassword/);
    expect(() => botFrameworkChannel({ ...azure.options, replyWithinMs: 60_000 })).toThrow(/replyWithinMs/);
  });
});

describe("a reply", () => {
  test("that the connector does not take yet is sent again, after the wait that it asks for", async () => {
    const { post } = await serving();
    azure.refusals.push({ status: 429, headers: { "Retry-After": "1" } }, { status: 502 });
    const began = performance.now();
    expect((await post(teamsMessage())).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThan(1_900);
    expect(azure.posted).toHaveLength(1);
  });

  test("that it does not take in time is logged without its words, and sent when the message comes again", async () => {
    const { post, logged } = await serving({ replyWithinMs: 1_000 });
    azure.refusals.push({ status: 429, headers: { "Retry-After": "60" } });
    const { status, text } = await post(teamsMessage({ text: "I have a secret rash" }));
    expect([status, text]).toEqual([503, expect.stringContaining("unreachable")]);
    expect(logged).toEqual([expect.objectContaining({ event: "refused", code: "unreachable" })]);
    expect(JSON.stringify(logged) + text).not.toMatch(/rash|program|Megan/);
    expect((await post(teamsMessage({ text: "I have a secret rash" }))).status).toBe(200);
    expect((await post(teamsMessage({ text: "I have a secret rash" }))).status).toBe(200);
    expect(azure.posted).toHaveLength(1);
  });

  test.each([
    { status: 0, breaks: true },
    { status: 0, hangs: true },
  ])("of which nobody knows whether it arrived is not sent again: %j", async (refusal) => {
    const { post } = await serving({ replyWithinMs: 1_000 });
    azure.refusals.push(refusal);
    expect((await post(teamsMessage())).text).toContain("unconfirmed");
    expect((await post(teamsMessage())).status).toBe(200);
    expect(azure.posted).toHaveLength(1);
    await post(nth(8, "yes"));
    expect(said().at(-1)).toContain("what troubles you most");
  });

  test("at an address where nobody is, is sent when the message comes again and somebody is", async () => {
    const gone = await azureBotService();
    await gone.end();
    const nowhere = gone.serviceUrl;
    const { post } = await serving({ replyWithinMs: 1_000 });
    const claims = { serviceurl: nowhere };
    expect((await post(teamsMessage({ serviceUrl: nowhere }), { claims })).text).toContain("no connection");
    expect((await post(teamsMessage())).status).toBe(200);
    expect(azure.posted).toHaveLength(1);
  });

  test("that is refused for good is not tried for long", async () => {
    const { post } = await serving();
    azure.refusals.push({ status: 403 });
    const began = performance.now();
    expect((await post(teamsMessage())).status).toBe(503);
    expect(performance.now() - began).toBeLessThan(400);
  });

  test("has a token that lasts, and a new one where the old one counts no more", async () => {
    const { post } = await serving();
    await post(nth(0, "hello"));
    azure.refusals.push({ status: 401 });
    await post(nth(1, "yes"));
    await post(nth(2, "I have a cough"));
    expect(azure.posted.map(({ authorization }) => authorization.split(" ")[1])).toEqual([
      "granted-1",
      "granted-2",
      "granted-2",
    ]);
    const wrong = await serving({ appPassword: "another-secret" });
    expect((await wrong.post(teamsMessage())).text).toContain("check id, secret and tenant");
  });

  test("that is still being sent when its message comes again is sent once", async () => {
    const { post } = await serving();
    azure.refusals.push({ status: 503 });
    const [first, again] = await Promise.all([post(teamsMessage()), post(teamsMessage())]);
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(azure.posted).toHaveLength(1);
  });

  test("that does not get through while its message comes again is sent by the repetition", async () => {
    const { post } = await serving();
    azure.refusals.push({ status: 503 }, { status: 403 });
    const both = await Promise.all([post(teamsMessage()), post(teamsMessage())]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 503]);
    expect(azure.posted).toHaveLength(1);
  });

  test("waits for the one before it in its chat", async () => {
    const { post } = await serving();
    azure.refusals.push({ status: 503 });
    const first = post(nth(0, "hello"));
    // Two requests under way may overtake each other on their way in.
    await vi.waitFor(() => expect(azure.refusals).toEqual([]));
    await Promise.all([first, post(nth(1, "yes"))]);
    expect(azure.posted.map(({ body }) => body.replyToId)).toEqual(["1485983408510", "1485983408511"]);
  });
});

describe("deliveries", () => {
  test("have their order by the channel's timestamp: late ones ask nothing", async () => {
    const { post, store } = await serving();
    for (const [index, text] of ["hello", "yes"].entries()) await post(nth(index, text));
    await post(nth(4, "I have a cough"));
    const asked = said().length;
    await post(nth(3, "and I smoke"));
    expect(said()).toHaveLength(asked);
    const [id] = await store.list();
    expect(JSON.stringify(await store.read(id!))).toContain("and I smoke");
    // Without a timestamp, or with one from the future, they count as they come.
    await post(nth(5, "no", { timestamp: undefined }));
    await post(nth(6, "no", { timestamp: new Date(Date.now() + 3_600_000).toISOString() }));
    await post(nth(7, "no"));
    expect(said()).toHaveLength(asked + 3);
  });
});
