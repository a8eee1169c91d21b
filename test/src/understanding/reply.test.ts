import { describe, expect, it } from "vitest";
import { facts } from "./starter.ts";

describe("an answer", () => {
  it.each([
    ["can't lie flat at all", "breathless-lying-flat"],
    ["couldn't get my shoes on", "leg-swelling"],
    ["won't reach the loo in time", "urinary-urgency"],
    ["only when I climb stairs", "breathlessness"],
    ["three times since breakfast", "vomiting"],
    ["9 kilos in four months", "weight-loss"],
    ["weekly", "nosebleeds"],
    ["it won't go away", "fever"],
    ["I haven't checked but I feel hot", "fever"],
    ["I can't see", "vision-loss"],
  ])("%j to %j is a yes", (text, asked) => expect(facts(text, { asked })).toContain(asked));

  it.each([
    ["my breathing is grand", "breathlessness"],
    ["the neck is normal, it's my shoulder", "neck-stiffness"],
    ["chest feels fine", "chest-pain"],
    ["hearing is perfect, thanks", "hearing-loss"],
    ["right as rain", "fatigue"],
    ["the same as ever", "weight-loss"],
    ["can't feel any", "swollen-lymph-nodes"],
    ["I can't complain", "headache"],
    ["not as far as I know", "fever"],
    ["makes no odds if I'm sitting or running about all day", "chest-pain-on-exertion"],
    ["I'm a bloke", "pregnancy"],
    ["both arms are strong", "one-sided-weakness"],
  ])("%j to %j is a no", (text, asked) => expect(facts(text, { asked })).toContain(`-${asked}`));

  it.each([
    ["haven't the foggiest", "tick-bite"],
    ["don't rightly know", "recent-antibiotics"],
    ["couldn't tell you, love", "family-early-heart"],
    ["beats me", "tick-bite"],
    ["can't decide whether it's swollen", "leg-swelling"],
    ["too dark so I can't see", "blood-in-urine"],
    ["sometimes yes and sometimes no, really not sure", "itch"],
    ["how am I supposed to know", "blood-in-urine"],
  ])("%j to %j is a doubt", (text, asked) => expect(facts(text, { asked })).toEqual([`?${asked}`]));

  it("is none where a message speaks of other things only, whatever it denies of them", () => {
    expect(facts("no fever, but my ear hurts", { asked: "cough-type" })).toEqual(["-fever", "ear-pain"]);
    expect(facts("I've a runny nose and a sore throat", { asked: "onset" })).toEqual(["runny-nose", "sore-throat"]);
    expect(facts("my ear hurts and there's no rash", { asked: "fever" })).toEqual(["-rash", "ear-pain"]);
  });

  it("is none where a no merely stands in it", () => {
    for (const text of [
      "the bus had no driver so we all waited for an hour",
      "imagine there were no rules for a minute, then go on",
      "the clinic in our village isn't open on any Sunday",
    ]) {
      expect(facts(text, { asked: "fever" })).toEqual(["?fever"]);
      expect(facts(text, { asked: "cough-type" })).toEqual(["?cough-type"]);
    }
  });

  it("does not tell again what the question takes for granted", () => {
    expect(facts("I've been coughing for a month", { asked: "cough-duration" })).toEqual([
      "cough-duration=three-to-eight-weeks",
    ]);
  });
});
