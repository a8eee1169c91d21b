import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { presentedOf } from "../../../apps/diagnosis/evidence.ts";
import { parse } from "../../../apps/diagnosis/parse.ts";
import type { EvidenceItem, Mention, ParseRequest } from "../../../apps/diagnosis/types.ts";
import { Utterance } from "../../../src/index.ts";
import { adult, reasoner } from "./starter.ts";

const read = (text: string, rest: Partial<ParseRequest> = {}) =>
  parse(reasoner, { ...adult, text, context: [], ...rest });

/** A mention as the evidence that it is. */
const asEvidence = ({ id, choice_id, values, number }: Mention): EvidenceItem => ({
  id,
  choice_id,
  ...(values && { values }),
  ...(number !== undefined && { number }),
});

describe("a text", () => {
  test("is read as mentions, present and absent, with values and numbers", async () => {
    const { mentions, intent } = await read("I have a dry cough and a temperature of 38.9, but no chest pain");
    expect(mentions.map(asEvidence)).toEqual(
      expect.arrayContaining([
        { id: "cough", choice_id: "present" },
        { id: "cough-type", choice_id: "present", values: ["dry"] },
        { id: "body-temperature", choice_id: "present", number: 38.9 },
        { id: "chest-pain", choice_id: "absent" },
      ]),
    );
    expect(intent).toBe("answer");
    expect(mentions.find(({ id }) => id === "body-temperature")).toMatchObject({ type: "sign", unit: "°C" });
  });

  test("that leaves words of findings over is not obvious", async () => {
    expect((await read("my cough")).obvious).toBe(true);
    expect((await read("my cough, and the swelling thing")).obvious).toBe(false);
    expect((await read("nothing much")).obvious).toBe(false);
  });

  test("may answer what was asked, or correct what is known", async () => {
    expect((await read("yes, I do", { asked: "fever" })).mentions).toMatchObject([
      { id: "fever", choice_id: "present" },
    ]);
    const corrected = await read("sorry, I was wrong, I have no cough after all", { context: ["cough"] });
    expect(corrected.mentions).toMatchObject([{ id: "cough", choice_id: "absent" }]);
  });

  test("that is dangerous raises its flags, alone or with what is known", async () => {
    const man = { sex: "male" as const, age: { value: 58, unit: "year" as const } };
    const alone = await read("crushing chest pain and a cold sweat", man);
    expect(alone.red_flags[0]).toMatchObject({ triage_level: "emergency_ambulance" });
    expect(alone.red_flags[0]!.message).toContain("999");
    expect((await read("I am in a cold sweat", man)).red_flags).toEqual([]);
    expect((await read("I am in a cold sweat", { ...man, context: ["chest-pain"] })).red_flags).toHaveLength(1);
  });

  test.each(["I want to kill myself", "my sister says she will end her life tonight"])(
    "of despair is told: %s",
    async (text) => {
      const { crisis, intent, obvious } = await read(text);
      expect(intent).toBe("crisis");
      expect(crisis!.text).toContain("call 999");
      expect(obvious).toBe(false);
    },
  );

  test("that cannot be of such a person is told as such and is no evidence", async () => {
    const { mentions, rejected } = await read("I am pregnant", { sex: "male" });
    expect(mentions).toEqual([]);
    expect(rejected).toMatchObject([{ id: "pregnancy" }]);
  });

  test("without words for it says what it is", async () => {
    expect(await read("...")).toMatchObject({ mentions: [], intent: "empty", obvious: false });
    expect(await read("why do you ask?")).toMatchObject({ mentions: [], intent: "question" });
  });
});

test.each([
  [{ context: ["cough", "fevre"] }, /^context\.1: no such finding/],
  [{ context: ["cough-type=blue"] }, /^context\.0: no such/],
  [{ context: ["testicular-pain"] }, /^context\.0: testicular-pain does not apply/],
  [{ asked: "fevre" }, /^asked: no such finding/],
])("%j is refused", async (rest, message) => {
  await expect(read("hello", rest)).rejects.toThrow(message);
});

test("whatever is mentioned can be sent as evidence: the development utterances, as a man, a woman and a child", async () => {
  const file = join(import.meta.dirname, "../../../data/utterances/development.jsonl");
  const utterances = readFileSync(file, "utf8").trim().split("\n");
  for (const line of utterances) {
    const { text, context } = Utterance.parse(JSON.parse(line));
    for (const person of [
      adult,
      { ...adult, sex: "male" as const },
      { ...adult, age: { value: 8, unit: "month" as const } },
    ]) {
      const asked = context.asked === undefined ? {} : { asked: context.asked };
      const { mentions } = await read(text, { ...person, ...asked });
      expect(presentedOf({ ...person, evidence: mentions.map(asEvidence) }, reasoner.findings).known.size).toBe(
        mentions.length,
      );
    }
  }
});
