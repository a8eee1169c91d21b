import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../../simulators/index.ts";
import {
  buildLexicon,
  Finding,
  factText,
  ObservedFinding,
  scoreUnderstanding,
  type UnderstandingContext,
  Utterance,
  understand,
} from "../../src/index.ts";

const { findings } = await loadKnowledgeBase(STARTER_DIRECTORY);
const lexicon = buildLexicon(findings);
const read = (text: string, context: UnderstandingContext = {}) => understand(lexicon, text, context);
const facts = (text: string, context: UnderstandingContext = {}): string[] =>
  read(text, context).observed.map(factText).sort();
const known = (...observed: ObservedFinding[]) => new Map(observed.map((each) => [each.finding, each]));
const present = (finding: string, ...values: string[]): ObservedFinding => ({
  finding,
  state: "present",
  ...(values.length > 0 && { values }),
});

describe("what a message states", () => {
  it("holds several findings, and a negation reaches its list and no further", () => {
    expect(facts("no fever or chills but a cough")).toEqual(["-fever", "-shaking-chills", "cough"]);
    expect(facts("I can't breathe and my chest hurts")).toEqual(["breathlessness", "chest-pain"]);
  });

  it("keeps doubt apart from denial", () => {
    expect(facts("not sure, I'd have to measure", { asked: "fever" })).toEqual(["?fever"]);
    expect(facts("I'm not sure if I have a rash, but I itch")).toEqual(["?rash", "itch"]);
  });

  it("takes the name of what was asked for none of its details", () => {
    expect(facts("Yes, I have a rash.", { asked: "rash" })).toEqual(["rash"]);
    expect(facts("Yes, my joints hurt.", { asked: "joint-pain" })).toEqual(["joint-pain"]);
    expect(facts("I have bad stomach pain", { asked: "abdominal-pain" })).toEqual(["abdominal-pain"]);
    expect(facts("yes, a painful rash", { asked: "rash" })).toEqual(["rash", "rash-painful"]);
  });

  it("answers what was asked, and adds what else is said", () => {
    expect(facts("no, but my ear hurts", { asked: "fever" })).toEqual(["-fever", "ear-pain"]);
    expect(facts("my ear hurts", { asked: "fever" })).toEqual(["ear-pain"]);
    expect(facts("blue is my favourite", { asked: "fever" })).toEqual(["?fever"]);
  });

  it("gives durations to what they are said of, and to the onset of an opening", () => {
    expect(facts("a cough for two weeks")).toEqual(["cough", "cough-duration=under-3-weeks", "onset=weeks"]);
    expect(facts("I've had diabetes for 20 years")).toEqual(["diabetes"]);
    expect(facts("three months", { asked: "onset" })).toEqual(["onset=months"]);
  });

  it("reads measures, each with its own number", () => {
    expect(facts("bp 95/60 and pulse 125")).toEqual(["heart-rate:125", "systolic-blood-pressure:95"]);
    expect(facts("fever of 39.2")).toEqual(["body-temperature:39.2", "fever"]);
  });

  it("reads ratings where the knowledge base has a scale", () => {
    const scale = Finding.parse({
      id: "strength",
      name: "strength of the pain",
      kind: "symptom",
      type: "categorical",
      parent: "ache",
      question: "How strong is it?",
      values: Array.from({ length: 11 }, (_, n) => ({ id: String(n), name: String(n) })),
    });
    const ache = Finding.parse({
      id: "ache",
      name: "toothache",
      kind: "symptom",
      type: "binary",
      question: "Is there toothache?",
    });
    const { observed } = understand(buildLexicon([ache, scale]), "toothache, 7 out of 10");
    expect(observed.map(factText)).toEqual(["ache", "strength=7"]);
  });

  it("leaves out what is somebody else's, but not who speaks for a child", () => {
    expect(facts("my wife has a cold")).toEqual([]);
    expect(facts("my daughter has a fever")).toEqual(["fever"]);
    expect(facts("no, my daughter has a fever", { asked: "cough" })).toEqual(["-cough"]);
    expect(facts("my father had a heart attack when he was 50")).toEqual(["family-early-heart"]);
  });

  it("takes figures of speech for what they mean", () => {
    expect(facts("this headache is killing me")).toEqual(["headache"]);
    expect(facts("I'm sick of waiting")).toEqual([]);
    expect(facts("I just came back with a stiff neck")).toEqual(["neck-stiffness"]);
  });

  it("sees through slips of the keyboard", () => {
    expect(facts("diarhea and vomitting")).toEqual(["diarrhoea", "vomiting"]);
  });

  it.each([
    ["I can't feel between my legs and can't pee", ["numbness", "numbness-location=saddle", "urinary-retention"]],
    ["my tongue is swelling", ["throat-closing"]],
    ["worst headache of my life, came on like a thunderclap", ["headache", "thunderclap-headache"]],
    [
      "crushing chest pain into my left arm and sweating",
      ["chest-pain", "chest-pain-character=pressure", "chest-pain-radiation=left-arm", "cold-sweat"],
    ],
    ["face is drooping, speech slurred", ["facial-droop", "speech-difficulty"]],
  ])("hears the warning signs of %j", (text, expected) => expect(facts(text)).toEqual(expected));
});

