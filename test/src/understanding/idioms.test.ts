import { describe, expect, it } from "vitest";
import { facts, lexicon } from "./starter.ts";

describe("figures of speech", () => {
  it.each([
    ["the queue at the bank makes me want to puke", []],
    ["I laughed my head off at the film", []],
    ["I'm so tired I could die", ["fatigue"]],
    ["my ankle joint kills me when I walk", ["joint-pain"]],
    ["me throat is on fire", ["sore-throat"]],
    ["head's thumping", ["headache"]],
    ["a stabbing pain in my chest", ["chest-pain", "chest-pain-character=sharp"]],
    ["my chest pain is pressing", ["chest-pain", "chest-pain-character=pressure"]],
    ["pressing chest pain since lunch", ["chest-pain", "chest-pain-character=pressure"]],
    ["the light was very faint", []],
    ["I can't catch my breath", ["breathlessness"]],
    ["I bit my tongue at lunch", []],
    ["I can't see out of my right eye", ["vision-loss"]],
    ["since this morning I cannot see with my left eye", ["vision-loss"]],
    ["I suddenly can't see", ["vision-loss"]],
    ["I can't see any blood", []],
    ["I can't see my doctor any more", []],
  ])("%j means %j", (text, expected) => expect(facts(text)).toEqual(expect.arrayContaining(expected)));

  it.each([
    "the queue at the bank makes me want to puke",
    "I laughed my head off at the film",
    "the light was very faint",
    "I could murder a curry",
    "I study so hard these days",
  ])("%j states nothing", (text) => expect(facts(text)).toEqual([]));

  it.each([
    ["I can't breathe when I climb stairs", "breathless-on-exertion"],
    ["can't breathe properly when I walk fast", "breathless-on-exertion"],
    ["pain in my lower right belly", "abdominal-pain-location=lower-right"],
    ["my right lower tummy hurts", "abdominal-pain-location=lower-right"],
    ["upper left abdomen is sore", "abdominal-pain-location=upper-left"],
    ["my period is two weeks late", "missed-period"],
  ])("%j is %s, whatever its words are elsewhere", (text, finding) => expect(facts(text)).toContain(finding));

  it("hears no fit in a bitten tongue, but one where the rest says so", () => {
    expect(facts("bit my tongue eating toast")).not.toContain("seizure");
    expect(facts("I bit my tongue and woke up on the floor")).toContain("seizure");
  });

  it("is no thought of suicide that something hurts", () => {
    for (const text of ["My flank is killing me", "these shoes are killing me", "my tooth kills me at night"]) {
      expect(lexicon.mentions(text).map(({ finding }) => finding)).not.toContain("suicidal-thoughts");
    }
  });
});

describe("what denies nothing, and what does", () => {
  it.each([
    ["I've lost two stone without even trying", "weight-loss"],
    ["lost a stone without any exercise", "weight-loss"],
    ["coughing without let-up", "cough"],
    ["the spinning comes without warning", "vertigo"],
    ["there's no pattern to the headaches", "headache"],
  ])("%j affirms", (text, finding) => expect(facts(text)).toContain(finding));

  it.each([
    ["I wouldn't call it a headache", "headache"],
    ["wouldn't say I'm feverish", "fever"],
    ["I would not say that it's a rash", "rash"],
    ["no pain when I pee", "painful-urination"],
    ["it doesn't hurt when I pee", "painful-urination"],
    ["felt sick but nothing came up", "vomiting"],
    ["he has had all his vaccines", "missed-vaccines"],
    ["this is the first time it has happened", "recurrent-attacks"],
    ["a sore jaw, never had this before", "recurrent-attacks"],
  ])("%j denies", (text, finding) => expect(facts(text)).toContain(`-${finding}`));

  it.each([
    ["I almost passed out on the bus", "fainting"],
    ["nearly threw up in the car", "vomiting"],
    ["very nearly collapsed at the till", "fainting"],
  ])("%j is not quite so", (text, finding) => expect(facts(text)).not.toContain(finding));

  it("ends what one cannot do where something else happens", () => {
    expect(facts("can't sleep, losing weight, always tired")).toEqual(["fatigue", "insomnia", "weight-loss"]);
    expect(facts("no wind passing, no appetite, and vomiting all night")).toContain("vomiting");
    expect(facts("no coughing, sneezing, and wheezing")).not.toContain("wheeze");
  });

  it("keeps a detail of a pain with the pain that is named", () => {
    expect(facts("something tore in my chest, ripping pain right through to my back")).toEqual([
      "chest-pain",
      "chest-pain-character=tearing",
      "chest-pain-radiation=back",
    ]);
    expect(facts("pain in my belly through to my back")).toContain("abdominal-pain-to-back");
  });
});
