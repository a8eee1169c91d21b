/**
 * The demonstration: a policy of a hundred thousand parameters learns to take a history, by GRPO and by OAPL from the same
 * warm start, side by side on two CPU cores. `npm run train:demo`; stopped, it goes on where it was.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { writeTrainingReport } from "../../apps/report/write-training-report.ts";
import { baselines, configOf, openCases, readMetrics } from "../../gpu-trainer/index.ts";

const RUNS = ["grpo", "oapl"] as const;
const root = process.argv[2] ?? join("runs", "demo");
const main = join(import.meta.dirname, "../../apps/cli/main.ts");
const directoryOf = (name: string): string => join(root, name);
const started = performance.now();
const say = (text: string): unknown => process.stdout.write(`${text}\n`);

async function train(name: string): Promise<void> {
  const run = directoryOf(name);
  const resume = existsSync(join(run, "config.yaml")) ? ["--resume"] : [];
  const args = [main, "train", "--config", join(import.meta.dirname, `${name}.yaml`), "--run", run, ...resume];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    lines.push(line);
    if (/^(step|warm-up|the worker|stage)/.test(line)) say(`${name.padEnd(5)} ${line}`);
  });
  const code = await new Promise((done) => child.on("close", done));
  if (code !== 0) throw new Error(`${name} ended with code ${code}:\n${lines.slice(-12).join("\n")}`);
}

await Promise.all(RUNS.map(train));

const config = await configOf(directoryOf("grpo"));
const cases = await openCases(config.cases, config.seed);
const { budget } = config.episode;
const bars = baselines({ cases, count: config.evaluation.cases, budget, persona: config.cases.persona });
const report = await writeTrainingReport({
  directory: root,
  title: "Learning to take a history",
  runs: RUNS.map((name) => ({ name: name.toUpperCase(), directory: directoryOf(name) })),
  config,
  baselines: bars,
});

const bayes = bars.find(({ name }) => name === "Bayesian")!.accuracy;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
say(`\nHeld-out accuracy, ${config.evaluation.cases} patients, at most ${budget} questions:`);
for (const name of RUNS) {
  const looks = (await readMetrics(join(directoryOf(name), "metrics.jsonl"))).filter((row) => row.held_out_accuracy);
  const [first, last] = [looks[0]!, looks.at(-1)!];
  const ratio = last.held_out_accuracy! / bayes;
  say(
    `  ${name.toUpperCase()}: ${percent(first.held_out_accuracy!)} after the warm-up, ${percent(last.held_out_accuracy!)} ` +
      `[${percent(last.held_out_low!)}, ${percent(last.held_out_high!)}] after ${last.generations} consultations ` +
      `(${ratio.toFixed(2)} of the Bayesian agent)`,
  );
}
for (const { name, accuracy } of bars) say(`  ${name}: ${percent(accuracy)}`);
say(
  `${Math.round((performance.now() - started) / 1000)} s. Curves: ${relative(".", report)}, ${join(root, "learning-curve.svg")}`,
);