describe("corrections", () => {
  const corrected = (text: string, before: ReadonlyMap<string, ObservedFinding>, asked?: string): string[] =>
    read(text, { known: before, asked }).corrections.map(factText);

  it("are what contradicts the known", () => {
    expect(corrected("sorry, I do have a fever", known({ finding: "fever", state: "absent" }))).toEqual(["fever"]);
    expect(corrected("actually it is the left side", known(present("headache-location", "both-sides")))).toEqual([
      "headache-location=one-side",
    ]);
    expect(corrected("actually it started Monday", known(present("onset", "weeks")))).toEqual(["onset=days"]);
  });

  it("are not what is new or only repeated", () => {
    expect(corrected("actually I also have a cough", known(present("fever")))).toEqual([]);
    expect(corrected("as I said, I have a fever", known(present("fever")))).toEqual([]);
  });
});

describe("what kind of message it is", () => {
  it.each([
    ["why do you ask?", "question"],
    ["what do you mean", "question"],
    ["hello, good morning!", "small-talk"],
    ["tengo fiebre", "other-language"],
    ["我头疼", "other-language"],
    ["  ...", "empty"],
    ["when I stand up I get dizzy", "answer"],
  ])("%j is %s", (text, intent) => expect(read(text).intent).toBe(intent));

  it("is too long over 20,000 characters, and says so without reading on", () => {
    expect(read("a cough ".repeat(2_500)).intent).toBe("answer");
    expect(read(`${"a cough ".repeat(2_500)}.`)).toEqual({ observed: [], corrections: [], intent: "too-long" });
  });

  it.each([
    "I want to kill myself",
    "my son wants to hurt himself",
    "I don't want to live any more",
    "I can't stop thinking about suicide",
    "quiero suicidarme, I want to die",
  ])("%j is a crisis", (text) => expect(read(text).intent).toBe("crisis"));

  it.each([
    "this headache is killing me",
    "I'm dying for a coffee",
    "I hurt myself playing football",
    "I'm not suicidal",
    "I'd never hurt myself",
    "I cut myself while cooking",
  ])("%j is none", (text) => expect(read(text).intent).not.toBe("crisis"));

  it("holds a denial as an absent finding, and a yes to the question as a crisis", () => {
    expect(facts("I have no thoughts of suicide")).toEqual(["-suicidal-thoughts"]);
    expect(read("yes, sometimes", { asked: "suicidal-thoughts" }).intent).toBe("crisis");
  });

  it("reads a crisis in a message that is too long", () => {
    expect(read(`I want to kill myself. ${"x".repeat(20_000)}`).intent).toBe("crisis");
  });
});

describe("for any text", () => {
  it("never throws, is the same each time, and names only known findings and values", () => {
    const words = fc.constantFrom("fever", "no", "I", "my son", "cough", "?", ".", ",", "for two weeks", "sorry", "39");
    const text = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.array(words).map((said) => said.join(" ")),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(undefined, "fever", "onset", "body-temperature"), (said, asked) => {
        const first = read(said, { asked });
        expect(read(said, { asked })).toEqual(first);
        for (const observed of [...first.observed, ...first.corrections]) {
          ObservedFinding.parse(observed);
          const finding = lexicon.findings.get(observed.finding)!;
          for (const value of observed.values ?? []) expect(finding.values.map(({ id }) => id)).toContain(value);
        }
      }),
      { seed: 7 },
    );
  });
});

describe("on the labelled utterances", () => {
  const utterances = (split: string): Utterance[] =>
    readFileSync(join(STARTER_DIRECTORY, "..", "utterances", `${split}.jsonl`), "utf8")
      .trim()
      .split("\n")
      .map((line) => Utterance.parse(JSON.parse(line)));
  const score = (split: string) =>
    scoreUnderstanding(utterances(split), ({ text, context }) =>
      read(text, { asked: context.asked, known: context.known && known(...context.known) }),
    );

  it("there are at least 300, of which at least 150 are held out, and none is in both", () => {
    const development = ["development", "development-2", "development-3"].flatMap(utterances);
    const heldOut = ["held-out", "held-out-2"].flatMap(utterances);
    expect(development.length + heldOut.length).toBeGreaterThanOrEqual(300);
    expect(heldOut.length).toBeGreaterThanOrEqual(150);
    const ids = [...development, ...heldOut].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    ["development", 0.9],
    ["held-out", 0.9],
    // By people whose words nobody had in mind: where it stands, not where it should.
    ["held-out-2", 0.7],
  ] as const)("F1 on %s is at least %d", (split, least) => {
    const { f1, intervals } = score(split);
    expect(f1).toBeGreaterThanOrEqual(least);
    expect(intervals.f1![0]).toBeLessThanOrEqual(f1!);
  });
});
