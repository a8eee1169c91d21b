/** `anamnesis delete`: one consultation out of a store, out of checkpoints in Redis, and out of exports. */
import { Command } from "commander";
import { type Deletion, deleteRecords } from "../records/index.ts";
import { STORE_FORMS } from "../server/stores/open.ts";
import { EXIT } from "./exit.ts";
import { requireWritable, writeJson } from "./output.ts";

interface Flags {
  readonly store: string;
  readonly export: readonly string[];
  readonly keyFile?: string;
  readonly json?: string;
}

export function deleteCommand(): Command {
  return new Command("delete")
    .description("delete a consultation from a store, from checkpoints and from exports")
    .argument("<consultation>", "its id")
    .requiredOption("--store <store>", `where it is: ${STORE_FORMS.replace("memory, ", "")}`)
    .option("--export <directory...>", "exports that it may be in", [])
    .option("--key-file <file>", "the key that the exports were made with")
    .option("--json <file>", "write what was deleted")
    .addHelpText(
      "after",
      "\nExample:\n  anamnesis delete c-1 --store redis://localhost:6379 --export exported --key-file export.key\n\nOf a running server with a file store, delete over REST: DELETE /v1/consultations/ID. What it keeps in memory goes too.\n\nExit codes: 0 deleted, 1 it was nowhere, 2 wrong arguments.",
    )
    .action(run);
}

async function run(consultation: string, { store, export: exports, keyFile, json }: Flags): Promise<void> {
  await requireWritable(json);
  const deletion = await deleteRecords({ store, consultation, exports, keyFile });
  process.stdout.write(sentences(deletion));
  if (json) await writeJson(json, deletion);
  const found = deletion.store || deletion.checkpoints || deletion.exports.some(({ kinds }) => kinds.length > 0);
  if (!found) process.exitCode = EXIT.failed;
}

function sentences({ store, checkpoints, exports }: Deletion): string {
  const said = (where: string, removed: boolean): string => `${where}: ${removed ? "deleted" : "was not there"}\n`;
  return [
    said("store", store),
    ...(checkpoints === undefined ? [] : [said("checkpoints", checkpoints)]),
    ...exports.map(({ directory, kinds }) =>
      said(kinds.length > 0 ? `${directory}: ${kinds.join(", ")}` : directory, kinds.length > 0),
    ),
  ].join("");
}
