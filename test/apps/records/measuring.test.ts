/** The figures of docs/privacy.md, held to what they were: a change that loses either side shows here. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { measureLoss, measureRecall, plantedSentences } from "../../../apps/records/measuring.ts";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../../../simulators/index.ts";
import { buildLexicon, Utterance } from "../../../src/index.ts";
import { vocabulary } from "../../src/redaction/starter-vocabulary.ts";

const read = (name: string): string => readFileSync(join(STARTER_DIRECTORY, "..", name), "utf8");
const { findings } = await loadKnowledgeBase(STARTER_DIRECTORY);

describe("redaction takes out what is planted", () => {
  test.each([
    ["development", 0.98],
    ["development-2", 0.97],
    ["held-out", 0.91],
  ])("of the %s sentences", (part, least) => {
    const { planted, gone } = measureRecall(plantedSentences(read(`redaction/${part}.txt`)), vocabulary);
    expect(gone / planted).toBeGreaterThanOrEqual(least);
  });

  test("and a leak is seen as one", () => {
    const keepsAll = { ...vocabulary, knows: () => true, nameness: () => "never" as const };
    const { gone, leaks } = measureRecall(plantedSentences("i saw {name:quentin} today"), keepsAll);
    expect(gone).toBe(0);
    expect(leaks[0]).toMatchObject({ leaked: "quentin" });
  });
});

describe("redaction leaves what is meant", () => {
  test.each(["development", "held-out", "held-out-2"])("of the %s utterances", (part) => {
    const utterances = read(`utterances/${part}.jsonl`)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => Utterance.parse(JSON.parse(line)));
    const loss = measureLoss(utterances, vocabulary, buildLexicon(findings));
    expect(loss.kept).toBeGreaterThan(0.95);
    expect(loss.sameFacts).toBeGreaterThan(0.93);
  });
});
