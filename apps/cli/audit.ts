/** `anamnesis audit`: proves stored consultations untampered, or names the first altered event of each. */
import { Command } from "commander";
import { z } from "zod";
import { type Breach, formatPlace, verifyChain } from "../../src/index.ts";
import { CommandError } from "../errors.ts";
import { parsedJson, sha256 } from "../server/stores/entry.ts";
import { parseStoreSpec, STORE_FORMS } from "../server/stores/open.ts";
import { type Transcript, transcriptsOf } from "../server/stores/transcripts.ts";
import { EXIT } from "./exit.ts";
import { requireWritable, writeJson } from "./output.ts";

interface Flags {
  readonly consultation?: string;
  readonly head?: string;
  readonly json?: string;
}

/** What was found of one consultation. No patient's words are in it. */
interface Finding {
  readonly consultation: string | undefined;
  readonly place: string;
  /** Events that stand as they were stored. */
  readonly events: number;
  /** Hash of the last event of a whole chain. */
  readonly head?: string;
  /** Bytes of an unfinished append at the end. */
  readonly unfinished: number;
  /** The first event that is not what was stored. */
  readonly altered?: {
    readonly seq: number;
    readonly line: number;
    readonly breach: Breach | "head-missing";
    readonly detail: string;
  };
}

export function auditCommand(): Command {
  return new Command("audit")
    .description("prove that stored consultations are untampered, or name the first altered event")
    .argument("<store|file.jsonl>", `a store (${STORE_FORMS.replace("memory, ", "")}) or an exported transcript`)
    .option("--consultation <id>", "this consultation only")
    .option("--head <hash>", "a hash noted at an earlier audit: it must still be in the chain (shows a cut-off end)")
    .option("--json <file>", "write what was found")
    .addHelpText(
      "after",
      "\nExamples:\n  anamnesis audit file:consultations\n  anamnesis audit redis://localhost:6379 --consultation c-1\n  anamnesis audit transcript.jsonl --head HASH\n\nExit codes: 0 untampered, 1 altered, 2 nothing to audit or wrong arguments.",
    )
    .action(run);
}

async function run(source: string, { consultation, head, json }: Flags): Promise<void> {
  await requireWritable(json);
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head))
    throw new CommandError("bad-option", "--head takes a hash of 64 hexadecimal digits");
  if (head !== undefined && consultation === undefined && parseStoreSpec(source))
    throw new CommandError("bad-option", "--head is one consultation's: name it with --consultation");
  const findings: Finding[] = [];
  for await (const transcript of transcriptsOf(source, consultation)) {
    const finding = examine(transcript, head);
    findings.push(finding);
    if (finding.altered || finding.events > 0) process.stdout.write(`${sentence(finding)}\n`);
  }
  if (findings.every(({ events, altered }) => events === 0 && !altered))
    throw new CommandError("nothing-to-audit", "holds no events", { place: { file: source } });
  const altered = findings.filter((finding) => finding.altered).length;
  process.stdout.write(`${findings.length} audited, ${altered} altered\n`);
  if (json) await writeJson(json, { audited: findings.length, altered, findings });
  if (altered > 0) process.exitCode = EXIT.failed;
}

function examine(transcript: Transcript, noted: string | undefined): Finding {
  const { place, consultation, lines, unfinished } = transcript;
  const items = lines.map(parsedJson);
  const verdict = verifyChain(items, sha256, consultation);
  const found = { consultation: consultation ?? consultationOf(items), place, unfinished };
  if (!verdict.whole) {
    const { index, breach, detail } = verdict;
    return { ...found, events: index, altered: { seq: index, line: index + 1, breach, detail } };
  }
  const { count, head } = verdict;
  if (found.consultation !== undefined && !transcript.belongs(found.consultation)) {
    const detail = "belongs to another consultation than its place";
    return { ...found, events: 0, altered: { seq: 0, line: 1, breach: "out-of-place", detail } };
  }
  // Hashes are sound here: the chain is whole.
  if (noted === undefined || items.some((item) => (item as { hash: string }).hash === noted))
    return { ...found, events: count, head };
  const detail = "the noted hash is not in the chain: events were cut off, or all of them replaced";
  return { ...found, events: count, head, altered: { seq: count, line: count + 1, breach: "head-missing", detail } };
}

/** What an exported transcript says of itself. */
function consultationOf([first]: readonly unknown[]): string | undefined {
  const stored = Consultation.safeParse(first);
  return stored.data?.event.consultation;
}

const Consultation = z.object({ event: z.object({ consultation: z.string() }) });

function sentence({ consultation, place, events, head, unfinished, altered }: Finding): string {
  const name = consultation ?? "transcript";
  if (altered) {
    const what = altered.breach === "head-missing" ? altered.detail : `event ${altered.seq} ${altered.detail}`;
    return `${formatPlace({ file: place, line: altered.line })}: ${name}: ${what}`;
  }
  const end = unfinished > 0 ? `, ${unfinished} bytes of an unfinished append left aside` : "";
  return `${name}: ${events} events untampered, head ${head}${end}`;
}
