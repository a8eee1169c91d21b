import { describe, expect, test } from "vitest";
import { bayesAgent } from "../../../agents/index.ts";
import { type Cases, catalogueOf, knowledgeCatalogue } from "../../../gpu-trainer/curriculum/catalogue.ts";
import { lookAlikes } from "../../../gpu-trainer/curriculum/look-alikes.ts";
import { optionPools } from "../../../gpu-trainer/curriculum/option-pools.ts";
import {
  type Question,
  type QuestionOptions,
  questionMaker,
  questionsOf,
} from "../../../gpu-trainer/curriculum/questions.ts";
import {
  alternativeNames,
  type Case,
  type CaseSource,
  nameMatcher,
  openCaseSource,
} from "../../../simulators/index.ts";
import { rankDifferential, seededRandom } from "../../../src/index.ts";
import { allCases, DDXPLUS, ddxplusIsMissing, firstCases, starterCases } from "../../fixtures/sources.ts";
import { sharedData } from "../../simulators/sources/fixtures.ts";
import { codedCase, smallBase } from "./small-set.ts";

const starter = await starterCases(300, 11);
const catalogue = knowledgeCatalogue(starter.base);
const open = (name: string): Promise<CaseSource> => openCaseSource(name, { count: 200, seed: 4 });

/** Real case sets, as far as they are here: with a knowledge base, without, in codes and in words. */
const SETS = [
  { name: "starter", missing: false },
  { name: `ddxplus:${DDXPLUS}`, missing: ddxplusIsMissing },
  ...["agentclinic:agentclinic/medqa.jsonl", "mediq:mediq/imedqa.jsonl", "phenopackets:phenopackets/cases.jsonl"].map(
    (form) => {
      const [format, path] = form.split(":") as [string, string];
      const { file, missing } = sharedData(path);
      return { name: `${format}:${file}`, missing };
    },
  ),
];

async function asked(cases: Cases, options: QuestionOptions & { seed?: number } = {}): Promise<Question[]> {
  const questions: Question[] = [];
  for await (const question of questionsOf(cases, options)) questions.push(question);
  return questions;
}

const optionsOf = ({ options }: Question): string[] => options.map(({ condition }) => condition);

for (const { name, missing } of SETS) {
  describe.skipIf(missing)(`questions of ${name.split(":")[0]}`, () => {
    test.each(["single", "multiple"] as const)(
      "%s: distinct options with all right answers, and wrong ones",
      async (kind) => {
        const questions = await asked(await open(name), { kind });
        expect(questions.length).toBeGreaterThan(50);
        for (const question of questions) {
          const offered = optionsOf(question);
          expect(new Set(offered).size).toBe(6);
          expect(offered).toEqual(expect.arrayContaining([...question.answers]));
          expect(question.answers.length).toBeGreaterThan(0);
          expect(question.answers.length).toBeLessThan(kind === "single" ? 2 : 6);
        }
      },
    );

    test("never show the label, by id or by any of its names", async () => {
      const source = await open(name);
      const labels = new Map((await allCases(source)).map((each) => [each.id, each.label]));
      for (const { id, shown } of await asked(source, { kind: "list", findings: 10_000 })) {
        const label = labels.get(id)!;
        const names = nameMatcher([label.name, ...alternativeNames(label.name), ...label.synonyms]);
        const text = JSON.stringify(shown);
        expect(names.find(text), id).toBeUndefined();
        if (label.condition) expect(text).not.toContain(JSON.stringify(label.condition));
      }
    });

    test("are the same for the same seed, in another order for another", async () => {
      const source = await open(name);
      const [first, again, other] = [await asked(source), await asked(source), await asked(source, { seed: 1 })];
      expect(again).toEqual(first);
      expect(other.map(optionsOf)).not.toEqual(first.map(optionsOf));
    });
  });
}

