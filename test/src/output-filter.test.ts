/** No output advises to take, stop or change a drug, or holds a dose; asking what somebody takes is allowed. */
import { describe, expect, test } from "vitest";
import { CONVERSATION_DISCLAIMER, crisisWords } from "../../agents/index.ts";
import { filterOutput, isForbidden } from "../../src/index.ts";
import { starterCases } from "../fixtures/sources.ts";

const FORBIDDEN = [
  "Take an aspirin.",
  "You should take two ibuprofen.",
  "Take 400 mg of ibuprofen every six hours.",
  "I would stop the blood thinner for now.",
  "Stop taking your metformin.",
  "Please double your insulin tonight.",
  "You can safely skip your blood pressure tablets.",
  "Have you considered stopping your statin?",
  "Why don't you take a paracetamol?",
  "How about taking some antihistamines?",
  "Could you take an extra dose?",
  "Do you think you should stop your tablets?",
  "500mg is enough.",
  "0.5 mg should do.",
  "Two tablets at night.",
  "10 units before meals.",
  "Half a tablet is fine.",
  "Paracetamol will help with the fever.",
  "An antibiotic is recommended.",
  "It is safe to take codeine with that.",
  "You need antibiotics.",
  "Antibiotics would help here.",
  "Switch from ramipril to losartan.",
  "Keep taking the steroids.",
  "Continue your medication as before.",
  "Wean yourself off the sertraline.",
  "I'd reduce your dose a little.",
  "Your doctor would prescribe amoxicillin.",
  "The best thing is a beta blocker.",
  "Try an over-the-counter remedy.",
  "Use your inhaler.",
  "Give him ibuprofen drops.",
  "T**ake** as**pirin**.",
  "Ta\u200Bke an aspi\u200Brin.",
  "Ｔａｋｅ ａｓｐｉｒｉｎ．",
  "Avoid NSAIDs.",
  "Do not take ibuprofen.",
  "Aspirin 300 mg",
  "Ibuprofen every 6 hours.",
  "Put yourself on lithium? You should use lithium.",
];

const ALLOWED = [
  "Which medicines do you take?",
  "Do you often take ibuprofen, diclofenac, naproxen or aspirin?",
  "Do you take blood thinners?",
  "Have you missed insulin doses lately?",
  "Have you started a new medicine in the last eight weeks?",
  "Have you stopped any medicine recently?",
  "When did you last take a painkiller?",
  "Did the tablets help?",
  "How many tablets do you take?",
  "What is your temperature?",
  "Your temperature was 38.5 °C.",
  "C-reactive protein: 120 mg/L",
  "Haemoglobin: 9.5 g/dL",
  "Call 112 now.",
  "See a clinician within 24 hours.",
  "Take your temperature, please.",
  "Do you have a cough?",
  "Does it hurt when you take a deep breath?",
  "Your history, habits and medicines make some causes likelier than others.",
  "Bring a list of your medicines with you.",
];

describe("the output filter", () => {
  test.each(FORBIDDEN)("leaves out: %s", (text) => {
    expect(filterOutput(text).removed.length).toBeGreaterThan(0);
  });

  test.each(ALLOWED)("lets through: %s", (text) => {
    expect(filterOutput(text)).toEqual({ text, removed: [] });
  });

  test("keeps what is harmless around a forbidden sentence", () => {
    const { text, removed } = filterOutput("I see. Take 500 mg of paracetamol. Do you have a fever?");
    expect(text).toBe("I see. Do you have a fever?");
    expect(removed).toEqual(["Take 500 mg of paracetamol."]);
  });

  test("lets every question, flag and fixed sentence of the project through", async () => {
    const { base } = await starterCases(1);
    const texts = [
      ...base.findings.map(({ question }) => question),
      ...base.redFlags.map(({ message }) => message),
      CONVERSATION_DISCLAIMER,
      crisisWords(),
    ];
    expect(texts.filter((text) => filterOutput(text).removed.length > 0)).toEqual([]);
    expect(isForbidden(texts[0]!)).toBe(false);
  });

  test("reads 20,000 characters in an instant", () => {
    const long = "take a tablet or 5 ".repeat(1052);
    const begun = performance.now();
    filterOutput(long);
    filterOutput("aaaaa ".repeat(3333));
    filterOutput("drug ".repeat(4000));
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});
