/** Trainers: tasks, rollouts, objectives, runs, approval; and the worker's client, its process, tokenizers of its models. */
export { type ApprovedBatch, advantagesOf, applyDecision, CORRECTION, checkVerdict } from "./approval/apply.ts";
export {
  type ApprovalGate,
  approvalGate,
  approveBatch,
  type BatchToApprove,
  type GateOptions,
} from "./approval/approve.ts";
export { type AutomaticOptions, automaticApprover, mailboxApprover } from "./approval/approvers.ts";
export { ApprovalError, type ApprovalErrorCode } from "./approval/errors.ts";
export { readReviewEvents } from "./approval/event-file.ts";
export { ReviewEvent, StoredReviewEvent, verifyReviewEvents } from "./approval/events.ts";
export { type BatchToHold, holdBatch } from "./approval/hold.ts";
export {
  type Mailbox,
  type MailboxOptions,
  openMailbox,
  referenceTo,
  reviewEventsFile,
} from "./approval/mailbox.ts";
export { type Oddities, OddityHistory, OddityRules, oddities } from "./approval/rules.ts";
export {
  type Approver,
  BatchReference,
  type CorrectedReward,
  Decision,
  HeldBatch,
  type HeldGroup,
  type HeldTrajectory,
  PendingBatch,
  type Reason,
  Verdict,
} from "./approval/types.ts";
export { type HttpWorkerOptions, httpWorker } from "./client/http-worker.ts";
export { ClientLimits } from "./client/limits.ts";
export { type TextOptions, textConsultation } from "./dialogues/text.ts";
export { WorkerError, type WorkerErrorCode } from "./errors.ts";
export {
  type GroupAdvantages,
  hasContrast,
  type LogProbs,
  makeObjective,
  OBJECTIVES,
  type Objective,
  type ObjectiveDefinition,
  ObjectiveError,
  type ObjectiveErrorCode,
  type ObjectiveName,
  type ObjectiveRegistry,
  type PolicyLogProbs,
  type ScoredGroup,
  type ScoredTrajectory,
  type TokenWeights,
} from "./objectives/index.ts";
export { type PolicyDiagnostician, policyDiagnostician } from "./policies/diagnostician.ts";
export { PolicyError, type PolicyErrorCode } from "./policies/errors.ts";
export { type OpenPolicyOptions, openPolicy, type Policy, type PolicyLanguage } from "./policies/open.ts";
export {
  PolicyFile,
  PolicyTask,
  readPolicy,
  type StoredPolicy,
  writePolicy,
} from "./policies/policy-file.ts";
export { type Exchange, knownIn, type Said, type Situation, situationOf } from "./policies/situation.ts";
export type { Parsing, PlayOptions, Waste } from "./policies/types.ts";
export { findPython } from "./process/environment.ts";
export { type OwnedWorker, type OwnedWorkerOptions, startWorker } from "./process/owned-worker.ts";
export { runWorkerCommand } from "./process/run.ts";
export { type Environment, type SetupOptions, setUpEnvironment } from "./process/setup.ts";
export { type Baseline, type BaselineOptions, baselines } from "./runs/baselines.ts";
export { openCases, type RunCases } from "./runs/cases.ts";
export { parseConfig, RunConfig, readConfig } from "./runs/config.ts";
export { RunError, type RunErrorCode } from "./runs/errors.ts";
export type { RunEvent } from "./runs/events.ts";
export { MetricsRow, readMetrics } from "./runs/metrics.ts";
export type { Ending, StepsOptions } from "./runs/steps.ts";
export { configOf, type TrainOptions, train } from "./runs/train.ts";
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
