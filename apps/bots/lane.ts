/** Work of one conversation, one piece at a time. Of what waits, the lowest order comes first; else who came first. */

interface Waiting {
  readonly order: number | undefined;
  readonly start: () => Promise<void>;
}

export class Lane {
  readonly #waiting: Waiting[] = [];
  #running = false;
  #unfinished = 0;

  /** Pieces that wait or run. */
  get size(): number {
    return this.#unfinished;
  }

  run<Result>(order: number | undefined, work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#unfinished++;
      const start = async (): Promise<void> => {
        await work().then(resolve, reject);
        this.#unfinished--;
      };
      let at = this.#waiting.length;
      while (at > 0 && isBefore(order, this.#waiting[at - 1]!.order)) at--;
      this.#waiting.splice(at, 0, { order, start });
      if (!this.#running) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#running = true;
    // What arrives in the same breath is put in order first.
    await new Promise(setImmediate);
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) await next.start();
    this.#running = false;
  }
}

function isBefore(order: number | undefined, other: number | undefined): boolean {
  return order !== undefined && other !== undefined && order < other;
}
