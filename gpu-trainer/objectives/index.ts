/**
 * Objectives by name, and how one is made of a name and options. A user's own objective stands beside them: pass it to
 * `makeObjective` in a registry of its own. PPO is left out, for it needs a critic, which no worker of this wire offers.
 */
import { z } from "zod";
import { cispo } from "./cispo.ts";
import { dapo } from "./dapo.ts";
import { dpo } from "./dpo.ts";
import { drGrpo } from "./dr-grpo.ts";
import { drpo } from "./drpo.ts";
import { ObjectiveError } from "./errors.ts";
import { grpo } from "./grpo.ts";
import { gspo } from "./gspo.ts";
import { oapl } from "./oapl.ts";
import { reinforcePlusPlus } from "./reinforce-plus-plus.ts";
import { remax } from "./remax.ts";
import { rloo } from "./rloo.ts";
import { sft } from "./sft.ts";
import type { Objective, ObjectiveDefinition } from "./types.ts";

export { ObjectiveError, type ObjectiveErrorCode } from "./errors.ts";
export { hasContrast } from "./groups.ts";
export type {
  GroupAdvantages,
  LogProbs,
  Objective,
  ObjectiveDefinition,
  ObjectiveMemory,
  ObjectiveNeeds,
  PolicyLogProbs,
  ScoredGroup,
  ScoredTrajectory,
  TokenWeights,
} from "./types.ts";

export type ObjectiveRegistry = Readonly<Record<string, ObjectiveDefinition>>;

export const OBJECTIVES = {
  grpo,
  "dr-grpo": drGrpo,
  dapo,
  gspo,
  cispo,
  rloo,
  "reinforce++": reinforcePlusPlus,
  remax,
  oapl,
  drpo,
  sft,
  dpo,
} as const satisfies ObjectiveRegistry;

export type ObjectiveName = keyof typeof OBJECTIVES;

/**
 * The objective of this name. `options` are parsed by its schema. `own`: more objectives, by names that are not taken.
 * Throws `unknown-objective`, `name-taken`, `bad-options`.
 */
export function makeObjective(name: string, options: unknown = {}, own: ObjectiveRegistry = {}): Objective {
  const taken = Object.keys(own).find((other) => Object.hasOwn(OBJECTIVES, other));
  if (taken !== undefined) {
    throw new ObjectiveError("name-taken", `"${taken}" is an objective of the package: give yours another name`);
  }
  const registry: ObjectiveRegistry = { ...OBJECTIVES, ...own };
  const definition = Object.hasOwn(registry, name) ? registry[name] : undefined;
  if (!definition) {
    const names = Object.keys(registry).join(", ");
    throw new ObjectiveError("unknown-objective", `no objective is called "${name}": choose one of ${names}`);
  }
  const parsed = definition.options.safeParse(options);
  if (!parsed.success) {
    const faults = z.prettifyError(parsed.error);
    throw new ObjectiveError("bad-options", `options of the objective ${name}:\n${faults}`);
  }
  return definition.make(parsed.data);
}
