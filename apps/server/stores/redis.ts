/**
 * The store that several servers share: one Redis stream a consultation, the event `seq` under the id `seq+1`-0. One
 * script appends: it compares sequence number and hash, so that of two appenders one wins, and an append that comes again
 * after a lost answer is recognised. Uses what Redis 7.0 has.
 */
import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { AnamnesisError, type EventStore, GENESIS_HASH, SequenceConflict, StoreError } from "../../../src/index.ts";
import {
  admit,
  checkConsultation,
  checkSeq,
  closedError,
  type Entry,
  entriesAfter,
  inOrder,
  storedEvent,
} from "./entry.ts";
import { channelWatch } from "./redis-watch.ts";

export interface RedisStoreOptions {
  /** What every key begins with. Default `anamnesis:consultation:`. */
  readonly prefix?: string | undefined;
  /** Seconds after its last append at which a consultation is deleted; 0 keeps it for ever. Default 30 days. */
  readonly ttlSeconds?: number | undefined;
  /** Milliseconds that a command waits for a lost Redis before it fails, at least 100. Default 10,000. */
  readonly waitMs?: number | undefined;
}

const DAY = 86_400;
export const REDIS_DEFAULTS = { prefix: "anamnesis:consultation:", ttlSeconds: 30 * DAY, waitMs: 10_000 } as const;

/**
 * KEYS: the stream. ARGV: expected number, hash before, milliseconds to live, who appends, then event and hash by turns.
 * Who watches is told; whether that succeeds has no say in whether the events are stored.
 */
const APPEND = `
local expected, before, ttl, author = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), ARGV[4]
local appended = (#ARGV - 4) / 2
local function hash_of(seq)
  local id = string.format('%.0f-0', seq + 1)
  local found = redis.call('XRANGE', KEYS[1], id, id)
  return found[1] and found[1][2][4]
end
local count = redis.call('XLEN', KEYS[1])
local answer
if count == expected then
  if expected > 0 and hash_of(expected - 1) ~= before then return {'moved', count} end
  for i = 0, appended - 1 do
    local id = string.format('%.0f-0', expected + i + 1)
    redis.call('XADD', KEYS[1], id, 'event', ARGV[5 + 2 * i], 'hash', ARGV[6 + 2 * i])
  end
  redis.pcall('PUBLISH', KEYS[1], author)
  answer = {'stored', expected + appended}
elseif count >= expected + appended and hash_of(expected + appended - 1) == ARGV[#ARGV] then
  answer = {'repeated', expected + appended}
else
  return {'conflict', count}
end
if ttl > 0 then redis.call('PEXPIRE', KEYS[1], ttl) end
return answer
`;

type Answer = ["stored" | "repeated" | "conflict" | "moved", number];

interface Appending {
  appendEvents(key: string, ...args: (string | number)[]): Promise<Answer>;
}

/** How many heads of chains are remembered, so that an append needs one round trip. */
const HEADS = 20_000;

/** The entries of a stream from the event `fromSeq` on. */
export async function streamEntries(redis: Redis, key: string, fromSeq: number, count?: number): Promise<Entry[]> {
  const from = `${fromSeq + 1}-0`;
  const found = await (count === undefined
    ? redis.xrange(key, from, "+")
    : redis.xrange(key, from, "+", "COUNT", count));
  return found.map(([, fields]) => ({ event: fields[1] ?? "", hash: fields[3] ?? "" }));
}

/** The consultations whose keys begin with `prefix`, ordered. */
export async function streamsUnder(redis: Redis, prefix: string): Promise<string[]> {
  const pattern = `${prefix.replace(/[\\*?[\]^]/g, "\\$&")}*`;
  const ids: string[] = [];
  let cursor = "0";
  do {
    const [next, keys] = await redis.scan(cursor, "MATCH", pattern, "COUNT", 1000, "TYPE", "stream");
    ids.push(...keys.map((key) => key.slice(prefix.length)));
    cursor = next;
  } while (cursor !== "0");
  return inOrder(ids);
}

/** A connection that is there, or `store-unavailable`. Commands on it wait `waitMs` for a lost server, then fail. */
export async function connectRedis(url: string, waitMs: number = REDIS_DEFAULTS.waitMs): Promise<Redis> {
  const pause = Math.min(200, waitMs / 10);
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: waitMs,
    // A server that takes commands and never answers is as good as gone.
    socketTimeout: waitMs,
    commandTimeout: waitMs,
    retryStrategy: () => pause,
    // What waits is dropped now and then, so that no long outage piles up commands whose callers gave up.
    maxRetriesPerRequest: Math.ceil(waitMs / pause),
  });
  // Each command fails by itself; without a listener the client would write to standard error besides.
  redis.on("error", () => {});
  try {
    await redis.connect();
    return redis;
  } catch (cause) {
    redis.disconnect();
    throw failure(url, cause as Error);
  }
}

