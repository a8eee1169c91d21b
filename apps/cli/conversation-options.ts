/** Options of the verbs in which a person talks with the agent, and the conversation that they ask for. */
import { type Command, Option } from "commander";
import { buildLexicon } from "../../src/index.ts";
import { agentNamed } from "../agents.ts";
import { type ServedConversation, servedConversation } from "../server/conversation.ts";
import type { Engine } from "../server/engine.ts";
import { MODEL_PARTS, type ModelPart, modelParts } from "../server/model-parts.ts";
import { Audience } from "../server/protocol.ts";
import { addModelOptions, callerOf, type ModelFlags } from "./model-options.ts";
import { type AgentFlags, addAgentOptions, bayesOptionsOf, loadBase } from "./options.ts";

export type ConversationFlags = AgentFlags &
  ModelFlags & {
    readonly modelParts: readonly ModelPart[];
    readonly knowledge?: string;
    readonly emergencyNumber: string;
    readonly crisisLine?: string;
  };

export function addConversationOptions(command: Command): Command {
  return addModelOptions(addAgentOptions(command))
    .addOption(
      new Option("--model-parts <parts...>", "what the model does; choosing is best left to the Bayesian agent")
        .choices([...MODEL_PARTS])
        .default(["understand", "phrase"]),
    )
    .option("--knowledge <base>", "knowledge base to use: a directory or ddxplus:DIR (default: the starter)")
    .option("--emergency-number <number>", "the local emergency number", "112")
    .option("--crisis-line <words>", 'whom to call with thoughts of suicide, for example "Samaritans, 116 123"');
}

export function audienceOption(description: string): Option {
  return new Option("--audience <audience>", description).choices(Audience.options).default("patient");
}

/** `engine`: what runs its turns. Default: the plain loop. */
export async function conversationOf(flags: ConversationFlags, engine?: Engine): Promise<ServedConversation> {
  const base = await loadBase(flags.knowledge);
  const core = (await agentNamed({ name: flags.agent, base, goal: flags.goal, options: bayesOptionsOf(flags) }))();
  const safety = { emergencyNumber: flags.emergencyNumber, crisisLine: flags.crisisLine };
  const lexicon = buildLexicon(base.findings);
  const call = await callerOf(flags);
  return servedConversation(base, core, {
    budget: flags.budget,
    safety,
    lexicon,
    ...(engine && { engine }),
    ...(call && {
      parts: modelParts(flags.modelParts, { base, lexicon, call, safety }),
      versions: { model: flags.model! },
    }),
  });
}
