/**
 * The order of one model's operations on the client's side: each has the next number and is sent once the one before it
 * was accepted, so that workers that go by arrival agree with those that go by number. Results are waited for apart.
 *
 * A step must not be taken on a part of its gradient. So a step that was called while a backward pass was on its way is
 * refused where that pass did not arrive, and a model is given up where nobody can know what its worker holds.
 */
import { reasonOf, WorkerError } from "../errors.ts";
import type { ModelId } from "../types.ts";

/** Sends one request under the number it gets. */
export type Send = (seqId: number) => Promise<string>;
export type Kind = "plain" | "backward" | "step";

export interface ModelOrder {
  /** Sends in its turn what `prepare` gives, and returns the request ids; an abort before that withdraws it. */
  submit(kind: Kind, prepare: () => Promise<readonly Send[]>, signal: AbortSignal | undefined): Promise<string[]>;
  /** What the worker holds is not known any more, for this reason. */
  giveUp(reason: unknown): void;
}

export function modelOrder(id: ModelId): ModelOrder {
  let next = 1;
  let tail: Promise<unknown> = Promise.resolve();
  let lost: WorkerError | undefined;
  /** Backward requests accepted since the last step. */
  let added = 0;
  let backwardUnderWay: Promise<unknown>[] = [];

  const giveUp = (reason: unknown): void => {
    const advice = "make it again and load its last saved state";
    const message = `what became of model ${id} is not known (${reasonOf(reason)}); ${advice}`;
    lost ??= new WorkerError("model-lost", message, { cause: reason });
  };

  const sendAll = async (sends: readonly Send[], kind: Kind): Promise<string[]> => {
    const accepted: string[] = [];
    for (const send of sends) {
      try {
        accepted.push(await send(next++));
      } catch (error) {
        // A refusal took no effect. Anything else may have arrived or not.
        const isRefusal = error instanceof WorkerError && error.code === "worker-refused";
        if (!isRefusal || (kind === "backward" && accepted.length > 0)) giveUp(error);
        throw error;
      }
      if (kind === "backward") added++;
      if (kind === "step") added = 0;
    }
    return accepted;
  };

  const requireWhole = async (backward: readonly Promise<unknown>[]): Promise<void> => {
    for (const result of await Promise.allSettled(backward)) {
      if (result.status === "fulfilled") continue;
      const message = `model ${id}: no step was taken, for a backward pass before it did not arrive`;
      const error = new WorkerError("gradient-incomplete", message, { cause: result.reason });
      // What did arrive cannot be taken back.
      if (added > 0) giveUp(error);
      throw error;
    }
  };

  return {
    giveUp,
    submit(kind, prepare, signal) {
      // Passes that failed before this call were told of; those on their way were not.
      const before = kind === "step" ? backwardUnderWay : [];
      const turn = tail.then(async () => {
        signal?.throwIfAborted();
        if (lost) throw lost;
        await requireWhole(before);
        return sendAll(await prepare(), kind);
      });
      const settled = turn.then(
        () => undefined,
        () => undefined,
      );
      tail = settled;
      if (kind === "backward") {
        backwardUnderWay = [...backwardUnderWay, turn];
        settled.then(() => {
          backwardUnderWay = backwardUnderWay.filter((other) => other !== turn);
        });
      }
      return turn;
    },
  };
}
