/** The worker's terms in the words of the Tinker wire, and back. JSON only; what a worker answers is checked here. */
import { z } from "zod";
import { WorkerError } from "../errors.ts";
import type {
  AdamParams,
  Capabilities,
  Datum,
  LoraOptions,
  LossBatch,
  LossOutput,
  ModelOptions,
  SampleOutput,
  SampleRequest,
  SavedModel,
  StepOutput,
  Tensor,
} from "../types.ts";

/** The release of the official SDK whose requests these are: the last that sends JSON alone. */
export const WIRE_VERSION = "0.24.1";

const TokenId = z.int().min(0);
const Metrics = z.record(z.string(), z.number());
const Version = z.int().min(0).optional();

/** What a worker may ask of its clients; everything has a default. */
export const ClientConfig = z.object({
  pjwt_auth_enabled: z.boolean().default(false),
  fwdbwd_max_chunk_len: z.int().min(1).default(1024),
  fwdbwd_max_chunk_bytes_count: z.int().min(1).default(5_000_000),
});
export type ClientConfig = z.output<typeof ClientConfig>;

export const ServerCapabilities = z
  .object({
    supported_models: z.array(
      z.object({
        model_name: z.string().nullish(),
        max_context_length: z.int().nullish(),
        vocab_size: z.int().nullish(),
      }),
    ),
    loss_fns: z.array(z.string()).optional(),
    extensions: z.array(z.string()).default([]),
  })
  .transform(
    ({ supported_models, loss_fns, extensions }): Capabilities => ({
      models: supported_models.flatMap(({ model_name, max_context_length, vocab_size }) =>
        model_name
          ? [
              {
                name: model_name,
                ...(max_context_length && { contextLength: max_context_length }),
                ...(vocab_size && { vocabularySize: vocab_size }),
              },
            ]
          : [],
      ),
      ...(loss_fns && { losses: loss_fns }),
      extensions,
    }),
  );

export const SessionAnswer = z.object({ session_id: z.string() });
export const CreatedModel = z.object({ model_id: z.string() });
export const SamplerAnswer = z.object({ sampling_session_id: z.string(), version: Version });
export const SavedAnswer = z.object({ path: z.string(), version: Version });
export const Anything = z.unknown();

const WireTensor = z.object({ data: z.array(z.number()) });
export const LossAnswer = z
  .object({ loss_fn_outputs: z.array(z.object({ logprobs: WireTensor })), metrics: Metrics.default({}) })
  .transform(
    ({ loss_fn_outputs, metrics }): LossOutput => ({
      logprobs: loss_fn_outputs.map(({ logprobs }) => logprobs.data),
      metrics,
    }),
  );

export const StepAnswer = z
  .object({ metrics: Metrics.nullish(), version: Version })
  .transform(
    ({ metrics, version }): StepOutput => ({ metrics: metrics ?? {}, ...(version !== undefined && { version }) }),
  );

export const StateInfo = z
  .object({
    base_model: z.string(),
    is_lora: z.boolean(),
    lora_rank: z.int().nullish(),
    train_mlp: z.boolean().nullish(),
    train_attn: z.boolean().nullish(),
    train_unembed: z.boolean().nullish(),
  })
  .transform(
    ({ base_model, is_lora, lora_rank, train_mlp, train_attn, train_unembed }): SavedModel => ({
      baseModel: base_model,
      ...(is_lora && {
        lora: {
          rank: lora_rank ?? 32,
          trainMlp: train_mlp ?? true,
          trainAttention: train_attn ?? true,
          trainUnembedding: train_unembed ?? true,
        },
      }),
    }),
  );

const Logprob = z.number().nullable();
export const SampleAnswer = z
  .object({
    sequences: z.array(
      z
        .object({ tokens: z.array(TokenId), logprobs: z.array(z.number()), stop_reason: z.enum(["stop", "length"]) })
        .refine(({ tokens, logprobs }) => tokens.length === logprobs.length, "tokens and logprobs differ in length"),
    ),
    prompt_logprobs: z.array(Logprob).nullish(),
    topk_prompt_logprobs: z.array(z.array(z.tuple([TokenId, z.number()])).nullable()).nullish(),
    prompt_cache_hit_tokens: z.int().nullish(),
    version: Version,
  })
  .transform(
    ({ sequences, prompt_logprobs, topk_prompt_logprobs, prompt_cache_hit_tokens, version }): SampleOutput => ({
      sequences: sequences.map(({ tokens, logprobs, stop_reason }) => ({ tokens, logprobs, stopReason: stop_reason })),
      ...(prompt_logprobs && { promptLogprobs: prompt_logprobs }),
      ...(topk_prompt_logprobs && { topPromptLogprobs: topk_prompt_logprobs }),
      ...(version !== undefined && { version }),
      ...(prompt_cache_hit_tokens != null && { reusedTokens: prompt_cache_hit_tokens }),
    }),
  );

const Failure = z.object({ error: z.string(), category: z.string().optional() });
export const SampleBatchAnswer = z.object({ responses: z.array(z.union([Failure, SampleAnswer])) });

const encodedText = (tokens: ArrayLike<number>, what: string) => ({
  chunks: [{ type: "encoded_text", tokens: ids(tokens, what) }],
});

export function datumOnWire({ tokens, inputs }: Datum, index: number) {
  const what = `datum ${index}`;
  return {
    model_input: encodedText(tokens, `${what}: tokens`),
    loss_fn_inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, values]) => [name, tensorOnWire(name, values, tokens.length, what)]),
    ),
  };
}

