/** Who plays the patient: the scripted one, or a language model. */
import { type Command, Option } from "commander";
import type { Persona } from "../../simulators/index.ts";
import { buildLexicon, type KnowledgeBase } from "../../src/index.ts";
import { CommandError } from "../errors.ts";
import { type Cast, castOfModel } from "../patients.ts";
import { addModelOptions, callerOf, type ModelFlags } from "./model-options.ts";

export interface PatientFlags extends ModelFlags {
  readonly patient: "scripted" | "model";
}

export function addPatientOptions(command: Command): Command {
  const who = new Option("--patient <who>", "scripted, or in the words of --model, each checked against the case");
  return addModelOptions(command.addOption(who.choices(["scripted", "model"]).default("scripted")));
}

export interface CastSettings {
  readonly base: KnowledgeBase;
  readonly persona: Persona;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** The model's patients, where a model is to play them. Throws `no-model`. */
export async function castOf(flags: PatientFlags, settings: CastSettings): Promise<Cast | undefined> {
  const isModel = flags.patient === "model";
  if (isModel !== (flags.model !== undefined)) {
    throw new CommandError("no-model", "--patient model and --model NAME go together; give both or neither");
  }
  const call = isModel ? await callerOf(flags) : undefined;
  return call && castOfModel({ ...settings, call, lexicon: buildLexicon(settings.base.findings) });
}
