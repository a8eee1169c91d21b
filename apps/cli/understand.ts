/** `anamnesis understand`: what the embedded understanding reads in a message, and how well it reads labelled ones. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, Option } from "commander";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../../simulators/index.ts";
import {
  type Agreement,
  buildLexicon,
  factText,
  type Interval,
  type Lexicon,
  type Miss,
  scoreUnderstanding,
  type UnderstandingScore,
  Utterance,
  understand,
} from "../../src/index.ts";
import { CommandError } from "../errors.ts";
import { requireWritable, writeJson } from "./output.ts";

/** The project's own utterances lie beside the starter knowledge base, over which they are labelled. */
const UTTERANCES = join(STARTER_DIRECTORY, "..", "utterances");

const SPLITS = ["held-out-2", "held-out", "development", "development-2", "development-3"] as const;

interface Flags {
  readonly split: (typeof SPLITS)[number];
  readonly asked?: string;
  readonly misses: boolean;
  readonly json?: string;
}

export function understandCommand(): Command {
  return new Command("understand")
    .description("show what a message is understood to say, or score the understanding on labelled utterances")
    .argument("[text]", "a message; without one the labelled utterances are scored")
    .addOption(new Option("--split <split>", "which labelled utterances").choices([...SPLITS]).default("held-out-2"))
    .option("--asked <finding>", "the finding that was asked about before TEXT")
    .option("--misses", "list what was misread (of a development part; looking at held-out misses spends it)", false)
    .option("--json <file>", "write the result")
    .addHelpText(
      "after",
      '\nExamples:\n  anamnesis understand --split held-out-2\n  anamnesis understand "no fever or chills but a cough for two weeks"\n  anamnesis understand --asked fever "not sure, but my throat hurts"',
    )
    .action(run);
}

async function run(text: string | undefined, flags: Flags): Promise<void> {
  await requireWritable(flags.json);
  const { findings } = await loadKnowledgeBase(STARTER_DIRECTORY);
  const lexicon = buildLexicon(findings);
  if (text !== undefined) return show(lexicon, text, flags);
  if (flags.asked) throw new CommandError("bad-option", "--asked goes with a TEXT to understand; give one");
  const file = join(UTTERANCES, `${flags.split}.jsonl`);
  const utterances = await readUtterances(file, lexicon);
  const score = scoreUnderstanding(utterances, ({ text: said, context: { asked, known, age } }) =>
    understand(lexicon, said, {
      asked,
      age,
      known: known && new Map(known.map((observed) => [observed.finding, observed])),
    }),
  );
  const { misses, ...figures } = score;
  if (flags.json) await writeJson(flags.json, { split: flags.split, ...figures, ...(flags.misses && { misses }) });
  process.stdout.write(table(flags.split, score));
  if (flags.misses) process.stdout.write(misses.map(missText).join(""));
}

async function show(lexicon: Lexicon, text: string, { asked, json }: Flags): Promise<void> {
  if (asked !== undefined && !lexicon.findings.has(asked)) {
    throw new CommandError("unknown-finding", `no finding ${asked} in the starter knowledge base; give the id of one`);
  }
  const understood = understand(lexicon, text, { asked });
  if (json) await writeJson(json, { text, ...(asked && { asked }), ...understood });
  const list = (title: string, facts: readonly string[]): string =>
    facts.length > 0 ? `${title}${facts.join("\n".padEnd(title.length + 1))}\n` : "";
  process.stdout.write(
    `intent       ${understood.intent}\n` +
      list("observed     ", understood.observed.map(factText)) +
      list("corrections  ", understood.corrections.map(factText)),
  );
}

/** Reads labelled utterances; a line that is wrong, or names a finding or value that is not known, ends the reading. */
async function readUtterances(file: string, lexicon: Lexicon): Promise<Utterance[]> {
  const content = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new CommandError("not-read", "could not be read; is the package complete?", { place: { file }, cause });
  });
  return content
    .split("\n")
    .map((text, i) => ({ text, line: i + 1 }))
    .filter(({ text }) => text.trim() !== "")
    .map(({ text, line }) => parseUtterance(text, { file, line }, lexicon));
}

function parseUtterance(text: string, place: { file: string; line: number }, { findings }: Lexicon): Utterance {
  const wrong = (message: string): CommandError => new CommandError("bad-utterance", message, { place });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("is not JSON; write one utterance a line");
  }
  const parsed = Utterance.safeParse(value);
  if (!parsed.success) throw wrong(`${parsed.error.issues[0]?.path.join(".")}: ${parsed.error.issues[0]?.message}`);
  const { observed, corrections, context } = parsed.data;
  for (const { finding, values = [] } of [...observed, ...corrections, ...(context.known ?? [])]) {
    const known = findings.get(finding);
    if (!known) throw wrong(`no finding ${finding} in the knowledge base`);
    const strange = values.find((id) => !known.values.some((each) => each.id === id));
    if (strange) throw wrong(`${finding} has no value ${strange}`);
  }
  if (context.asked && !findings.has(context.asked)) throw wrong(`no finding ${context.asked} in the knowledge base`);
  return parsed.data;
}

function table(split: string, score: UnderstandingScore): string {
  const { intervals } = score;
  const whole = (name: string, value: number | null, interval: Interval | null): string =>
    `  ${name.padEnd(10)} ${figure(value)}${interval ? `  (95 % ${figure(interval[0])} to ${figure(interval[1])})` : ""}\n`;
  const rows = Object.entries(score.byKind).map(([kind, each]) => row(kind, each));
  return (
    `${split}: ${score.n} utterances, ${score.facts} labelled facts\n` +
    whole("precision", score.precision, intervals.precision) +
    whole("recall", score.recall, intervals.recall) +
    whole("F1", score.f1, intervals.f1) +
    whole("intent", score.intent, intervals.intent) +
    whole("all right", score.exact, intervals.exact) +
    `\n  ${"kind".padEnd(16)}   n  facts  precision  recall  F1     intent\n${rows.join("")}`
  );
}

function row(kind: string, { n, facts, precision, recall, f1, intent }: Agreement): string {
  const count = `${String(n).padStart(3)}  ${String(facts).padStart(5)}`;
  return `  ${kind.padEnd(16)} ${count}  ${figure(precision).padEnd(9)}  ${figure(recall).padEnd(6)}  ${figure(f1).padEnd(5)}  ${figure(intent)}\n`;
}

const figure = (value: number | null): string => (value === null ? "-" : value.toFixed(3));

function missText({ utterance, understood, missed, extra }: Miss): string {
  const asked = utterance.context.asked ? ` (asked ${utterance.context.asked})` : "";
  const intent = understood.intent === utterance.intent ? "" : `; ${understood.intent}, not ${utterance.intent}`;
  const lacks = missed.length > 0 ? `; missed ${missed.join(" ")}` : "";
  const more = extra.length > 0 ? `; extra ${extra.join(" ")}` : "";
  return `${utterance.id} [${utterance.kind}] ${JSON.stringify(utterance.text)}${asked}${lacks}${more}${intent}\n`;
}
