/** From a store's name on the command line to the store. */
import { type EventStore, StoreError } from "../../../src/index.ts";
import { type FileStoreOptions, openFileStore } from "./file.ts";
import { type MemoryStoreOptions, memoryStore } from "./memory.ts";
import type { RedisStoreOptions } from "./redis.ts";

export const STORE_FORMS = "memory, file:DIR, redis://HOST:PORT[/DATABASE]";

export type StoreSpec =
  | { readonly kind: "memory" }
  | { readonly kind: "file"; readonly directory: string }
  | { readonly kind: "redis"; readonly url: string };

/** Each store takes what concerns it. */
export interface StoreOptions {
  readonly memory?: MemoryStoreOptions;
  readonly file?: FileStoreOptions;
  readonly redis?: RedisStoreOptions;
}

/** Undefined where `spec` is not the form of a store. */
export function parseStoreSpec(spec: string): StoreSpec | undefined {
  if (spec === "memory") return { kind: "memory" };
  if (/^file:./.test(spec)) return { kind: "file", directory: spec.slice("file:".length) };
  if (/^rediss?:\/\//.test(spec) && URL.canParse(spec)) return { kind: "redis", url: spec };
  return undefined;
}

/** Throws `unknown-store` where `spec` is not the form of a store. */
export function storeSpec(spec: string): StoreSpec {
  const parsed = parseStoreSpec(spec);
  if (parsed) return parsed;
  throw new StoreError("unknown-store", `unknown store; expected ${STORE_FORMS}`);
}

export async function openStore(named: string | StoreSpec, options: StoreOptions = {}): Promise<EventStore> {
  const spec = typeof named === "string" ? storeSpec(named) : named;
  switch (spec.kind) {
    case "memory":
      return memoryStore(options.memory);
    case "file":
      return openFileStore(spec.directory, options.file);
    case "redis": {
      // Its client is loaded only by those who use it.
      const { openRedisStore } = await import("./redis.ts");
      return openRedisStore(spec.url, options.redis);
    }
    default:
      return spec satisfies never;
  }
}
