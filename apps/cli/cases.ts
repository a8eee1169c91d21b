/** `anamnesis cases`: look at a case source, validate it, convert it to the project's own format, split it. */
import { stat } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { Command } from "commander";
import {
  type Case,
  checkKnowledgeBase,
  formatFault,
  integrityFaults,
  STARTER_DIRECTORY,
} from "../../simulators/index.ts";
import { seededRandom } from "../../src/index.ts";
import { CommandError } from "../errors.ts";
import { EXIT } from "./exit.ts";
import { addSourceOptions, openSource, type SourceFlags, whole } from "./options.ts";
import { interruption, openWhole, progressMeter, requireWritable, writeJson } from "./output.ts";

interface Flags extends SourceFlags {
  readonly validate: boolean;
  readonly show?: number;
  readonly convert?: string;
  readonly split?: string;
  readonly json?: string;
}

export function casesCommand(): Command {
  const command = new Command("cases").description("inspect, validate, convert and split case sources");
  command.argument("[source]", "the cases (as --cases), or a knowledge-base directory with --validate");
  addSourceOptions(command)
    .option("--validate", "check the knowledge base and every case; name file, line and field of each fault", false)
    .option("--show <count>", "print the first cases", whole(1, 1000))
    .option("--convert <file.jsonl>", "write the cases in the project's own format")
    .option(
      "--split <train:dev:test>",
      "give each case a split in these proportions when converting, for example 80:10:10",
    )
    .option("--json <file>", "write what was found")
    .addHelpText(
      "after",
      "\nExamples:\n  anamnesis cases --validate starter\n  anamnesis cases ddxplus:DIR --convert cases.jsonl --split 80:10:10\n  anamnesis cases starter --sample 1000 --convert sampled.jsonl",
    );
  return command.action((source: string | undefined, flags: Flags) => run({ ...flags, cases: source ?? flags.cases }));
}

async function run(flags: Flags): Promise<void> {
  await requireWritable(flags.json, flags.convert);
  if (flags.split && !flags.convert) throw new CommandError("bad-option", "--split goes with --convert");
  if (flags.validate) {
    const directory = flags.cases === "starter" ? STARTER_DIRECTORY : await directoryOf(flags.cases);
    if (directory) return validateKnowledge(directory, flags.json);
    if (!/[:.]/.test(flags.cases)) {
      const place = { file: flags.cases };
      throw new CommandError("no-directory", "no such knowledge base; give a directory, starter, or a case source", {
        place,
      });
    }
  }
  const { source, base } = await openSource(flags);
  if (flags.validate) for (const fault of integrityFaults(base)) process.stdout.write(`${formatFault(fault)}\n`);
  const tally = caseTally();
  const splits = flags.split ? splitter(flags.split, flags.seed) : undefined;
  const meter = progressMeter("cases", flags.n);
  const { signal, release } = interruption();
  const write = flags.convert ? await openWhole(flags.convert) : undefined;
  try {
    let shown = 0;
    for await (const found of source.cases()) {
      const given = splits ? { ...found, split: splits(found.id) } : found;
      tally.add(given);
      await write?.write(`${JSON.stringify(given)}\n`);
      if (shown < (flags.show ?? 0)) {
        shown++;
        process.stdout.write(`${JSON.stringify(given, null, 2)}\n`);
      }
      meter.tick(tally.n);
      if (tally.n % 64 === 0) await setImmediate();
      if (signal.aborted || tally.n >= (flags.n ?? Number.POSITIVE_INFINITY)) break;
    }
    await write?.keep();
  } finally {
    meter.end();
    release();
    await write?.discard();
  }
  const result = {
    source: source.name,
    ...tally.result(),
    repairs: source.repairs,
    skipped: { count: source.skippedCount, rows: source.skipped },
  };
  if (flags.json) await writeJson(flags.json, result);
  process.stdout.write(overview(result));
  if (signal.aborted) process.exitCode = EXIT.interrupted;
}

