/**
 * A bounded number of open consultation files, the least recently used closed first. Work on one file runs one piece at
 * a time, in the order in which it was asked for; work on different files runs side by side.
 */
import { ConsultationFile } from "./consultation-file.ts";

export class OpenFiles {
  readonly #most: number;
  /** Least recently used first. */
  readonly #files = new Map<string, ConsultationFile>();
  /** The last work in line for a path. */
  readonly #lines = new Map<string, Promise<unknown>>();
  /** Paths being worked on: at most `#most`, and their files are not closed. */
  readonly #busy = new Set<string>();
  readonly #waiting: (() => void)[] = [];
  #opening = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** How many files are open. */
  get size(): number {
    return this.#files.size + this.#opening;
  }

  async use<Result>(path: string, work: (file: ConsultationFile) => Promise<Result>): Promise<Result> {
    const before = this.#lines.get(path) ?? Promise.resolve();
    const mine = before.then(() => this.#run(path, work));
    const settled = mine.catch(() => {});
    this.#lines.set(path, settled);
    try {
      return await mine;
    } finally {
      if (this.#lines.get(path) === settled) this.#lines.delete(path);
    }
  }

  /** Waits for all work, then closes every file. */
  async close(): Promise<void> {
    while (this.#lines.size > 0) await Promise.all(this.#lines.values());
    const files = [...this.#files.values()];
    this.#files.clear();
    for (const file of files) await file.close();
  }

  async #run<Result>(path: string, work: (file: ConsultationFile) => Promise<Result>): Promise<Result> {
    while (this.#busy.size >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy.add(path);
    try {
      const file = await this.#opened(path);
      try {
        return await work(file);
      } finally {
        if (file.broken) {
          this.#files.delete(path);
          await file.close();
        }
      }
    } finally {
      this.#busy.delete(path);
      this.#waiting.shift()?.();
    }
  }

  async #opened(path: string): Promise<ConsultationFile> {
    const known = this.#files.get(path);
    if (known) {
      this.#files.delete(path);
      this.#files.set(path, known);
      return known;
    }
    this.#opening++;
    try {
      while (this.size > this.#most) await this.#closeOldest();
      const file = await ConsultationFile.open(path);
      this.#files.set(path, file);
      return file;
    } finally {
      this.#opening--;
    }
  }

  /** There always is an idle one: fewer files than `#most` are busy besides the one about to be opened. */
  async #closeOldest(): Promise<void> {
    const [path, file] = [...this.#files].find(([each]) => !this.#busy.has(each))!;
    this.#files.delete(path);
    await file.close();
  }
}
