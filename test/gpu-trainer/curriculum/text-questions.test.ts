import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bayesAgent } from "../../../agents/index.ts";
import { catalogueOf, knowledgeCatalogue } from "../../../gpu-trainer/curriculum/catalogue.ts";
import { questionMaker } from "../../../gpu-trainer/curriculum/questions.ts";
import { renderQuestion } from "../../../gpu-trainer/curriculum/rendering.ts";
import { readAnswers, textQuestions } from "../../../gpu-trainer/curriculum/text-questions.ts";
import type { Dialogue, Heard } from "../../../gpu-trainer/dialogues/types.ts";
import { loadTokenizer } from "../../../gpu-trainer/index.ts";
import { alternativeNames, nameMatcher, openCaseSource } from "../../../simulators/index.ts";
import { clinic, smoker } from "../../fixtures/clinic.ts";
import { allCases } from "../../fixtures/sources.ts";
import { sharedData } from "../../simulators/sources/fixtures.ts";

const tokenizer = await loadTokenizer(join(import.meta.dirname, "../golden/bpe"));
const catalogue = knowledgeCatalogue(clinic);
const agentclinic = sharedData("agentclinic/medqa.jsonl");

async function play(dialogue: Dialogue, ...texts: string[]): Promise<Heard> {
  await dialogue.open();
  let heard: Heard = { done: false, tokens: [] };
  for (const text of texts) heard = await dialogue.hear([...tokenizer.encodeText(text), tokenizer.endToken!]);
  return heard;
}

describe("a question in words", () => {
  test("says who it is, what is known by name and value, and the options by letter", () => {
    const question = questionMaker({ catalogue })(
      {
        ...smoker,
        findings: [...smoker.findings, { finding: "rash-place", state: "present", values: ["face", "trunk"] }],
      },
      1,
    );
    const text = renderQuestion(question, clinic);
    expect(text).toMatch(/^Age: \d+\. Sex: (fe)?male\./);
    expect(text).toContain("- smoking: yes");
    expect(text).toContain("- place of the rash: face, trunk");
    // A man has no mastitis.
    expect(text).toMatch(/\n\nA\. .+\nB\. .+\nC\. .+$/);
    expect(text).toContain("Pneumonia");
  });

  test.skipIf(agentclinic.missing)(
    "shows a narrative case in its own words, and its label among the options alone",
    async () => {
      const source = await openCaseSource(`agentclinic:${agentclinic.file}`);
      const open = await catalogueOf(source);
      const make = questionMaker({ catalogue: open });
      for (const each of await allCases(source)) {
        const question = make(each, 1);
        const [shown, ...options] = renderQuestion(question).split("\n\nA. ");
        const { name, synonyms } = each.label;
        const names = nameMatcher([name, ...alternativeNames(name), ...synonyms]);
        expect(names.find(shown!), each.id).toBeUndefined();
        expect(`A. ${options.join("")}`).toContain(open.nameOf(question.answers[0]!));
        expect(shown).toContain(each.facts.find((fact) => names.find(fact) === undefined)!);
      }
    },
  );
});

describe("an answer in words", () => {
  const question = questionMaker({ catalogue })(smoker, 1);
  const read = (text: string, most = 1) => readAnswers(`<diagnosis>${text}</diagnosis>`, question, catalogue, most);

  test("is an option's name, however spelled, or its letter", () => {
    expect(read("Pneumonia")).toEqual(["pneumonia"]);
    expect(read("\n1. pneumonia\n")).toEqual(["pneumonia"]);
    const place = question.options.findIndex(({ condition }) => condition === "pneumonia");
    const letter = "ABCD"[place]!;
    for (const text of [letter, `${letter}.`, `${letter}) Pneumonia`]) expect(read(text)).toEqual(["pneumonia"]);
    expect(read("Measles\nPneumonia", 4)).toEqual(["measles", "pneumonia"]);
  });

  test("is none where it says anything else", () => {
    expect(readAnswers("Pneumonia", question, catalogue, 1)).toBeUndefined();
    expect(readAnswers("<ask>Do you smoke?</ask>", question, catalogue, 1)).toBeUndefined();
    for (const text of ["Gout", "Z", "Pneumonia\nMeasles"]) expect(read(text), text).toBeUndefined();
    expect(read("Pneumonia\npneumonia.", 4)).toBeUndefined();
  });

  test("to a list may be what nobody knows, which is wrong but an answer", () => {
    const list = { ...question, options: [] };
    expect(readAnswers("<diagnosis>Gout\nMeasles</diagnosis>", list, catalogue, 2)).toEqual(["gout", "measles"]);
  });
});

describe("the task", () => {
  test("pays a choice, and refuses as often as it may", async () => {
    const task = textQuestions(catalogue, tokenizer, { formatFailures: 1 });
    const right = "<think>smoke</think><diagnosis>Pneumonia</diagnosis>";
    expect(await play(task.start(smoker, 1), right)).toMatchObject({
      done: true,
      outcome: { reward: 1, correct: true },
    });
    const wrong = await play(task.start(smoker, 1), "<diagnosis>Measles</diagnosis>");
    expect(wrong).toMatchObject({ outcome: { stop: "concluded", reward: 0, correct: false, ranked: ["measles"] } });
    const refused = await play(task.start(smoker, 1), "dunno");
    if (refused.done) throw new Error("it is over");
    expect(task.transcribe(refused.tokens)).toMatch(/That is no answer\. Which one of the options/);
    expect(await play(task.start(smoker, 1), "dunno", right)).toMatchObject({ outcome: { reward: 1 } });
    expect(await play(task.start(smoker, 1), "dunno", "dunno")).toMatchObject({ outcome: { stop: "parse-failure" } });
  });

  test("pays a list by its F1, and says it as a Bayesian would", async () => {
    const task = textQuestions(catalogue, tokenizer, { kind: "list", findings: 1, posterior: 0.05 });
    const agent = bayesAgent(clinic);
    const { shown, answers } = questionMaker({ catalogue }, { kind: "list", findings: 1, posterior: 0.05 })(smoker, 1);
    const turn = task.express(agent.decide(agent.open(shown.intake, ""), { asked: 0, budget: 0 }))!;
    const dialogue = task.start(smoker, 1);
    await dialogue.open();
    expect(await dialogue.hear(turn)).toMatchObject({ done: true, outcome: { reward: 1, labels: answers } });
    const half = await play(task.start(smoker, 1), `<diagnosis>${catalogue.nameOf(answers[0]!)}\nGout</diagnosis>`);
    const f1 = 2 / (2 + answers.length);
    expect(half).toMatchObject({ outcome: { reward: expect.closeTo(f1, 12) } });
  });

  test("opens in the chat template's form, the same for the same seed", async () => {
    const task = textQuestions(catalogue, tokenizer, { kind: "multiple" });
    const opening = (await task.start(smoker, 1).open()) as number[];
    expect(await task.start(smoker, 1).open()).toEqual(opening);
    expect(task.transcribe(opening)).toMatch(/^<\|system\|>Which of the options.*<\|user\|>.*<\|assistant\|>$/s);
  });

  test("refuses options out of bounds", () => {
    const bad = expect.objectContaining({ code: "bad-options" });
    expect(() => textQuestions(catalogue, tokenizer, { turnTokens: 0 })).toThrow(bad);
    expect(() => textQuestions(catalogue, tokenizer, { formatFailures: -1 })).toThrow(bad);
  });
});
