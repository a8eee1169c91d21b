/**
 * What other processes do to a consultation, told through Redis: one connection that subscribes, a channel a
 * consultation. A message says only who did something; what was done is read from the stream.
 */
import type { Redis } from "ioredis";

export interface ChannelWatch {
  /** Calls `heed` at each message that is not `self`'s, and whenever a subscription begins to hold. */
  watch(channel: string, heed: () => void): () => void;
  end(): void;
}

/** With the settings of `redis`, on a connection of its own that is made when it is first needed. */
export function channelWatch(redis: Redis, self: string): ChannelWatch {
  const watchers = new Map<string, Set<() => void>>();
  let subscriber: Redis | undefined;
  const tell = (channel: string): void => {
    for (const heed of watchers.get(channel) ?? []) heed();
  };
  // One that fails is made up for when the connection is ready again.
  const subscribe = (channels: readonly string[]): void => {
    if (subscriber?.status !== "ready" || channels.length === 0) return;
    subscriber.subscribe(...channels).then(
      () => channels.forEach(tell),
      () => {},
    );
  };
  const connected = (): Redis => {
    const made = redis.duplicate({ lazyConnect: false, autoResubscribe: false });
    made.on("error", () => {});
    made.on("ready", () => subscribe([...watchers.keys()]));
    made.on("message", (channel: string, author: string) => {
      if (author !== self) tell(channel);
    });
    return made;
  };
  return {
    watch(channel, heed) {
      subscriber ??= connected();
      const heeding = watchers.get(channel) ?? new Set();
      watchers.set(channel, heeding.add(heed));
      subscribe([channel]);
      return () => {
        heeding.delete(heed);
        if (heeding.size > 0 || watchers.get(channel) !== heeding) return;
        watchers.delete(channel);
        if (subscriber?.status === "ready") subscriber.unsubscribe(channel).catch(() => {});
      };
    },
    end: () => subscriber?.disconnect(),
  };
}
