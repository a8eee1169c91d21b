/** `anamnesis evaluate`: an agent over a case source; figures with intervals, a JSON file, an HTML report. */
import { Command } from "commander";
import type { KnowledgeBase } from "../../src/index.ts";
import { agentNamed } from "../agents.ts";
import { evaluate } from "../evaluation/evaluate.ts";
import { policyExaminee } from "../evaluation/examinee.ts";
import { figureOf, QUALITY, SAFETY } from "../evaluation/measures.ts";
import type { EvaluationResult } from "../evaluation/result.ts";
import { speechLine } from "../patients.ts";
import { openPolicyNamed, policyDirectory, readPolicyNamed, requireKnown } from "../policies.ts";
import { EXIT } from "./exit.ts";
import {
  type AgentFlags,
  addAgentOptions,
  addPersonaOptions,
  addSourceOptions,
  bayesOptionsOf,
  openSource,
  type PersonaFlags,
  personaOf,
  type SourceFlags,
  withPolicyDefaults,
} from "./options.ts";
import { interruption, progressMeter, requireWritable, writeJson, writeWhole } from "./output.ts";
import { addPatientOptions, castOf, type PatientFlags } from "./patient-options.ts";

type Flags = SourceFlags &
  AgentFlags &
  PersonaFlags &
  PatientFlags & { readonly json?: string; readonly report?: string };

export function evaluateCommand(): Command {
  const command = new Command("evaluate").description("measure an agent over a case source");
  addPatientOptions(addPersonaOptions(addAgentOptions(addSourceOptions(command))))
    .option("--json <file>", "write the figures")
    .option("--report <file>", "write an HTML report that needs no network")
    .addHelpText(
      "after",
      "\nExamples:\n  anamnesis evaluate --cases starter --n 2000 --budget 20 --json out.json --report out.html\n  anamnesis evaluate --agent policy:runs/winter --n 500\n  anamnesis evaluate --agent bayes --cases policy:runs/winter --n 500 --budget 8\n\nA policy is tried on held-out patients of its own knowledge base, with the questions it was trained with, unless\n--cases and --budget say otherwise. Its figures are read as in training; top1_lenient takes the likeliest act that\nis allowed where what it wrote was none.",
    );
  return command.action(run);
}

async function run(given: Flags, command: Command): Promise<void> {
  await requireWritable(given.json, given.report);
  const directory = policyDirectory(given.agent);
  const stored = directory === undefined ? undefined : await readPolicyNamed(directory);
  const flags = stored ? withPolicyDefaults(given, command, stored.task.budget) : given;
  const { source, base } = await openSource(flags, 1000);
  if (stored) requireKnown(stored, base);
  const { agent, goal, budget, seed, temperature, device } = flags;
  const { signal, release } = interruption();
  const policy = stored && (await openPolicyNamed(stored.directory, { device, signal }));
  try {
    const examined = policy
      ? { examinee: await policyExaminee(policy, { temperature, seed }) }
      : { agentFor: await agentNamed({ name: agent, base, goal, options: bayesOptionsOf(flags) }) };
    const meter = progressMeter("consultations", flags.sample ?? flags.n);
    const persona = personaOf(flags);
    const result = await evaluate({
      ...{ source, base, agent, budget, seed, persona, signal, ...examined },
      goal: policy ? "diagnosis" : goal,
      cast: await castOf(flags, { base, persona, seed, signal }),
      limit: flags.n,
      onProgress: (done) => meter.tick(done),
    });
    meter.end();
    await report(result, flags, base);
  } finally {
    release();
    await policy?.close();
  }
}

async function report(result: EvaluationResult, flags: Flags, base: KnowledgeBase): Promise<void> {
  if (flags.json) await writeJson(flags.json, result);
  if (flags.report) {
    // Loaded here because the plotting library is large.
    const { evaluationReport } = await import("../report/evaluation-report.ts");
    await writeWhole(flags.report, evaluationReport(result, base));
  }
  process.stdout.write(summary(result));
  if (result.interrupted) process.exitCode = EXIT.interrupted;
}

function summary(result: EvaluationResult): string {
  const lines = [
    `${result.agent} on ${result.cases}: ${result.n} consultations, at most ${result.budget} questions`,
    "",
  ];
  for (const { name, meaning } of [...QUALITY, ...SAFETY]) {
    const value = figureOf(result, name);
    if (value === undefined) continue;
    const bounds = result.ci95[name];
    const interval = bounds ? `[${bounds[0].toFixed(3)}, ${bounds[1].toFixed(3)}]` : "";
    lines.push(`  ${name.padEnd(22)} ${value.toFixed(4).padStart(8)}  ${interval.padEnd(18)} ${meaning}`);
  }
  if (result.lenient) lines.push(lenientLine(result.lenient));
  lines.push("");
  if (result.labels_outside_knowledge > 0) {
    lines.push(
      `  ${result.labels_outside_knowledge} cases have a condition outside the knowledge base; they count as missed.`,
    );
  }
  if (result.masked > 0) lines.push(`  ${result.masked} cases named their own condition; it was masked.`);
  if (result.speech) lines.push(`  The ${speechLine(result.speech)}.`);
  if (result.skipped.count > 0) lines.push(`  ${result.skipped.count} bad rows were left out.`);
  if (result.interrupted) lines.push("  Interrupted: the figures are over what was finished.");
  lines.push(
    `  ${result.consultations_per_second.toFixed(0)} consultations a second, ${result.peak_memory_mb} MB at most`,
  );
  return `${lines.join("\n")}\n`;
}

function lenientLine({ mended, metrics, ci95 }: NonNullable<EvaluationResult["lenient"]>): string {
  const bounds = ci95.top1;
  const interval = bounds ? `[${bounds[0].toFixed(3)}, ${bounds[1].toFixed(3)}]` : "";
  const value = (metrics.top1 ?? Number.NaN).toFixed(4).padStart(8);
  return `  ${"top1_lenient".padEnd(22)} ${value}  ${interval.padEnd(18)} The same, what it wrote read leniently (${mended} mended)`;
}
