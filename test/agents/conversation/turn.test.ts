/** A turn: one message in; what was understood, flags, and the next question or the conclusion out. */
import { describe, expect, test } from "vitest";
import { embeddedUnderstander, suggestionsFor } from "../../../agents/index.ts";
import { buildLexicon, ConsultationEvent, replay } from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";
import { starterCases } from "../../fixtures/sources.ts";
import { conversation, embeddedParts } from "./talk.ts";

const parts = embeddedParts(clinic, { safety: { emergencyNumber: "144", crisisLine: "The Line, 143" } });
const asCough = { findings: [{ finding: "cough", state: "present" as const }] };

describe("a first message", () => {
  test("is heard, noted and followed by a question with answers to choose and its purpose", async () => {
    const { say, log } = conversation(parts);
    const told = await say("I have a cough");
    expect(told.types).toEqual(["patient-said", "finding-observed", "agent-asked"]);
    const suggestions = told.outputs.find(({ type }) => type === "suggestions");
    expect(suggestions).toMatchObject({ purpose: expect.stringMatching(/\w/) });
    const asked = log.events.findLast(({ type }) => type === "agent-asked");
    expect(told.text).toBe(asked?.type === "agent-asked" && asked.text);
    for (const event of log.events) expect(() => ConsultationEvent.parse(event)).not.toThrow();
  });

  test("without a complaint is asked for once more, then the interview begins", async () => {
    const { say } = conversation(parts);
    expect((await say("hello")).text).toMatch(/what troubles you/);
    expect((await say("well, you know")).types).toContain("agent-asked");
  });
});

const { base: starter } = await starterCases(1);
const understander = embeddedUnderstander(buildLexicon(starter.findings));

describe("an answer", () => {
  test.each([
    "I don't know",
    "I do not know",
    "I'm not sure",
    "Not sure.",
    "no idea",
    "I can't remember",
    "maybe",
    "Hmm, I really couldn't say",
  ])("in doubt (%s) is not known, whatever was asked, and the interview goes on", async (doubt) => {
    for (const { id, type } of starter.findings) {
      if (type !== "binary") continue;
      const { observed } = await understander.understand(doubt, { asked: id, known: new Map() });
      expect(observed.filter(({ finding, state }) => finding === id && state !== "unknown")).toEqual([]);
    }
    const { say, log } = conversation(parts, asCough);
    await say("I cough");
    const asked = replay(log.events).asked[0]!;
    expect((await say(doubt)).types).toContain("agent-asked");
    expect(replay(log.events).findings.get(asked)?.state).toBe("unknown");
  });

  test("chosen from the suggestions is taken as it stands", async () => {
    const { say, log } = conversation(parts, asCough);
    const told = await say("I cough");
    const offered = told.outputs.find((output) => output.type === "suggestions")!;
    const { label, observed } = offered.suggestions[0]!;
    await say({ text: label, observed });
    expect(replay(log.events).findings.get(offered.finding)).toEqual(observed);
  });

  test("typed as it was offered is the suggestion, whatever else its words could mean", async () => {
    const { core, ...others } = embeddedParts(starter);
    for (const finding of starter.findings) {
      const asking = { ...core, decide: () => ({ type: "ask", finding: finding.id }) as const };
      for (const { label, observed } of suggestionsFor(finding)) {
        const { say, log } = conversation({ ...others, core: asking });
        await say("I have a cough");
        await say(` ${label.toLowerCase()}`);
        expect(replay(log.events).findings.get(finding.id), `${finding.id}: ${label}`).toEqual(observed);
      }
    }
  });

  test("that was never offered is refused, with its code", async () => {
    const { say } = conversation(parts, asCough);
    const observed = { finding: "no-such-finding", state: "present" as const };
    await expect(say({ text: "Yes", observed })).rejects.toMatchObject({ code: "unknown-suggestion" });
  });

  test("that does not answer is asked again once, then counts as not known", async () => {
    const { say, log } = conversation(parts, asCough);
    await say("I cough");
    const turns = replay(log.events).turns;
    expect((await say("the bus was late")).text).toMatch(/did not understand/);
    expect(replay(log.events).turns).toBe(turns);
    expect((await say("purple monkey")).types).toContain("finding-observed");
  });

  test("with a correction changes what is known", async () => {
    const { say, log } = conversation(parts, { findings: [{ finding: "fever", state: "present" }] });
    await say("I feel hot");
    await say("Sorry, actually I have no fever");
    expect(log.events.some(({ type }) => type === "finding-corrected" || type === "finding-observed")).toBe(true);
    expect(replay(log.events).findings.get("fever")?.state).toBe("absent");
  });
});

