import { beforeAll, describe, expect, test } from "vitest";
import { symbolsOf, symbolWords } from "../../../gpu-trainer/dialogues/symbols.ts";
import type { ObservedFinding } from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";
import { type SmallLanguage, smallLanguage } from "../../fixtures/small-language.ts";

const words = symbolWords(clinic);
const symbols = symbolsOf(clinic, { idOf: (word) => (words.includes(word) ? words.indexOf(word) : undefined) });
const spoken = (tokens: readonly number[]): string => tokens.map(symbols.word).join(" ");

describe("the symbols of a knowledge base", () => {
  test("are distinct, one a question, a condition, an answer; what is measured cannot be asked", () => {
    expect(new Set(words).size).toBe(words.length);
    expect(words).toEqual(
      expect.arrayContaining(["ask:fever", "ask:cough-type", "ask:smoker", "yes", "no", "=dry", "=face"]),
    );
    expect(words).not.toContain("ask:chest-x-ray");
  });

  test.each<[string, ObservedFinding, string]>([
    ["present", { finding: "fever", state: "present" }, "yes"],
    ["absent", { finding: "fever", state: "absent" }, "no"],
    ["not known", { finding: "fever", state: "unknown" }, "unknown"],
    ["one value", { finding: "cough-type", state: "present", values: ["bloody"] }, "=bloody"],
    ["several values", { finding: "rash-place", state: "present", values: ["face", "trunk"] }, "=face =trunk"],
    ["a number, by its interval", { finding: "temperature", state: "present", number: 39.6 }, "=high"],
  ])("answer: %s", (_, observed, expected) => {
    expect(spoken(symbols.answer(observed))).toBe(expected);
  });

  test("open with age, sex and what the patient came with; what is not known is said to be so", () => {
    const findings: ObservedFinding[] = [{ finding: "cough", state: "present" }];
    expect(spoken(symbols.intake({ age: 0.5, sex: "female", findings }))).toBe("age:infant sex:female ask:cough yes");
    expect(spoken(symbols.intake({ findings: [] }))).toBe("age:unknown sex:unknown");
  });

  test("mean acts, or nothing", () => {
    expect(symbols.meaning(symbols.ask("fever"))).toEqual({ type: "ask", finding: "fever" });
    const { id } = clinic.conditions[0]!;
    expect(symbols.meaning(symbols.diagnosis(id))).toEqual({ type: "diagnosis", condition: id });
    expect(symbols.meaning(symbols.answer({ finding: "fever", state: "present" })[0]!)).toBeUndefined();
  });

  test("of another knowledge base are refused", () => {
    expect(() => symbolsOf(clinic, { idOf: (word) => (word.startsWith("dx:") ? undefined : 1) })).toThrow("dx:");
  });
});

describe("a consultation in symbols", () => {
  let small: SmallLanguage;
  beforeAll(async () => {
    small = await smallLanguage();
  });

  test("shows the policy nothing of the label: two cases that differ by it alone read alike", async () => {
    const task = small.task({ budget: 12 });
    for (let i = 0; i < 20; i++) {
      const chosen = small.sample(5, i);
      const others = small.base.conditions.filter(({ id }) => id !== chosen.label.condition);
      const relabelled = {
        ...chosen,
        label: { condition: others[i % 3]!.id, name: others[i % 3]!.name, synonyms: [] },
      };
      const heard = async (each: typeof chosen) => {
        const dialogue = task.start(each, 3);
        const tokens = [...(await dialogue.open())];
        for (const { id } of small.base.findings) {
          const answer = await dialogue.hear([small.symbols.ask(id)]);
          if (!answer.done) tokens.push(...answer.tokens);
        }
        return tokens;
      };
      const tokens = await heard(chosen);
      expect(await heard(relabelled)).toEqual(tokens);
      expect(task.transcribe(tokens)).not.toContain("dx:");
    }
  });

  test("tells the policy when nothing is left to ask, and takes only a conclusion then", async () => {
    const task = small.task({ budget: 1 });
    const dialogue = task.start(small.sample(5, 0), 0);
    await dialogue.open();
    const heard = await dialogue.hear([small.symbols.ask(small.base.findings[0]!.id)]);
    expect(heard).toMatchObject({ done: false });
    expect(!heard.done && task.transcribe(heard.tokens)).toMatch(/conclude-now$/);
    const label = small.sample(5, 0).label.condition!;
    const end = await dialogue.hear([small.symbols.diagnosis(label)]);
    expect(end).toMatchObject({
      done: true,
      outcome: { stop: "concluded", correct: true, reward: 0.99, questions: 1 },
    });
  });

  test("says an agent's acts in its own words, and none that it has not", () => {
    const task = small.task();
    const { id } = small.base.findings[0]!;
    expect(task.express({ type: "ask", finding: id })).toEqual([small.symbols.ask(id)]);
    expect(task.express({ type: "ask", text: "How are you?" })).toBeUndefined();
    expect(task.express({ type: "hand-off", reason: "x" })).toBeUndefined();
  });
});
