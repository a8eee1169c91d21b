/**
 * LangGraph checkpoints in plain Redis (7.0, no modules) over ioredis. Keys of one thread share a hash tag:
 * `ix` orders its checkpoints, `c:` holds one each, `b` the channels' values by version (stored where they changed, shared by
 * the checkpoints that follow), `w:` the writes pending on a checkpoint, `wk` names the checkpoints that have writes.
 */
import type { RunnableConfig } from "@langchain/core/runnables";
import {
  BaseCheckpointSaver,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointTuple,
  getCheckpointId,
  maxChannelVersion,
  type PendingWrite,
  WRITES_IDX_MAP,
} from "@langchain/langgraph-checkpoint";
import type { ChainableCommander, Redis } from "ioredis";
import { AgentError } from "../errors.ts";

export interface RedisCheckpointerOptions {
  /** Before every key. Default "anamnesis:graph". */
  readonly prefix?: string | undefined;
  /** Seconds after its last checkpoint that a thread is forgotten. Default: never. */
  readonly ttl?: number | undefined;
  /** How many of the newest checkpoints of a thread and namespace are kept. Default: all. */
  readonly keep?: number | undefined;
}

type Write = [task: string, channel: string, value: unknown];
/** The channel that holds pending sends in the format before version 4. */
const SENDS = "__pregel_tasks";
const GAP = "\u0000";
const LAST = "\uffff";
const NEWLINE = 10;

export class RedisCheckpointer extends BaseCheckpointSaver {
  readonly #redis: Redis;
  readonly #options: RedisCheckpointerOptions;
  readonly #threads: string;

  constructor(redis: Redis, options: RedisCheckpointerOptions = {}) {
    super();
    this.#redis = redis;
    this.#options = options;
    this.#threads = `${options.prefix ?? "anamnesis:graph"}:threads`;
  }

