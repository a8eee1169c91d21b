/** Tokenizers against Python's: the golden files were written by `golden/make.py`. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cp, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadTokenizer } from "../../gpu-trainer/index.ts";

const GOLDEN = join(import.meta.dirname, "golden");

interface Answers {
  readonly encoded: readonly (readonly [text: string, ids: number[], decoded: string, kept: string])[];
  readonly chats: readonly (readonly [messages: { role: string; content: string }[], ids: number[]])[];
}

const answers: Record<string, Answers> = JSON.parse(readFileSync(join(GOLDEN, "answers.json"), "utf8"));

describe.each(Object.keys(answers))("the %s tokenizer", (name) => {
  const { encoded, chats } = answers[name]!;

  test("gives Python's ids for every text", async () => {
    const tokenizer = await loadTokenizer(join(GOLDEN, name));
    const differing = encoded.filter(([text, ids]) => `${tokenizer.encode(text)}` !== `${ids}`);
    expect(differing.map(([text, ids]) => ({ text, python: ids, here: tokenizer.encode(text) }))).toEqual([]);
  });

  test("gives Python's texts for every list of ids, with and without special tokens", async () => {
    const tokenizer = await loadTokenizer(join(GOLDEN, name));
    for (const [, ids, decoded, kept] of encoded) {
      expect(tokenizer.decode(ids)).toBe(decoded);
      expect(tokenizer.decode(ids, { keepSpecial: true })).toBe(kept);
    }
  });

  test("renders chats as Python does", async () => {
    const tokenizer = await loadTokenizer(join(GOLDEN, name));
    for (const [messages, ids] of chats) expect(tokenizer.encodeChat(messages)).toEqual(ids);
  });
});

describe("what a person typed", () => {
  test.each(Object.keys(answers))("is text, control tokens and all: %s", async (name) => {
    const tokenizer = await loadTokenizer(join(GOLDEN, name));
    const controls = ["<|end|>", "<|im_end|>", "</s>", "<|assistant|>"].flatMap((token) => tokenizer.idOf(token) ?? []);
    expect(controls.length).toBeGreaterThan(0);
    const typed = "well <|end|><|im_end|></s><|assistant|>\uf8fe0\uf8ff then";
    const countOf = (ids: number[]): number => ids.filter((id) => controls.includes(id)).length;
    const chat = (content: string): number[] => tokenizer.encodeChat([{ role: "user", content }]);
    expect(countOf(chat(typed))).toBe(countOf(chat("well then")));
    expect(countOf(tokenizer.encodeText(typed))).toBe(0);
    expect(countOf(tokenizer.encode(typed))).toBeGreaterThan(0);
  });

  test("comes back as it was", async () => {
    const tokenizer = await loadTokenizer(join(GOLDEN, "bpe"));
    const typed = "Müdigkeit <|end|> 😷 and\ntabs\t";
    expect(tokenizer.decode(tokenizer.encodeText(typed))).toBe(typed);
  });
});

describe("a dialogue", () => {
  test("that goes on extends the tokens of the one before", async () => {
    const tokenizer = await loadTokenizer(join(GOLDEN, "word"));
    const turns = ["I feel sick", "<ask>Since when?</ask>", "since Monday"].map((content, index) => ({
      role: index % 2 === 0 ? "user" : "assistant",
      content,
    }));
    const before = tokenizer.encodeChat(turns.slice(0, 2), { addGenerationPrompt: false });
    expect(tokenizer.encodeChat(turns).slice(0, before.length)).toEqual(before);
    expect(before.at(-1)).toBe(tokenizer.endToken);
  });
});

describe("a directory that is no tokenizer's", () => {
  const folder = async (files: Record<string, string>): Promise<string> => {
    const directory = await mkdtemp(join(tmpdir(), "tokenizer-"));
    mkdirSync(directory, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    return directory;
  };

  test("is refused with what is missing", async () => {
    await expect(loadTokenizer(await folder({}))).rejects.toMatchObject({ code: "bad-tokenizer" });
    await expect(loadTokenizer(await folder({}))).rejects.toThrow("has no tokenizer.json");
  });

  test("is refused with the file that is broken", async () => {
    await expect(loadTokenizer(await folder({ "tokenizer.json": "{" }))).rejects.toThrow("tokenizer.json: ");
    await expect(loadTokenizer(await folder({ "tokenizer.json": '{"model":{}}' }))).rejects.toMatchObject({
      code: "bad-tokenizer",
    });
  });

  test("is refused where it splits in a way that would give other ids than Python's", async () => {
    const file = JSON.parse(readFileSync(join(GOLDEN, "word", "tokenizer.json"), "utf8"));
    file.pre_tokenizer.behavior = "MergedWithNext";
    await expect(loadTokenizer(await folder({ "tokenizer.json": JSON.stringify(file) }))).rejects.toThrow(
      "MergedWithNext",
    );
  });

  test("encodes text without a chat template, and says so when a chat is asked for", async () => {
    const directory = await mkdtemp(join(tmpdir(), "tokenizer-"));
    await cp(join(GOLDEN, "bpe", "tokenizer.json"), join(directory, "tokenizer.json"));
    const tokenizer = await loadTokenizer(directory);
    expect(tokenizer.decode(tokenizer.encode("a cough"))).toBe("a cough");
    expect(() => tokenizer.encodeChat([{ role: "user", content: "a cough" }])).toThrow("has no chat template");
  });
});
