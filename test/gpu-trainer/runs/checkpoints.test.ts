import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import {
  type Checkpoint,
  checkpointFile,
  checkpointSteps,
  latestCheckpoint,
  readCheckpoint,
  superseded,
  writeCheckpoint,
} from "../../../gpu-trainer/runs/checkpoints.ts";
import { lockRun, type RunPaths, runPaths } from "../../../gpu-trainer/runs/directory.ts";
import { wilson } from "../../../gpu-trainer/runs/held-out.ts";
import { learningRateAt } from "../../../gpu-trainer/runs/learning-rate.ts";

const checkpointAt = (step: number): Checkpoint => ({
  ...{ step, version: step, generations: 32 * step, cases: 8 * step, best: undefined, guards: {}, states: {} },
  stage: { stage: "consultation", steps: step, history: [] },
  supply: { buffer: [], steps: 0 },
  ...{
    state: `tinker://m/weights/step-${step}`,
    weights: "tinker://m/sampler_weights/v",
    reference: "tinker://m/weights/r",
  },
});

describe("checkpoints", () => {
  let paths: RunPaths;
  beforeEach(() => {
    paths = runPaths(mkdtempSync(join(tmpdir(), "run-")));
  });

  test("come back as they were written", async () => {
    await writeCheckpoint(paths, checkpointAt(10));
    expect(await readCheckpoint(paths, 10)).toEqual({ ...checkpointAt(10), best: undefined });
    expect(readdirSync(paths.checkpoints)).toEqual(["step-0000010.json"]);
  });

  test("that are torn or altered count as missing: the one before stands", async () => {
    for (const step of [10, 20, 30]) await writeCheckpoint(paths, checkpointAt(step));
    writeFileSync(checkpointFile(paths, 30), '{"sha256":"');
    expect((await latestCheckpoint(paths)).step).toBe(20);
    const { readFile } = await import("node:fs/promises");
    const text = await readFile(checkpointFile(paths, 20), "utf8");
    writeFileSync(checkpointFile(paths, 20), text.replace('"generations":640', '"generations":641'));
    expect((await latestCheckpoint(paths)).step).toBe(10);
    writeFileSync(checkpointFile(paths, 10), "");
    await expect(latestCheckpoint(paths)).rejects.toMatchObject({ code: "bad-checkpoint" });
  });

  test("are listed by number, not by name", async () => {
    for (const step of [100, 20, 3]) await writeCheckpoint(paths, checkpointAt(step));
    expect(await checkpointSteps(paths)).toEqual([100, 20, 3]);
    await expect(latestCheckpoint(runPaths(join(paths.root, "none")))).rejects.toMatchObject({ code: "no-run" });
  });

  test("are let go of, but for the latest and the best", () => {
    expect(superseded([10, 20, 30, 40], 2, 10)).toEqual([20]);
    expect(superseded([10, 20, 30, 40], 2, undefined)).toEqual([10, 20]);
    expect(superseded([10], 2, undefined)).toEqual([]);
  });

  test("are one process's at a time; who died leaves no lock behind", async () => {
    const unlock = await lockRun(paths);
    writeFileSync(paths.lock, "1");
    await expect(lockRun(paths)).rejects.toMatchObject({ code: "in-use" });
    writeFileSync(paths.lock, String(2 ** 22 + 7));
    await (await lockRun(paths))();
    await unlock();
    expect(readdirSync(paths.root)).not.toContain("train.lock");
  });
});

test("the interval of a share is Wilson's: known values, and within [0, 1] at the ends", () => {
  const [low, high] = wilson(50, 100);
  expect(low).toBeCloseTo(0.4038, 3);
  expect(high).toBeCloseTo(0.5962, 3);
  expect(wilson(0, 10)[0]).toBe(0);
  expect(wilson(10, 10)[1]).toBe(1);
  expect(wilson(0, 0)).toEqual([0, 1]);
});

describe("the learning rate", () => {
  const optimizer = { learningRate: 1, warmUpSteps: 4, decay: "linear" } as const;
  test("rises over its warm-up, then falls to nothing at the last step", () => {
    expect([0, 1, 3].map((step) => learningRateAt(optimizer, step, 14))).toEqual([0.25, 0.5, 1]);
    expect(learningRateAt(optimizer, 9, 14)).toBeCloseTo(0.5);
    expect(learningRateAt({ ...optimizer, decay: "cosine" }, 9, 14)).toBeCloseTo(0.5);
    expect(learningRateAt({ ...optimizer, decay: "none" }, 13, 14)).toBe(1);
  });
});
