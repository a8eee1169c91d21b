import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildLexicon, Finding, pick, readAnswer, seededRandom } from "../../src/index.ts";

const finding = (id: string, question: string, rest: Record<string, unknown> = {}): Finding =>
  Finding.parse({ id, name: id.replaceAll("-", " "), kind: "symptom", type: "binary", question, ...rest });

const fever = finding("fever", "Do you have a fever?", { synonyms: ["high temperature"] });
const cough = finding("cough", "Do you have a cough?");
const throat = finding("sore-throat", "Is your throat sore?", {
  answers: { present: ["It hurts every time I swallow."], absent: ["My throat feels the same as ever."] },
});
const chest = finding("chest-pain", "Do you have pain in your chest?");
const pain = finding("pain", "Do you have pain somewhere?");
const coughType = finding("cough-type", "Is the cough dry, or does something come up?", {
  type: "categorical",
  parent: "cough",
  values: [
    { id: "dry", name: "dry", synonyms: ["nothing comes up"] },
    { id: "productive", name: "productive", synonyms: ["phlegm"] },
  ],
});
const place = finding("pain-place", "Where do you feel the pain?", {
  type: "multiple",
  values: [
    { id: "nowhere", name: "nowhere" },
    { id: "neck", name: "neck" },
    { id: "back-of-neck", name: "back of the neck" },
    { id: "ankle-r", name: "ankle(R)" },
    { id: "ankle-l", name: "ankle(L)" },
    { id: "belly", name: "belly" },
  ],
  none: "nowhere",
});
const strength = finding("pain-strength", "How strong is the pain?", {
  type: "categorical",
  values: Array.from({ length: 11 }, (_, n) => ({ id: String(n), name: String(n) })),
  none: "0",
});
const temperature = finding("temperature", "What is your temperature?", {
  type: "numeric",
  unit: "°C",
  range: [34, 42.5],
});

const findings = [fever, cough, throat, chest, pain, coughType, place, strength, temperature];
const lexicon = buildLexicon(findings);
const best = (text: string): string | undefined => lexicon.match(text, 1)[0]?.finding;

describe("matching a question to a finding", () => {
  it("gives a finding's own question and name the full score", () => {
    for (const { id, question, name } of findings) {
      expect(lexicon.match(question, 1)[0]).toMatchObject({ finding: id, score: expect.closeTo(1, 5) });
      expect(best(name)).toBe(id);
    }
  });

  it("hears other everyday words for the same thing", () => {
    expect(best("Any high temperature?")).toBe("fever");
    expect(best("Does your chest hurt?")).toBe("chest-pain");
    expect(best("Were you coughing?")).toBe("cough");
  });

  it("prefers the closer of two like questions", () => {
    expect(best("Do you have pain somewhere at all?")).toBe("pain");
    expect(best("So, pain in the chest?")).toBe("chest-pain");
  });

  it("names the values that a question speaks of", () => {
    expect(lexicon.match("Is the cough dry?", 1)[0]).toMatchObject({ finding: "cough-type", values: ["dry"] });
  });

  it("finds nothing in small talk or in nothing", () => {
    expect(lexicon.match("Hello, thank you")).toEqual([]);
    expect(lexicon.match("")).toEqual([]);
  });

  it("matches among accepted findings only", () => {
    expect(lexicon.match("fever", 5, ({ id }) => id !== "fever").map((match) => match.finding)).not.toContain("fever");
  });
});

