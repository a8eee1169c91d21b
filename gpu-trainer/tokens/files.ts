/** The files of a model's directory that say how it reads and writes text. Read from the disk alone. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { reasonOf, WorkerError } from "../errors.ts";

const AddedToken = z.object({ id: z.int().min(0), content: z.string(), special: z.boolean().default(false) });

/** Only what is looked at here; the rest goes to the library as it stands. */
const TokenizerFile = z.looseObject({
  added_tokens: z.array(z.looseObject(AddedToken.shape)).default([]),
  model: z.looseObject({ type: z.string().optional() }),
  pre_tokenizer: z.unknown(),
});
export type TokenizerFile = z.output<typeof TokenizerFile>;

const SpecialToken = z.union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)]);
const NamedTemplates = z.array(z.object({ name: z.string(), template: z.string() }));
const SPECIAL_NAMES = [
  "bos_token",
  "eos_token",
  "unk_token",
  "sep_token",
  "pad_token",
  "cls_token",
  "mask_token",
] as const;

const ConfigFile = z.looseObject({
  chat_template: z.union([z.string(), NamedTemplates]).nullish(),
  clean_up_tokenization_spaces: z.boolean().nullish(),
  ...Object.fromEntries(SPECIAL_NAMES.map((name) => [name, SpecialToken.nullish()])),
});
type ConfigFile = z.output<typeof ConfigFile>;

export interface TokenizerFiles {
  readonly tokenizer: TokenizerFile;
  readonly config: ConfigFile;
  /** Special tokens by the names that templates know them by. */
  readonly special: Readonly<Record<string, string>>;
  readonly template: string | undefined;
}

export async function readTokenizerFiles(directory: string): Promise<TokenizerFiles> {
  const file = (name: string): string => join(directory, name);
  const tokenizer = await readJson(file("tokenizer.json"), TokenizerFile);
  if (!tokenizer) {
    throw new WorkerError("bad-tokenizer", `${directory} has no tokenizer.json; save the model's fast tokenizer there`);
  }
  requireSupported(tokenizer.pre_tokenizer, file("tokenizer.json"));
  const config = (await readJson(file("tokenizer_config.json"), ConfigFile)) ?? ConfigFile.parse({});
  const special = Object.fromEntries(
    SPECIAL_NAMES.flatMap((name) => (typeof config[name] === "string" ? [[name, config[name]]] : [])),
  );
  const { chat_template: inConfig } = config;
  const template =
    (await readText(file("chat_template.jinja"))) ??
    (Array.isArray(inConfig) ? inConfig.find(({ name }) => name === "default")?.template : inConfig) ??
    undefined;
  return { tokenizer, config, special, template };
}

/** Splitting that the library does otherwise than Python would give other ids without a word. */
function requireSupported(part: unknown, file: string): void {
  if (typeof part !== "object" || part === null) return;
  const { type, behavior, invert, pretokenizers } = part as Record<string, unknown>;
  if (Array.isArray(pretokenizers)) for (const each of pretokenizers) requireSupported(each, file);
  const isKnown = invert === true || ["removed", "isolated"].includes(String(behavior).toLowerCase());
  if (type === "Split" && !isKnown) {
    throw new WorkerError("bad-tokenizer", `${file}: splits with behaviour ${behavior}, which is not supported here`);
  }
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    throw new Error(z.prettifyError(parsed.error));
  } catch (error) {
    throw new WorkerError("bad-tokenizer", reasonOf(error), { fault: "input", place: { file: path }, cause: error });
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new WorkerError("bad-tokenizer", reasonOf(error), { fault: "input", place: { file: path }, cause: error });
  }
}
