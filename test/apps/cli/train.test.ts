/** `anamnesis train`, run as a person would: trained, resumed, evaluated, refused. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { runView } from "../../../apps/cli/train.ts";
import { parseConfig, readMetrics } from "../../../gpu-trainer/index.ts";
import { workerPython } from "../../fixtures/worker-python.ts";
import { anamnesis, ended, start } from "./command.ts";

const python = workerPython();
const scratch = mkdtempSync(join(tmpdir(), "train-cli-"));
const EXAMPLES = join(import.meta.dirname, "../../../examples/train");

const small = {
  cases: { slice: { conditions: ["common-cold", "influenza", "pneumonia", "asthma"], findings: 12 } },
  episode: { budget: 3 },
  model: { make: { hidden: 32, layers: 1, heads: 2 } },
  worker: { device: "cpu", threads: 1 },
  warmUp: { consultations: 512, epochs: 4, batch: 64, learningRate: 0.01 },
  stages: [{ name: "consultation", task: { kind: "consultation" }, exit: { steps: 4 } }],
  objective: { name: "grpo" },
  groups: 4,
  groupSize: 4,
  evaluation: { every: 2, cases: 50 },
  checkpoints: { every: 1 },
};

function configFile(name: string, content: object | string): string {
  const file = join(scratch, `${name}.yaml`);
  writeFileSync(file, typeof content === "string" ? content : stringify(content));
  return file;
}

describe.skipIf(!python)("train", () => {
  test("trains as the configuration says, survives Ctrl-C, and leaves a policy that can be evaluated", async () => {
    const config = configFile("small", small);
    const run = join(scratch, "run");
    const child = start("train", "--config", config, "--run", run);
    const broken = ended(child);
    // The first line about a step: the run has a checkpoint by then.
    await new Promise<void>((resolve) => {
      child.stderr!.on("data", (chunk) => String(chunk).includes("step 2 of 4") && resolve());
    });
    child.kill("SIGINT");
    const interrupted = await broken;
    expect(interrupted.code, interrupted.err).toBe(130);
    expect(interrupted.err).toContain(`--run ${run} --resume`);

    const json = join(scratch, "ending.json");
    const resumed = await anamnesis(["train", "--run", run, "--resume", "--json", json]);
    expect(resumed.code, resumed.err).toBe(0);
    expect(resumed.out).toMatch(/^finished: .*\n {2}Bayesian +0\.\d{3}\n {2}random questions/);
    expect(JSON.parse(readFileSync(json, "utf8"))).toMatchObject({ status: "finished", step: 4, generations: 64 });
    expect((await readMetrics(join(run, "metrics.jsonl"))).map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
    expect(readFileSync(join(run, "report.html"), "utf8")).toContain("<svg");
    expect(readFileSync(join(run, "learning-curve.svg"), "utf8")).toMatch(/^<svg/);

    const figures = join(scratch, "figures.json");
    const evaluated = await anamnesis(["evaluate", "--agent", `policy:${run}`, "--n", "60", "--json", figures]);
    expect(evaluated.code, evaluated.err).toBe(0);
    const { top1, n } = JSON.parse(readFileSync(figures, "utf8"));
    expect(n).toBe(60);
    expect(top1).toBeGreaterThanOrEqual(0);
  }, 120_000);
});

describe("train refuses", () => {
  test.each<[string, object | string, RegExp]>([
    ["YAML that is none", "stages: [", /bad\.yaml:1/],
    ["a field that does not exist", { ...small, learning_rate: 1 }, /learning_rate/],
    ["a number out of bounds", { ...small, groups: 0 }, /groups/],
    ["an objective that does not exist", { ...small, objective: { name: "ppo" } }, /choose one of grpo, dr-grpo/],
    ["an option that the objective has not", { ...small, objective: { name: "oapl", clip: 1 } }, /clip/],
    [
      "conditions that the knowledge base has not",
      { ...small, cases: { slice: { conditions: ["a", "b"] } } },
      /no condition a, b/,
    ],
  ])("%s: exit code 2, and says where", async (_, content, words) => {
    const { code, err } = await anamnesis([
      "train",
      "--config",
      configFile("bad", content),
      "--run",
      join(scratch, "none"),
    ]);
    expect(code).toBe(2);
    expect(err).toMatch(words);
  });

  test("a run without a configuration, and a resume without a run", async () => {
    const none = await anamnesis(["train", "--run", join(scratch, "nothing")]);
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining("--config") });
    const resumed = await anamnesis(["train", "--run", join(scratch, "nothing"), "--resume"]);
    expect(resumed).toMatchObject({ code: 2, err: expect.stringContaining("holds no run") });
  });
});

test.each([
  ["grpo", "grpo"],
  ["oapl", "oapl"],
  ["denial", "grpo"],
])("the example %s is a configuration", (name, objective) => {
  const config = parseConfig(parse(readFileSync(join(EXAMPLES, `${name}.yaml`), "utf8")));
  expect(config.objective.name).toBe(objective);
});

test("a run is shown in plain lines where there is no terminal", () => {
  let shown = "";
  const view = runView({ write: (text) => (shown += text) });
  const row = {
    ...{ step: 20, generations: 320, reward_mean: 0.5, accuracy: 0.5, questions_mean: 3, kl: 0, entropy: 1 },
    ...{ logprob_delta: 0, lag: 2, seconds: 0.25, held_out_accuracy: 0.6, held_out_low: 0.55, held_out_high: 0.65 },
  };
  view({ type: "step", row, steps: 200, secondsLeft: 120 });
  view({ type: "stage", name: "consultation", step: 20 });
  expect(shown).toBe(
    "step 20 of 200: accuracy 0.500, 3.0 questions, lag 2, held out 0.600 [0.550, 0.650], 0.25 s a step, 2 min left\n" +
      "stage consultation begins at step 20\n",
  );
});
