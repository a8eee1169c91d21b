/** `anamnesis consult`: simulated consultations, shown as they happen, with the differential narrowing turn by turn. */
import { setImmediate } from "node:timers/promises";
import { Command } from "commander";
import { consult } from "../../environments/index.ts";
import { type CaseSource, type Persona, patientFor } from "../../simulators/index.ts";
import {
  type AgentCore,
  buildLexicon,
  type ConsultationEvent,
  type Diagnostician,
  type KnowledgeBase,
  steppingClock,
  systemClock,
} from "../../src/index.ts";
import { agentNamed } from "../agents.ts";
import { type Speech, speechLine } from "../patients.ts";
import { openPolicyNamed, policyDirectory, readPolicyNamed, requireKnown } from "../policies.ts";
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
  withPolicyDefaults,
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
      "\nExamples:\n  anamnesis consult --cases starter --n 3 --seed 1 --persona anxious --json events.json\n  anamnesis consult --agent policy:runs/winter --n 3",
    );
  return command.action(run);
}

async function run(given: Flags, command: Command): Promise<void> {
  await requireWritable(given.json);
  const directory = policyDirectory(given.agent);
  if (directory === undefined) {
    const { source, base } = await openSource(given, 1);
    await hold(given, source, base, await coreOf(given, base));
    return;
  }
  const stored = await readPolicyNamed(directory);
  const flags = withPolicyDefaults(given, command, stored.task.budget);
  const { source, base } = await openSource(flags, 1);
  requireKnown(stored, base);
  const { policyDiagnostician } = await import("../../gpu-trainer/index.ts");
  const policy = await openPolicyNamed(directory, { device: flags.device });
  try {
    const { temperature, seed } = flags;
    const agent = policyDiagnostician(policy, { temperature, seed });
    await hold(flags, source, base, () => ({ agent, believes: SILENT }));
  } finally {
    await policy.close();
  }
}

/** Who holds the consultations, and whose belief is shown on the way. */
interface Held {
  readonly agent: AgentCore | Diagnostician;
  readonly believes: AgentCore;
}

async function coreOf(flags: Flags, base: KnowledgeBase): Promise<(fingerprint?: string) => Held> {
  const agentFor = await agentNamed({ name: flags.agent, base, goal: flags.goal, options: bayesOptionsOf(flags) });
  return (fingerprint) => {
    const core = agentFor(fingerprint);
    return { agent: core, believes: core };
  };
}

/** A policy says what it believes at the end alone. */
const SILENT: AgentCore = {
  name: "silent",
  versions: {},
  open: () => undefined,
  observe: () => undefined,
  decide: () => ({ type: "hand-off", reason: "nothing is believed before the end" }),
};

async function hold(
  flags: Flags,
  source: CaseSource,
  base: KnowledgeBase,
  heldBy: (fingerprint?: string) => Held,
): Promise<void> {
  const lexicon = buildLexicon(base.findings);
  const persona = personaOf(flags);
  const { signal, release } = interruption();
  const cast = await castOf(flags, { base, persona, seed: flags.seed, signal });
  const limit = flags.n ?? flags.sample ?? 1;
  const file = flags.json === undefined ? undefined : await consultationsFile(flags.json, flags, persona);
  let told = 0;
  for await (const chosen of source.cases()) {
    const { agent, believes } = heldBy(chosen.fingerprint);
    const view = flags.quiet ? undefined : consultationView(believes, base, process.stdout);
    view?.begin(chosen);
    const played = cast?.(chosen);
    const patient = played?.patient ?? patientFor({ case: chosen, base, lexicon, persona, seed: flags.seed });
    const events = await consult(agent, patient, {
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
