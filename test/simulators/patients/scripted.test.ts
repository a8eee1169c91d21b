import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PERSONAS, Persona, type PersonaName, personaNamed } from "../../../simulators/patients/persona.ts";
import { scriptedPatient } from "../../../simulators/patients/scripted.ts";
import { buildLexicon, readAnswer } from "../../../src/index.ts";
import { smallBase, smallCase, variant } from "./small-base.ts";

const lexicon = buildLexicon(smallBase.findings);
const patient = (options: Partial<Parameters<typeof scriptedPatient>[0]> = {}) =>
  scriptedPatient({ case: smallCase, base: smallBase, lexicon, seed: 1, ...options });
const asked = (text: string, options = {}) => patient(options).answer({ type: "ask", text });
const coded = (finding: string, options = {}) => patient(options).answer({ type: "ask", finding });

describe("the opening", () => {
  it("is the case's complaint", async () => {
    const { text, observed } = await patient({ case: variant({ complaint: "This cough is killing me." }) }).open();
    expect(text).toBe("This cough is killing me.");
    expect(observed).toEqual([{ finding: "cough", state: "present" }]);
  });

  it("is composed of the opening findings where the case has no words", async () => {
    const { text } = await patient().open();
    expect(["I keep coughing.", "I cough all day."]).toContain(text);
  });

  it("never names the label", async () => {
    const { text } = await patient({ case: variant({ complaint: "My bronchial asthma is back" }) }).open();
    expect(text).toBe("I don't feel well.");
  });
});

describe("answering", () => {
  it("understands codes and words alike", async () => {
    expect((await coded("cough")).observed).toEqual([{ finding: "cough", state: "present" }]);
    expect((await asked("Have you been coughing?")).observed).toEqual([{ finding: "cough", state: "present" }]);
  });

  it("uses the base's own sentences, and others where it has none", async () => {
    expect(["Yes, I keep coughing.", "I cough all day."]).toContain((await coded("cough")).text);
    expect((await coded("cough-type")).text).toBe("It's a dry cough.");
    expect(["No, I don't.", "No, I don't have a fever."]).toContain((await coded("fever")).text);
    expect((await coded("pain-place")).text).toMatch(/left arm and belly/);
    expect((await coded("pain-strength")).text).toMatch(/7 out of 10/);
  });

  it("takes what the case does not list as the case says", async () => {
    expect((await coded("smoker")).observed).toEqual([{ finding: "smoker", state: "absent" }]);
    const open = await coded("smoker", { case: variant({ unlisted: "unknown" }) });
    expect(open.observed).toEqual([{ finding: "smoker", state: "unknown" }]);
    expect(readAnswer(smallBase.findings.find(({ id }) => id === "smoker")!, open.text).state).toBe("unknown");
  });

  it("says no to a child whose parent is absent", async () => {
    const healthy = variant({ opening: [], findings: [] });
    expect((await coded("cough-type", { case: healthy })).observed).toEqual([
      { finding: "cough-type", state: "absent" },
    ]);
  });

  it("follows up on what was just spoken of", async () => {
    const talking = patient();
    await talking.answer({ type: "ask", text: "Do you have a cough?" });
    expect((await talking.answer({ type: "ask", text: "Is it dry?" })).observed[0]?.finding).toBe("cough-type");
  });

  it("asks back where it does not understand, and says nothing then", async () => {
    for (const text of ["Do you own a parrot?", "What is your diagnosis?", "Which disease do you have?"]) {
      expect(await asked(text)).toEqual({ text: "Sorry, what do you mean?", observed: [], understood: false });
    }
    expect((await coded("no-such-finding")).understood).toBe(false);
  });

  it("answers one question with one finding", async () => {
    for (const { id } of smallBase.findings)
      expect((await coded(id)).observed.map(({ finding }) => finding)).toEqual([id]);
  });

  it("never says the label's name, not even where the question does", async () => {
    const { text, observed } = await coded("asthma-history");
    expect(observed).toEqual([{ finding: "asthma-history", state: "present" }]);
    expect(text.toLowerCase()).not.toContain("asthma");
  });
});