describe("reading an answer", () => {
  const state = (text: string, about: Finding = fever): string => readAnswer(about, text).state;

  it.each(["yes", "Yeah, a bit", "I do.", "I think so", "Of course", "I have a fever", "Yes, no doubt"])(
    "%j is yes",
    (text) => {
      expect(state(text)).toBe("present");
    },
  );

  it.each([
    "no",
    "Nope",
    "no fever",
    "not really",
    "I don't think so",
    "never had that",
    "I have no fever",
    "I haven’t",
  ])("%j is no", (text) => expect(state(text)).toBe("absent"));

  it.each(["I don't know", "not sure", "maybe", "Sort of", "I can't remember", "the sky is blue", "", "?"])(
    "%j says nothing",
    (text) => expect(state(text)).toBe("unknown"),
  );

  it("knows the finding's own answer sentences, and that 'fine' is no", () => {
    expect(state("It hurts every time I swallow.", throat)).toBe("present");
    expect(state("My throat feels the same as ever. That is how it is.", throat)).toBe("absent");
    expect(state("my throat is fine", throat)).toBe("absent");
  });

  it("takes a complaint that is a negation for a yes", () => {
    const insomnia = finding("insomnia", "Do you sleep badly?", { answers: { present: ["I can't sleep at all."] } });
    expect(state("At night I can't sleep", insomnia)).toBe("present");
    expect(state("No, I sleep well", insomnia)).toBe("absent");
    expect(state("I don't sleep badly", insomnia)).toBe("absent");
  });

  it("reads values by name or synonym, the longer wording first", () => {
    expect(readAnswer(coughType, "there is phlegm")).toMatchObject({ state: "present", values: ["productive"] });
    expect(readAnswer(coughType, "not dry, I bring up phlegm")).toMatchObject({ values: ["productive"] });
    expect(readAnswer(place, "the back of the neck and the belly").values?.toSorted()).toEqual([
      "back-of-neck",
      "belly",
    ]);
  });

  it("takes a side where one is named and both where none is", () => {
    expect(readAnswer(place, "my right ankle").values).toEqual(["ankle-r"]);
    expect(readAnswer(place, "the left ankle and the right side of the neck").values).toEqual(["ankle-l", "neck"]);
    expect(readAnswer(place, "my ankles").values?.toSorted()).toEqual(["ankle-l", "ankle-r"]);
  });

  it("takes the value that means none, and a plain no, as absent", () => {
    for (const text of ["nowhere", "No.", "none"]) expect(readAnswer(place, text).state).toBe("absent");
    expect(readAnswer(strength, "0")).toEqual({ finding: "pain-strength", state: "absent" });
  });

  it("reads ratings and measures", () => {
    expect(readAnswer(strength, "about a 7 out of 10").values).toEqual(["7"]);
    expect(readAnswer(strength, "seven").values).toEqual(["7"]);
    expect(readAnswer(temperature, "39.2").number).toBe(39.2);
    expect(readAnswer(temperature, "it was 38,5 this morning").number).toBe(38.5);
    expect(readAnswer(temperature, "102 F").number).toBe(38.9);
  });

  it("does not believe a measure that cannot be", () => {
    expect(readAnswer(temperature, "392").state).toBe("unknown");
  });
});

describe("findings stated in a complaint", () => {
  const stated = (text: string): Record<string, string> =>
    Object.fromEntries(lexicon.mentions(text).map((observed) => [observed.finding, observed.state]));

  it("tells present from absent", () => {
    expect(stated("I have a sore throat and no cough")).toEqual({ "sore-throat": "present", cough: "absent" });
    expect(stated("No fever or cough, but my throat is sore.")).toEqual({
      fever: "absent",
      cough: "absent",
      "sore-throat": "present",
    });
  });

  it("ends a negation with its sentence and at a new subject", () => {
    expect(stated("I don't have a fever. Cough since Monday")).toEqual({ fever: "absent", cough: "present" });
    expect(stated("I have no fever and I cough")).toEqual({ fever: "absent", cough: "present" });
  });

  it("hears the longer name only", () => {
    expect(stated("my chest hurts")).toEqual({ "chest-pain": "present" });
  });

  it("adds the values of a child, and numbers", () => {
    const observed = lexicon.mentions("I have a dry cough and a temperature of 39.2");
    expect(observed).toContainEqual({ finding: "cough-type", state: "present", values: ["dry"] });
    expect(observed).toContainEqual({ finding: "temperature", state: "present", number: 39.2 });
  });
});

describe("for any text", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.array(fc.constantFrom("fever", "no", "cough", "dry", "7", ",", "I")).map((words) => words.join(" ")),
  );

  it("never throws, and scores lie in (0, 1], best first", () => {
    fc.assert(
      fc.property(text, (said) => {
        const scores = lexicon.match(said).map(({ score }) => score);
        expect(scores.every((score) => score > 0 && score <= 1)).toBe(true);
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
        lexicon.mentions(said);
        for (const about of findings) readAnswer(about, said);
      }),
    );
  });

  it("reads the next answer as it would read it alone", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...findings), text), { maxLength: 5 }), (answers) => {
        for (const [about, said] of answers) expect(lexicon.readAnswer(about, said)).toEqual(readAnswer(about, said));
      }),
    );
  });

  it("sets misspelt words right among strange ones", () => {
    const random = seededRandom(3);
    const strangeWord = (): string => Array.from({ length: 14 }, () => pick(random, [..."bcdfgxyz"])).join("");
    const strange = Array.from({ length: 500 }, strangeWord).join(" ");
    expect(lexicon.correctSpelling(`${strange} couhg`)).toBe(`${strange} cough`);
  });

  it("flips with a negation before it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(fever, cough, throat, chest),
        fc.constantFrom("no ", "not a ", "without "),
        (about, no) => {
          expect(readAnswer(about, `I feel ${about.name}`).state).toBe("present");
          expect(readAnswer(about, `${no}${about.name}`).state).toBe("absent");
          expect(lexicon.mentions(about.name)).toEqual([{ finding: about.id, state: "present" }]);
          expect(lexicon.mentions(`${no}${about.name}`)).toEqual([{ finding: about.id, state: "absent" }]);
        },
      ),
    );
  });

  it("reads 20,000 characters quickly", () => {
    for (const unit of ["fever pain cough ", "x", "no ", "1.", "aeiou ", "! "]) {
      const long = unit.repeat(20_000 / unit.length);
      const start = performance.now();
      lexicon.match(long);
      lexicon.mentions(long);
      readAnswer(place, long);
      expect(performance.now() - start).toBeLessThan(1_000);
    }
  });
});
