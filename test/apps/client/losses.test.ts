/** Bad lines, servers that go and come, connections left alone: nothing is lost and nothing happens twice. */
import { describe, expect, test } from "vitest";
import type { TurnOutput } from "../../../agents/index.ts";
import { openFileStore } from "../../../apps/server/stores/file.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { type EventStore, seededRandom } from "../../../src/index.ts";
import { inFolder } from "../cli/command.ts";
import { conversation, serving } from "../server/serving.ts";
import { begun, chatting, isAnswered, isOpen, say, shown, until, wordsOf } from "./chatting.ts";
import { proxyTo } from "./proxy.ts";

const stored = async (store: EventStore, consultation: string): Promise<string[]> =>
  (await store.read(consultation)).flatMap(({ event }) => (event.type === "patient-said" ? [event.text] : []));

const ANSWERS = ["I have a cough", "no", "not sure", "no", "why do you ask that?", "no", "not sure", "no"];

describe("a lost connection", () => {
  test("in the middle of an answer: the words are sent again and stand once", async () => {
    const store = memoryStore();
    const held = gate();
    const { url } = await serving({ store, conversation: held.conversation });
    const proxy = await proxyTo(url);
    const client = chatting(proxy.url);
    const consultation = await begun(client);
    client.say("I have a cough");
    await held.reached;
    proxy.cut();
    await until(client, ({ connection }) => connection === "waiting");
    held.open();
    const state = await until(client, isAnswered);
    expect(wordsOf(state)).toEqual(["I have a cough"]);
    expect(state.entries.map(({ kind }) => kind)).toEqual(["agent", "person", "agent"]);
    expect(await stored(store, consultation)).toEqual(["I have a cough"]);
  });

  test("again and again, wherever it is cut: client, store and a client that was never cut agree", async () => {
    const random = seededRandom(11);
    const store = memoryStore();
    const { url } = await serving({ store });
    const proxy = await proxyTo(url);
    const client = chatting(proxy.url);
    const consultation = await begun(client);
    for (const text of ANSWERS) {
      // Mostly before an answer is whole, now and then after.
      proxy.cutAfter(() => random.below(random.below(8) === 0 ? 6_000 : 1_000));
      client.say(text);
      await until(client, isAnswered);
    }
    proxy.cutAfter(undefined);
    expect(proxy.count).toBeGreaterThan(10);
    expect(await stored(store, consultation)).toEqual(ANSWERS);
    const whole = chatting(url);
    whole.resume(consultation);
    await until(whole, ({ lastSeq }) => lastSeq === client.state.lastSeq);
    expect(shown(client.state)).toEqual(shown(whole.state));
  });

  test("what is said meanwhile waits, and is sent in its order", async () => {
    const { url } = await serving();
    const proxy = await proxyTo(url);
    const client = chatting(proxy.url);
    await begun(client);
    proxy.leadTo("http://127.0.0.1:1");
    proxy.cut();
    await until(client, ({ connection }) => connection === "waiting");
    client.say("I have a cough");
    client.say("no");
    proxy.leadTo(url);
    const { entries } = await until(client, isAnswered);
    expect(entries.map(({ kind }) => kind)).toEqual(["agent", "person", "agent", "person", "agent"]);
  });

  test("that nobody closed is noticed by its silence", async () => {
    const { url } = await serving({ limits: { heartbeatMs: 40, drainMs: 0 } });
    const proxy = await proxyTo(url);
    const client = chatting(proxy.url);
    await begun(client);
    proxy.silence();
    client.say("I have a cough");
    await until(client, isAnswered);
    expect(proxy.count).toBeGreaterThan(1);
    expect(wordsOf(client.state)).toEqual(["I have a cough"]);
  });

  test("is tried again later and later, each time a little differently, and at once when asked", async () => {
    const waits: number[] = [];
    const client = chatting("http://127.0.0.1:1", { backoffMs: { first: 8, most: 50 }, jitter: () => 0.5 });
    client.subscribe(() => client.state.connection === "waiting" && waits.push(client.state.nextTryMs!));
    await until(client, () => waits.length === 5);
    expect(waits).toEqual([6, 12, 24, 38, 38]);
    client.reconnect();
    expect(client.state.connection).toBe("connecting");
  });
});

