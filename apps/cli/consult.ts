/** `anamnesis consult`: simulated consultations, shown as they happen, with the differential narrowing turn by turn. */
import { Command } from "commander";
import { consult } from "../../environments/index.ts";
import { patientFor } from "../../simulators/index.ts";
import { buildLexicon, type ConsultationEvent, steppingClock, systemClock } from "../../src/index.ts";
import { agentNamed } from "../agents.ts";
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
import { interruption, requireWritable, writeJson } from "./output.ts";
import { consultationView } from "./view.ts";

type Flags = SourceFlags &
  AgentFlags &
  PersonaFlags & { readonly json?: string; readonly quiet: boolean; readonly wallClock: boolean };

export function consultCommand(): Command {
  const command = new Command("consult").description("simulate consultations and show them as they happen");
  addPersonaOptions(addAgentOptions(addSourceOptions(command)))
    .option("--json <file>", "write the events")
    .option("--quiet", "show nothing", false)
    .option("--wall-clock", "give events the time of day instead of a repeatable one", false)
    .addHelpText(
      "after",
      "\nExample:\n  anamnesis consult --cases starter --n 3 --seed 1 --persona anxious --json events.json",
    );
  return command.action(run);
}

interface Told {
  readonly case: string;
  /** What the patient had; the agent never saw it. */
  readonly label: string;
  readonly events: readonly ConsultationEvent[];
}

async function run(flags: Flags): Promise<void> {
  await requireWritable(flags.json);
  const { source, base } = await openSource(flags, 1);
  const agentFor = await agentNamed({ name: flags.agent, base, goal: flags.goal, options: bayesOptionsOf(flags) });
  const lexicon = buildLexicon(base.findings);
  const persona = personaOf(flags);
  const { signal, release } = interruption();
  const limit = flags.n ?? flags.sample ?? 1;
  const told: Told[] = [];
  for await (const chosen of source.cases()) {
    const core = agentFor(chosen.fingerprint);
    const view = flags.quiet ? undefined : consultationView(core, base, process.stdout);
    view?.begin(chosen);
    const patient = patientFor({ case: chosen, base, lexicon, persona, seed: flags.seed });
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
    told.push({ case: chosen.id, label: chosen.label.name, events });
    if (told.length >= limit || signal.aborted) break;
  }
  release();
  if (flags.json) {
    const { cases, agent, goal, budget, seed } = flags;
    await writeJson(flags.json, { cases, agent, goal, budget, seed, persona, consultations: told });
  }
  if (signal.aborted) process.exitCode = EXIT.interrupted;
}
