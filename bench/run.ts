/**
 * Speed and memory, as ratios within one run: machines differ, ratios hardly do. Patients are drawn from the starter
 * knowledge base, or from a DDXPlus directory given as the first argument. `npm run bench [-- ddxplus:DIR]`
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bayesAgent } from "../agents/index.ts";
import { evaluate } from "../apps/evaluation/evaluate.ts";
import { openCaseSource, Persona, sampledSource } from "../simulators/index.ts";
import { buildLikelihoodModel } from "../src/index.ts";
import { plainInterview } from "./plain-agent.ts";

const [name = "starter"] = process.argv.slice(2);
const N = 20_000;
const FEW = 300;

const { base } = await openCaseSource(name);
if (!base) throw new Error(`${name} brings no knowledge base`);

function run(count: number, seed: number) {
  const core = bayesAgent(base!);
  const source = sampledSource(`${name} (sampled)`, base!, { seed, count });
  const persona = Persona.parse({});
  return evaluate({
    source,
    base: base!,
    agentFor: () => core,
    agent: "bayes",
    goal: "diagnosis",
    budget: 30,
    seed,
    persona,
  });
}

await run(2_000, 1);
const few = await run(N, 2);

const model = buildLikelihoodModel(base);
const sample = sampledSource(name, base, { seed: 2, count: FEW });
const started = performance.now();
let right = 0;
for await (const patient of sample.cases()) {
  if (plainInterview(model, patient, 30, 0.01) === patient.label.condition) right++;
}
const plainRate = FEW / ((performance.now() - started) / 1000);

const show = (label: string, value: string): unknown => process.stdout.write(`${label.padEnd(58)} ${value}\n`);
show(`consultations a second over ${N} sampled patients`, few.consultations_per_second.toFixed(0));
show(`top1, il of these`, `${Number(few.top1).toFixed(4)}, ${Number(few.il).toFixed(2)}`);
show(
  `the same agent written plainly, consultations a second`,
  `${plainRate.toFixed(0)} (top1 ${(right / FEW).toFixed(3)})`,
);
show("ratio", (few.consultations_per_second / plainRate).toFixed(1));

const small = peakOf(N / 10);
const large = peakOf(5 * N);
show(`peak memory over ${5 * N} patients, MB (over that for ${N / 10})`, `${large} (${(large / small).toFixed(2)})`);

/** Peak memory in MB of the command that people run. */
function peakOf(count: number): number {
  const out = join(mkdtempSync(join(tmpdir(), "anamnesis-bench-")), "out.json");
  const command = ["dist/apps/cli/main.js", "evaluate", "--cases", name, "--sample", String(count), "--json", out];
  execFileSync(process.execPath, command, { stdio: ["ignore", "ignore", "inherit"] });
  return JSON.parse(readFileSync(out, "utf8")).peak_memory_mb;
}
