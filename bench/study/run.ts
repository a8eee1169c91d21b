/**
 * Runs the study's cells, one after another, and writes a small file of results for each; a cell that has its file is not
 * run again, so a study that was stopped goes on. `node bench/study/run.ts DIRECTORY [--shard 0/2]`
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parseConfig, readMetrics, startWorker, train } from "../../gpu-trainer/index.ts";
import { CELLS, type Cell, COMMON, nameOf, TUNING, WARM_START } from "./plan.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { shard: { type: "string", default: "0/1" }, results: { type: "string" } },
});
const directory = resolve(positionals[0] ?? "study");
const results = resolve(values.results ?? join(import.meta.dirname, "results"));
const [shard, shards] = values.shard.split("/").map(Number) as [number, number];
const own = join(directory, `shard-${shard}`);
await mkdir(results, { recursive: true });
await mkdir(own, { recursive: true });

const say = (text: string): unknown => process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
const resultOf = (cell: Cell): string => join(results, `${nameOf(cell)}.json`);

type Worker = Awaited<ReturnType<typeof startWorker>>;
const workers = new Map<string, Promise<Worker>>();

/** One worker a model: its start takes longer than many a cell. */
function workerFor(model: string): Promise<Worker> {
  const state = join(own, "state", model.replaceAll("/", "-"));
  const started = workers.get(model) ?? startWorker({ model, stateDirectory: state, serve: ["--threads", "1"] });
  workers.set(model, started);
  return started;
}

const modelOf = (kind: string): string => join(own, `warm-${kind}`, "model");

/** The warm start of a seed, and for cells with cases of their own one on these. */
async function warmStart(seed: number, cases: unknown, kind: string): Promise<string> {
  // The model's first weights come with its directory, which all seeds of a kind share.
  const first = join(own, `warm-${kind}`);
  const run = join(own, `warm-${kind}-${seed}`);
  const stages = cases ? WARM_START.stages.slice(-1) : WARM_START.stages;
  const changes = { ...WARM_START, stages, ...(cases ? { cases } : {}), seed };
  if (!existsSync(modelOf(kind))) {
    const config = parseConfig({ ...changes, model: MODEL, warmUp: null, worker: { device: "cpu", threads: 1 } });
    await train({ config, directory: first });
  }
  if (existsSync(join(run, "finished"))) return run;
  await rm(run, { recursive: true, force: true });
  const config = parseConfig({ ...changes, model: { symbols: modelOf(kind) } });
  await train({ config, directory: run, worker: await workerFor(modelOf(kind)) });
  await writeFile(join(run, "finished"), "");
  return run;
}

const MODEL = { make: { hidden: 48, layers: 2, heads: 4 } };

async function runCell(cell: Cell, learningRate: number | undefined): Promise<void> {
  const started = performance.now();
  const kind = cell.family === "rare" ? "domains" : "airways";
  const warm = await warmStart(cell.seed, cell.config.cases, kind);
  const run = join(own, "cells", nameOf(cell));
  await rm(run, { recursive: true, force: true });
  const config = parseConfig({
    ...COMMON,
    ...(cell.config.cases ? { evaluation: { ...COMMON.evaluation, tasks: {} } } : {}),
    ...cell.config,
    ...(learningRate !== undefined && { optimizer: { learningRate } }),
    seed: cell.seed,
    model: { symbols: modelOf(kind) },
    startFrom: { run: warm, step: 0 },
  });
  const ending = await train({ config, directory: run, worker: await workerFor(modelOf(kind)) });
  const rows = await readMetrics(join(run, "metrics.jsonl"));
  const looks = rows.filter(({ held_out_accuracy }) => held_out_accuracy !== undefined).map(rounded);
  const seconds = Math.round((performance.now() - started) / 1000);
  const { family, variant, seed } = cell;
  const text = JSON.stringify({ family, variant, seed, learningRate, status: ending.status, seconds, looks });
  await writeFile(resultOf(cell), `${text}\n`);
  await rm(run, { recursive: true, force: true });
  say(`${nameOf(cell)}: ${looks.at(-1)!.held_out_accuracy} after ${seconds} s`);
}

const KEPT =
  /^(step|generations|held_out_.*|reward_mean|entropy|kl|log_ratio_std|beta2_.*|equal_groups|stage|domain_.*)$/;

function rounded(row: object): Record<string, number> {
  const kept = Object.entries(row).filter(([name]) => KEPT.test(name)) as [string, number][];
  return Object.fromEntries(kept.map(([name, value]) => [name, Number(value.toPrecision(6))]));
}

/** The learning rate of the best tuning run of each objective. */
async function tunedRates(): Promise<Map<string, number>> {
  const best = new Map<string, { rate: number; accuracy: number }>();
  for (const name of await readdir(results)) {
    const [, objective, rate] = /^tuning-([a-z]+)-([\d.e-]+)-seed/.exec(name) ?? [];
    if (!objective) continue;
    const { looks } = JSON.parse(await readFile(join(results, name), "utf8"));
    const accuracy = looks.at(-1).held_out_accuracy as number;
    if (accuracy > (best.get(objective)?.accuracy ?? -1)) best.set(objective, { rate: Number(rate), accuracy });
  }
  return new Map([...best].map(([objective, { rate }]) => [objective, rate]));
}

const mine = (cells: readonly Cell[]): Cell[] => cells.filter((_, index) => index % shards === shard);
const missing = (cells: readonly Cell[]): Cell[] => cells.filter((cell) => !existsSync(resultOf(cell)));

for (const cell of missing(mine(TUNING))) await runCell(cell, undefined);
while (missing(TUNING).length > 0) await new Promise((done) => setTimeout(done, 2_000));
const rates = await tunedRates();
say(`learning rates: ${JSON.stringify(Object.fromEntries(rates))}`);
for (const cell of missing(mine(CELLS))) await runCell(cell, rates.get(cell.tunedAs!));
for (const worker of workers.values()) await (await worker).close();
say("done");
