/** How long consultations are kept, and that of a deleted one nothing is left: in no store, cache, checkpoint, export or log. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, afterEach, describe, expect, onTestFinished, test } from "vitest";
import { bayesAgent } from "../../../agents/index.ts";
import { exportRecords } from "../../../apps/records/index.ts";
import { servedConversation } from "../../../apps/server/conversation.ts";
import { openEngine } from "../../../apps/server/engine.ts";
import { jsonLog } from "../../../apps/server/log.ts";
import { retention } from "../../../apps/server/retention.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { openStore, storeSpec } from "../../../apps/server/stores/open.ts";
import { type AgentCore, type EventStore, StoreError, systemClock } from "../../../src/index.ts";
import { eventsOf } from "../../fixtures/consultation-events.ts";
import { redisServer } from "../../fixtures/redis-server.ts";
import { connect, opened } from "./client.ts";
import { base, serving } from "./serving.ts";

const redis = await redisServer();
afterAll(() => redis?.end());

const DAY = 86_400_000;
/** When `eventsOf` happened. */
const THEN = Date.parse("2000-01-01T00:00:00.000Z");

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "anamnesis-retention-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

const stores: readonly [string, () => Promise<EventStore>][] = [
  ["memory", async () => memoryStore()],
  ["file", () => openStore(`file:${folder()}`)],
  ...(redis ? [["redis", () => openStore(redis.url)] as [string, () => Promise<EventStore>]] : []),
];

describe.each(stores)("retention over the %s store", (_, open) => {
  async function keeping(remove?: (store: EventStore, id: string) => Promise<void>) {
    const store = await open();
    onTestFinished(() => store.close());
    const time = { now: THEN };
    const reads: string[] = [];
    const watched: EventStore = {
      ...store,
      async read(id, from) {
        reads.push(id);
        return store.read(id, from);
      },
    };
    const context = {
      store: watched,
      clock: { now: () => new Date(time.now) },
      log: () => {},
      remove: (id: string) => (remove ? remove(store, id) : store.delete(id).then(() => {})),
    };
    return { store, time, reads, kept: retention(context, 7 * DAY) };
  }

  test("deletes what is due, and nothing a moment earlier", async () => {
    const { store, time, kept } = await keeping();
    await store.append("old", eventsOf("old", 3), 0);
    time.now = THEN + 7 * DAY - 1;
    expect(await kept.look()).toBe(0);
    expect(await store.list()).toEqual(["old"]);
    time.now++;
    expect(await kept.look()).toBe(1);
    expect(await store.list()).toEqual([]);
  });

  test("begins anew with whatever is said, and not with what the system notes of silence", async () => {
    const { store, time, kept } = await keeping();
    const later = new Date(THEN + 5 * DAY).toISOString();
    await store.append("talks", eventsOf("talks", 2), 0);
    await store.append("silent", eventsOf("silent", 2), 0);
    expect(await kept.look()).toBe(0);
    await store.append("talks", [{ ...eventsOf("talks", 1, 2)[0]!, time: later }], 2);
    await store.append(
      "silent",
      [{ consultation: "silent", seq: 2, time: later, actor: "system", type: "abandoned", reason: "idle" }],
      2,
    );
    time.now = THEN + 8 * DAY;
    expect(await kept.look()).toBe(1);
    expect(await store.list()).toEqual(["talks"]);
    time.now = THEN + 12 * DAY;
    expect(await kept.look()).toBe(1);
  });

  test("reads a consultation when it is new and when it is due, and not in between", async () => {
    const { store, time, reads, kept } = await keeping();
    await store.append("one", eventsOf("one", 2), 0);
    for (let day = 0; day < 7; day++) {
      time.now = THEN + day * DAY;
      await kept.look();
    }
    expect(reads).toEqual(["one"]);
    time.now = THEN + 7 * DAY;
    await kept.look();
    expect(reads).toEqual(["one", "one"]);
  });

  test("of several servers at once, each consultation is deleted by one", async () => {
    const { store, time, kept } = await keeping();
    for (const id of ["a", "b", "c"]) await store.append(id, eventsOf(id, 2), 0);
    time.now = THEN + 7 * DAY;
    const clock = { now: () => new Date(time.now) };
    const deletedThere = (id: string) => store.delete(id).then(() => {});
    const other = retention({ store, clock, log: () => {}, remove: deletedThere }, 7 * DAY);
    await Promise.all([kept.look(), other.look()]);
    expect(await store.list()).toEqual([]);
  });

  test("one that cannot be deleted keeps no other one", async () => {
    const { store, time, kept } = await keeping(async (there, id) => {
      if (id === "a") throw new StoreError("store-write", "the disk is full", { fault: "work" });
      await there.delete(id);
    });
    for (const id of ["a", "b"]) await store.append(id, eventsOf(id, 2), 0);
    time.now = THEN + 7 * DAY;
    expect(await kept.look()).toBe(1);
    expect(await store.list()).toEqual(["a"]);
  });
});

test("a server deletes what is due when it starts, and tells who is still connected", async () => {
  const store = memoryStore();
  await store.append("old", eventsOf("old", 2), 0);
  await serving({ store, retentionMs: DAY });
  while ((await store.list()).length > 0) await sleep(5);
});

/** What no list of words, no agent and no other test says. */
const PHRASE = "quizzical marmalade zeppelin";
const core = bayesAgent(base) as AgentCore;

