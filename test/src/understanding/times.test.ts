import { describe, expect, it } from "vitest";
import { facts } from "./starter.ts";

describe("a time as the answer to a question for one", () => {
  it.each([
    ["25 min, an hour at most", "headache-duration", "under-3-hours"],
    ["it's over before you can blink", "chest-pain-duration", "seconds"],
    ["over the last fortnight", "onset", "weeks"],
    ["this past week", "onset", "weeks"],
    ["day 4 of it now", "onset", "days"],
    ["since I was a teenager", "onset", "months"],
    ["week 6 of this", "cough-duration", "three-to-eight-weeks"],
    ["rather over hours than suddenly", "onset", "hours"],
    ["over some days rather than all at once", "onset", "days"],
  ])("%j to %j is %j", (text, asked, value) => expect(facts(text, { asked })).toEqual([`${asked}=${value}`]));
});

it("is no side and no haste that an adverb tells", () => {
  expect(facts("right across the forehead", { asked: "headache-location" })).toEqual(["headache-location=forehead"]);
  expect(facts("I can't come on Tuesday")).toEqual([]);
});

describe("a time of something else", () => {
  it.each([
    ["a sore throat, and I finished my antibiotics last week"],
    ["I'm a diabetic of 20 years, now my feet are numb"],
    ["I got back from India a week ago, now a fever"],
    ["my heart races, it fades within two minutes"],
    ["I passed out for a few seconds"],
  ])("is no onset: %j", (text) => expect(facts(text).filter((fact) => fact.startsWith("onset"))).toEqual([]));

  it("is of what happened long ago, which is not so now", () => {
    expect(facts("I had a fit when I was three, now just a runny nose")).toEqual(["runny-nose"]);
    expect(facts("I fainted twenty years ago")).toEqual([]);
    expect(facts("headaches that started ten years ago")).toContain("headache");
    expect(facts("I've had migraines and vomiting since I was a girl")).toContain("vomiting");
  });
});
