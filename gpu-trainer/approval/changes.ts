/** When something changes in a folder. */
import { watch } from "node:fs";

export interface Changes {
  /** The next change, or the one since the last call. */
  next(): Promise<void>;
  close(): void;
}

/** Tells of changes in a folder: as the file system does, and in any case every `pollMs` and when the signal is aborted. */
export function changesIn(folder: string, pollMs: number, signal?: AbortSignal): Changes {
  let hasChanged = false;
  let wake = (): void => {};
  const changed = (): void => {
    hasChanged = true;
    wake();
  };
  signal?.addEventListener("abort", changed);
  const poll = setInterval(changed, pollMs);
  let watcher: ReturnType<typeof watch> | undefined;
  try {
    watcher = watch(folder, changed);
    // What cannot be watched is looked at.
    watcher.on("error", () => watcher?.close());
  } catch {
    // As above.
  }
  return {
    async next() {
      if (!hasChanged) await new Promise<void>((resolve) => (wake = resolve));
      hasChanged = false;
    },
    close() {
      signal?.removeEventListener("abort", changed);
      clearInterval(poll);
      watcher?.close();
    },
  };
}
