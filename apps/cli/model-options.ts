/** Options of every verb that calls a language model. Keys come from the environment, never from the command line. */
import { type Command, InvalidArgumentError } from "commander";
import { type Caller, modelCaller, openChatModel, spendingMeter } from "../../agents/index.ts";
import { whole } from "./options.ts";

export interface ModelFlags {
  readonly model?: string;
  readonly modelUrl?: string;
  /** Never a flag: others can read a command line. Default: what the provider's variable has. */
  readonly modelKey?: string;
  readonly modelTimeout: number;
  readonly modelTokens: number;
  readonly modelPrice?: { readonly input: number; readonly output: number };
}

export function addModelOptions(command: Command): Command {
  return command
    .option("--model <name>", "a chat model: PROVIDER:MODEL (openai, anthropic, ollama …), its key in the environment")
    .option("--model-url <url>", "of an OpenAI-compatible server that has the model (vLLM, SGLang, llama.cpp)")
    .option("--model-timeout <ms>", "milliseconds that one call may take", whole(1, 600_000), 8_000)
    .option("--model-tokens <count>", "the most tokens of a consultation, in and out", whole(1, 1e9), 100_000)
    .option("--model-price <in,out>", "US dollars for a million tokens in and out, for example 0.25,2", price);
}

/** A server of one's own often wants no key, but LangChain does. */
const NO_KEY = "none";

/** The model that was asked for, bounded and metered; undefined where none was. Throws `no-model`. */
export async function callerOf(flags: ModelFlags): Promise<Caller | undefined> {
  const { model: name, modelUrl: baseUrl, modelTimeout: timeout, modelTokens: tokens, modelPrice } = flags;
  if (name === undefined) return undefined;
  const apiKey = flags.modelKey ?? (baseUrl === undefined ? undefined : (process.env.OPENAI_API_KEY ?? NO_KEY));
  const model = await openChatModel({ model: name, baseUrl, apiKey });
  return modelCaller({ model, timeout, meter: spendingMeter({ tokens, price: modelPrice }) });
}

function price(text: string): ModelFlags["modelPrice"] {
  const [input, output, ...more] = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (more.length === 0 && input! >= 0 && output! >= 0) return { input: input!, output: output! };
  throw new InvalidArgumentError("expected two numbers, for example 0.25,2.");
}
