/** Who has something to write: written together when the event loop comes round, so that many answers wake a reader once. */

export interface Writer {
  flush(): void;
}

/** With so many waiting, nobody waits for the rest. */
const MOST = 32;

/** Gives the function that puts a writer in line; it is flushed soon, once for each time that it was put there. */
export function outbox(): (writer: Writer) => void {
  let waiting: Writer[] = [];
  const flush = (): void => {
    const writers = waiting;
    waiting = [];
    for (const writer of writers) writer.flush();
  };
  return (writer) => {
    if (waiting.length === 0) setImmediate(flush);
    if (waiting.push(writer) === MOST) process.nextTick(flush);
  };
}