/** Everything under a folder, as text. */
function bytesUnder(directory: string): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .map((entry) => entry.name + (entry.isFile() ? readFileSync(join(entry.parentPath, entry.name), "latin1") : ""))
    .join("\n");
}

/** Every key of a Redis with what is in it. */
async function dumpOf(url: string): Promise<string> {
  const client = new Redis(url);
  try {
    const found: string[] = [];
    for (const key of await client.keys("*")) {
      const type = await client.type(key);
      const content =
        type === "stream"
          ? await client.xrange(key, "-", "+")
          : type === "hash"
            ? await client.hgetall(key)
            : type === "zset"
              ? await client.zrange(key, "0", "-1")
              : type === "set"
                ? await client.smembers(key)
                : await client.get(key);
      found.push(key + JSON.stringify(content));
    }
    return found.join("\n");
  } finally {
    client.disconnect();
  }
}

const kinds: readonly string[] = ["file", ...(redis ? ["redis"] : [])];

afterEach(async () => {
  if (!redis) return;
  const client = new Redis(redis.url);
  await client.flushall();
  client.disconnect();
});

describe.each(kinds)("of a consultation that is deleted over REST, with a %s store", (kind) => {
  test("no byte is left anywhere", async () => {
    const place = folder();
    const spec = kind === "file" ? `file:${join(place, "store")}` : redis!.url;
    const everything = async () => bytesUnder(place) + (kind === "redis" ? await dumpOf(redis!.url) : "");
    let logged = "";
    const log = jsonLog({ write: (line: string) => (logged += line) }, systemClock, { level: "trace" });
    const engine = await openEngine("langgraph", storeSpec(spec));
    onTestFinished(() => engine.close());
    const conversation = servedConversation(base, core, { budget: 6, engine });
    const { url } = await serving({ store: await openStore(spec), conversation, log, audience: "clinician" });
    const client = await connect(url);
    client.send({ type: "open", consent: true, training: true });
    const { consultation } = await client.next("opened");
    await client.say(`I have a cough and a ${PHRASE}`);
    await client.say(`no, my ${PHRASE} is well`);
    const exporting = () =>
      exportRecords({
        store: spec,
        directory: join(place, "exported"),
        kind: "transcripts",
        keyFile: join(place, "export.key"),
        base,
      });
    expect((await exporting()).records).toBe(1);
    expect(await everything()).toContain(PHRASE);
    if (kind === "redis") expect(await everything()).toContain(`anamnesis:graph:{${consultation}}`);

    expect((await fetch(`${url}/v1/consultations/${consultation}`, { method: "DELETE" })).status).toBe(204);
    expect((await client.closed).code).toBe(4410);
    expect(await exporting()).toMatchObject({ records: 0, gone: 1 });
    const left = await everything();
    expect(left).not.toContain("quizzical");
    expect(left).not.toContain(consultation);
    expect(readdirSync(join(place, "exported"))).toEqual(["export.json"]);
    expect(logged).toContain("deleted");
    expect(logged).not.toContain("quizzical");
    for (const path of ["transcript", "differential"])
      expect((await fetch(`${url}/v1/consultations/${consultation}/${path}`)).status).toBe(404);
    expect(JSON.stringify(await (await fetch(`${url}/v1/queue`)).json().catch(() => ""))).not.toContain(consultation);
  });

  test("another server that had it open lets go of it too", async () => {
    if (kind === "file") return;
    const servers = await Promise.all(
      [1, 2].map(async () => {
        const engine = await openEngine("langgraph", storeSpec(redis!.url));
        onTestFinished(() => engine.close());
        const conversation = servedConversation(base, core, { budget: 6, engine });
        return serving({ store: await openStore(redis!.url), conversation });
      }),
    );
    const { client, consultation } = await opened(servers[0]!.url);
    const elsewhere = await connect(servers[1]!.url);
    elsewhere.send({ type: "open", resume: { consultation, lastSeq: 0 } });
    await elsewhere.next("resumed");
    await elsewhere.say(`a ${PHRASE}`);
    await client.say("and a cough");
    expect((await fetch(`${servers[0]!.url}/v1/consultations/${consultation}`, { method: "DELETE" })).status).toBe(204);
    expect((await elsewhere.closed).code).toBe(4410);
    expect(await dumpOf(redis!.url)).not.toContain(consultation);
  });
});

test("a yes to training can be taken back, and is nobody's but the holder's to give", async () => {
  const store = memoryStore();
  const { url } = await serving({ store });
  const { consultation } = await opened(url);
  const decide = (body: object, id = consultation) =>
    fetch(`${url}/v1/consultations/${id}/training`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const agreements = async () =>
    (await store.read(consultation)).flatMap(({ event }) => (event.type === "consented" ? [event.training] : []));
  expect(await agreements()).toEqual([undefined]);
  expect(await (await decide({ agreed: true })).json()).toEqual({ agreed: true });
  expect((await decide({ agreed: true })).status).toBe(200);
  expect((await decide({ agreed: false })).status).toBe(200);
  expect(await agreements()).toEqual([undefined, true, undefined]);
  expect((await decide({ agreed: "yes" })).status).toBe(400);
  expect((await decide({ agreed: true }, "somebody-elses")).status).toBe(404);
});