async function directoryOf(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ? path : undefined;
}

async function validateKnowledge(directory: string, json: string | undefined): Promise<void> {
  const { faults, summary } = await checkKnowledgeBase(directory);
  for (const fault of faults) process.stdout.write(`${fault.severity}: ${formatFault(fault)}\n`);
  if (json) await writeJson(json, { summary, faults });
  const { findings, conditions, redFlags, errors, warnings } = summary;
  process.stdout.write(
    `${findings} findings, ${conditions} conditions, ${redFlags} red-flag rules: ${errors} errors, ${warnings} warnings\n`,
  );
  if (errors > 0) process.exitCode = EXIT.wrongInput;
}

/** Counts what a source holds, in memory that does not grow with the cases. */
function caseTally() {
  const labels = new Map<string, number>();
  const domains = new Map<string, number>();
  let n = 0;
  let findings = 0;
  let masked = 0;
  let withDifferential = 0;
  const count = (map: Map<string, number>, key: string): unknown => map.set(key, (map.get(key) ?? 0) + 1);
  return {
    get n() {
      return n;
    },
    add({ label, domain, findings: observed, facts, masked: maskings, differential }: Case) {
      n++;
      findings += observed.length + facts.length;
      if (maskings > 0) masked++;
      if (differential) withDifferential++;
      count(labels, label.condition ?? label.name);
      count(domains, domain ?? "not stated");
    },
    result() {
      const sorted = (map: Map<string, number>) => Object.fromEntries([...map].sort((a, b) => b[1] - a[1]));
      return {
        n,
        findings_a_case: n > 0 ? findings / n : 0,
        masked,
        with_differential: withDifferential,
        labels: sorted(labels),
        domains: sorted(domains),
      };
    },
  };
}

type Overview = ReturnType<ReturnType<typeof caseTally>["result"]> & {
  source: string;
  repairs: readonly string[];
  skipped: { count: number; rows: readonly { file: string; line: number; reason: string }[] };
};

function overview({
  source,
  n,
  findings_a_case,
  masked,
  with_differential,
  labels,
  domains,
  repairs,
  skipped,
}: Overview): string {
  const list = (counts: Record<string, number>, most: number): string => {
    const entries = Object.entries(counts);
    const more = entries.length > most ? `, and ${entries.length - most} more` : "";
    return (
      entries
        .slice(0, most)
        .map(([name, count]) => `${name} ${count}`)
        .join(", ") + more
    );
  };
  const lines = [
    `${source}: ${n} cases, ${findings_a_case.toFixed(1)} findings or facts a case`,
    `  labels (${Object.keys(labels).length}): ${list(labels, 8)}`,
    `  domains (${Object.keys(domains).length}): ${list(domains, 8)}`,
    ...(with_differential > 0 ? [`  ${with_differential} with a reference differential`] : []),
    ...(masked > 0 ? [`  ${masked} named their own condition; it was masked`] : []),
    ...(repairs.length > 0 ? ["  mended:", ...repairs.map((repair) => `    ${repair}`)] : []),
    ...(skipped.count > 0
      ? [
          `  ${skipped.count} bad rows left out:`,
          ...skipped.rows.slice(0, 10).map(({ line, reason }) => `    line ${line}: ${reason}`),
        ]
      : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** Splits by chance named by the case's id, so that a case keeps its split whatever else the source holds. */
function splitter(proportions: string, seed: number): (id: string) => string {
  const parts = proportions.split(":").map(Number);
  if (parts.length !== 3 || parts.some((part) => !(part >= 0)) || !parts.some((part) => part > 0)) {
    throw new CommandError("bad-split", `expected three proportions such as 80:10:10, got "${proportions}"`);
  }
  const total = parts[0]! + parts[1]! + parts[2]!;
  return (id) => {
    const at = seededRandom("split", seed, id).float() * total;
    return at < parts[0]! ? "train" : at < parts[0]! + parts[1]! ? "dev" : "test";
  };
}
