/** A trained policy in use: its weights on a worker, its language, and the knowledge base that it speaks of. */
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { symbolicConsultation } from "../dialogues/consultation.ts";
import { type Symbols, symbolsOf } from "../dialogues/symbols.ts";
import { type TextLanguage, type TextOptions, textConsultation, textLanguage } from "../dialogues/text.ts";
import type { Task } from "../dialogues/types.ts";
import { reasonOf, WorkerError } from "../errors.ts";
import { startWorker } from "../process/owned-worker.ts";
import { type PolicySampler, policySampler } from "../rollouts/sampler.ts";
import { loadTokenizer, type Tokenizer } from "../tokens/tokenizer.ts";
import type { Worker } from "../types.ts";
import { PolicyError } from "./errors.ts";
import { joinedSampler } from "./joined-sampler.ts";
import { readPolicy, type StoredPolicy } from "./policy-file.ts";

export interface OpenPolicyOptions {
  /** A worker that holds the base model and the saved states; it is left open. Default: one is started, and stopped. */
  readonly worker?: Worker | undefined;
  /** Of the worker that is started. Default cpu. */
  readonly device?: "cpu" | "cuda" | undefined;
  readonly python?: string | undefined;
  /** The lines of its log. */
  readonly log?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How the policy speaks. */
export type PolicyLanguage =
  | { readonly type: "symbols"; readonly symbols: Symbols }
  | { readonly type: "text"; readonly text: TextLanguage };

export interface Policy extends Pick<StoredPolicy, "base" | "task" | "step" | "directory"> {
  /** The run's name and its step. */
  readonly name: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly language: PolicyLanguage;
  /** Tokens that the model reads at most. */
  readonly contextLength: number;
  /** Ids that the model gives probabilities to. */
  readonly vocabularySize: number;
  /** Joins what is asked of it at the same time. */
  readonly sampler: PolicySampler;
  /** What it was trained on, for rollouts; `changes` to the rules are the caller's. */
  consultations(changes?: TextOptions): Task;
  close(): Promise<void>;
}

/** Throws `PolicyError`, and `WorkerError` where no worker can be started. */
export async function openPolicy(directory: string, options: OpenPolicyOptions = {}): Promise<Policy> {
  const stored = await readPolicy(directory);
  await requireDirectory(stored.model, "no-model", "the base model");
  const tokenizer = await loadTokenizer(stored.model);
  const language = languageOf(stored, tokenizer);
  const { worker, close } = await workerFor(stored, options);
  try {
    const { contextLength, vocabularySize } = await modelOf(stored, worker, options.signal);
    const sampler = joinedSampler(await samplerOf(stored, worker, options.signal));
    const { base, task, step, run } = stored;
    const name = `${run}@${step}`;
    const knowledge = `${base.id}/${base.version}`;
    return {
      ...{ base, task, step, name, language, sampler, close },
      directory: stored.directory,
      versions: { agent: "policy/1", policy: name, weights: stored.weights, knowledge },
      contextLength: contextLength ?? Number.MAX_SAFE_INTEGER,
      vocabularySize: vocabularySize ?? tokenizer.size,
      consultations(changes = {}) {
        const { kind: _, ...rules } = task;
        const changed = { ...rules, ...changes };
        if (language.type === "text") return textConsultation(base, tokenizer, changed);
        const { turnTokens, maxTokens, listConditions, template, ...own } = changed;
        return symbolicConsultation(base, language.symbols, own);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function languageOf({ base, task: { kind, ...rules }, language }: StoredPolicy, tokenizer: Tokenizer): PolicyLanguage {
  if (language === "symbols") return { type: language, symbols: symbolsOf(base, tokenizer) };
  return { type: language, text: textLanguage(base, tokenizer, rules) };
}

async function workerFor(
  { model, state }: StoredPolicy,
  { worker, device, python, log }: OpenPolicyOptions,
): Promise<{ worker: Worker; close(): Promise<void> }> {
  if (worker) return { worker, close: async () => {} };
  await requireDirectory(state, "no-weights", "the worker's saved states");
  const own = await startWorker({ model, stateDirectory: state, device, python, log });
  return { worker: own, close: () => own.close() };
}

async function modelOf({ model }: StoredPolicy, worker: Worker, signal: AbortSignal | undefined) {
  const { models } = await worker.capabilities({ signal });
  return models.find(({ name }) => name === basename(model)) ?? models[0] ?? { name: "" };
}

/** Opens the weights once at the start, so that what is missing is missed here. */
async function samplerOf(
  stored: StoredPolicy,
  worker: Worker,
  signal: AbortSignal | undefined,
): Promise<PolicySampler> {
  const { weights: path, version, step } = stored;
  try {
    const opened = await worker.openSampler({ path }, { signal });
    return policySampler({ worker, path, version: version ?? opened.version ?? step });
  } catch (error) {
    if (!(error instanceof WorkerError) || !["worker-refused", "worker-failed"].includes(error.code)) throw error;
    const message = `the worker has no weights ${path} (${reasonOf(error)}); copy the run's directory whole, or resume its training`;
    throw new PolicyError("no-weights", message, { cause: error });
  }
}

async function requireDirectory(directory: string, code: "no-model" | "no-weights", what: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new PolicyError(code, `${what} should be in ${directory}, which is missing; copy the run's directory whole`);
}
