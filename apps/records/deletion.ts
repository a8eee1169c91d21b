/** One consultation taken out of everything that outlives a server: the store, checkpoints in Redis, exports. */
import { setTimeout as sleep } from "node:timers/promises";
import { redisCheckpointer } from "../../agents/index.ts";
import { StoreError } from "../../src/index.ts";
import { openStore, storeSpec } from "../server/stores/open.ts";
import { connectRedis } from "../server/stores/redis.ts";
import { holding, removeRecord, requireSameKey } from "./directory.ts";
import { RecordError } from "./errors.ts";
import { openPseudonyms } from "./pseudonyms.ts";
import type { ExportKind } from "./types.ts";

export interface DeletionOptions {
  readonly store: string;
  readonly consultation: string;
  readonly exports: readonly string[];
  /** Needed where there are exports. */
  readonly keyFile?: string | undefined;
}

/** What was there, and is gone. */
export interface Deletion {
  readonly store: boolean;
  /** Undefined where checkpoints live in a server alone. */
  readonly checkpoints: boolean | undefined;
  readonly exports: readonly { readonly directory: string; readonly kinds: readonly ExportKind[] }[];
}

export async function deleteRecords({ store, consultation, exports, keyFile }: DeletionOptions): Promise<Deletion> {
  const spec = storeSpec(store);
  if (spec.kind === "memory")
    throw new StoreError("unknown-store", "a memory store lives in its server alone; delete the consultation there");
  // Whatever is wrong with the exports is found before anything is deleted.
  const pseudonyms = exports.length > 0 ? await openPseudonyms(required(keyFile), { make: false }) : undefined;
  for (const directory of exports) await requireSameKey(directory, pseudonyms!.mark);
  const opened = await openStore(spec);
  let inStore: boolean;
  try {
    inStore = await opened.delete(consultation);
  } finally {
    await opened.close();
  }
  const checkpoints = spec.kind === "redis" ? await deleteCheckpoints(spec.url, consultation) : undefined;
  const cleared: { directory: string; kinds: ExportKind[] }[] = [];
  for (const directory of exports) {
    const kinds = await whenFree(() => holding(directory, () => removeRecord(directory, pseudonyms!.of(consultation))));
    cleared.push({ directory, kinds });
  }
  return { store: inStore, checkpoints, exports: cleared };
}

async function deleteCheckpoints(url: string, consultation: string): Promise<boolean> {
  const redis = await connectRedis(url);
  try {
    const checkpointer = await redisCheckpointer(redis);
    const found = await checkpointer.getTuple({ configurable: { thread_id: consultation } });
    await checkpointer.deleteThread(consultation);
    return found !== undefined;
  } finally {
    redis.disconnect();
  }
}

function required(keyFile: string | undefined): string {
  if (keyFile !== undefined) return keyFile;
  throw new RecordError("bad-key", "records are found in an export by its key; name it with --key-file");
}

const PATIENCE_MS = 30_000;

/** An export that is being written is waited for: it may hold what was deleted from the store just now. */
async function whenFree<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let waited = 0; ; waited += 200) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== "store-locked" || waited >= PATIENCE_MS) throw error;
    }
    await sleep(200);
  }
}