describe("a server that goes", () => {
  test("and comes again on the same files: the chat goes on, and what was not accepted is sent", () =>
    inFolder(async (folder) => {
      const held = gate();
      const first = await serving({
        store: await openFileStore(folder),
        conversation: held.conversation,
        limits: { drainMs: 0 },
      });
      const client = chatting(first.url);
      const consultation = await begun(client);
      held.open();
      await say(client, "I have a cough");
      held.close();
      client.say("no");
      await held.reached;
      await first.drain();
      await serving({ store: await openFileStore(folder), port: first.port });
      const state = await until(client, isAnswered);
      expect(state.consultation).toBe(consultation);
      expect(wordsOf(state)).toEqual(["I have a cough", "no"]);
      const again = chatting(first.url);
      again.resume(consultation);
      await until(again, ({ lastSeq }) => lastSeq === state.lastSeq);
      expect(shown(again.state)).toEqual(shown(state));
    }));

  test("after it stored what was said, and before it could say so: another one knows it, words and choices", async () => {
    const store = memoryStore();
    const [one, two] = [await serving({ store }), await serving({ store })];
    const proxy = await proxyTo(one.url);
    const client = chatting(proxy.url);
    const consultation = await begun(client);
    const lose = async (say: () => void, from: { url: string }, to: { url: string }): Promise<void> => {
      proxy.leadTo(from.url);
      proxy.cut();
      await until(client, ({ connection }) => connection === "waiting");
      await until(client, isOpen);
      // What the client says arrives, and no answer does.
      proxy.cutAfter(() => 0);
      say();
      await until(client, ({ connection }) => connection === "waiting");
      proxy.leadTo(to.url);
      proxy.cutAfter(undefined);
      await until(client, isAnswered);
    };
    await lose(() => client.say("I have a cough"), one, two);
    await lose(() => client.choose(client.state.question!.suggestions.at(-1)!), one, two);
    // By now both have seen the consultation.
    await lose(() => client.choose(client.state.question!.suggestions.at(-1)!), two, one);
    await lose(() => client.say("not sure"), two, one);
    const words = ["I have a cough", "Not sure", "Not sure", "not sure"];
    expect(await stored(store, consultation)).toEqual(words);
    expect(wordsOf(client.state)).toEqual(words);
    expect(client.state.entries.filter(({ kind }) => kind === "error")).toEqual([]);
  });
});

describe("a connection that is left alone", () => {
  test("before consent is let go by the server, and had again when the person agrees", async () => {
    const client = chatting((await serving({ limits: { heartbeatMs: 20, openWithinMs: 10, drainMs: 0 } })).url);
    const { disclaimer } = await until(client, ({ connection }) => connection === "resting");
    expect(disclaimer).toBeDefined();
    await begun(client);
  });

  test("for too long rests, and goes on with what is said next", async () => {
    const client = chatting((await serving({ limits: { heartbeatMs: 20, idleMs: 60, drainMs: 0 } })).url);
    await begun(client);
    await say(client, "I have a cough");
    await until(client, ({ connection }) => connection === "resting");
    await say(client, "no");
    expect(wordsOf(client.state)).toEqual(["I have a cough", "no"]);
  });
});

describe("what is refused", () => {
  test("and may pass is sent again until it is taken", async () => {
    const client = chatting((await serving({ conversation: failing(2) })).url);
    await begun(client);
    const { entries } = await say(client, "I have a cough");
    expect(entries.map(({ kind }) => kind)).toEqual(["agent", "person", "agent"]);
  });

  test("and does not pass fails, says what to do, and can be tried again by hand", async () => {
    const client = chatting((await serving({ conversation: failing(5) })).url);
    await begun(client);
    const { entries } = await say(client, "I have a cough");
    expect(entries.slice(-2)).toMatchObject([
      { kind: "person", status: "failed" },
      { kind: "error", code: "turn-failed", advice: expect.stringMatching(/send it again/) },
    ]);
    client.retry(entries.at(-2)!.key);
    const again = await until(client, isAnswered);
    expect(again.entries.map(({ kind }) => kind)).toEqual(["agent", "person", "agent"]);
  });

  test("for its rate waits its turn: a burst arrives whole", async () => {
    const client = chatting((await serving({ limits: { messagesPerSecond: 50, messagesAtOnce: 2, drainMs: 0 } })).url);
    await begun(client);
    for (const text of ANSWERS) client.say(text);
    expect(wordsOf(await until(client, isAnswered))).toEqual(ANSWERS);
  });

  test("a suggestion of a question that is past fails and says so", async () => {
    const { url } = await serving();
    const [one, two] = [chatting(url), chatting(url)];
    two.resume(await begun(one));
    const { question } = await say(one, "I have a cough");
    await until(two, (state) => state.question !== undefined);
    await say(two, "no");
    await until(one, ({ lastSeq }) => lastSeq === two.state.lastSeq);
    one.choose(question!.suggestions[0]!);
    const { entries } = await until(one, isAnswered);
    expect(entries.at(-1)).toMatchObject({ kind: "error", code: "not-offered" });
  });

  test("a place to resume from that there is not: everything is told from the beginning", async () => {
    const { url } = await serving();
    const one = chatting(url);
    const consultation = await begun(one);
    const two = chatting(url);
    await until(two, isOpen);
    two.resume(consultation, 99);
    await until(two, ({ lastSeq }) => lastSeq === one.state.lastSeq);
    expect(shown(two.state)).toEqual(shown(one.state));
  });
});

/** A conversation whose turns wait until it is opened. */
function gate() {
  let open!: () => void;
  let reach!: () => void;
  const held = {
    opened: Promise.resolve(),
    reached: Promise.resolve(),
    open: () => open(),
    close(): void {
      held.opened = new Promise((resolve) => {
        open = resolve;
      });
      held.reached = new Promise((resolve) => {
        reach = resolve;
      });
    },
    conversation: {
      ...conversation,
      async *turn(...args: Parameters<typeof conversation.turn>): AsyncIterable<TurnOutput> {
        reach();
        await held.opened;
        yield* conversation.turn(...args);
      },
    },
  };
  held.close();
  return held;
}

/** A conversation that fails this often before it answers. */
function failing(times: number): typeof conversation {
  let left = times;
  return {
    ...conversation,
    async *turn(...args) {
      if (left-- > 0) throw new Error("the model is gone");
      yield* conversation.turn(...args);
    },
  };
}
