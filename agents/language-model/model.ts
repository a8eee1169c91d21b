/** Opens a chat model of any provider that LangChain knows: `openai:gpt-…`, `anthropic:…`, `ollama:…`, or a server's URL. */
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AgentError } from "../errors.ts";

/** The part of a LangChain chat model that is used. */
export type ChatModel = Pick<BaseChatModel, "invoke" | "stream">;

export interface ModelOptions {
  /** `PROVIDER:MODEL`, for example `openai:gpt-5-mini`; the provider's LangChain package must be installed. */
  readonly model: string;
  /** Of an OpenAI-compatible server (vLLM, SGLang, llama.cpp). The provider is then `openai`. */
  readonly baseUrl?: string | undefined;
  /** Default: the provider's environment variable. */
  readonly apiKey?: string | undefined;
  /** Default 0. */
  readonly temperature?: number | undefined;
  /** The most tokens of an answer. Default 600. */
  readonly maxTokens?: number | undefined;
}

/** Throws `no-model` where the model cannot be opened. */
export async function openChatModel(options: ModelOptions): Promise<ChatModel> {
  const { model, baseUrl, apiKey, temperature = 0, maxTokens = 600 } = options;
  const { initChatModel } = await import("langchain/chat_models/universal");
  try {
    // An OpenAI-compatible server wants its own name of the model.
    const name = baseUrl === undefined ? model : model.replace(/^openai:/, "");
    return await initChatModel(name, {
      temperature,
      maxTokens,
      // Retries and time limits are the caller's, which tells of them.
      maxRetries: 0,
      ...(baseUrl !== undefined && { modelProvider: "openai", configuration: { baseURL: baseUrl } }),
      ...(apiKey !== undefined && { apiKey }),
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AgentError("no-model", `cannot open ${model}: ${reason}`, { cause });
  }
}
