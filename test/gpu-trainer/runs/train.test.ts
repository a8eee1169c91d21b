import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import {
  type Approver,
  parseConfig,
  type RunConfig,
  type RunEvent,
  readMetrics,
  train,
} from "../../../gpu-trainer/index.ts";
import { latestCheckpoint } from "../../../gpu-trainer/runs/checkpoints.ts";
import { runPaths } from "../../../gpu-trainer/runs/directory.ts";
import { workerPython } from "../../fixtures/worker-python.ts";

const python = workerPython();
const scratch = mkdtempSync(join(tmpdir(), "train-"));
const FIXTURE = join(import.meta.dirname, "../../fixtures/train-process.ts");

const small = (changes: object = {}): object => ({
  seed: 3,
  cases: { slice: { conditions: ["common-cold", "influenza", "pneumonia", "asthma"], findings: 12 } },
  episode: { budget: 3 },
  model: { make: { hidden: 32, layers: 1, heads: 2 } },
  worker: { device: "cpu", threads: 1 },
  warmUp: { consultations: 256, epochs: 8, batch: 64, learningRate: 0.01 },
  stages: [{ name: "consultation", task: { kind: "consultation" }, exit: { steps: 6 } }],
  objective: { name: "oapl", beta2: 0.1 },
  schedule: { kind: "lagged", lag: 3, fresh: 4 },
  groups: 8,
  groupSize: 4,
  evaluation: { every: 3, cases: 40 },
  checkpoints: { every: 2, keep: 2 },
  ...changes,
});

const whole = join(scratch, "whole");
/** The first run makes a model, the others take it: making one is Python's start and no more. */
const made = { model: { symbols: join(whole, "model") } };
const configOf = (changes?: object): RunConfig => parseConfig(small({ ...made, ...changes }));

/** What a run did, without how long it took. A sampler whose caches are new adds up in another order: the seventh digit. */
const curve = async (directory: string) => {
  const rows = await readMetrics(join(directory, "metrics.jsonl"));
  return rows.map(({ seconds: _, rollout_seconds: __, ...row }) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, rounded(Number(value))])),
  );
};

/** What is a hair below nothing is nothing: −0 is another number to `toEqual`. */
const rounded = (value: number): number => Number(value.toFixed(5)) + 0;

const REQUIRED = [
  ...["step", "generations", "reward_mean", "accuracy", "questions_mean", "kl", "entropy"],
  ...["logprob_delta", "lag", "seconds"],
];

