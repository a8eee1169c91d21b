/** Transcripts of a look at held-out cases, a line each, for people who want to know what a policy does. */
import { join } from "node:path";
import type { Trajectory } from "../rollouts/types.ts";
import { type RunPaths, writeWhole } from "./directory.ts";

export async function writeSamples(
  { samples }: Pick<RunPaths, "samples">,
  step: number,
  trajectories: readonly Trajectory[],
  transcribe: (tokens: ArrayLike<number>) => string,
): Promise<void> {
  const lines = trajectories.map(({ tokens, reward, components, correct, questions, stop, ranked, labels }) =>
    JSON.stringify({ transcript: transcribe(tokens), reward, components, correct, questions, stop, ranked, labels }),
  );
  await writeWhole(join(samples, `step-${String(step).padStart(7, "0")}.jsonl`), `${lines.join("\n")}\n`);
}
