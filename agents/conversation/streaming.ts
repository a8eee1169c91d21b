/** Work that emits as it goes, as an async iterable. An error of the work is thrown after what came before it. */
export async function* streamed<T>(
  work: (emit: (item: T) => void) => Promise<void>,
): AsyncGenerator<T, void, undefined> {
  const waiting: T[] = [];
  let wake = (): void => {};
  let ended = false;
  let failed: { readonly error: unknown } | undefined;
  const done = work((item) => {
    waiting.push(item);
    wake();
  })
    .catch((error: unknown) => {
      failed = { error };
    })
    .finally(() => {
      ended = true;
      wake();
    });
  for (;;) {
    while (waiting.length > 0) yield waiting.shift()!;
    if (ended) break;
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (ended || waiting.length > 0) resolve();
    });
  }
  await done;
  if (failed) throw failed.error;
}