function tensorOnWire(name: string, values: ArrayLike<number> | Tensor, length: number, what: string) {
  const { data, shape } = "data" in values ? values : { data: values, shape: [values.length] };
  const where = `${what}: ${name}`;
  if (shape[0] !== length || shape.reduce((size, side) => size * side, 1) !== data.length) {
    throw new WorkerError("bad-input", `${where}: ${data.length} numbers in shape [${shape}] for ${length} tokens`);
  }
  if (name === "target_tokens") return { data: ids(data, where), dtype: "int64", shape };
  return { data: finite(data, where), dtype: "float32", shape };
}

function ids(tokens: ArrayLike<number>, what: string): number[] {
  const list = Array.from(tokens);
  const wrong = list.findIndex((id) => !Number.isSafeInteger(id) || id < 0);
  if (wrong >= 0) throw new WorkerError("bad-input", `${what}: ${list[wrong]} at ${wrong} is no token id`);
  return list;
}

function finite(values: ArrayLike<number>, what: string): number[] {
  const list = Array.from(values);
  const wrong = list.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new WorkerError("bad-input", `${what}: ${list[wrong]} at ${wrong} is not finite`);
  return list;
}

/** The batch's data in as few requests as the worker's limits allow, in order. */
export function chunksOf({ data, loss, config }: LossBatch, limits: ClientConfig) {
  if (data.length === 0) throw new WorkerError("bad-input", "the batch is empty; give at least one datum");
  const chunks: ReturnType<typeof datumOnWire>[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const [index, datum] of data.entries()) {
    const size = bytesOf(datum);
    const last = chunks.at(-1);
    if (last && last.length < limits.fwdbwd_max_chunk_len && bytes + size <= limits.fwdbwd_max_chunk_bytes_count) {
      last.push(datumOnWire(datum, index));
      bytes += size;
    } else {
      chunks.push([datumOnWire(datum, index)]);
      bytes = size;
    }
  }
  return chunks.map((chunk) => ({ data: chunk, loss_fn: loss, ...(config && { loss_fn_config: config }) }));
}

/** Roughly, as JSON: six characters an id, twenty a real number. */
function bytesOf({ tokens, inputs }: Datum): number {
  const sizes = Object.entries(inputs).map(
    ([name, values]) => ("data" in values ? values.data.length : values.length) * (name === "target_tokens" ? 6 : 20),
  );
  return sizes.reduce((sum, size) => sum + size, 6 * tokens.length);
}

/** Outputs of the chunks of one batch as that of the batch. A metric's suffix says how it is joined. */
export function joinOutputs(outputs: readonly LossOutput[]): LossOutput {
  if (outputs.length === 1) return outputs[0]!;
  const names = Object.keys(outputs[0]!.metrics).filter((name) => outputs.every(({ metrics }) => name in metrics));
  const total = outputs.reduce((sum, { logprobs }) => sum + logprobs.length, 0);
  const join = (name: string): number | undefined => {
    const values = outputs.map(({ metrics }) => metrics[name]!);
    const suffix = name.slice(name.indexOf(":") + 1);
    if (suffix === "sum") return values.reduce((sum, value) => sum + value, 0);
    if (suffix === "min") return Math.min(...values);
    if (suffix === "max") return Math.max(...values);
    if (suffix !== "mean") return undefined;
    return outputs.reduce((sum, { logprobs }, index) => sum + (values[index]! * logprobs.length) / total, 0);
  };
  const metrics: Record<string, number> = {};
  for (const name of names) {
    const value = join(name);
    if (value !== undefined) metrics[name] = value;
  }
  return { logprobs: outputs.flatMap(({ logprobs }) => logprobs), metrics };
}

export function adamOnWire(params: AdamParams) {
  return {
    learning_rate: params.learningRate ?? 1e-4,
    beta1: params.beta1 ?? 0.9,
    beta2: params.beta2 ?? 0.95,
    eps: params.eps ?? 1e-12,
    weight_decay: params.weightDecay ?? 0,
    grad_clip_norm: params.gradClipNorm ?? 0,
  };
}

export function modelOnWire({ baseModel, lora, metadata }: ModelOptions) {
  return {
    base_model: baseModel,
    ...(lora && { lora_config: loraOnWire(lora) }),
    ...(metadata && { user_metadata: metadata }),
  };
}

function loraOnWire({ rank, seed, trainMlp, trainAttention, trainUnembedding }: LoraOptions) {
  return {
    rank,
    ...(seed !== undefined && { seed }),
    train_mlp: trainMlp ?? true,
    train_attn: trainAttention ?? true,
    train_unembed: trainUnembedding ?? true,
  };
}

/** `cache_key` only where it is known: elsewhere it would be ignored at best. */
export function sampleOnWire(request: SampleRequest, keepsCaches: boolean) {
  const { prompt, maxTokens, count = 1, temperature = 1, topK = -1, topP = 1, seed, stop, dialogue } = request;
  return {
    prompt: encodedText(prompt, "prompt"),
    num_samples: count,
    sampling_params: {
      max_tokens: maxTokens,
      temperature,
      top_k: topK,
      top_p: topP,
      ...(seed !== undefined && { seed }),
      ...(stop && stop.length > 0 && { stop }),
    },
    ...(request.promptLogprobs && { prompt_logprobs: true }),
    ...(request.topPromptLogprobs && { topk_prompt_logprobs: request.topPromptLogprobs }),
    ...(keepsCaches && dialogue !== undefined && { cache_key: dialogue }),
  };
}

/** The route of a saved state by its path, `tinker://RUN/weights/NAME` or `tinker://RUN/sampler_weights/NAME`. */
export function savedRoute(path: string): string {
  const [, run, kind, name] = /^tinker:\/\/([^/]+)\/(weights|sampler_weights)\/([^/]+)$/.exec(path) ?? [];
  if (name === undefined) throw new WorkerError("bad-input", `${path} is not the path of a saved state`);
  return `training_runs/${run}/checkpoints/${kind}/${name}`;
}
