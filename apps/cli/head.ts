/** `anamnesis train-head`: trains the differential head on cases with reference differentials and writes its weights. */
import { Command } from "commander";
import {
  closedEvidence,
  type Example,
  expectedF1Set,
  type HeadWeights,
  loadHead,
  trainHead,
} from "../../agents/index.ts";
import type { Case } from "../../simulators/index.ts";
import {
  buildLikelihoodModel,
  compareLists,
  type Differential,
  type KnowledgeBase,
  LISTED_ABOVE,
  rankDifferential,
} from "../../src/index.ts";
import { CommandError } from "../errors.ts";
import { addSourceOptions, openSource, type SourceFlags, whole } from "./options.ts";
import { progressMeter, requireWritable, writeWhole } from "./output.ts";

interface Flags extends SourceFlags {
  readonly out: string;
  readonly trees?: number;
  readonly leaves?: number;
}

export function headCommand(): Command {
  const command = new Command("train-head").description(
    "train the differential head on cases with reference differentials",
  );
  return addSourceOptions(command)
    .requiredOption("--out <file>", "where to write the weights")
    .option("--trees <count>", "trees a condition", whole(1, 1000))
    .option("--leaves <count>", "the most leaves of a tree", whole(2, 256))
    .addHelpText("after", "\nExample:\n  anamnesis train-head --cases ddxplus:DIR --out data/heads/ddxplus.json")
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  await requireWritable(flags.out);
  const { source, base } = await openSource(flags);
  const examples: Example[] = [];
  const references: Differential[] = [];
  for await (const patient of source.cases()) {
    if (!patient.fingerprint || !patient.differential) continue;
    examples.push(exampleOf(patient, patient.fingerprint, patient.differential));
    references.push(patient.differential);
    if (examples.length === flags.n) break;
  }
  if (examples.length === 0) {
    throw new CommandError(
      "no-differentials",
      `${flags.cases} has no reference differentials to learn from; use ddxplus:DIR`,
    );
  }
  const { trees, leaves, seed } = flags;
  const meter = progressMeter("forests trained");
  const started = performance.now();
  const weights = trainHead(base, examples, {
    seed,
    notice: `Derived from the patients of ${base.id}: ${base.notice}`,
    boosting: { ...(trees && { trees }), ...(leaves && { leaves }) },
    onProgress: (done) => meter.tick(done),
  });
  meter.end();
  const seconds = (performance.now() - started) / 1000;
  await writeWhole(flags.out, render(weights));
  const { ddr, ddp, ddf1 } = crossFitted(weights, base, examples, references);
  process.stdout.write(
    `${examples.length} patients, ${seconds.toFixed(0)} s; each scored by a model that never saw it, everything known:\n` +
      `  ddr ${ddr.toFixed(4)}, ddp ${ddp.toFixed(4)}, ddf1 ${ddf1.toFixed(4)}\n`,
  );
}

function exampleOf({ age, sex, findings }: Case, fingerprint: string, differential: Differential): Example {
  const listed = differential.entries.filter(({ probability }) => probability > LISTED_ABOVE);
  return { fingerprint, age, sex, findings, listed: listed.map(({ condition }) => condition) };
}

/** One line a field of each fold, so that a change of the file can be read. */
function render({ folds, ...head }: HeadWeights): string {
  const lines = folds.map((fold) => {
    const fields = Object.entries(fold).map(
      ([name, value]) => `      ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
    );
    return `    {\n${fields.join(",\n")}\n    }`;
  });
  const opening = JSON.stringify(head, null, 2).replace(/\n}$/, "");
  return `${opening},\n  "folds": [\n${lines.join(",\n")}\n  ]\n}\n`;
}

/** Mean scores of the lists, each patient being scored by the model of the fold that held it out. */
function crossFitted(
  weights: HeadWeights,
  base: KnowledgeBase,
  examples: readonly Example[],
  references: readonly Differential[],
): { ddr: number; ddp: number; ddf1: number } {
  const model = buildLikelihoodModel(base);
  const head = loadHead(weights, model);
  const sums = { ddr: 0, ddp: 0, ddf1: 0 };
  examples.forEach((example, i) => {
    const fold = head.folds[head.foldOf(example.fingerprint)!]!;
    const listed = expectedF1Set(fold.membership(closedEvidence(model, example)));
    const even = rankDifferential(
      listed.map((c) => model.conditions[c]!),
      listed.map(() => 1),
    );
    const scores = compareLists(even, references[i]!);
    for (const name of ["ddr", "ddp", "ddf1"] as const) sums[name] += scores[name] / examples.length;
  });
  return sums;
}
