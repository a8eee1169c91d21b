/** `policy.json`: the run's policy as others may run it, the best that was kept, else the latest. */
import { basename, relative } from "node:path";
import { writePolicy } from "../policies/policy-file.ts";
import { type Checkpoint, readCheckpoint } from "./checkpoints.ts";
import type { StepsOptions } from "./steps.ts";

/** Workers that are not the run's own keep their weights to themselves: nothing is written then. */
export async function recordPolicy(
  { config, paths, cases, model, isOwn }: Pick<StepsOptions, "config" | "paths" | "cases" | "model" | "isOwn">,
  latest: Checkpoint,
): Promise<void> {
  if (!isOwn) return;
  const best = latest.best && (await readCheckpoint(paths, latest.best.step));
  const { weights, step, version } = best ?? latest;
  const { budget, formatFailures, reward } = config.episode;
  const text =
    "directory" in config.model ? { turnTokens: config.model.turnTokens, maxTokens: config.model.contextLength } : {};
  await writePolicy(
    paths.root,
    {
      run: basename(paths.root),
      language: model.language,
      model: relative(paths.root, model.directory) || ".",
      state: relative(paths.root, paths.state),
      ...{ weights, step, version },
      task: { budget, formatFailures, reward, persona: config.cases.persona, ...text },
    },
    cases.base,
  );
}
