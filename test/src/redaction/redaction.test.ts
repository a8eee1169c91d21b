/** What redaction takes out, what it leaves, and what it promises of any text. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plantedSentences } from "../../../apps/records/measuring.ts";
import { STARTER_DIRECTORY } from "../../../simulators/index.ts";
import { REDACTED_KINDS, redact } from "../../../src/index.ts";
import { speech } from "../../fixtures/consultation-events.ts";
import { redacted, vocabulary } from "./starter-vocabulary.ts";

const sentences = plantedSentences(readFileSync(join(STARTER_DIRECTORY, "../redaction/development.txt"), "utf8"));

describe("what goes", () => {
  test.each([
    ["I'm Philippa, born 12 May 1938", "I'm [word], born [date]"],
    ["my name is rose baker and i cough", "my name is [name] and i cough"],
    ["Dr Payne said it is nothing", "Dr [name] said it is nothing"],
    ["my son will has a fever", "my son [name] has a fever"],
    ["hello, Grace here, my back hurts", "hello, [name] here, my back hurts"],
    ["thanks, Mark", "thanks, [name]"],
    ["it is spelt S-M-I-T-H", "it is spelt [name]"],
    ["call me on 0151 496 0123", "call me on [phone]"],
    ["zero seven seven double zero nine is it", "[phone] is it"],
    ["write to j.smith@example.org or john at example dot com", "write to [email] or [email]"],
    ["see https://example.org/me", "see [link]"],
    ["I live at 14 Elm Road", "I live at [address]"],
    ["i live in reading", "i live in [place]"],
    ["NHS number 943 476 5919", "NHS number [id]"],
    ["my mother is 93", "my mother is [age]"],
    ["appointment on Monday at 3pm", "appointment on Monday at [time]"],
  ])("%s", (text, expected) => {
    expect(redacted(text)).toBe(expected);
  });

  test("what nobody knows, whatever it is", () => {
    expect(redacted("the qwzx hurts, and so does 123456")).toBe("the [word] hurts, and so does [number]");
  });
});

describe("what stays", () => {
  test.each([
    "I have had a cough for 3 days, since Monday, and a fever of 39.5 degrees.",
    "blood pressure 120 over 80, later 130/85, pulse 95",
    "the pain is 7/10 and worse at 3am",
    "I took 500 mg of paracetamol 2 hours ago",
    "my husband will be home in half an hour, he may have it too",
    "I am 45 years old and my son is 8",
    "it may be my heart",
    "oxygen was 93 and my temperature 38.5 39 38.2",
    "I miss my mum; ms runs in the family",
    "vitamin D3 5mg, a 2nd dose after 24hrs",
  ])("%s", (text) => {
    expect(redacted(text)).toBe(text);
  });

  test("a misspelt word of the clinic becomes the word", () => {
    expect(redacted("a bad headdache")).toBe("a bad headache");
  });
});

describe("disguises", () => {
  test.each([
    ["an invisible character", "m\u200by n\u00adame is Jo\u2060y", "my name is [name]"],
    ["letters of another alphabet", "my n\u0430me is r\u043ese", "my name is [name]"],
    ["wide letters and digits", "ｍｙ ｎａｍｅ ｉｓ ｒｏｓｅ, ０７７００ ９００１２３", "my name is [name], [phone]"],
    ["digits of another script", "call ٠٧٧٠٠٩٠٠٤٥٦", "call [phone]"],
    ["small capitals", "my name is ʀᴏꜱᴇ", "my name is [name]"],
    ["letters for mathematics", "my name is 𝓡𝓸𝓼𝓮", "my name is [name]"],
    ["marks of direction", "my name is \u202erose\u202c", "my name is [name]"],
    ["combining marks", "my name is r\u0336o\u0336s\u0336e\u0336", "my name is [name]"],
  ])("%s does not help", (_, text, expected) => {
    expect(redacted(text)).toBe(expected);
  });

  /** Puts on a disguise that a reader sees through, letter by letter. */
  const disguises: readonly ((letter: string) => string)[] = [
    (letter) => letter,
    (letter) => `${letter}\u200b`,
    (letter) => `\u2066${letter}\u2069`,
    (letter) => (/[!-~]/.test(letter) ? String.fromCodePoint(letter.codePointAt(0)! + 0xfee0) : letter),
    (letter) => ({ a: "а", e: "е", o: "о", c: "с", p: "р", x: "х", i: "і" })[letter] ?? letter,
    (letter) => (/\d/.test(letter) ? String.fromCodePoint(0x966 + Number(letter)) : letter),
    (letter) => (/\p{L}/u.test(letter) ? `${letter}\u0301` : letter),
  ];

  test("grow no leak in any sentence with something planted", () => {
    const sentence = fc.constantFrom(...sentences);
    const choices = fc.infiniteStream(fc.nat(disguises.length - 1));
    fc.assert(
      fc.property(sentence, choices, ({ text }, choice) => {
        const plain = redact(text, vocabulary);
        const disguised = [...text].map((letter) =>
          letter === "\n" ? letter : disguises[choice.next().value]!(letter),
        );
        expect(redact(disguised.join(""), vocabulary)).toEqual(plain);
      }),
      { numRuns: 150 },
    );
  });
});

/** Pieces of sentences in any order, and anything else. */
const anything = fc.oneof(
  speech.filter((text) => text.length < 1_000),
  fc
    .array(fc.constantFrom(...sentences.flatMap(({ text }) => text.split(/(?<=\s)/))), { maxLength: 25 })
    .map((all) => all.join("")),
  fc
    .array(
      fc.constantFrom(
        "[name]",
        "[word]",
        "[na",
        "]",
        "my name is",
        " ",
        "rose",
        "may",
        "5",
        "12",
        "/",
        "at",
        "Dr",
        "\n",
        "@",
        ".",
        "'",
        "live in",
        "born",
      ),
      { maxLength: 25 },
    )
    .map((all) => all.join(" ")),
);

describe("of any text", () => {
  test("redacting again changes nothing", () => {
    fc.assert(
      fc.property(anything, (text) => {
        const once = redact(text, vocabulary);
        expect(redact(once.text, vocabulary)).toEqual(once);
      }),
      { numRuns: 400 },
    );
  });

  test("what is left is known words, short numbers, brackets and plain marks", () => {
    fc.assert(
      fc.property(anything, (text) => {
        const left = redacted(text).replace(new RegExp(`\\[(?:${REDACTED_KINDS.join("|")})\\]`, "g"), " ");
        expect(left).toMatch(/^[\n\x20-\x7e°£€]*$/);
        for (const [word] of left.matchAll(/(?<![\da-zA-Z])[a-zA-Z]+(?:'[a-zA-Z]+)*(?![\da-zA-Z])/g))
          expect(word.length === 1 || vocabulary.knows(word.toLowerCase())).toBe(true);
        expect(left).not.toMatch(/\d{6}/);
      }),
      { numRuns: 400 },
    );
  });

  test("brackets are told with their kind and place", () => {
    const { text, redactions } = redact("my name is Rose, 0151 496 0123", vocabulary);
    expect(redactions).toEqual([
      { kind: "name", at: 11 },
      { kind: "phone", at: 19 },
    ]);
    expect(text.slice(19)).toBe("[phone]");
  });

  test.each(["a.", "1.", "12", "@", "a-", "my name is ", "live at 12 rose ", "one ", "[name] ", "a dot ", "１"])(
    "the longest message of %j takes no longer than it should",
    (unit) => {
      const began = performance.now();
      redact(unit.repeat(20_000 / unit.length), vocabulary);
      expect(performance.now() - began).toBeLessThan(5_000);
    },
  );
});
