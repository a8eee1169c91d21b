/** `anamnesis consult`: simulated consultations, shown as they happen, with the differential narrowing turn by turn. */
import { setImmediate } from "node:timers/promises";
import { Command } from "commander";
import { consult } from "../../environments/index.ts";
import { type Persona, patientFor } from "../../simulators/index.ts";
import { buildLexicon, type ConsultationEvent, steppingClock, systemClock } from "../../src/index.ts";
import { agentNamed } from "../agents.ts";
import { type Speech, speechLine } from "../patients.ts";
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
} from "./options.ts";
import { interruption, openWhole, requireWritable } from "./output.ts";
import { addPatientOptions, castOf, type PatientFlags } from "./patient-options.ts";
import { consultationView } from "./view.ts";

type Flags = SourceFlags &
  AgentFlags &
  PersonaFlags &
  PatientFlags & { readonly json?: string; readonly quiet: boolean; readonly wallClock: boolean };

export function consultCommand(): Command {
  const command = new Command("consult").description("simulate consultations and show them as they happen");
  addPatientOptions(addPersonaOptions(addAgentOptions(addSourceOptions(command))))
    .option("--json <file>", "write the events")
    .option("--quiet", "show nothing", false)
    .option("--wall-clock", "give events the time of day instead of a repeatable one", false)
    .addHelpText(
      "after",
      "\nExample:\n  anamnesis consult --cases starter --n 3 --seed 1 --persona anxious --json events.json",
    );
  return command.action(run);
}

async function run(flags: Flags): Promise<void> {
  await requireWritable(flags.json);
  const { source, base } = await openSource(flags, 1);
  const agentFor = await agentNamed({ name: flags.agent, base, goal: flags.goal, options: bayesOptionsOf(flags) });
  const lexicon = buildLexicon(base.findings);
  const persona = personaOf(flags);
  const { signal, release } = interruption();
  const cast = await castOf(flags, { base, persona, seed: flags.seed, signal });
  const limit = flags.n ?? flags.sample ?? 1;
  const file = flags.json === undefined ? undefined : await consultationsFile(flags.json, flags, persona);
  let told = 0;
  for await (const chosen of source.cases()) {
    const core = agentFor(chosen.fingerprint);
    const view = flags.quiet ? undefined : consultationView(core, base, process.stdout);
    view?.begin(chosen);
    const played = cast?.(chosen);
    const patient = played?.patient ?? patientFor({ case: chosen, base, lexicon, persona, seed: flags.seed });
    const events = await consult(core, patient, {
      id: chosen.id,
      clock: flags.wallClock ? systemClock : steppingClock(),
      base,
      lexicon,
      budget: flags.budget,
      person: { age: chosen.age, sex: chosen.sex },
      signal,
      ...(view && { onEvent: view.show }),
    });
    view?.end(chosen.label.name);
    const speech = played?.speech();
    if (speech && !flags.quiet) process.stdout.write(`\n${speechLine(speech)}\n`);
    await file?.add({ case: chosen.id, label: chosen.label.name, ...(speech && { speech }), events });
    told++;
    // Drawn cases never leave the event loop a turn, and Ctrl-C would not be heard.
    await setImmediate();
    if (told >= limit || signal.aborted) break;
  }
  release();
  await file?.end();
  if (signal.aborted) process.exitCode = EXIT.interrupted;
}

/** The label is what the patient had; the agent never saw it. */
interface Told {
  readonly case: string;
  readonly label: string;
  /** Where a language model played the patient: how it kept to its part, and what it cost. */
  readonly speech?: Speech;
  readonly events: readonly ConsultationEvent[];
}

/** Writes consultations as they end, so that memory does not grow with them; the whole is one JSON object. */
async function consultationsFile(path: string, flags: Flags, persona: Persona) {
  const file = await openWhole(path);
  const { cases, agent, goal, budget, seed, model } = flags;
  const head = JSON.stringify({ cases, agent, goal, budget, seed, persona, ...(model && { model }) }).slice(0, -1);
  await file.write(`${head},\n"consultations": [`);
  let separator = "\n";
  return {
    async add(told: Told): Promise<void> {
      await file.write(`${separator}${JSON.stringify(told)}`);
      separator = ",\n";
    },
    async end(): Promise<void> {
      await file.write("\n]}\n");
      await file.keep();
    },
  };
}
