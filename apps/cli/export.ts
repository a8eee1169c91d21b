/** `anamnesis export`: consultations of people who agreed to training, redacted, as dialogues or as labelled cases. */
import { Command, Option } from "commander";
import {
  EXPORT_KINDS,
  type Exported,
  type ExportKind,
  exportRecords,
  LEFT_OUT,
  type LeftOut,
} from "../records/index.ts";
import { STORE_FORMS } from "../server/stores/open.ts";
import { loadBase } from "./options.ts";
import { requireWritable, writeJson } from "./output.ts";

interface Flags {
  readonly store: string;
  readonly to: string;
  readonly as: ExportKind;
  readonly keyFile: string;
  readonly knowledge?: string;
  readonly json?: string;
}

export function exportCommand(): Command {
  return new Command("export")
    .description("write consultations of people who agreed to training, redacted, for training and evaluation")
    .requiredOption("--store <store>", `where they are: ${STORE_FORMS.replace("memory, ", "")}`)
    .requiredOption("--to <directory>", "the export; run again, it is brought in line with the store")
    .addOption(
      new Option(
        "--as <kind>",
        "dialogues of everybody who agreed, or labelled cases of those that a clinician reviewed",
      )
        .choices(EXPORT_KINDS)
        .default("transcripts"),
    )
    .requiredOption(
      "--key-file <file>",
      "the secret key of the pseudonyms, made where it is missing; not in the export",
    )
    .option(
      "--knowledge <base>",
      "the knowledge base of the consultations: a directory or ddxplus:DIR (default: the starter)",
    )
    .option("--json <file>", "write the counts")
    .addHelpText(
      "after",
      "\nExamples:\n  anamnesis export --store file:consultations --to exported --key-file export.key\n  anamnesis export --store file:consultations --to exported --key-file export.key --as cases\n  anamnesis evaluate --cases exported/cases.jsonl\n\nRedaction takes out what is not known to be harmless. It is not anonymity: read docs/privacy.md before you share an export.",
    )
    .action(run);
}

async function run({ store, to, as, keyFile, knowledge, json }: Flags): Promise<void> {
  await requireWritable(json);
  const base = await loadBase(knowledge);
  const exported = await exportRecords({ store, directory: to, kind: as, keyFile, base });
  process.stdout.write(summary(exported, as));
  if (json) await writeJson(json, exported);
}

function summary({ file, records, gone, leftOut }: Exported, kind: ExportKind): string {
  const what = `${records} ${kind}`;
  const lines = [records === 0 ? `${what}: nothing is written` : `${what} in ${file}`];
  if (gone > 0) lines.push(`${gone} of before are gone from it`);
  for (const [why, count] of Object.entries(leftOut)) lines.push(`${count} left out: ${LEFT_OUT[why as LeftOut]}`);
  return `${lines.join("\n")}\n`;
}