  #key(thread: string, ...rest: string[]): string {
    return `${this.#options.prefix ?? "anamnesis:graph"}:{${encodeURIComponent(thread)}}:${rest.join(":")}`;
  }

  async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    if (config.configurable?.thread_id === undefined) return undefined;
    const thread = threadOf(config);
    const namespace: string = config.configurable?.checkpoint_ns ?? "";
    const wanted = getCheckpointId(config);
    const id = wanted || (await this.#newest(thread, namespace));
    return id ? this.#tuple(thread, namespace, id) : undefined;
  }

  async *list(config: RunnableConfig, options: CheckpointListOptions = {}): AsyncGenerator<CheckpointTuple> {
    const { thread_id, checkpoint_ns, checkpoint_id } = config.configurable ?? {};
    const before = options.before?.configurable?.checkpoint_id as string | undefined;
    const filter = Object.entries(options.filter ?? {});
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    const threads = thread_id === undefined ? await this.#redis.smembers(this.#threads) : [thread_id as string];
    for (const thread of threads) {
      const members = (await this.#redis.zrange(this.#key(thread, "ix"), "0", "-1")).map((member) => member.split(GAP));
      members.sort(([, a], [, b]) => (a! < b! ? 1 : -1));
      for (const [namespace, id] of members) {
        if (checkpoint_ns !== undefined && namespace !== checkpoint_ns) continue;
        if (checkpoint_id && id !== checkpoint_id) continue;
        if (before !== undefined && id! >= before) continue;
        if (left <= 0) return;
        const tuple = await this.#tuple(thread, namespace!, id!);
        const metadata = tuple?.metadata as Record<string, unknown> | undefined;
        if (!tuple || !filter.every(([key, value]) => metadata?.[key] === value)) continue;
        left--;
        yield tuple;
      }
    }
  }

  async put(
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<RunnableConfig> {
    const thread = threadOf(config);
    const namespace: string = config.configurable?.checkpoint_ns ?? "";
    const parent = config.configurable?.checkpoint_id as string | undefined;
    const { channel_values: values, ...bare } = checkpoint;
    const changed = Object.entries(newVersions).filter(([channel]) => Object.hasOwn(values, channel));
    const [body, meta, ...blobs] = await Promise.all([
      this.#dump(bare),
      this.#dump(metadata),
      ...changed.map(([channel]) => this.#dump(values[channel])),
    ]);
    await this.#redis.sadd(this.#threads, thread);
    const key = this.#key(thread, "c", namespace, checkpoint.id);
    const index = this.#key(thread, "ix");
    const channels = this.#key(thread, "b");
    let batch = this.#redis
      .multi()
      .hset(key, { body, meta, ...(parent && { parent }) })
      .zadd(index, 0, `${namespace}${GAP}${checkpoint.id}`);
    changed.forEach(([channel, version], at) => {
      batch = batch.hset(channels, blobField(namespace, channel, version), blobs[at]!);
    });
    await this.#commit(this.#expire(batch, key, index, channels));
    await this.#trim(thread, namespace);
    return { configurable: { thread_id: thread, checkpoint_ns: namespace, checkpoint_id: checkpoint.id } };
  }

  async putWrites(config: RunnableConfig, writes: PendingWrite[], task: string): Promise<void> {
    const thread = threadOf(config);
    const namespace: string = config.configurable?.checkpoint_ns ?? "";
    const id = config.configurable?.checkpoint_id as string | undefined;
    if (!id) throw new AgentError("no-checkpoint", "writes belong to a checkpoint; give configurable.checkpoint_id");
    if (writes.length === 0) return;
    const key = this.#key(thread, "w", namespace, id);
    const names = this.#key(thread, "wk");
    await this.#redis.sadd(this.#threads, thread);
    let batch = this.#redis.multi().sadd(names, `${namespace}${GAP}${id}`);
    for (const [index, [channel, value]] of writes.entries()) {
      const place = WRITES_IDX_MAP[channel as string] ?? index;
      const field = `${place},${task}`;
      const written = Buffer.concat([Buffer.from(`${JSON.stringify(channel)}\n`), await this.#dump(value)]);
      // A plain write stands as first written; errors and interrupts are replaced.
      batch = place >= 0 ? batch.call("HSETNX", key, field, written) : batch.hset(key, field, written);
    }
    await this.#commit(this.#expire(batch, key, names));
  }

  async deleteThread(thread: string): Promise<void> {
    const index = this.#key(thread, "ix");
    const names = this.#key(thread, "wk");
    const [checkpoints, writes] = await Promise.all([
      this.#redis.zrange(index, "0", "-1"),
      this.#redis.smembers(names),
    ]);
    const keys = [
      ...checkpoints.map((member) => this.#key(thread, "c", ...member.split(GAP))),
      ...writes.map((member) => this.#key(thread, "w", ...member.split(GAP))),
    ];
    await this.#redis.del(index, names, this.#key(thread, "b"), ...keys);
    await this.#redis.srem(this.#threads, thread);
  }

  async #newest(thread: string, namespace: string): Promise<string | undefined> {
    const range = [`[${namespace}${GAP}${LAST}`, `[${namespace}${GAP}`] as const;
    const [member] = await this.#redis.zrevrangebylex(this.#key(thread, "ix"), ...range, "LIMIT", 0, 1);
    return member?.split(GAP)[1];
  }

  async #tuple(thread: string, namespace: string, id: string): Promise<CheckpointTuple | undefined> {
    const stored = await this.#redis.hgetallBuffer(this.#key(thread, "c", namespace, id));
    if (!stored.body) return undefined;
    const parent = stored.parent?.toString();
    const [bare, metadata, writes] = await Promise.all([
      this.#load(stored.body) as Promise<Omit<Checkpoint, "channel_values">>,
      this.#load(stored.meta!) as Promise<CheckpointMetadata>,
      this.#writes(thread, namespace, id),
    ]);
    const channel_values = await this.#values(thread, namespace, bare.channel_versions);
    const checkpoint: Checkpoint = { ...bare, channel_values };
    if (checkpoint.v < 4 && parent) await this.#migrateSends(checkpoint, thread, namespace, parent);
    const place = (checkpoint_id: string): RunnableConfig => ({
      configurable: { thread_id: thread, checkpoint_ns: namespace, checkpoint_id },
    });
    const tuple = { config: place(id), checkpoint, metadata, pendingWrites: writes };
    return parent ? { ...tuple, parentConfig: place(parent) } : tuple;
  }

  /** The values of channels at their versions; a channel that was empty then has none. */
  async #values(thread: string, namespace: string, versions: ChannelVersions): Promise<Record<string, unknown>> {
    const channels = Object.entries(versions);
    if (channels.length === 0) return {};
    const fields = channels.map(([channel, version]) => blobField(namespace, channel, version));
    const blobs = await this.#redis.hmgetBuffer(this.#key(thread, "b"), ...fields);
    const values = await Promise.all(
      channels.map(async ([channel], at) => (blobs[at] ? [[channel, await this.#load(blobs[at])] as const] : [])),
    );
    return Object.fromEntries(values.flat());
  }

  async #dump(value: unknown): Promise<Buffer> {
    const [type, body] = await this.serde.dumpsTyped(value);
    return Buffer.concat([Buffer.from(`${type}\n`), body]);
  }

  async #load(stored: Buffer): Promise<unknown> {
    const end = stored.indexOf(NEWLINE);
    return this.serde.loadsTyped(stored.subarray(0, end).toString(), stored.subarray(end + 1));
  }

  async #writes(thread: string, namespace: string, id: string): Promise<Write[]> {
    const stored = Object.entries(await this.#redis.hgetallBuffer(this.#key(thread, "w", namespace, id)));
    const placed = stored.map(([field, written]) => {
      const comma = field.indexOf(",");
      return { place: Number(field.slice(0, comma)), task: field.slice(comma + 1), written };
    });
    placed.sort((a, b) => (a.task < b.task ? -1 : a.task > b.task ? 1 : a.place - b.place));
    return Promise.all(
      placed.map(async ({ task, written }): Promise<Write> => {
        const end = written.indexOf(NEWLINE);
        const channel = JSON.parse(written.subarray(0, end).toString()) as string;
        return [task, channel, await this.#load(written.subarray(end + 1))];
      }),
    );
  }

  /** Before version 4 the sends pending on a checkpoint were kept with its parent's writes. */
  async #migrateSends(checkpoint: Checkpoint, thread: string, namespace: string, parent: string): Promise<void> {
    const writes = await this.#writes(thread, namespace, parent);
    checkpoint.channel_values[SENDS] = writes.flatMap(([, channel, value]) => (channel === SENDS ? [value] : []));
    const versions = Object.values(checkpoint.channel_versions);
    checkpoint.channel_versions[SENDS] =
      versions.length > 0 ? maxChannelVersion(...versions) : this.getNextVersion(undefined);
  }

  async #trim(thread: string, namespace: string): Promise<void> {
    const { keep } = this.#options;
    if (keep === undefined) return;
    const index = this.#key(thread, "ix");
    const newestFirst = (await this.#redis.zrange(index, "0", "-1"))
      .filter((member) => member.startsWith(`${namespace}${GAP}`))
      .reverse();
    const old = newestFirst.slice(Math.max(1, keep));
    if (old.length === 0) return;
    const needed = new Set<string>();
    for (const member of newestFirst.slice(0, Math.max(1, keep))) {
      const body = await this.#redis.hgetBuffer(this.#key(thread, "c", ...member.split(GAP)), "body");
      const { channel_versions } = (await this.#load(body!)) as Checkpoint;
      for (const [channel, version] of Object.entries(channel_versions))
        needed.add(blobField(namespace, channel, version));
    }
    const stored = await this.#redis.hkeys(this.#key(thread, "b"));
    const stale = stored.filter((field) => field.startsWith(`${namespace}${GAP}`) && !needed.has(field));
    const keys = old.flatMap((member) => ["c", "w"].map((kind) => this.#key(thread, kind, ...member.split(GAP))));
    const batch = this.#redis
      .multi()
      .zrem(index, ...old)
      .srem(this.#key(thread, "wk"), ...old)
      .del(...keys);
    await this.#commit(stale.length > 0 ? batch.hdel(this.#key(thread, "b"), ...stale) : batch);
  }

  #expire(batch: ChainableCommander, ...keys: string[]): ChainableCommander {
    const { ttl } = this.#options;
    return ttl === undefined ? batch : keys.reduce((all, key) => all.expire(key, ttl), batch);
  }

  async #commit(batch: ChainableCommander): Promise<void> {
    const failed = (await batch.exec())?.find(([error]) => error)?.[0];
    if (failed) throw new AgentError("checkpoint-lost", failed.message, { fault: "work", cause: failed });
  }
}

function blobField(namespace: string, channel: string, version: string | number): string {
  return [namespace, channel, version].join(GAP);
}

function threadOf(config: RunnableConfig): string {
  const thread: unknown = config.configurable?.thread_id;
  if (typeof thread === "string" && thread !== "") return thread;
  throw new AgentError("no-thread", "checkpoints belong to a thread; give configurable.thread_id");
}
