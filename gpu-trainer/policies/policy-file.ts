/**
 * A trained policy on disk: `policy.json` in a run's directory says which weights of which base model speak which
 * language, and `knowledge.json` beside it holds the knowledge base that the language is about. Weights lie where the
 * worker saved them.
 */
import { readFile } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { KnowledgeBase } from "../../src/index.ts";
import { TextOptions } from "../dialogues/text.ts";
import { writeWhole } from "../runs/directory.ts";
import { PolicyError } from "./errors.ts";

export const POLICY_FILE = "policy.json";

/** What the policy was trained to do: the environment's rules, and how its turns are cut where it writes words. */
export const PolicyTask = TextOptions.extend({ kind: z.literal("consultation").default("consultation") });

const path = z.string().min(1);

export const PolicyFile = z.strictObject({
  format: z.literal(1).default(1),
  /** The run's name. */
  run: z.string().min(1).max(200),
  /** One token an act and an answer, or words in the text protocol. */
  language: z.enum(["symbols", "text"]),
  /** The base model's directory, with its tokenizer; relative to the policy's own directory, or absolute. */
  model: path,
  /** Where the worker saved its states; relative or absolute. */
  state: path,
  /** The weights among these states. */
  weights: z
    .string()
    .regex(/^tinker:\/\/[^/\s]+\/sampler_weights\/[^/\s]+$/, "write tinker://RUN/sampler_weights/NAME"),
  /** Steps of the run behind the weights. */
  step: z.int().min(0),
  /** Optimizer steps behind the weights, where they are to be held against what the worker says. */
  version: z.int().min(0).optional(),
  task: PolicyTask.prefault({}),
  /** A knowledge base as JSON, relative or absolute. */
  knowledge: path.default("knowledge.json"),
});
export type PolicyFile = z.output<typeof PolicyFile>;

/** A policy as it was read, with absolute paths. */
export interface StoredPolicy extends PolicyFile {
  readonly directory: string;
  readonly base: KnowledgeBase;
}

/** Writes both files, the policy last: where it stands, the knowledge base it names does. Throws `bad-policy`. */
export async function writePolicy(
  directory: string,
  policy: z.input<typeof PolicyFile>,
  base: KnowledgeBase,
): Promise<void> {
  const parsed = PolicyFile.safeParse(policy);
  if (!parsed.success) throw new PolicyError("bad-policy", z.prettifyError(parsed.error), { fault: "work" });
  await writeWhole(within(directory, parsed.data.knowledge), `${JSON.stringify(base)}\n`);
  await writeWhole(join(directory, POLICY_FILE), `${JSON.stringify(parsed.data, null, 2)}\n`);
}

/** Throws `PolicyError`: `no-policy`, `bad-policy`. */
export async function readPolicy(directory: string): Promise<StoredPolicy> {
  const policy = await read(join(directory, POLICY_FILE), PolicyFile, "no-policy");
  const base = await read(within(directory, policy.knowledge), KnowledgeBase, "bad-policy");
  return {
    ...policy,
    directory: resolve(directory),
    model: within(directory, policy.model),
    state: within(directory, policy.state),
    knowledge: within(directory, policy.knowledge),
    base,
  };
}

const within = (directory: string, named: string): string => (isAbsolute(named) ? named : resolve(directory, named));

const AGAIN = "copy the run's directory whole, or resume its training, which writes it again";

async function read<T>(file: string, schema: z.ZodType<T>, missing: "no-policy" | "bad-policy"): Promise<T> {
  const place = { file };
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const advice = missing === "no-policy" ? "give the directory of a training run that has saved a checkpoint" : AGAIN;
    const what = ["ENOENT", "ENOTDIR"].includes(cause.code ?? "")
      ? "there is no such file"
      : `it cannot be read (${cause.code})`;
    throw new PolicyError(missing, `${what}; ${advice}`, { place, cause });
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PolicyError("bad-policy", `the file is no JSON; ${AGAIN}`, { place, cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const format = (value as { format?: unknown } | null)?.format;
  if (missing === "no-policy" && format !== undefined && format !== 1) {
    throw new PolicyError("bad-policy", `format ${format} is not known here; use the version that wrote it`, { place });
  }
  throw new PolicyError("bad-policy", `${z.prettifyError(parsed.error)}\n${AGAIN}`, { place });
}
