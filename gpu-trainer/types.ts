/**
 * What a trainer and a worker speak of, apart from any wire. A *worker* holds weights. A *model* is one set of them in
 * training, a *sampler* a snapshot that samples: later steps do not leak into it. A *datum* is one sequence cut for
 * training: inputs and, position by position, the targets that they predict. Token ids go and come as they are.
 */

/** Names of models, samplers and saved states are the worker's own words; a saved state has a path. */
export type ModelId = string;
export type SamplerId = string;
export type StatePath = string;

/** Numbers in row order. A list without a shape has one dimension. */
export interface Tensor {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/**
 * `tokens`: N input ids. `inputs`: what the loss needs, N (or N × K) numbers each, so that position i scores target i
 * given the inputs 0…i; `target_tokens` holds ids, everything else real numbers.
 */
export interface Datum {
  readonly tokens: ArrayLike<number>;
  readonly inputs: Readonly<Record<string, ArrayLike<number> | Tensor>>;
}

/** Data under a loss that the worker knows by name, with the loss's own options. Sums over tokens, never means. */
export interface LossBatch {
  readonly data: readonly Datum[];
  readonly loss: string;
  readonly config?: Readonly<Record<string, number>> | undefined;
}

/** One list of log-probs a datum, in order, in the shape of its `target_tokens`; metrics as the worker names them. */
export interface LossOutput {
  readonly logprobs: readonly (readonly number[])[];
  readonly metrics: Readonly<Record<string, number>>;
}

/** AdamW as PyTorch has it; given whole at every step. Each has the wire's default. */
export interface AdamParams {
  /** Default 1e-4. */
  readonly learningRate?: number | undefined;
  /** Defaults 0.9, 0.95. */
  readonly beta1?: number | undefined;
  readonly beta2?: number | undefined;
  /** Default 1e-12. */
  readonly eps?: number | undefined;
  /** Decoupled. Default 0. */
  readonly weightDecay?: number | undefined;
  /** Global norm that the gradient is clipped to; 0 clips nothing. Default 0. */
  readonly gradClipNorm?: number | undefined;
}

/** `version`: steps taken so far, where the worker tells it. */
export interface StepOutput {
  readonly metrics: Readonly<Record<string, number>>;
  readonly version?: number | undefined;
}

export interface LoraOptions {
  /** 1 or more; some workers take powers of 2 only. */
  readonly rank: number;
  readonly seed?: number | undefined;
  /** Default true, all three. */
  readonly trainMlp?: boolean | undefined;
  readonly trainAttention?: boolean | undefined;
  readonly trainUnembedding?: boolean | undefined;
}

/** Without `lora` every weight is trained, where the worker offers that. */
export interface ModelOptions {
  readonly baseModel: string;
  readonly lora?: LoraOptions | undefined;
  readonly metadata?: Readonly<Record<string, string | number | boolean>> | undefined;
}

export interface SaveOptions {
  /** Letters, digits, `-`, `_`, `.` */
  readonly name: string;
  /** Replace what was saved under the name. Default false. */
  readonly overwrite?: boolean | undefined;
  /** Seconds after which the worker may delete it. Default never. */
  readonly ttlSeconds?: number | undefined;
}

export interface Saved {
  readonly path: StatePath;
  readonly version?: number | undefined;
}

/** What a saved state was made from: enough to make a model that it can be loaded into. */
export interface SavedModel {
  readonly baseModel: string;
  readonly lora?: LoraOptions | undefined;
}

/** Whose weights a sampler has: a model's as they are now, saved ones, or a base model's. */
export type SamplerSource = { readonly model: ModelId } | { readonly path: StatePath } | { readonly baseModel: string };

export interface Sampler {
  readonly id: SamplerId;
  /** Of the weights, where the source is a model and the worker tells it. */
  readonly version?: number | undefined;
}

export interface SampleRequest {
  readonly prompt: ArrayLike<number>;
  /** 1 or more. */
  readonly maxTokens: number;
  /** Sequences to sample. Default 1. */
  readonly count?: number | undefined;
  /** 0 is greedy. Default 1. */
  readonly temperature?: number | undefined;
  /** -1 cuts nothing (default). */
  readonly topK?: number | undefined;
  /** 1 cuts nothing (default). */
  readonly topP?: number | undefined;
  /** Sequence i of the request is fixed by it and i. */
  readonly seed?: number | undefined;
  /** Token ids, or texts; a token that stopped a sequence stays its last. */
  readonly stop?: readonly number[] | readonly string[] | undefined;
  readonly promptLogprobs?: boolean | undefined;
  /** The most probable tokens at each place of the prompt. Default 0, none. */
  readonly topPromptLogprobs?: number | undefined;
  /** Names the dialogue whose cache the worker keeps for its next turn, where it keeps any. */
  readonly dialogue?: string | undefined;
}

export interface SampledSequence {
  readonly tokens: readonly number[];
  /** Of each token, under the distribution at the request's temperature before top-k and top-p. */
  readonly logprobs: readonly number[];
  readonly stopReason: "stop" | "length";
}

export interface SampleOutput {
  readonly sequences: readonly SampledSequence[];
  /** The first is null: nothing predicts the first token. */
  readonly promptLogprobs?: readonly (number | null)[] | undefined;
  readonly topPromptLogprobs?: readonly (readonly (readonly [number, number])[] | null)[] | undefined;
  /** Of the weights, where the worker tells it. */
  readonly version?: number | undefined;
  /** Prompt tokens whose cache was kept from before. */
  readonly reusedTokens?: number | undefined;
}

export interface Capabilities {
  readonly models: readonly {
    readonly name: string;
    readonly contextLength?: number | undefined;
    readonly vocabularySize?: number | undefined;
  }[];
  /** Losses by name, where the worker lists them. */
  readonly losses?: readonly string[] | undefined;
  /** What it does beyond the common wire. */
  readonly extensions: readonly string[];
}

/** Of one call. An aborted call is not undone: what the worker has accepted takes effect. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * A worker to a trainer. Operations of one model take effect in the order of the calls, and none need be awaited before
 * the next: `forwardBackward`, `optimStep`, `forwardBackward` … may all be under way.
 */
export interface Worker {
  capabilities(options?: CallOptions): Promise<Capabilities>;
  createModel(model: ModelOptions, options?: CallOptions): Promise<ModelId>;
  unload(model: ModelId, options?: CallOptions): Promise<void>;
  /** Log-probs under the current weights; no gradient. */
  forward(model: ModelId, batch: LossBatch, options?: CallOptions): Promise<LossOutput>;
  /** The same, and the gradient of the summed loss is added to the model's. */
  forwardBackward(model: ModelId, batch: LossBatch, options?: CallOptions): Promise<LossOutput>;
  /** Applies the gradient that has added up, and clears it. */
  optimStep(model: ModelId, params?: AdamParams, options?: CallOptions): Promise<StepOutput>;
  /** Weights and the optimizer's state, to go on from. */
  saveState(model: ModelId, save: SaveOptions, options?: CallOptions): Promise<Saved>;
  /** `optimizer` false: the weights alone, with a fresh optimizer. Some workers load as a model's first operation only. */
  loadState(
    model: ModelId,
    state: { readonly path: StatePath; readonly optimizer: boolean },
    options?: CallOptions,
  ): Promise<void>;
  /** Deletes a saved state, or weights for sampling; samplers that are open keep theirs. */
  deleteSaved(path: StatePath, options?: CallOptions): Promise<void>;
  describeState(path: StatePath, options?: CallOptions): Promise<SavedModel>;
  /** Weights alone, under a path that `openSampler` takes. */
  saveWeightsForSampler(model: ModelId, save: Omit<SaveOptions, "overwrite">, options?: CallOptions): Promise<Saved>;
  openSampler(source: SamplerSource, options?: CallOptions): Promise<Sampler>;
  sample(sampler: SamplerId, request: SampleRequest, options?: CallOptions): Promise<SampleOutput>;
  /** Many prompts at once, in as few calls as the worker allows; outputs in the order of the requests. */
  sampleBatch(
    sampler: SamplerId,
    requests: readonly SampleRequest[],
    options?: CallOptions,
  ): Promise<readonly SampleOutput[]>;
  /** Ends the session's heartbeat; calls under way fail with `worker-closed`. */
  close(): Promise<void>;
}
