/** Lost connections, repeated messages, two tabs, two servers: nothing is lost and nothing happens twice. */
import { describe, expect, test } from "vitest";
import type { TurnOutput } from "../../../agents/index.ts";
import { LogMessage } from "../../../apps/server/protocol.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { type ConsultationEvent, type EventStore, StoreError } from "../../../src/index.ts";
import { type Client, connect, opened } from "./client.ts";
import { conversation, serving } from "./serving.ts";

const logOf = ({ messages }: Client): LogMessage[] =>
  messages.flatMap((message) => LogMessage.safeParse(message).data ?? []);

async function resumed(url: string, consultation: string, lastSeq: number): Promise<Client> {
  const client = await connect(url);
  client.send({ type: "open", resume: { consultation, lastSeq } });
  await client.next("resumed");
  return client;
}

const wordsStored = async (store: EventStore, consultation: string): Promise<string[]> =>
  (await store.read(consultation)).flatMap(({ event }) => (event.type === "patient-said" ? [event.text] : []));

describe("resuming", () => {
  test("from any place gives what came after it, once and in order", async () => {
    const { url } = await serving();
    const { client, consultation } = await opened(url);
    await client.say("I have a cough and a fever");
    await client.say("no");
    const whole = logOf(client);
    client.socket.terminate();
    for (let lastSeq = 0; lastSeq <= whole.length; lastSeq++) {
      const again = await resumed(url, consultation, lastSeq);
      again.send({ type: "ping" });
      await again.next("pong");
      expect(logOf(again)).toEqual(whole.filter(({ seq }) => seq > lastSeq));
      again.close();
    }
  });

  test("after a connection that was cut in the middle of an answer", async () => {
    const { url } = await serving();
    const { client, consultation } = await opened(url);
    const before = logOf(client);
    client.send({ type: "message", id: "m1", text: "I have a cough" });
    client.socket.terminate();
    const again = await resumed(url, consultation, client.seq());
    await again.say("I have a cough", "m1");
    expect([...before, ...logOf(again)].filter(({ type }) => type === "said")).toHaveLength(1);
    expect(logOf(again).filter(({ type }) => type === "question")).toHaveLength(1);
  });

  test("tells the last reply again, which is no event", async () => {
    const { url } = await serving();
    const { client, consultation } = await opened(url);
    await client.say("I have a cough");
    const { seq } = client.messages.at(-1)!;
    await client.say("why do you ask that?");
    const again = await resumed(url, consultation, seq);
    expect(await again.next("reply")).toEqual(client.all("reply")[0]);
  });

  test("from a place that there is not is refused", async () => {
    const { url } = await serving();
    const { consultation } = await opened(url);
    const client = await connect(url);
    client.send({ type: "open", resume: { consultation, lastSeq: 99 } });
    expect(await client.next("error")).toMatchObject({ code: "bad-resume" });
    client.send({ type: "open", resume: { consultation, lastSeq: 0 } });
    await client.next("opened");
  });

  test("works on another server over the same store, which knows a message that came before", async () => {
    const store = memoryStore();
    const [one, two] = [await serving({ store }), await serving({ store })];
    const { client, consultation } = await opened(one.url);
    const after = client.seq();
    await client.say("I have a cough", "m1");
    client.socket.terminate();
    const again = await resumed(two.url, consultation, after);
    again.send({ type: "message", id: "m1", text: "I have a cough" });
    expect(await again.next("accepted")).toMatchObject({ id: "m1", said: client.all("said")[0]!.seq });
    expect(await wordsStored(store, consultation)).toEqual(["I have a cough"]);
    await again.say("no");
    expect(await wordsStored(store, consultation)).toEqual(["I have a cough", "no"]);
  });

  test("two servers that both write: each answer is stored once, and both tell it", async () => {
    const store = memoryStore();
    const [one, two] = [await serving({ store }), await serving({ store })];
    const { client, consultation } = await opened(one.url);
    const other = await resumed(two.url, consultation, 0);
    await client.say("I have a cough");
    await other.say("no");
    await client.say("not sure");
    expect(await wordsStored(store, consultation)).toEqual(["I have a cough", "no", "not sure"]);
    expect(logOf(client).map(({ seq }) => seq)).toEqual((await store.read(consultation)).map((_, index) => index + 1));
  });
});

