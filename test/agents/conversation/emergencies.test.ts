/** Emergencies in lay words: whoever opens with one is told so in the same turn, and everyday complaints alarm nobody. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { embeddedUnderstander } from "../../../agents/index.ts";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../../../simulators/index.ts";
import { buildLexicon, raisedRedFlags, replay, Sex } from "../../../src/index.ts";
import { conversation, embeddedParts } from "./talk.ts";

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

describe("a whole consultation", () => {
  const parts = embeddedParts(base, { budget: 30 });
  const people = [{}, { age: 30, sex: "female" }, { age: 45, sex: "male" }, { age: 72, sex: "male" }] as const;

  async function denyingAllBut(opening: string, person: (typeof people)[number]) {
    const { log, say, ended } = conversation(parts, person);
    await say(opening);
    for (let n = 0; n < 60 && !ended(); n++) await say("no");
    expect(ended()).toBe(true);
    return replay(log.events);
  }

  it.each([
    "I have a runny nose",
    "my head hurts",
    "my back hurts",
    "my knee hurts",
    "I have a cough",
    "I feel tired",
    "I have a sore throat",
    "I feel dizzy",
  ])("of somebody who says no to all that is asked after '%s' ends on no emergency", async (opening) => {
    for (const person of people) {
      const { redFlags, conclusion } = await denyingAllBut(opening, person);
      expect(redFlags).toEqual([]);
      expect(["within-24-hours", "consultation", "self-care"]).toContain(conclusion?.urgency);
    }
  });

  it.each([
    ["I have chest pain and I'm sweating"],
    ["this is the worst headache of my life and it came all at once"],
    ["I cannot breathe", "no", "yes", "since an hour"],
  ])("of a classical emergency still ends on one: %s", async (...said) => {
    const { log, say } = conversation(parts, { age: 55, sex: "male" });
    for (const each of said) await say(each);
    expect(replay(log.events).conclusion?.urgency).toBe("emergency-ambulance");
  });
});
