/** The flags of `serve`, thin over the settings: each flag that was given is the value of one setting. */
import { type Command, Option } from "commander";
import { type Given, type LoadedSettings, loadSettings, type Settings, type Source } from "../config/index.ts";
import { ENGINES } from "../server/engine.ts";
import { STORE_FORMS } from "../server/stores/open.ts";
import { addConversationOptions, audienceOption, type ConversationFlags } from "./conversation-options.ts";
import { whole } from "./options.ts";

/** The setting of each flag, by the name that the command line library gives it. */
export const SETTING_OF: Readonly<Record<string, string>> = {
  port: "port",
  host: "host",
  tokenFile: "tokenFile",
  audience: "audience",
  origin: "origins",
  store: "store",
  idleMinutes: "idleMinutes",
  expireHours: "expireHours",
  agent: "agent",
  goal: "goal",
  budget: "budget",
  engine: "engine",
  knowledge: "knowledge",
  review: "review",
  emergencyNumber: "safety.emergencyNumber",
  crisisLine: "safety.crisisLine",
  minGain: "bayes.minGain",
  confidence: "bayes.confidence",
  abstainBelow: "bayes.abstainBelow",
  severeFirst: "bayes.severeFirst",
  redFlagRisk: "bayes.redFlagRisk",
  examine: "bayes.examine",
  temperature: "policy.temperature",
  device: "policy.device",
  model: "model.name",
  modelUrl: "model.url",
  modelTimeout: "model.timeoutMs",
  modelTokens: "model.tokens",
  modelPrice: "model.price",
  modelParts: "model.parts",
};

export function addServeOptions(command: Command): Command {
  return addConversationOptions(command)
    .option("--config <file>", "settings in YAML, see docs/configuration.md (default: what ANAMNESIS_CONFIG names)")
    .addOption(
      new Option("--engine <name>", "what runs a turn: a plain loop, or LangGraph with checkpoints")
        .choices([...ENGINES])
        .default("loop"),
    )
    .option("--port <number>", "0: a free one", whole(0, 65_535), 8080)
    .option("--host <address>", "where to listen; anything but loopback needs --token-file", "127.0.0.1")
    .option("--store <store>", `where consultations are kept: ${STORE_FORMS}`, "memory")
    .option("--token-file <file>", "who may use it; see `anamnesis serve token --help`")
    .addOption(audienceOption("what is shown to those without a token"))
    .option("--origin <origin...>", "pages of other places that may use it, for example https://clinic.example", [])
    .option("--idle-minutes <count>", "minutes of silence after which a connection is closed", whole(1, 1_440), 15)
    .option(
      "--expire-hours <count>",
      "hours of silence after which a consultation counts as abandoned",
      whole(1, 8_760),
      24,
    )
    .option("--review <run>", "a training run whose held batches are decided on at /review");
}

/** From flags, environment and file. Throws `bad-settings`. */
export function settingsOf(command: Command): Promise<LoadedSettings> {
  return loadSettings({ file: command.opts().config, env: process.env, flags: givenFlags(command) });
}

function givenFlags(command: Command): Given[] {
  return command.options.flatMap((option): Given[] => {
    const attribute = option.attributeName();
    const name = SETTING_OF[attribute];
    if (name === undefined || command.getOptionValueSource(attribute) !== "cli") return [];
    const source: Source = { kind: "flag", flag: option.long! };
    return [{ name, value: command.getOptionValue(attribute), source }];
  });
}

/** What the conversation is made of, as the verbs' flags have it. */
export function conversationFlags({ bayes, policy, model, safety, ...settings }: Settings): ConversationFlags {
  const { agent, goal, budget, knowledge } = settings;
  return {
    agent,
    goal,
    budget,
    knowledge,
    ...bayes,
    ...policy,
    ...safety,
    model: model.name,
    modelUrl: model.url,
    modelKey: model.key,
    modelTimeout: model.timeoutMs,
    modelTokens: model.tokens,
    modelPrice: model.price,
    modelParts: model.parts,
  };
}