export async function openRedisStore(url: string, options: RedisStoreOptions = {}): Promise<EventStore> {
  const {
    prefix = REDIS_DEFAULTS.prefix,
    ttlSeconds = REDIS_DEFAULTS.ttlSeconds,
    waitMs = REDIS_DEFAULTS.waitMs,
  } = options;
  const redis = await connectRedis(url, waitMs);
  redis.defineCommand("appendEvents", { numberOfKeys: 1, lua: APPEND });
  const scripts = redis as unknown as Appending;
  const self = randomUUID();
  const watching = channelWatch(redis, self);
  const heads = rememberedHeads(HEADS);
  const underWay = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;

  /** Runs one of the store's methods: not after `close`, and `close` waits for it. */
  const run = async <Result>(method: () => Promise<Result>): Promise<Result> => {
    if (closed) throw closedError();
    const running = method();
    underWay.add(running);
    try {
      return await running;
    } catch (cause) {
      throw cause instanceof AnamnesisError ? cause : failure(url, cause as Error);
    } finally {
      underWay.delete(running);
    }
  };

  const hashBefore = async (consultation: string, seq: number): Promise<string> => {
    if (seq === 0) return GENESIS_HASH;
    const known = heads.get(consultation, seq);
    if (known) return known;
    const [entry] = await streamEntries(redis, prefix + consultation, seq - 1, 1);
    return entry?.hash ?? GENESIS_HASH;
  };

  const append: EventStore["append"] = async (consultation, events, expectedSeq) => {
    const admitted = admit(consultation, events, expectedSeq);
    for (;;) {
      const before = await hashBefore(consultation, expectedSeq);
      const entries = entriesAfter(before, admitted);
      const texts = entries.flatMap(({ event, hash }) => [event, hash]);
      const key = prefix + consultation;
      const [outcome, count] = await scripts.appendEvents(key, expectedSeq, before, ttlSeconds * 1000, self, ...texts);
      heads.forget(consultation);
      if (outcome === "conflict") throw new SequenceConflict(consultation, expectedSeq, count);
      // The consultation was deleted and begun anew since its head was remembered: look again.
      if (outcome === "moved") continue;
      const head = entries.at(-1)!.hash;
      heads.remember(consultation, count, head);
      return { count, head, repeated: outcome === "repeated" };
    }
  };

  const read: EventStore["read"] = async (consultation, fromSeq = 0) => {
    checkConsultation(consultation);
    checkSeq("fromSeq", fromSeq);
    const key = prefix + consultation;
    const entries = await streamEntries(redis, key, fromSeq);
    return entries.map((entry, index) => storedEvent(entry, { file: key, line: fromSeq + index + 1 }));
  };

  const remove: EventStore["delete"] = async (consultation) => {
    checkConsultation(consultation);
    heads.forget(consultation);
    const key = prefix + consultation;
    const existed = (await redis.del(key)) === 1;
    // Where this fails, others find it gone when they next look.
    if (existed) await redis.publish(key, self).catch(() => {});
    return existed;
  };

  const end = async (): Promise<void> => {
    await Promise.allSettled(underWay);
    watching.end();
    redis.disconnect();
  };

  return {
    append: (...given) => run(() => append(...given)),
    read: (...given) => run(() => read(...given)),
    list: () => run(() => streamsUnder(redis, prefix)),
    delete: (consultation) => run(() => remove(consultation)),
    watch(consultation, heed) {
      if (closed) throw closedError();
      return watching.watch(prefix + consultation, heed);
    },
    close() {
      closed ??= end();
      return closed;
    },
  };
}

/** The latest hash of each consultation appended to, the longest unused forgotten first. */
function rememberedHeads(most: number) {
  const heads = new Map<string, { count: number; head: string }>();
  return {
    get(consultation: string, count: number): string | undefined {
      const known = heads.get(consultation);
      return known?.count === count ? known.head : undefined;
    },
    remember(consultation: string, count: number, head: string): void {
      heads.set(consultation, { count, head });
      if (heads.size > most) heads.delete(heads.keys().next().value!);
    },
    forget: (consultation: string) => heads.delete(consultation),
  };
}

function failure(url: string, cause: Error): StoreError {
  const where = `Redis at ${safeUrl(url)}`;
  if (cause.name === "ReplyError") {
    const message = `${where} refused: ${cause.message}; nothing was stored; mend the server, then try again`;
    return new StoreError("store-write", message, { fault: "work", cause });
  }
  const message = `${where} did not answer: ${cause.message}; what was sent may be stored, so give the same append again`;
  return new StoreError("store-unavailable", message, { fault: "work", cause });
}

/** The address without name and password. */
function safeUrl(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "an address that is no URL";
}
