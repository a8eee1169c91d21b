/** `anamnesis fhir`: a stored or simulated consultation as a FHIR R4 Bundle. A stored one is exported only untampered. */
import { Command, Option } from "commander";
import { z } from "zod";
import { ConsultationEvent, type Place, verifyChain } from "../../src/index.ts";
import { CommandError } from "../errors.ts";
import { AUDIENCES, type FhirAudience, fhirBundle } from "../fhir/index.ts";
import { parsedJson, sha256 } from "../server/stores/entry.ts";
import { STORE_FORMS } from "../server/stores/open.ts";
import { type Transcript, transcriptsOf } from "../server/stores/transcripts.ts";
import { loadBase } from "./options.ts";
import { requireWritable, writeJson } from "./output.ts";

interface Flags {
  readonly audience: FhirAudience;
  readonly consultation?: string;
  readonly knowledge?: string;
  readonly emergencyNumber: string;
  readonly json?: string;
}

/** A consultation to export; `head` where it was stored. */
interface Held {
  readonly events: readonly ConsultationEvent[];
  readonly head?: string;
}

export function fhirCommand(): Command {
  return new Command("fhir")
    .description("export a consultation as a FHIR R4 Bundle")
    .argument(
      "<file.jsonl|store>",
      `a transcript, what \`consult --json\` wrote, or a store (${STORE_FORMS.replace("memory, ", "")})`,
    )
    .addOption(
      new Option("--audience <audience>", "a patient gets no probabilities and no differential")
        .choices(AUDIENCES)
        .default("patient"),
    )
    .option("--consultation <id>", "which one, where there are several")
    .option(
      "--knowledge <base>",
      "the knowledge base of the consultation: a directory or ddxplus:DIR (default: the starter)",
    )
    .option("--emergency-number <number>", "the local emergency number", "112")
    .option("--json <file>", "write the Bundle there instead of showing it")
    .addHelpText(
      "after",
      "\nExamples:\n  anamnesis consult --n 1 --quiet --json events.json\n  anamnesis fhir events.json --audience clinician --json bundle.json\n  anamnesis fhir file:consultations --consultation c-1\n\nExit codes: 0 exported, 1 the transcript was altered, 2 nothing to export or wrong arguments.",
    )
    .action(run);
}

async function run(source: string, flags: Flags): Promise<void> {
  const { audience, consultation, knowledge, emergencyNumber, json } = flags;
  await requireWritable(json);
  const { events, head } = await heldIn(source, consultation);
  const base = await loadBase(knowledge);
  const bundle = fhirBundle(events, base, { audience, head, safety: { emergencyNumber } });
  if (json === undefined) process.stdout.write(`${JSON.stringify(bundle, null, 2)}\n`);
  else {
    await writeJson(json, bundle);
    const count = bundle.entry.length;
    process.stdout.write(`${events[0]!.consultation}: ${count} resources for the ${audience}, in ${json}\n`);
  }
}

/** The one consultation asked for. Throws `several-consultations`, `nothing-to-export`, `altered`, `bad-transcript`. */
async function heldIn(source: string, wanted: string | undefined): Promise<Held> {
  const place = { file: source };
  const found: Held[] = [];
  for await (const transcript of transcriptsOf(source, wanted)) {
    const simulated = simulatedIn(transcript);
    if (simulated)
      found.push(
        ...simulated
          .filter(([first]) => wanted === undefined || first?.consultation === wanted)
          .map((events) => ({ events })),
      );
    else if (transcript.lines.length > 0) found.push(storedIn(transcript));
    if (found.length > 1) {
      const message = "holds several consultations; choose one with --consultation";
      throw new CommandError("several-consultations", message, { place });
    }
  }
  const [held] = found;
  if (held && held.events.length > 0) return held;
  const message = wanted === undefined ? "holds no events" : `holds no consultation ${wanted}`;
  throw new CommandError("nothing-to-export", message, { place });
}

const Simulated = z.object({ consultations: z.array(z.object({ events: z.array(ConsultationEvent) })) });

/** What `consult --json` wrote; undefined where the file is something else. */
function simulatedIn({ place, lines }: Transcript): ConsultationEvent[][] | undefined {
  const whole = parsedJson(lines.join("\n"));
  if (typeof whole !== "object" || whole === null || !("consultations" in whole)) return undefined;
  const parsed = Simulated.safeParse(whole);
  if (parsed.success) return parsed.data.consultations.map(({ events }) => events);
  const [issue] = parsed.error.issues;
  const at: Place = { file: place, field: issue!.path.map(String).join(".") };
  throw new CommandError("bad-transcript", issue!.message, { place: at });
}

const Envelope = z.object({ event: z.object({ consultation: z.string() }) });
const Event = z.object({ event: ConsultationEvent });

/** A store's transcript: untampered events, each with its hash. */
function storedIn({ place, consultation, belongs, lines }: Transcript): Held {
  const items = lines.map(parsedJson);
  if (!Envelope.safeParse(items[0]).success) {
    const message = "is no transcript: expected a store's lines or what `anamnesis consult --json` wrote";
    throw new CommandError("bad-transcript", message, { place: { file: place, line: 1 } });
  }
  const verdict = verifyChain(items, sha256, consultation);
  const owner = Envelope.parse(items[0]).event.consultation;
  if (!verdict.whole || !belongs(owner)) {
    const line = verdict.whole ? 1 : verdict.index + 1;
    const message = "is not what was stored; `anamnesis audit` says more";
    throw new CommandError("altered", message, { fault: "work", place: { file: place, line } });
  }
  return { events: items.map((item) => Event.parse(item).event), head: verdict.head };
}