describe.skipIf(!python)("a run on a real worker", () => {
  const events: RunEvent[] = [];

  beforeAll(async () => {
    const config = parseConfig(small());
    await train({ config, directory: whole, onEvent: (event) => events.push(event) });
  }, 120_000);

  test("writes a line of figures for every step, and one from before the first", async () => {
    const rows = await readMetrics(join(whole, "metrics.jsonl"));
    expect(rows.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    for (const row of rows) for (const name of REQUIRED) expect(row[name], name).toBeTypeOf("number");
    expect(rows.map(({ lag }) => lag)).toEqual([0, 0, 1, 2, 0, 1, 2]);
    expect(rows.map(({ generations }) => generations)).toEqual([0, 32, 48, 64, 96, 112, 128]);
    expect(rows.flatMap(({ step, held_out_accuracy }) => (held_out_accuracy === undefined ? [] : [step]))).toEqual([
      0, 3, 6,
    ]);
    // Sampler and trainer are two engines over the same weights.
    expect(rows[1]!.logprob_delta).toBeLessThan(1e-4);
    expect(rows[1]!.logprob_delta).toBeGreaterThan(0);
  });

  test("leaves a directory that tells all: configuration, knowledge, policy, samples, status", async () => {
    expect(readdirSync(whole)).toEqual(
      expect.arrayContaining([
        "config.yaml",
        "run.json",
        "knowledge.json",
        "policy.json",
        "metrics.jsonl",
        "tensorboard",
        "samples",
        "checkpoints",
        "model",
        "state",
      ]),
    );
    expect(JSON.parse(readFileSync(join(whole, "run.json"), "utf8"))).toMatchObject({
      status: "finished",
      step: 6,
      seed: 3,
    });
    const [first] = readFileSync(join(whole, "samples/step-0000006.jsonl"), "utf8").split("\n");
    expect(JSON.parse(first!)).toMatchObject({
      transcript: expect.stringMatching(/^age:/),
      correct: expect.any(Boolean),
    });
    expect(existsSync(join(whole, "train.lock"))).toBe(false);
  });

  test("keeps the latest checkpoints and the best, and the weights of no other", async () => {
    const { best, step, weights, state, reference } = await latestCheckpoint(runPaths(whole));
    expect(step).toBe(6);
    const names = readdirSync(join(whole, "checkpoints"));
    expect(names).toHaveLength(new Set([4, 6, best!.step]).size);
    const kept = readdirSync(join(whole, "state/checkpoints"), { recursive: true, withFileTypes: true });
    const paths = kept.filter(({ name }) => name === "manifest.json" || name.endsWith(".safetensors"));
    expect(paths.length).toBeGreaterThan(0);
    for (const path of [weights, state, reference]) {
      const [, run, kind, name] = /^tinker:\/\/([^/]+)\/([^/]+)\/(.+)$/.exec(path)!;
      expect(existsSync(join(whole, "state/checkpoints", run!, kind!, name!)), path).toBe(true);
    }
  });

  test("told what it did on the way", () => {
    expect(events.filter(({ type }) => type === "step")).toHaveLength(6);
    expect(events.find(({ type }) => type === "warm-up")).toMatchObject({ done: 1, all: 32 });
  });

  test("is refused a second time in the same directory, and another configuration when it resumes", async () => {
    await expect(train({ config: parseConfig(small()), directory: whole })).rejects.toMatchObject({
      code: "run-exists",
    });
    const other = configOf({ groups: 9 });
    await expect(train({ config: other, directory: whole, resume: true })).rejects.toMatchObject({
      code: "bad-config",
    });
    const nowhere = join(scratch, "nowhere");
    await expect(train({ config: configOf(), directory: nowhere, resume: true })).rejects.toMatchObject({
      code: "no-run",
    });
  });

  test.each([
    ["between checkpoints", 3],
    ["right after a checkpoint", 4],
  ])(
    "killed %s, it resumes to the same curve",
    async (_, at) => {
      const directory = join(scratch, `killed-${at}`);
      const file = join(scratch, "small.yaml");
      writeFileSync(file, stringify(small(made)));
      const child = spawn(process.execPath, [FIXTURE, file, directory], { stdio: ["ignore", "pipe", "ignore"] });
      for await (const line of createInterface({ input: child.stdout })) if (Number(line) === at) break;
      child.kill("SIGKILL");
      await once(child, "close");
      await train({ config: configOf(), directory, resume: true });
      expect(await curve(directory)).toEqual(await curve(whole));
    },
    120_000,
  );

  test("whose worker is killed goes on by itself, to the same curve", async () => {
    const directory = join(scratch, "worker-killed");
    const config = configOf();
    const seen: string[] = [];
    let killed = false;
    // The run's own worker, found by its parent: this process.
    await train({
      config,
      directory,
      onEvent(event) {
        seen.push(event.type);
        if (event.type !== "step" || event.row.step !== 3 || killed) return;
        killed = true;
        for (const pid of childrenOf(process.pid)) process.kill(pid, "SIGKILL");
      },
    });
    expect(killed).toBe(true);
    expect(await curve(directory)).toEqual(await curve(whole));
    expect(seen).toContain("recovering");
  }, 120_000);

  test.each<[string, object, number]>([
    ["offline", { schedule: { kind: "offline", pool: 12, steps: 2 } }, 1],
    ["asynchronously", { schedule: { kind: "asynchronous", maxStaleness: 2 } }, 2],
    [
      "on groups that differ, of cases within reach",
      { schedule: { kind: "on-policy" }, dynamicSampling: { rounds: 2 }, difficulty: { pool: 32, samples: 4 } },
      0,
    ],
  ])(
    "trains %s",
    async (name, changes, most) => {
      const directory = join(scratch, name.replaceAll(" ", "-"));
      const { status } = await train({ config: configOf(changes), directory });
      expect(status).toBe("finished");
      const rows = (await readMetrics(join(directory, "metrics.jsonl"))).slice(1);
      expect(rows).toHaveLength(6);
      expect(Math.max(...rows.map(({ lag }) => lag))).toBeLessThanOrEqual(most);
      if ("dynamicSampling" in changes) for (const row of rows) expect(row.equal_groups).toBe(0);
    },
    120_000,
  );

  test("goes through its stages, and stops where the next one may not begin", async () => {
    const stages = [
      { name: "choice", task: { kind: "choice", options: 3 }, exit: { steps: 2 } },
      { name: "list", task: { kind: "list" }, exit: { steps: 2 } },
      { name: "end", task: { kind: "consultation" }, exit: { steps: 2 }, entry: { stage: "choice", accuracy: 1 } },
    ];
    const entered: string[] = [];
    const ending = await train({
      ...{ config: configOf({ stages, schedule: { kind: "on-policy" } }), directory: join(scratch, "stages") },
      onEvent: (event) => event.type === "stage" && entered.push(event.name),
    });
    expect(entered).toEqual(["list"]);
    expect(ending).toMatchObject({ status: "stopped", step: 4, reason: expect.stringContaining("end may not begin") });
  }, 120_000);

  test("that holds batches is refused where nobody is there to decide", async () => {
    const refused = train({ config: configOf({ approval: "all" }), directory: join(scratch, "nobody") });
    await expect(refused).rejects.toMatchObject({ code: "bad-config" });
  });

  test("is stopped by a guard rail, with the reason", async () => {
    const directory = join(scratch, "guarded");
    const guards = { entropy: 100, window: 2 };
    const ending = await train({ config: configOf({ guards }), directory });
    expect(ending).toMatchObject({
      status: "stopped",
      step: 2,
      reason: expect.stringContaining("the policy has collapsed"),
    });
    expect(JSON.parse(readFileSync(join(directory, "run.json"), "utf8"))).toMatchObject({ status: "stopped" });
  }, 120_000);

  test("takes no step on a batch that is rejected, and the corrected rewards of one that is corrected", async () => {
    const directory = join(scratch, "approved");
    let round = 0;
    const approver: Approver = {
      async review(held) {
        const on = {
          step: held.step,
          round: held.round,
          digest: "0".repeat(64),
          by: "test",
          at: "2026-01-01T00:00:00Z",
        };
        if (held.step === 1) return { type: "reject", reason: "the patients were ill chosen", ...on };
        if (held.step === 2 && round++ === 0) {
          const rewards = held.groups.flatMap(({ id, trajectories }) =>
            trajectories.map((_each, trajectory) => ({ group: id, trajectory, reward: trajectory === 0 ? 1 : 0 })),
          );
          return { type: "correct", rewards, rejectGroups: [], ...on };
        }
        return { type: "confirm", ...on };
      },
    };
    const stages = [{ name: "consultation", task: { kind: "consultation" }, exit: { steps: 3 } }];
    await train({
      config: configOf({ approval: "all", stages, schedule: { kind: "on-policy" } }),
      directory,
      approver,
    });
    const rows = await readMetrics(join(directory, "metrics.jsonl"));
    expect(rows[1]).not.toHaveProperty("gradient_norm");
    expect(rows[2]).toMatchObject({ gradient_norm: expect.any(Number), kept_groups: 8 });
    expect((await latestCheckpoint(runPaths(directory))).version).toBe(32 + 2);
  }, 120_000);
});

function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      const stat = existsSync(`/proc/${name}/stat`) ? readFileSync(`/proc/${name}/stat`, "utf8") : "";
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === parent;
    })
    .map(Number);
}
