import { describe, expect, it } from "vitest";
import { facts } from "./starter.ts";

describe("who speaks for somebody else", () => {
  it.each([
    ["my wife's face has suddenly dropped on one side", "facial-droop"],
    ["husband has chest pain", "chest-pain"],
    ["Mum just collapsed in the kitchen", "fainting"],
    ["my brother is having a fit", "seizure"],
    ["gran is confused since this morning and has a fever", "confusion"],
    ["Wife here. He can't speak and his arm is limp.", "one-sided-weakness"],
    ["please help my dad can't breathe", "breathlessness"],
    ["my flatmate is unconscious. I found her on the floor", "fainting"],
  ])("%j: the grown person is the patient", (text, finding) => expect(facts(text)).toContain(finding));

  it.each([
    "my dad had a stroke",
    "my sister has migraines",
    "my husband has been coughing",
    "mum had a fit years ago",
    "my uncle died of a heart attack",
    "my wife has a cold",
  ])("%j tells of the family", (text) => expect(facts(text).filter((fact) => !fact.startsWith("family-"))).toEqual([]));

  it("keeps to the one who writes where they tell of themselves", () => {
    expect(facts("I have a rash, and my dad just collapsed")).toEqual(["rash"]);
    expect(facts("my neighbour just had a heart attack, so I'm worried about my chest pain")).not.toContain(
      "heart-disease",
    );
    expect(facts("my ear hurts. my wife is confused")).toEqual(["ear-pain"]);
  });
});