describe("what a question shows", () => {
  test("is everything for a single answer, the opening for a list, n findings more where so many are asked for", () => {
    const make = (options: QuestionOptions) => questionMaker({ catalogue }, options);
    const [whole, list, three] = [
      make({ kind: "single" }),
      make({ kind: "list" }),
      make({ kind: "list", findings: 3 }),
    ];
    for (const each of starter.cases.slice(0, 80)) {
      const all = whole(each, 1).shown.intake.findings;
      expect(all.map(({ finding }) => finding).sort()).toEqual(each.findings.map(({ finding }) => finding).sort());
      const opening = list(each, 1).shown.intake.findings;
      expect(opening.map(({ finding }) => finding).sort()).toEqual([...each.opening].sort());
      const some = three(each, 1).shown.intake.findings;
      expect(some.length).toBe(Math.min(opening.length + 3, all.length));
      expect(all).toEqual(expect.arrayContaining(some));
      expect(some.slice(0, opening.length)).toEqual(opening);
    }
  });

  test("leaves out what the task cannot speak of, and what nobody knows", () => {
    const chosen = codedCase("flu", ["fever", "cough", "elsewhere"]);
    chosen.findings.push({ finding: "rash", state: "unknown" });
    const small = knowledgeCatalogue(smallBase());
    const shownBy = questionMaker({ catalogue: small, shows: ({ id }) => id !== "cough" });
    expect(shownBy(chosen, 1).shown.intake.findings).toEqual([{ finding: "fever", state: "present" }]);
  });

  test("is the case's own words where it is told in words, less what names the label", async () => {
    const told = {
      complaint: "My head hurts.",
      facts: ["My head hurts.", "Light hurts.", "They said it was migraine.", "I feel sick."],
      measurements: [{ name: "Temperature", result: "36.9" }],
      findings: [],
      opening: [],
    };
    const cases = [
      codedCase("migraine", [], { ...told, label: { name: "Migraine", synonyms: [] } }),
      codedCase("gout", [], { ...told, id: "other", facts: ["My toe hurts."], label: { name: "Gout", synonyms: [] } }),
    ];
    async function* stream() {
      yield* cases;
    }
    const [question] = await asked(stream());
    expect(question!.shown.facts).toEqual(["Light hurts.", "I feel sick.", "Temperature: 36.9"]);
    expect(question!.shown.intake.complaint).toBe("My head hurts.");
    expect(question!.answers).toEqual(["migraine"]);
    expect(question!.options.map(({ name }) => name).sort()).toEqual(["Gout", "Migraine"]);
    const [opening] = await asked(stream(), { findings: 0 });
    expect(opening!.shown.facts).toEqual([]);
  });
});

