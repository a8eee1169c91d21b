/**
 * What the trainers cost beside the worker: consultations of ten turns a second against a worker that answers at once,
 * in this process and over HTTP; and the memory of a run of 10,000 steps. `npm run bench:trainer`
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { symbolicConsultation } from "../gpu-trainer/dialogues/consultation.ts";
import { symbolsOf, symbolWords } from "../gpu-trainer/dialogues/symbols.ts";
import { httpWorker, parseConfig, train } from "../gpu-trainer/index.ts";
import { rollOut } from "../gpu-trainer/rollouts/roll-out.ts";
import { policySampler } from "../gpu-trainer/rollouts/sampler.ts";
import type { Worker } from "../gpu-trainer/types.ts";
import { caseSampler, loadKnowledgeBase, STARTER_DIRECTORY, sliceKnowledge } from "../simulators/index.ts";
import { instantWorker } from "../test/fixtures/instant-worker.ts";

const TURNS = 10;
const base = sliceKnowledge(await loadKnowledgeBase(STARTER_DIRECTORY), {
  conditions: ["common-cold", "influenza", "pneumonia", "asthma", "acute-bronchitis", "allergic-rhinitis"],
  findings: 24,
});
const words = symbolWords(base);
const symbols = symbolsOf(base, { idOf: (word) => words.indexOf(word) });
const asks = base.findings.map(({ id }) => symbols.ask(id));
const conclusion = symbols.diagnosis(base.conditions[0]!.id);

/** Asks one finding after another until nothing is left to ask, then concludes. */
const nowOrNever = symbols.mark("conclude");
const policy = ({ prompt }: { readonly prompt: ArrayLike<number> }): readonly number[] => [
  prompt[prompt.length - 1] === nowOrNever ? conclusion : asks[(prompt.length * 7) % asks.length]!,
];

async function rate(worker: Worker, path: string, groups: number): Promise<number> {
  const task = symbolicConsultation(base, symbols, { budget: TURNS });
  const sample = caseSampler(base);
  const requests = Array.from({ length: groups }, (_, i) => ({ id: `g${i}`, case: sample(1, i), task, size: 16 }));
  const sampler = policySampler({ worker, path, version: 0 });
  const options = { sampler, seed: 1, contextLength: 256, atOnce: 1024 };
  await rollOut(requests.slice(0, 8), options);
  const begun = process.cpuUsage();
  const started = performance.now();
  const { generations, groups: done } = await rollOut(requests, options);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(begun);
  const questions = done.flatMap(({ trajectories }) => trajectories.map((each) => each.questions));
  const mean = questions.reduce((sum, each) => sum + each, 0) / questions.length;
  process.stdout.write(
    `  ${mean.toFixed(1)} questions each, ${(((user + system) / 1e6 / generations) * 1e3).toFixed(3)} ms of processor time a consultation\n`,
  );
  return generations / seconds;
}

const show = (label: string, value: string): unknown => process.stdout.write(`${label.padEnd(66)} ${value}\n`);

async function inProcess(): Promise<void> {
  const worker = instantWorker({ policy });
  const model = await worker.createModel({ baseModel: "model" });
  const { path } = await worker.saveWeightsForSampler(model, { name: "v0" });
  show("consultations of 10 turns a second, worker in this process", (await rate(worker, path, 1024)).toFixed(0));
}

async function overHttp(): Promise<void> {
  const server = fork(join(import.meta.dirname, "instant-server.ts"), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  server.send({ asks, conclusion, nowOrNever });
  const [{ url }] = (await once(server, "message")) as [{ url: string }];
  const worker = httpWorker({ url });
  try {
    show(
      "the same over HTTP, the server on the other core",
      (await rate(worker, "tinker://m/sampler_weights/v0", 256)).toFixed(0),
    );
  } finally {
    await worker.close();
    server.kill();
  }
}

/** Heap after a collection, in MB, at these steps of one long run. */
async function memory(steps: number): Promise<void> {
  const config = parseConfig({
    cases: { slice: { conditions: base.conditions.map(({ id }) => id), findings: 24 } },
    episode: { budget: 4 },
    stages: [{ name: "consultation", task: { kind: "consultation" }, exit: { steps } }],
    objective: { name: "grpo" },
    groups: 2,
    groupSize: 4,
    evaluation: { every: 0, cases: 20 },
    checkpoints: { every: 500 },
  });
  const heap: number[] = [];
  const directory = join(mkdtempSync(join(tmpdir(), "bench-")), "run");
  const looksAt = [steps / 10, steps / 2, steps];
  await train({
    config,
    directory,
    worker: instantWorker({
      policy: ({ prompt }) => [prompt.length > 8 ? conclusion : asks[prompt.length % asks.length]!].map(shifted),
    }),
    onEvent(event) {
      if (event.type !== "step" || !looksAt.includes(event.row.step)) return;
      globalThis.gc?.();
      heap.push(process.memoryUsage().heapUsed / 2 ** 20);
    },
  });
  show(
    `heap of a run of ${steps} steps, at a tenth, half, the end (MB)`,
    heap.map((each) => each.toFixed(1)).join(", "),
  );
  show("growth from a tenth to the end", `${(heap.at(-1)! / heap[0]!).toFixed(2)}`);
}

/** A model of the run's own puts its special tokens first. */
const SPECIAL = 7;
const shifted = (token: number): number => token + SPECIAL;

await inProcess();
await overHttp();
await memory(Number(process.argv[2] ?? 10_000));
