/** The base model of a run, the worker that holds it, and the language that its tokenizer speaks. */
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { KnowledgeBase } from "../../src/index.ts";
import { httpWorker } from "../client/http-worker.ts";
import { knowledgeCatalogue } from "../curriculum/catalogue.ts";
import type { ConfusionState } from "../curriculum/confusions.ts";
import { lookAlikes } from "../curriculum/look-alikes.ts";
import { knowledgeSimilarity } from "../curriculum/similarity.ts";
import { symbolicChoice, symbolicList, symbolicMultipleChoice } from "../curriculum/symbolic-questions.ts";
import { textQuestions } from "../curriculum/text-questions.ts";
import { symbolicConsultation } from "../dialogues/consultation.ts";
import { symbolsOf, symbolWords } from "../dialogues/symbols.ts";
import { textConsultation } from "../dialogues/text.ts";
import type { Task } from "../dialogues/types.ts";
import { WorkerError } from "../errors.ts";
import { startWorker } from "../process/owned-worker.ts";
import { runWorkerCommand } from "../process/run.ts";
import { loadTokenizer } from "../tokens/tokenizer.ts";
import type { ModelId, Worker } from "../types.ts";
import type { RunConfig, TaskConfig } from "./config.ts";
import type { RunPaths } from "./directory.ts";
import { RunError } from "./errors.ts";

export interface RunModel {
  readonly language: "symbols" | "text";
  /** The Hugging Face directory. */
  readonly directory: string;
  /** Tokens that the model reads at most. */
  readonly contextLength: number;
  /** `confused`: what the policy took for what, for questions whose options look alike to it. */
  task(task: TaskConfig, confused?: ConfusionState): Task;
}

/** Tokens of the context of a model that a run makes: its longest dialogue, and questions that show a whole case. */
const contextOf = ({ episode }: RunConfig, { findings, conditions }: KnowledgeBase): number =>
  2 **
  Math.ceil(
    Math.log2(
      16 + Math.max(6 * (episode.budget + episode.formatFailures + 2), 3 * findings.length + conditions.length),
    ),
  );

/** The run's model, made where it is to be made and is not there yet. */
export async function openModel(config: RunConfig, base: KnowledgeBase, paths: RunPaths): Promise<RunModel> {
  const { budget, formatFailures, reward } = config.episode;
  const rules = { budget, formatFailures, reward, persona: config.cases.persona };
  const similarity = knowledgeSimilarity(base);
  if ("directory" in config.model) {
    const { directory, contextLength, turnTokens } = config.model;
    const tokenizer = await loadTokenizer(directory);
    const consultation = textConsultation(base, tokenizer, { ...rules, turnTokens, maxTokens: contextLength });
    return {
      language: "text",
      directory,
      contextLength,
      task(task, confused) {
        if (task.kind === "consultation") return consultation;
        const { kind, ...shown } = task;
        const limits = { turnTokens, maxTokens: contextLength, formatFailures };
        const asked = { ...shown, ...limits, kind: TEXT_KINDS[kind] };
        return textQuestions(knowledgeCatalogue(base), tokenizer, asked, lookAlikes(similarity, {}, confused));
      },
    };
  }
  const directory = "symbols" in config.model ? config.model.symbols : paths.model;
  if (!existsSync(join(directory, "config.json"))) await makeModel(config, base, directory);
  const symbols = symbolsOf(base, await loadTokenizer(directory));
  return {
    language: "symbols",
    directory,
    contextLength: contextOf(config, base),
    task: (task, confused) => {
      if (task.kind === "consultation") return symbolicConsultation(base, symbols, rules);
      const { kind, ...shown } = task;
      const options = { ...shown, formatFailures, lookAlikes: lookAlikes(similarity, {}, confused) };
      if (kind === "choice") return symbolicChoice(base, symbols, options);
      if (kind === "multiple-choice") return symbolicMultipleChoice(base, symbols, options);
      return symbolicList(base, symbols, options);
    },
  };
}

/** What questions are called where they are asked in text. */
const TEXT_KINDS = { choice: "single", "multiple-choice": "multiple", list: "list" } as const;

/** Beside its place, then put there: who is killed in between leaves no half of a model. */
async function makeModel(config: RunConfig, base: KnowledgeBase, directory: string): Promise<void> {
  const { model, seed } = config;
  if (!("make" in model)) throw new RunError("bad-config", `there is no model in ${directory}`);
  const numbers = { ...model.make, context: contextOf(config, base), seed };
  const args = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const input = [symbolWords(base).join(" ")];
  const part = `${directory}.part`;
  await rm(part, { recursive: true, force: true });
  const code = await runWorkerCommand(["make-model", part, "--kind", "symbols", ...args], { input, quiet: true });
  if (code === 0) await rename(part, directory);
  else throw new WorkerError("worker-start", `the model could not be made in ${directory} (exit code ${code})`);
}

export interface RunWorker {
  readonly worker: Worker;
  createModel(): Promise<ModelId>;
  /** Whether it saves states into the run's own directory. */
  readonly isOwn: boolean;
  close(): Promise<void>;
}

/** `given`: a worker of the caller's, which serves the model under its directory's name and is not closed here. */
export async function openWorker(
  config: RunConfig,
  model: RunModel,
  paths: RunPaths,
  given?: Worker,
): Promise<RunWorker> {
  const lora = "directory" in config.model && config.model.lora ? { lora: config.model.lora } : {};
  const own = basename(resolve(model.directory));
  const serving = (worker: Worker, baseModel: string, close?: () => Promise<void>): RunWorker => ({
    worker,
    isOwn: false,
    createModel: () => worker.createModel({ baseModel, ...lora }),
    close: close ?? (async () => {}),
  });
  if (given) return serving(given, own);
  if ("url" in config.worker) {
    const { url, baseModel, apiKeyVariable } = config.worker;
    const worker = httpWorker({ url, apiKey: apiKeyVariable ? process.env[apiKeyVariable] : undefined });
    return serving(worker, baseModel, () => worker.close());
  }
  const { device, threads } = config.worker;
  const serve = threads === null ? [] : ["--threads", String(threads)];
  const worker = await startWorker({ model: model.directory, stateDirectory: paths.state, device, serve });
  return { ...serving(worker, own, () => worker.close()), isOwn: true };
}