describe("messages", () => {
  test("with the id of one before get its acknowledgement and nothing else", async () => {
    const store = memoryStore();
    const { url } = await serving({ store });
    const { client, consultation } = await opened(url);
    for (let n = 0; n < 3; n++) client.send({ type: "message", id: "same", text: "I have a cough" });
    const acknowledgements = [
      await client.next("accepted"),
      await client.next("accepted"),
      await client.next("accepted"),
    ];
    expect(new Set(acknowledgements.map(({ said }) => said)).size).toBe(1);
    expect(await wordsStored(store, consultation)).toEqual(["I have a cough"]);
    expect(client.all("said")).toHaveLength(1);
  });

  test("that come at once are answered one after the other", async () => {
    const store = memoryStore();
    const { url } = await serving({ store });
    const { client, consultation } = await opened(url);
    const texts = ["I have a cough", "no", "not sure", "no"];
    await Promise.all(texts.map((text) => client.say(text).catch(() => {})));
    expect(await wordsStored(store, consultation)).toEqual(texts);
    const turns = client.all("question").map(({ turn }) => turn);
    expect(turns).toEqual(turns.map((_, index) => index + 1));
  });

  test("of which too many wait are refused, and can be sent again", async () => {
    const { url } = await serving({ limits: { queue: 2, drainMs: 0 }, conversation: slow(30) });
    const { client } = await opened(url);
    const outcomes = await Promise.allSettled(["a", "b", "c"].map((id, index) => client.say(`cough ${index}`, id)));
    expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(1);
    expect(client.all("error")[0]).toMatchObject({ code: "busy", retryable: true, id: "c" });
    await client.say("cough", "c");
  });
});

describe("two tabs", () => {
  test("see the same, whoever speaks", async () => {
    const { url } = await serving();
    const { client, consultation } = await opened(url);
    const tab = await resumed(url, consultation, 0);
    await client.say("I have a cough");
    await tab.say("no");
    await client.say("no");
    tab.send({ type: "ping" });
    await tab.next("pong");
    expect(logOf(tab)).toEqual(logOf(client));
  });

  test("that answer the same question: the later one is told that its choice is not offered", async () => {
    const { url } = await serving();
    const { client, consultation } = await opened(url);
    await client.say("I have a cough");
    const tab = await resumed(url, consultation, 0);
    const question = await tab.next("question");
    await client.choose("No", "Not sure");
    tab.send({ type: "choose", id: "late", observed: question.suggestions[0]!.observed });
    expect(await tab.next("error")).toMatchObject({ code: "not-offered", id: "late" });
  });
});

describe("when something fails", () => {
  test("an agent that fails stores nothing, and the same message can be sent again", async () => {
    let failing = true;
    const store = memoryStore();
    const flaky = {
      ...conversation,
      async *turn(...args: Parameters<typeof conversation.turn>): AsyncIterable<TurnOutput> {
        yield { type: "event", body: { type: "patient-said", text: "half" } };
        if (failing) throw new Error("the model is gone");
        yield* conversation.turn(...args);
      },
    };
    const { url } = await serving({ store, conversation: flaky });
    const { client, consultation } = await opened(url);
    await expect(client.say("I have a cough", "m1")).rejects.toThrow("turn-failed");
    expect(await wordsStored(store, consultation)).toEqual([]);
    failing = false;
    await client.say("I have a cough", "m1");
    expect(await wordsStored(store, consultation)).toEqual(["half", "I have a cough"]);
  });

  test("an agent that hangs is given up", async () => {
    const hanging = {
      ...conversation,
      async *turn(): AsyncIterable<TurnOutput> {
        await new Promise(() => {});
      },
    };
    const { url } = await serving({ conversation: hanging, limits: { turnMs: 50, drainMs: 0 } });
    const { client } = await opened(url);
    await expect(client.say("I have a cough")).rejects.toThrow("turn-failed");
  });

  test("a store whose answer is lost is given the same append again, and nothing is doubled", async () => {
    const store = memoryStore();
    let losing = 2;
    const lossy: EventStore = {
      ...store,
      async append(id: string, events: readonly ConsultationEvent[], expected: number) {
        const done = await store.append(id, events, expected);
        if (expected > 0 && losing-- > 0) throw new StoreError("store-unavailable", "lost", { fault: "work" });
        return done;
      },
    };
    const { url } = await serving({ store: lossy });
    const { client, consultation } = await opened(url);
    await client.say("I have a cough");
    expect(await wordsStored(store, consultation)).toEqual(["I have a cough"]);
  });
});

/** Takes `ms` for a turn. */
function slow(ms: number): typeof conversation {
  return {
    ...conversation,
    async *turn(...args) {
      await new Promise((resolve) => setTimeout(resolve, ms));
      yield* conversation.turn(...args);
    },
  };
}
