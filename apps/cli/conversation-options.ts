/** Options of the verbs in which a person talks with the agent, and the conversation that they ask for. */
import { type Command, Option } from "commander";
import type { Chooser } from "../../agents/index.ts";
import type { Policy } from "../../gpu-trainer/index.ts";
import { buildLexicon, type KnowledgeBase } from "../../src/index.ts";
import { agentNamed } from "../agents.ts";
import { CommandError } from "../errors.ts";
import { openPolicyNamed, policyChooser, policyDirectory } from "../policies.ts";
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

/** A conversation, and what to do when the last of it is over. */
export interface OpenedConversation {
  readonly conversation: ServedConversation;
  close(): Promise<void>;
}

/** As the flags of a command ask for it; see `openConversation`. */
export function conversationOf(flags: ConversationFlags, command: Command): Promise<OpenedConversation> {
  return openConversation(flags, command.getOptionValueSource("budget") === "cli");
}

/**
 * `engine`: what runs its turns. Default: the plain loop. A policy's worker is started, and ends with `close`; where no
 * budget was given, it has that which it was trained with.
 */
export async function openConversation(
  flags: ConversationFlags,
  isBudgetGiven: boolean,
  engine?: Engine,
): Promise<OpenedConversation> {
  const directory = policyDirectory(flags.agent);
  if (directory === undefined) {
    const base = await loadBase(flags.knowledge);
    return { conversation: await served(flags, base, flags.agent, engine), close: async () => {} };
  }
  if (flags.knowledge !== undefined) {
    throw new CommandError("other-knowledge", "a policy brings its own knowledge base; leave --knowledge out");
  }
  const policy = await openPolicyNamed(directory, { device: flags.device });
  try {
    const own = isBudgetGiven ? flags : { ...flags, budget: policy.task.budget };
    // What the policy may not ask, and what fails, is the Bayesian agent's; so is the differential shown on the way.
    return { conversation: await served(own, policy.base, "bayes", engine, policy), close: policy.close };
  } catch (error) {
    await policy.close();
    throw error;
  }
}

async function served(
  flags: ConversationFlags,
  base: KnowledgeBase,
  agent: string,
  engine: Engine | undefined,
  policy?: Policy,
): Promise<ServedConversation> {
  const core = (await agentNamed({ name: agent, base, goal: flags.goal, options: bayesOptionsOf(flags) }))();
  const safety = { emergencyNumber: flags.emergencyNumber, crisisLine: flags.crisisLine };
  const lexicon = buildLexicon(base.findings);
  const call = await callerOf(flags);
  const parts = call && modelParts(flags.modelParts, { base, lexicon, call, safety });
  const chooser = policy && (await chooserOf(policy, flags));
  return servedConversation(base, core, {
    budget: flags.budget,
    safety,
    lexicon,
    ...(engine && { engine }),
    ...((parts || chooser) && { parts: { ...parts, ...(chooser && { chooser }) } }),
    versions: { ...(call && { model: flags.model! }), ...(policy && { policy: policy.name }) },
  });
}

async function chooserOf(policy: Policy, { temperature }: ConversationFlags): Promise<Chooser> {
  const { policyDiagnostician } = await import("../../gpu-trainer/index.ts");
  return policyChooser(policy.base, policyDiagnostician(policy, { temperature, parsing: "lenient" }));
}
