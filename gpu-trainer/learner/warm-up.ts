/** Supervised steps before the first rollout: weighted cross-entropy over what an agent did in its transcripts. */
import { seededRandom, shuffled } from "../../src/index.ts";
import type { Trajectory } from "../rollouts/types.ts";
import type { AdamParams, ModelId, Worker } from "../types.ts";
import { datumOf } from "./datums.ts";

export interface ImitationOptions {
  readonly worker: Pick<Worker, "forwardBackward" | "optimStep">;
  readonly model: ModelId;
  readonly epochs: number;
  /** Transcripts a step. */
  readonly batch: number;
  readonly adam: AdamParams;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** After each step: how many are done, of how many, and the mean negative log-likelihood of a token. */
  readonly onStep?: ((done: number, all: number, loss: number) => void) | undefined;
}

/** Gives the number of steps taken. */
export async function imitate(transcripts: readonly Trajectory[], options: ImitationOptions): Promise<number> {
  const { worker, model, epochs, batch, adam, seed, signal, onStep } = options;
  const perEpoch = Math.ceil(transcripts.length / batch);
  const all = epochs * perEpoch;
  let done = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(seededRandom(seed, "imitation", epoch), transcripts);
    for (let start = 0; start < order.length; start += batch) {
      const chosen = order.slice(start, start + batch);
      const written = chosen.map(({ mask }) => mask.reduce((sum, own) => sum + own, 0));
      const tokens = written.reduce((sum, count) => sum + count, 0);
      const data = chosen.map((transcript, index) =>
        datumOf(transcript, new Float64Array(written[index]!).fill(1 / tokens)),
      );
      const passed = worker.forwardBackward(model, { data, loss: "cross_entropy" }, { signal });
      const [{ metrics }] = await Promise.all([passed, worker.optimStep(model, adam, { signal })]);
      onStep?.(++done, all, metrics["loss:sum"] ?? Number.NaN);
    }
  }
  return done;
}
