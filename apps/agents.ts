/** The agents by name, as the commands offer them. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type BayesOptions,
  bayesAgent,
  differentialAgent,
  type Head,
  loadHead,
  mostFrequentAgent,
  parseHeadWeights,
  randomAgent,
} from "../agents/index.ts";
import { type AgentCore, buildLikelihoodModel, type KnowledgeBase } from "../src/index.ts";
import { CommandError } from "./errors.ts";

export const AGENTS = ["bayes", "random", "most-frequent"] as const;
/** As `--agent` takes them: a trained policy is opened by `policies.ts`. */
export const AGENT_FORMS = [...AGENTS, "policy:DIR"].join(", ");

/** `diagnosis`: name the one condition and stop. `differential`: spend the budget on everything to be considered. */
export type Goal = "diagnosis" | "differential";

export interface AgentChoice {
  readonly name: string;
  readonly base: KnowledgeBase;
  readonly goal: Goal;
  readonly options?: BayesOptions;
}

/** Gives the core for a case; `fingerprint` tells patients apart that weights were trained on. */
export type AgentFor = (fingerprint?: string) => AgentCore;

/** The goal concerns the Bayesian agent; the baselines have one way only. Throws `unknown-agent`. */
export async function agentNamed({ name, base, goal, options = {} }: AgentChoice): Promise<AgentFor> {
  if (goal === "differential" && name === "bayes")
    return differentialAgent(base, await headOf(base), options) as AgentFor;
  const core = makeCore(name, base, options);
  return () => core;
}

function makeCore(name: string, base: KnowledgeBase, options: BayesOptions): AgentCore {
  switch (name) {
    case "bayes":
      return bayesAgent(base, options) as AgentCore;
    case "random":
      return randomAgent(base) as AgentCore;
    case "most-frequent":
      return mostFrequentAgent(base) as AgentCore;
    default:
      throw new CommandError("unknown-agent", `no agent "${name}"; choose one of ${AGENT_FORMS}`);
  }
}

/** The differential head that comes with the package for a knowledge base; most have none. */
async function headOf(base: KnowledgeBase): Promise<Head | undefined> {
  const file = headFile(base.id);
  if (!file) return undefined;
  return loadHead(parseHeadWeights(await readFile(file, "utf8"), file), buildLikelihoodModel(base), file);
}

/** `data/heads/ID.json`, found from the sources and from the built package alike. */
function headFile(id: string): string | undefined {
  if (!/^[\w.-]+$/.test(id)) return undefined;
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const file = join(folder, "data", "heads", `${id}.json`);
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
}
