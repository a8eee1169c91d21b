/** `anamnesis config`: the settings that `serve` would run with, each with where it came from. Secrets are not shown. */
import { Command } from "commander";
import { type LoadedSettings, SETTINGS, type Source, shownValue, valueAt } from "../config/index.ts";
import { requireWritable, writeJson } from "./output.ts";
import { addServeOptions, settingsOf } from "./serve-flags.ts";

export function configCommand(): Command {
  const command = new Command("config").description("show the settings that `serve` would run with");
  addServeOptions(command)
    .option("--json <file>", "write them")
    .addHelpText(
      "after",
      "\nExample:\n  anamnesis config --config anamnesis.yaml\n\nTakes the flags of `serve`. Secrets are shown as [redacted].",
    );
  return command.action((_, given: Command) => run(given));
}

interface Line {
  readonly name: string;
  readonly value: unknown;
  readonly from: string;
}

async function run(command: Command): Promise<void> {
  const { json } = command.opts<{ json?: string }>();
  await requireWritable(json);
  const lines = linesOf(await settingsOf(command));
  if (json !== undefined) {
    const entries = lines.map(({ name, value = null, from }) => [name, { value, from }]);
    await writeJson(json, { settings: Object.fromEntries(entries) });
  }
  const nameWidth = Math.max(...lines.map(({ name }) => name.length));
  const texts = lines.map(({ name, value, from }) => ({ name, text: textOf(value), from }));
  const valueWidth = Math.min(VALUE_WIDTH, Math.max(...texts.map(({ text }) => text.length)));
  for (const { name, text, from } of texts)
    process.stdout.write(`${name.padEnd(nameWidth)}  ${text.padEnd(valueWidth)}  ${from}\n`);
}

/** Longer values push what follows to the right. */
const VALUE_WIDTH = 40;

function linesOf({ settings, sourceOf }: LoadedSettings): Line[] {
  return SETTINGS.map((setting) => ({
    name: setting.name,
    value: shownValue(setting, valueAt(settings, setting.path)),
    from: wordsFor(sourceOf(setting.name)),
  }));
}

function textOf(value: unknown): string {
  if (value === undefined) return "-";
  return Array.isArray(value) ? value.join(",") || "-" : String(value);
}

function wordsFor(source: Source): string {
  switch (source.kind) {
    case "default":
      return "default";
    case "file":
      return `${source.file}:${source.line}`;
    case "environment":
      return source.variable;
    case "flag":
      return source.flag;
    default:
      return source satisfies never;
  }
}
