/**
 * The first window of fifty steps at L = 50 once more, looked at every ten: how fast each objective goes, and how much of
 * GRPO is clipped. After the study, from its warm starts. `node bench/study/first-window.ts STUDY_DIRECTORY`
 */
import { join } from "node:path";
import { parseConfig, readMetrics, startWorker, train } from "../../gpu-trainer/index.ts";
import { CELLS, COMMON, nameOf } from "./plan.ts";

const own = join(process.argv[2] ?? "study", "shard-0");
const model = join(own, "warm-airways", "model");
const stateDirectory = join(own, "state", model.replaceAll("/", "-"));
const worker = await startWorker({ model, stateDirectory, serve: ["--threads", "1"] });
for (const cell of CELLS.filter(({ variant }) => variant === "grpo-L50" || variant === "oapl-L50")) {
  const directory = join(own, "first-window", nameOf(cell));
  const config = parseConfig({
    ...COMMON,
    ...cell.config,
    stages: COMMON.stages.map((stage) => ({ ...stage, exit: { steps: 50 } })),
    evaluation: { every: 10, cases: 1000 },
    optimizer: { learningRate: 1e-3 },
    seed: cell.seed,
    model: { symbols: model },
    startFrom: { run: join(own, `warm-airways-${cell.seed}`), step: 0 },
  });
  await train({ config, directory, worker });
  const looks = (await readMetrics(join(directory, "metrics.jsonl"))).filter(
    (row) => row.held_out_accuracy !== undefined,
  );
  const told = looks.map(
    (row) => `${row.step}: ${row.held_out_accuracy} (clipped ${row.clip_fraction?.toFixed(3) ?? "–"})`,
  );
  process.stdout.write(`${nameOf(cell)}  ${told.join("  ")}\n`);
}
await worker.close();
