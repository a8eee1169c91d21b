/** Emergencies in lay words: whoever opens with one is told so in the same turn, and everyday complaints alarm nobody. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { embeddedUnderstander } from "../../../agents/index.ts";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../../../simulators/index.ts";
import { buildLexicon, raisedRedFlags, Sex } from "../../../src/index.ts";

const Opening = z.strictObject({
  text: z.string(),
  age: z.number().optional(),
  sex: Sex.optional(),
  /** The rules of which one must be raised; none where the message is no emergency. */
  rule: z.array(z.string()),
});

const openings = readFileSync(new URL("../../fixtures/emergencies.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => Opening.parse(JSON.parse(line)));
const base = await loadKnowledgeBase(STARTER_DIRECTORY);
const { understand } = embeddedUnderstander(buildLexicon(base.findings));

async function raisedBy({ text, age, sex }: z.infer<typeof Opening>): Promise<string[]> {
  const { observed } = await understand(text, { asked: undefined, age, known: new Map() });
  const known = new Map(observed.map((each) => [each.finding, each]));
  return raisedRedFlags(base.redFlags, { age, sex, findings: [] }, known).map(({ id }) => id);
}

describe("an opening message", () => {
  it.each(openings.filter(({ rule }) => rule.length > 0))("raises a red flag: $text", async (opening) => {
    const raised = await raisedBy(opening);
    expect(raised.filter((id) => opening.rule.includes(id))).not.toEqual([]);
  });

  it.each(openings.filter(({ rule }) => rule.length === 0))("raises none: $text", async (opening) => {
    expect(await raisedBy(opening)).toEqual([]);
  });

  it("names rules that exist, for sixty emergencies and forty others", () => {
    const rules = new Set(base.redFlags.map(({ id }) => id));
    for (const id of openings.flatMap(({ rule }) => rule)) expect(rules).toContain(id);
    expect(openings.filter(({ rule }) => rule.length > 0).length).toBeGreaterThanOrEqual(60);
    expect(openings.filter(({ rule }) => rule.length === 0).length).toBeGreaterThanOrEqual(40);
  });
});