describe("the options of a single question", () => {
  const alike = lookAlikes(catalogue.similarity);
  const { conditions, between } = catalogue.similarity;
  const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;

  test("are more like the right one than chance", () => {
    const make = questionMaker({ catalogue });
    const likeness = starter.cases.map((each) => {
      const question = make(each, 3);
      const [right] = question.answers as [string];
      return mean(optionsOf(question).flatMap((id) => (id === right ? [] : [between(right, id)])));
    });
    const any = mean(conditions.flatMap((a) => conditions.flatMap((b) => (a === b ? [] : [between(a, b)]))));
    expect(mean(likeness)).toBeGreaterThan(2 * any);
  });

  test("tell little of which one is right: who sees them alone guesses far worse than if they were its look-alikes", () => {
    const draws = 400;
    const guessed = (optionsFor: (right: string, draw: number) => readonly string[]): number => {
      const seen = new Map<string, Map<string, number>>();
      for (const right of conditions) {
        for (let draw = 0; draw < draws; draw++) {
          const key = [...optionsFor(right, draw)].sort().join();
          const counts = seen.get(key) ?? new Map<string, number>();
          seen.set(key, counts.set(right, (counts.get(right) ?? 0) + 1));
        }
      }
      const best = [...seen.values()].map((counts) => Math.max(...counts.values()));
      return best.reduce((sum, each) => sum + each, 0) / (conditions.length * draws);
    };
    const pools = optionPools(conditions, alike, 6);
    const byChance = guessed((right, draw) => [
      right,
      ...pools.wrong(new Set([right]), 5, {}, seededRandom("draw", right, draw)),
    ]);
    expect(guessed((right) => [right, ...alike(right, 5)])).toBeGreaterThan(0.8);
    expect(byChance).toBeLessThan(0.3);
  });

  test("fit the person", () => {
    const onlyMen = new Set(starter.base.conditions.filter(({ sex }) => sex?.female === 0).map(({ id }) => id));
    expect(onlyMen.size).toBeGreaterThan(0);
    const make = questionMaker({ catalogue });
    for (const each of starter.cases.filter(({ sex }) => sex === "female")) {
      expect(optionsOf(make(each, 5)).filter((id) => onlyMen.has(id))).toEqual([]);
    }
  });

  test("are any where none fits the person", () => {
    const { conditions: all, ...rest } = smallBase();
    const base = {
      ...rest,
      conditions: all.map((each) => ({ ...each, ...(each.id !== "flu" && { sex: { male: 0 } }) })),
    };
    const question = questionMaker({ catalogue: knowledgeCatalogue(base) })(
      codedCase("flu", ["fever"], { sex: "male" }),
      1,
    );
    expect(optionsOf(question).sort()).toEqual(["cold", "flu", "measles"]);
  });

  test("follow the policy's confusions where look-alikes do", () => {
    const [, , , , , , least] = lookAlikes(catalogue.similarity)(conditions[0]!, 7) as string[];
    const confused = lookAlikes(
      catalogue.similarity,
      { weight: 1 },
      {
        conclusions: conditions.flatMap((a) => (a === least ? [] : [[a, least!] as [string, string]])),
      },
    );
    const make = questionMaker({ catalogue, lookAlikes: confused });
    const questions = starter.cases.slice(0, 50).map((each) => make(each, 2));
    const holding = questions.filter((question) => optionsOf(question).includes(least!));
    expect(holding.length).toBeGreaterThan(40);
  });
});

describe("several right answers", () => {
  test("are those of the reference above the share, likeliest first, where the case has one", () => {
    const differential = rankDifferential(["cold", "flu", "measles", "elsewhere"], [5, 3, 1, 1]);
    const chosen = codedCase("measles", ["rash"], { differential });
    const small = { catalogue: knowledgeCatalogue(smallBase()) };
    expect(questionMaker(small, { kind: "list" })(chosen, 1).answers).toEqual(["cold", "flu"]);
    expect(questionMaker(small, { kind: "list", share: 0.05 })(chosen, 1).answers).toEqual(["cold", "flu", "measles"]);
    expect(questionMaker(small, { kind: "list", share: 0.9 })(chosen, 1).answers).toEqual(["cold"]);
    expect(questionMaker(small, { kind: "list", share: 0, answers: 1 })(chosen, 1).answers).toEqual(["cold"]);
  });

  test("are else what Bayes' rule says, by hand", () => {
    // P(fever) .8, .6 and the floor, priors .5, .25, .25: .4 against .15 against nearly nothing.
    const chosen = codedCase("measles", ["fever"]);
    const small = { catalogue: knowledgeCatalogue(smallBase()) };
    const answers = (posterior: number) => questionMaker(small, { kind: "list", posterior })(chosen, 1).answers;
    expect(answers(0.1)).toEqual(["flu", "cold"]);
    expect(answers(0.4 / 0.55 - 0.01)).toEqual(["flu"]);
    expect(answers(0)).toEqual(["flu", "cold", "measles"]);
  });

  test("are those of the Bayesian agent's differential, over starter cases", () => {
    const agent = bayesAgent(starter.base);
    const make = questionMaker({ catalogue }, { kind: "list", findings: 2, answers: 25, posterior: 0.08 });
    const sizes = new Set<number>();
    for (const each of starter.cases) {
      const { shown, answers } = make(each, 9);
      const act = agent.decide(agent.open(shown.intake, "x"), { asked: 0, budget: 0 });
      if (act.type !== "conclude") throw new Error("nothing was left to ask");
      const { entries, other } = act.differential;
      const listed = entries.filter(({ probability }, rank) => rank === 0 || probability / (1 - other) > 0.08);
      expect(answers, each.id).toEqual(listed.map(({ condition }) => condition));
      sizes.add(answers.length);
    }
    expect(sizes.size).toBeGreaterThan(3);
  });

  test("leave a wrong option, and no option that is as right as those that count", () => {
    const make = questionMaker({ catalogue }, { kind: "multiple", options: 4, posterior: 0.02 });
    const all = questionMaker({ catalogue }, { kind: "list", answers: 25, posterior: 0.02 });
    for (const each of starter.cases.slice(0, 100)) {
      const question = make(each, 1);
      const right = new Set(all(each, 1).answers);
      expect(question.answers.length).toBeLessThanOrEqual(3);
      const wrong = optionsOf(question).filter((id) => !question.answers.includes(id));
      expect(wrong.length).toBe(4 - question.answers.length);
      expect(wrong.filter((id) => right.has(id))).toEqual([]);
    }
  });
});