describe("what is no answer", () => {
  test.each([
    ["", /did not get any words/],
    ["   ", /did not get any words/],
    ["x".repeat(20_001), /20,000 characters/],
  ])("%#: is not kept, and the question is put again", async (message, words) => {
    const { say, log } = conversation(parts, asCough);
    await say("I cough");
    const before = log.events.length;
    const told = await say(message);
    expect(told.text).toMatch(words);
    expect(log.events.slice(before).map(({ type }) => type)).toEqual(["agent-said"]);
    expect(told.outputs.some(({ type }) => type === "suggestions")).toBe(true);
  });

  test.each([
    "Ich habe seit gestern Kopfschmerzen und mir ist schlecht",
    "У меня болит голова",
    "我头痛",
    "Tengo dolor de cabeza desde ayer",
  ])("%s: another language is refused politely", async (message) => {
    const { say } = conversation(parts, asCough);
    await say("I cough");
    expect((await say(message)).text).toMatch(/only understand English/);
  });

  test("a question back is answered by the purpose of what was asked", async () => {
    const { say, log } = conversation(parts, asCough);
    await say("I cough");
    const told = await say("Why do you ask?");
    expect(told.text).toMatch(/likely|urgently|tells more/);
    expect(told.types).toEqual(["patient-said", "agent-said"]);
    expect(told.text).toContain(
      replay(log.events).asked.length
        ? clinic.findings.find(({ id }) => id === replay(log.events).asked[0])!.question
        : "",
    );
  });

  test("an answer together with a question back is both", async () => {
    const { say, log } = conversation(parts, asCough);
    await say("I cough");
    const asked = replay(log.events).asked[0]!;
    await say("No. Why do you ask?");
    expect(replay(log.events).findings.get(asked)?.state).toBe("absent");
    expect(replay(log.events).turns).toBe(2);
  });
});

describe("danger", () => {
  test("a red flag stops the interview within the same turn, with the local number and the disclaimer", async () => {
    const { say, log } = conversation(parts, asCough);
    const told = await say({
      text: "blood",
      observed: { finding: "cough-type", state: "present", values: ["bloody"] },
    });
    expect(told.types).toEqual(["patient-said", "finding-observed", "red-flag-raised", "concluded"]);
    expect(told.text).toContain("Coughing up blood must be seen at once.");
    expect(told.text).toContain("144");
    expect(told.text).toContain("not medical advice");
    expect(replay(log.events).conclusion?.reason).toBe("red-flag");
  });

  test("an emergency that no rule foresaw is a red flag when the agent concludes one", async () => {
    const differential = { entries: [{ condition: "pneumonia", probability: 0.9 }], other: 0.1 };
    const core = {
      ...parts.core,
      decide: () =>
        ({ type: "conclude", differential, urgency: "emergency", abstained: false, reason: "gain" }) as const,
    };
    const { say, log } = conversation({ ...parts, core }, asCough);
    const told = await say("I have a fever");
    expect(told.types.slice(-2)).toEqual(["red-flag-raised", "concluded"]);
    expect(log.events.at(-2)).toMatchObject({ rule: "likely-emergency", urgency: "emergency" });
    expect(told.text).toContain("may be an emergency. Go to an emergency department now, or call 144");
  });

  test.each([
    "I want to kill myself",
    "i just dont want to be here anymore",
    "my son wants to hurt himself",
    "I've been thinking of ending it all",
    "everyone would be better off without me, better off dead",
    "I have no fever but I feel suicidal",
  ])("%s: gets the fixed words and is handed off", async (message) => {
    const { say, log, ended } = conversation(parts, asCough);
    await say("I cough");
    const told = await say(message);
    expect(told.text).toMatch(/Thank you for telling me.*144.*The Line, 143/);
    expect(told.types.at(-1)).toBe("handed-off");
    expect(ended()).toBe(true);
    expect(replay(log.events).ended).toBe("handed-off");
  });

  test("a yes to thoughts of suicide is answered alike, typed or chosen", async () => {
    const thoughts = { finding: "suicidal-thoughts", state: "present" } as const;
    const { core, ...others } = embeddedParts(starter);
    const asking = { ...core, decide: () => ({ type: "ask", finding: thoughts.finding }) as const };
    for (const yes of ["yes", { text: "Yes", observed: thoughts }]) {
      const { say } = conversation({ ...others, core: asking });
      await say("I have a cough");
      const told = await say(yes);
      expect(told.text).toMatch(/Thank you for telling me/);
      expect(told.types.at(-1)).toBe("handed-off");
    }
  });

  test.each([
    "this headache is killing me",
    "I have never thought of suicide",
    "I'm dying for a coffee",
    "I cut my finger",
    "I hurt my back",
  ])("%s: is no crisis", async (message) => {
    const { say } = conversation(parts, asCough);
    await say("I cough");
    expect((await say(message)).types).not.toContain("handed-off");
  });

  test("is heard after the end, and in a message too long to be read", async () => {
    const { say } = conversation(parts, asCough);
    await say("I want to die");
    expect((await say("hello?")).text).toMatch(/has ended/);
    expect((await say("I want to die")).text).toMatch(/Thank you for telling me/);
    const other = conversation(parts, asCough);
    expect((await other.say(`${"and so on ".repeat(2500)} I want to kill myself`)).types).toContain("handed-off");
  });
});

describe("the end", () => {
  test("says what to do next with the disclaimer, and neither conditions nor probabilities", async () => {
    const { base, cases } = await starterCases(3);
    const { say, log, ended } = conversation(embeddedParts(base, { budget: 2 }), {
      age: cases[0]!.age,
      sex: cases[0]!.sex,
    });
    let told = await say("I have a runny nose");
    for (let n = 0; n < 8 && !ended(); n++) told = await say("no");
    expect(ended()).toBe(true);
    expect(told.text).toContain("not a diagnosis");
    expect(told.text).not.toMatch(/\d ?%/);
    const { conclusion } = replay(log.events);
    for (const { condition } of conclusion!.differential.entries.slice(0, 3)) {
      expect(told.text).not.toContain(base.conditions.find(({ id }) => id === condition)!.name);
    }
    expect((await say("and now?")).text).toMatch(/has ended/);
  });
});

test("an aborted turn throws and gives nothing more", async () => {
  const { say } = conversation(parts, asCough);
  await expect(say("I cough", AbortSignal.abort())).rejects.toThrow();
});
