/** Waiting that can be broken off. Listeners go with the wait: signals may outlive a million of them. */

/**
 * Runs `use` with a signal that is aborted with any of these, and after `ms`. `AbortSignal.any` would do, but keeps
 * something of every wait for as long as the longest-lived signal lives.
 */
export async function until<T>(
  signals: readonly (AbortSignal | undefined)[],
  ms: number,
  use: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const late = (): void => controller.abort(new DOMException(`nothing within ${Math.round(ms)} ms`, "TimeoutError"));
  const timer = setTimeout(late, ms);
  const links = signals.flatMap((signal) => {
    if (!signal) return [];
    const abort = (): void => controller.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    return [() => signal.removeEventListener("abort", abort)];
  });
  try {
    return await use(controller.signal);
  } finally {
    clearTimeout(timer);
    for (const unlink of links) unlink();
  }
}

/** Some milliseconds, or the reason of the signal that is aborted before. */
export function rest(ms: number, ...signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  return until(signals, ms, (signal) => {
    return new Promise<void>((resolve, reject) => {
      const end = (): void => {
        const broken = signals.find((each) => each?.aborted);
        if (broken) reject(broken.reason);
        else resolve();
      };
      if (signal.aborted) end();
      else signal.addEventListener("abort", end, { once: true });
    });
  });
}

/** What was promised, or the signal's reason as soon as it is aborted; the work itself goes on. */
export async function heeding<T>(promised: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promised;
  promised.catch(() => undefined);
  signal.throwIfAborted();
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
  });
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promised, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** `Promise.all` over a map, with so many under way at once; the first failure is the whole's. */
export async function mapAtOnce<T, U>(items: readonly T[], most: number, map: (item: T) => Promise<U>): Promise<U[]> {
  const results: U[] = new Array(items.length);
  const queue = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await map(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, lane));
  return results;
}
