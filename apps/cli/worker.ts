/** `anamnesis worker`: start a worker here, prepare its Python environment, make a small model for it. */
import { Command, Option } from "commander";
import { runWorkerCommand, setUpEnvironment } from "../../gpu-trainer/index.ts";
import { consultationLanguage } from "../consultation-language.ts";
import { CommandError } from "../errors.ts";
import { EXIT } from "./exit.ts";
import { openSource, whole } from "./options.ts";
import { interruption } from "./output.ts";

interface Flags {
  readonly setup: boolean;
  readonly tests: boolean;
  readonly python?: string;
  readonly model?: readonly string[];
  readonly name?: readonly string[];
  readonly port: number;
  readonly host: string;
  readonly tokenFile?: string;
  readonly device: string;
  readonly state: string;
}

export function workerCommand(): Command {
  return new Command("worker")
    .description("hold a model's weights: train and sample it over the Tinker wire")
    .option("--setup", "make the Python environment, or bring it up to date, and end", false)
    .option("--tests", "with --setup: what the worker's own tests need, too", false)
    .option("--python <program>", "the interpreter: to build on with --setup, else to run with")
    .option("--model <directory...>", "Hugging Face directories, or a config.json for random weights")
    .option("--name <name...>", "what they are served as, in the same order (default: the directories' names)")
    .option("--port <number>", "0: a free one", whole(0, 65_535), 8000)
    .option("--host <address>", "where to listen; anything but loopback needs --token-file", "127.0.0.1")
    .option("--token-file <file>", "a file with the key that clients must send")
    .addOption(new Option("--device <device>", "where the weights are").choices(["cpu", "cuda"]).default("cpu"))
    .option("--state <directory>", "where states are saved", "worker-state")
    .addHelpText(
      "after",
      "\nExample:\n  anamnesis worker --setup\n  anamnesis worker make-model tiny\n  anamnesis worker --model tiny --port 8000\n\nWhen ready, a line of JSON with the address is written.",
    )
    .addCommand(makeModelCommand())
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  if (flags.setup) {
    await setUp(flags);
    return;
  }
  const { model, name = [], port, host, tokenFile, device, state, python } = flags;
  if (!model) throw new CommandError("no-model", "what is to be served? Give --model DIR, or prepare with --setup");
  const args = [
    ...model.flatMap((directory) => ["--model", directory]),
    ...name.flatMap((each) => ["--name", each]),
    ...["--port", String(port), "--host", host, "--device", device, "--state", state],
    ...(tokenFile === undefined ? [] : ["--token-file", tokenFile]),
  ];
  process.exitCode = await runWorkerCommand(["serve", ...args], { python });
}

async function setUp({ python, tests }: Flags): Promise<void> {
  const { signal, release } = interruption();
  const log = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  try {
    const { python: own, made } = await setUpEnvironment({ python, tests, log, signal });
    process.stdout.write(`${made ? "ready" : "up to date already"}: ${own}\n`);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = EXIT.interrupted;
  } finally {
    release();
  }
}

interface ModelFlags {
  readonly kind: string;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly context: number;
  readonly vocabulary: number;
  readonly corpus?: readonly string[];
  readonly consultations: number;
  readonly seed: number;
  readonly python?: string;
}

function makeModelCommand(): Command {
  return new Command("make-model")
    .exitOverride()
    .description("make a small decoder with random weights and a tokenizer over the language of consultations")
    .argument("<directory>", "where it is written, as an ordinary Hugging Face directory")
    .addOption(
      new Option(
        "--kind <kind>",
        "of the tokenizer: whole words, pairs of bytes, or the corpus's symbols between spaces",
      )
        .choices(["word", "bpe", "symbols"])
        .default("word"),
    )
    .option("--hidden <size>", "width", whole(2, 8192), 192)
    .option("--layers <count>", "depth", whole(1, 128), 4)
    .option("--heads <count>", "attention heads", whole(1, 128), 4)
    .option("--context <tokens>", "longest text", whole(8, 1_048_576), 2048)
    .option("--vocabulary <size>", "most tokens", whole(300, 262_144), 8192)
    .option("--corpus <file...>", "texts to make the tokenizer from, instead of simulated consultations")
    .option("--consultations <count>", "simulated consultations to make it from", whole(1, 100_000), 300)
    .option("--seed <number>", "fixes weights and consultations", whole(0, 2 ** 31 - 1), 0)
    .option("--python <program>", "the interpreter to run with")
    .addHelpText("after", "\nExample:\n  anamnesis worker make-model tiny --hidden 128 --layers 4 --seed 1")
    .action(makeModel);
}

async function makeModel(directory: string, flags: ModelFlags): Promise<void> {
  const { kind, hidden, layers, heads, context, vocabulary, corpus, consultations: count, seed, python } = flags;
  const numbers = { hidden, layers, heads, context, vocabulary, seed };
  const args = [
    ...["make-model", directory, "--kind", kind],
    ...Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...(corpus ?? []).flatMap((file) => ["--corpus", file]),
  ];
  if (corpus) {
    process.exitCode = await runWorkerCommand(args, { python });
    return;
  }
  const { source, base } = await openSource({ cases: "starter", skipBad: false, sample: count, seed });
  process.exitCode = await runWorkerCommand(args, {
    python,
    input: consultationLanguage({ base, source, count, seed }),
  });
}
