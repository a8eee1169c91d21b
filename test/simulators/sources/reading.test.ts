import { describe, expect, test } from "vitest";
import { ageFromDuration, ageFromWords, sexFromWords } from "../../../simulators/sources/demographics.ts";
import { asksForDiagnosis } from "../../../simulators/sources/diagnosis-questions.ts";
import { readLines } from "../../../simulators/sources/lines.ts";
import { seenKeys } from "../../../simulators/sources/seen-keys.ts";
import { sentencesOf } from "../../../simulators/sources/sentences.ts";
import { fileOf } from "./fixtures.ts";

describe("age and sex from words", () => {
  test("years, months, weeks, days and hours", () => {
    expect(ageFromWords("35-year-old woman")).toBe(35);
    expect(ageFromWords("51 years")).toBe(51);
    expect(ageFromWords("55")).toBe(55);
    expect(ageFromWords("18 months")).toBe(1.5);
    expect(ageFromWords("3 weeks old")).toBeCloseTo(21 / 365.25);
    expect(ageFromWords("2-day-old male infant")).toBeCloseTo(2 / 365.25);
    expect(ageFromWords("40 hours old")).toBeCloseTo(40 / 24 / 365.25);
    expect(ageFromWords("Newborn, 3050-g (6-lb 12-oz) male")).toBe(0);
  });

  test("nothing where nothing is said", () => {
    for (const words of ["", "study", "Not specified", "Young girl"]) expect(ageFromWords(words)).toBeUndefined();
  });

  test("the first word that tells the sex", () => {
    expect(sexFromWords("70-year-old man accompanied by his wife")).toBe("male");
    expect(sexFromWords("40-year-old nulliparous woman")).toBe("female");
    expect(sexFromWords("9-month-old infant")).toBeUndefined();
  });

  test("durations", () => {
    expect(ageFromDuration("P6Y")).toBe(6);
    expect(ageFromDuration("P1Y6M")).toBe(1.5);
    expect(ageFromDuration("P2M14D")).toBeCloseTo(2 / 12 + 14 / 365.25);
    for (const none of ["", "P", "6 years", "PT5H"]) expect(ageFromDuration(none)).toBeUndefined();
  });
});

describe("sentences", () => {
  test("end where one ends, not at abbreviations or decimals", () => {
    expect(sentencesOf("Seen by Dr. Ames at 2.5 hours. He said “No.” She left! 3 days ago")).toEqual([
      "Seen by Dr. Ames at 2.5 hours.",
      "He said “No.”",
      "She left!",
      "3 days ago",
    ]);
    expect(sentencesOf("  ")).toEqual([]);
  });
});

describe("questions that ask for a diagnosis", () => {
  test.each([
    "Which of the following is the most likely diagnosis?",
    'What is the most likely diagnosis?"',
    "Which of the following is the patient’s most likely diagnosis?",
    "Which of the following is most likely this patient’s diagnosis?",
    "Haemoglobin 9 g/dL | Which of the following is the most likely underlying condition?",
    "What disease is the child suffering from?",
    "Which personality disorder is most likely?",
    "These findings support a diagnosis of which of the following?",
  ])("yes: %s", (question) => {
    expect(asksForDiagnosis(question)).toBe(true);
  });

  test.each([
    "Which of the following is the best test for this patient's most likely diagnosis?",
    "Which of the following is associated with the most likely diagnosis?",
    "Which of the following best describes the most likely diagnosis?",
    "Which of the following is the most likely cause of this patient's symptoms?",
    "Which of the following is the most appropriate next step in diagnosis?",
    "Treatment of which of the following conditions most likely led to this patient's current condition?",
    "Which of the following is the most likely cause of this patient’s condition?",
  ])("no: %s", (question) => {
    expect(asksForDiagnosis(question)).toBe(false);
  });
});

describe("lines", () => {
  test("are numbered as an editor numbers them, across the chunks of a stream", async () => {
    const long = "é".repeat(50_000);
    const file = await fileOf(`first\r\n\n${long}\n${long}\nlast`);
    const lines: [number, number][] = [];
    for await (const { number, text } of readLines(file)) lines.push([number, text.length]);
    expect(lines).toEqual([
      [1, 5],
      [3, 50_000],
      [4, 50_000],
      [5, 4],
    ]);
  });
});

describe("keys seen before", () => {
  test("two hundred thousand keys, each new once and known after", () => {
    const seen = seenKeys(16);
    let known = 0;
    for (let i = 1; i <= 200_000; i++) if (seen.add(`patients:${i}`, i) !== undefined) known++;
    expect(known).toBe(0);
    for (let i = 1; i <= 200_000; i += 997) expect(seen.add(`patients:${i}`, 1)).toBe(i);
  });
});
