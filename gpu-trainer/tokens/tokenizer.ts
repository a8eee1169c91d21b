/**
 * Text to token ids and back, as the model's own tokenizer does it, and chats through the model's own template. What a
 * person or a model wrote is text: a control token spelled out in a message is encoded by its characters, so that
 * nobody can end a turn or begin another's by typing.
 */
import { Template } from "@huggingface/jinja";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { reasonOf, WorkerError } from "../errors.ts";
import { readTokenizerFiles, type TokenizerFiles } from "./files.ts";

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

export interface ChatOptions {
  /** End where the assistant's answer begins. Default true. */
  readonly addGenerationPrompt?: boolean | undefined;
  /** Further variables that the template asks for. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

export interface Tokenizer {
  /** Ids that have a token. */
  readonly size: number;
  /** The token that ends a text or a turn. */
  readonly endToken: number | undefined;
  idOf(token: string): number | undefined;
  /** Control tokens count as such; none is added. */
  encode(text: string): number[];
  /** As `encode`, but control tokens count as any other characters. */
  encodeText(text: string): number[];
  /** Special tokens are left out unless they are to be kept. */
  decode(ids: ArrayLike<number>, options?: { readonly keepSpecial?: boolean }): string;
  /** The ids of a chat; `bad-tokenizer` where the model has no template. */
  encodeChat(messages: readonly ChatMessage[], options?: ChatOptions): number[];
}

/** The tokenizer of a Hugging Face directory: `tokenizer.json`, `tokenizer_config.json`, `chat_template.jinja`. */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  const files = await readTokenizerFiles(directory);
  const { tokenizer, config, special, template } = files;
  const controls = controlTokens(files);
  const [whole, plain] = build(directory, () => [
    new HuggingFaceTokenizer(tokenizer, config),
    new HuggingFaceTokenizer(withoutControls(tokenizer, controls), config),
  ]);
  const chat = template === undefined ? undefined : build(directory, () => new Template(template));
  const guardable = anyOf([...controls, OPEN, CLOSE]);
  const control = anyOf(controls);
  // What stands for unknown characters is no control.
  const controlIds = new Set(
    controls.filter((token) => token !== special.unk_token).map((token) => whole.token_to_id(token)),
  );
  const cleanUp = config.clean_up_tokenization_spaces ?? false;
  const endToken = special.eos_token === undefined ? undefined : whole.token_to_id(special.eos_token);

  const ids = (by: HuggingFaceTokenizer, text: string): number[] => {
    if (text === "") return [];
    const found: (number | undefined)[] = by.encode(text, { add_special_tokens: false }).ids;
    if (!found.includes(undefined)) return found as number[];
    throw new WorkerError("bad-tokenizer", `${directory}: no token for some characters of ${JSON.stringify(text)}`);
  };
  const encodeText = (text: string): number[] => {
    const found = ids(plain, text);
    if (!found.some((id) => controlIds.has(id))) return found;
    throw new WorkerError("bad-tokenizer", `${directory}: control tokens cannot be told from text here`);
  };

  return {
    size: whole.get_vocab().size,
    endToken,
    idOf: (token) => whole.token_to_id(token),
    encode: (text) => ids(whole, text),
    encodeText,
    decode(list, { keepSpecial = false } = {}) {
      if (list.length === 0) return "";
      const options = { skip_special_tokens: !keepSpecial, clean_up_tokenization_spaces: cleanUp };
      return whole.decode(Array.from(list), options);
    },
    encodeChat(messages, { addGenerationPrompt = true, variables = {} } = {}) {
      if (!chat) throw new WorkerError("bad-tokenizer", `${directory} has no chat template; encode the text yourself`);
      // Spelled-out control tokens travel through the template as private characters and are text again behind it.
      const spelled: string[] = [];
      const guard = (token: string): string => `${OPEN}${spelled.push(token) - 1}${CLOSE}`;
      const guarded = messages.map(({ role, content }) => ({ role, content: content.replace(guardable, guard) }));
      const rendered = render(directory, chat, {
        ...special,
        ...variables,
        messages: guarded,
        add_generation_prompt: addGenerationPrompt,
      });
      if (spelled.length === 0) return ids(whole, rendered);
      return rendered.split(control).flatMap((part, index) => {
        if (index % 2 === 1) return [whole.token_to_id(part)!];
        return encodeText(part.replace(GUARD, (_, number: string) => spelled[Number(number)]!));
      });
    },
  };
}

const OPEN = "\uf8fe";
const CLOSE = "\uf8ff";
const GUARD = new RegExp(`${OPEN}(\\d+)${CLOSE}`, "g");

/** What a model tells turns apart by: special tokens, and added ones that its template writes. */
function controlTokens({ tokenizer, template = "" }: TokenizerFiles): string[] {
  return tokenizer.added_tokens
    .filter(({ special, content }) => content !== "" && (special || template.includes(content)))
    .map(({ content }) => content)
    .sort((one, other) => other.length - one.length);
}

function withoutControls(tokenizer: TokenizerFiles["tokenizer"], controls: readonly string[]) {
  const added_tokens = tokenizer.added_tokens.filter(({ content }) => !controls.includes(content));
  return { ...tokenizer, added_tokens };
}

function build<T>(directory: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    const message = `${directory}: the tokenizer cannot be read: ${reasonOf(error)}`;
    throw new WorkerError("bad-tokenizer", message, { cause: error });
  }
}

function render(directory: string, template: Template, variables: Record<string, unknown>): string {
  try {
    return template.render(variables);
  } catch (error) {
    const message = `${directory}: the chat template refuses these messages: ${reasonOf(error)}`;
    throw new WorkerError("bad-input", message, { cause: error });
  }
}

/** Any of the texts, captured; nothing where there is none. */
function anyOf(texts: readonly string[]): RegExp {
  const escaped = texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(texts.length > 0 ? `(${escaped.join("|")})` : "(?!)", "g");
}