describe("examinations", () => {
  const examined = (act: { finding?: string; text?: string }, options = {}) =>
    patient(options).answer({ type: "examine", ...act });

  it("give the case's result", async () => {
    expect(await examined({ text: "Measure the body temperature please" })).toMatchObject({
      text: "Body temperature: 39.2 °C.",
      observed: [{ finding: "temperature", state: "present", number: 39.2 }],
    });
    expect((await examined({ finding: "chest-x-ray" })).text).toBe("The lungs are clear.");
  });

  it("are unavailable where nobody knows the test", async () => {
    expect(await examined({ text: "MRI of the knee" })).toEqual({
      text: "That is not available.",
      observed: [],
      understood: false,
    });
  });

  it("are unavailable where an open case does not list them, and normal where so configured", async () => {
    const open = { case: variant({ unlisted: "unknown" as const }) };
    expect(await examined({ finding: "chest-x-ray" }, open)).toMatchObject({
      text: "That is not available.",
      observed: [{ state: "unknown" }],
    });
    expect((await examined({ finding: "chest-x-ray" }, { ...open, normal: true })).text).toBe("The lungs are clear.");
  });
});

describe("truth", () => {
  const ids = smallBase.findings.map(({ id }) => id);
  const persona = fc.record({
    vagueness: fc.double({ min: 0, max: 1, noNaN: true }),
    forgetfulness: fc.double({ min: 0, max: 1, noNaN: true }),
    denial: fc.double({ min: 0, max: 1, noNaN: true }),
    overReporting: fc.double({ min: 0, max: 1, noNaN: true }),
    verbosity: fc.constantFrom("terse" as const, "plain" as const, "verbose" as const),
  });

  it("is what answer states, in any order, with the same words for the same seed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), persona, fc.shuffledSubarray(ids), async (seed, chances, order) => {
        const options = { seed, persona: Persona.parse(chances) };
        const [one, other] = [patient(options), patient(options)];
        for (const id of ids) one.truth(id);
        for (const finding of order) {
          const reply = await other.answer({ type: "ask", finding });
          expect(reply.observed).toEqual([one.truth(finding)]);
          expect(reply).toEqual(await one.answer({ type: "ask", finding }));
        }
      }),
    );
  });

  it("gives 200,000 statements a second", () => {
    const quick = patient();
    const start = performance.now();
    for (let n = 0; n < 100_000; n++) quick.truth(ids[n % ids.length]!);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe("personas", () => {
  /** How many of 1,000 patients state `state` of `finding`. */
  const count = (chances: Record<string, unknown>, finding: string, state: string): number => {
    const persona = Persona.parse(chances);
    let n = 0;
    for (let seed = 0; seed < 1_000; seed++) if (patient({ seed, persona }).truth(finding).state === state) n++;
    return n;
  };

  it("are reliable by default", () => {
    expect(Persona.parse({})).toEqual(personaNamed("plain"));
    expect(count({}, "asthma-history", "present")).toBe(1_000);
  });

  it("deny, forget, exaggerate and blur as often as they are told", () => {
    expect(count({ denial: 0.3 }, "asthma-history", "absent")).toBeCloseTo(300, -2);
    expect(count({ forgetfulness: 0.3 }, "asthma-history", "unknown")).toBeCloseTo(300, -2);
    expect(count({ overReporting: 0.3 }, "fever", "present")).toBeCloseTo(300, -2);
    expect(count({ vagueness: 0.3 }, "pain-strength", "unknown")).toBeCloseTo(300, -2);
  });

  it("never deny what they came with, and change no measurement", () => {
    const all = { denial: 1, forgetfulness: 1, overReporting: 1, vagueness: 1 };
    expect(count(all, "cough", "present")).toBe(1_000);
    expect(count(all, "temperature", "present")).toBe(1_000);
    expect(count(all, "chest-x-ray", "absent")).toBe(1_000);
  });

  it("exaggerate symptoms only", () => {
    expect(count({ overReporting: 1 }, "smoker", "absent")).toBe(1_000);
  });

  it("talk little or much", async () => {
    expect((await coded("cough", { persona: personaNamed("terse") })).text).toBe("Yes.");
    const verbose = (await coded("cough", { persona: personaNamed("verbose") })).text;
    expect(verbose.length).toBeGreaterThan((await coded("cough")).text.length);
  });

  it("of low literacy do not understand clinical terms, and do understand lay ones", async () => {
    const persona = personaNamed("low-literacy");
    expect((await asked("Are you febrile?", { persona })).text).toMatch(/don't know what that word means/);
    expect((await asked("Are you febrile?")).understood).toBe(true);
    expect((await asked("Do you have a fever?", { persona })).understood).toBe(true);
  });

  it("are refused by a clear error where unknown", () => {
    expect(() => personaNamed("grumpy")).toThrow(/no persona "grumpy"; choose one of plain/);
    for (const name of Object.keys(PERSONAS)) expect(personaNamed(name as PersonaName)).toBeDefined();
  });
});
