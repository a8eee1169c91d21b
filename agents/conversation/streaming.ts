/**
 * Work that emits as it goes, as an async iterable for one reader. An error of the work is thrown after what came before
 * it. Written by hand: a generator waits several times for each item, and a turn has many.
 */
export function streamed<T>(work: (emit: (item: T) => void) => Promise<void>): AsyncIterableIterator<T, undefined> {
  type Result = IteratorResult<T, undefined>;
  const ready: T[] = [];
  let reader: PromiseWithResolvers<Result> | undefined;
  let begun = false;
  let ended = false;
  let failed: { readonly error: unknown } | undefined;

  const emit = (item: T): void => {
    if (reader) reader.resolve({ done: false, value: item });
    else ready.push(item);
    reader = undefined;
  };
  const last = (): Promise<Result> => {
    const failure = failed;
    failed = undefined;
    return failure ? Promise.reject(failure.error) : Promise.resolve({ done: true, value: undefined });
  };
  const end = (): void => {
    ended = true;
    if (reader) last().then(reader.resolve, reader.reject);
    reader = undefined;
  };
  const fail = (error: unknown): void => {
    failed = { error };
    end();
  };

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (!begun) work(emit).then(end, fail);
      begun = true;
      if (ready.length > 0) return Promise.resolve({ done: false, value: ready.shift()! });
      if (ended) return last();
      reader = Promise.withResolvers();
      return reader.promise;
    },
    /** Who reads no further lets go of what is still to come. */
    return() {
      begun = true;
      ended = true;
      ready.length = 0;
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}