test("where everything that fits is right, every option is", () => {
  const make = questionMaker({ catalogue: knowledgeCatalogue(smallBase()) }, { kind: "multiple", posterior: 0 });
  const question = make(codedCase("flu", ["fever"]), 1);
  expect(question.answers).toEqual(["flu", "cold", "measles"]);
  expect(optionsOf(question).sort()).toEqual(["cold", "flu", "measles"]);
});

describe("a case set without a knowledge base", () => {
  test("takes labels that share a name for one condition", async () => {
    const labelled = (name: string, synonyms: string[] = []): Case =>
      codedCase("x", ["fever"], { id: name, label: { name, synonyms } });
    async function* stream() {
      yield* [
        labelled("Myasthenia gravis (MG)"),
        labelled("myasthenia Gravis"),
        labelled("Botulism", ["MG-like illness"]),
      ];
    }
    const { similarity, conditionOf, nameOf } = await catalogueOf(stream());
    expect(similarity.conditions).toEqual(["myasthenia-gravis-mg", "botulism"]);
    expect(conditionOf({ name: "MG", synonyms: [] })).toBe("myasthenia-gravis-mg");
    expect(nameOf("botulism")).toBe("Botulism");
  });
});

describe("what cannot be asked", () => {
  test("is refused: a label that the knowledge base lacks, one condition alone, options out of bounds", async () => {
    const foreign = codedCase("gout", ["fever"], { label: { name: "Gout", synonyms: [] } });
    const make = questionMaker({ catalogue: knowledgeCatalogue(smallBase()) });
    expect(() => make(foreign, 1)).toThrow(expect.objectContaining({ code: "unknown-label" }));
    async function* one() {
      yield codedCase("gout", ["fever"]);
    }
    await expect(asked(one())).rejects.toMatchObject({ code: "too-few-conditions" });
    expect(() => questionMaker({ catalogue }, { options: 1 })).toThrow(
      expect.objectContaining({ code: "bad-options" }),
    );
  });
});

test.skipIf(ddxplusIsMissing)("a DDXPlus question's right answers are its reference differential's", async () => {
  const source = await openCaseSource(`ddxplus:${DDXPLUS}`);
  const cases = await firstCases(source, 60);
  const make = questionMaker({ catalogue: await catalogueOf(source) }, { kind: "list", answers: 25, share: 0.05 });
  for (const each of cases) {
    const wanted = each.differential!.entries.filter(({ probability }) => probability > 0.05);
    expect(make(each, 1).answers).toEqual(wanted.map(({ condition }) => condition));
  }
});
