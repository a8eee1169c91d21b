/** The trainers' side of a worker: a client of its wire, the process that runs it here, tokenizers of its models. */
export { type HttpWorkerOptions, httpWorker } from "./client/http-worker.ts";
export { ClientLimits } from "./client/limits.ts";
export { WorkerError, type WorkerErrorCode } from "./errors.ts";
export { findPython } from "./process/environment.ts";
export { type OwnedWorker, type OwnedWorkerOptions, startWorker } from "./process/owned-worker.ts";
export { runWorkerCommand } from "./process/run.ts";
export { type Environment, type SetupOptions, setUpEnvironment } from "./process/setup.ts";
export { RunError, type RunErrorCode } from "./runs/errors.ts";
export { MetricsRow, readMetrics } from "./runs/metrics.ts";
export { type ChatMessage, type ChatOptions, loadTokenizer, type Tokenizer } from "./tokens/tokenizer.ts";
export type {
  AdamParams,
  CallOptions,
  Capabilities,
  Datum,
  LoraOptions,
  LossBatch,
  LossOutput,
  ModelId,
  ModelOptions,
  SampledSequence,
  SampleOutput,
  SampleRequest,
  Sampler,
  SamplerId,
  SamplerSource,
  Saved,
  SavedModel,
  SaveOptions,
  StatePath,
  StepOutput,
  Tensor,
  Worker,
} from "./types.ts";
