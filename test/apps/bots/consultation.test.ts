/** A bot of one's own: words in, a reply out; consent, flags, crises and audiences as in the server. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { heard } from "../../../apps/server/chat-turn.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { createConsultation } from "../../../index.ts";
import { type AgentCore, checkSequence } from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";

/** Asks for the temperature, whatever is known. */
const thermometer: AgentCore = {
  name: "thermometer",
  versions: {},
  open: () => undefined,
  observe: () => undefined,
  decide: () => ({ type: "ask", finding: "temperature" }),
};

const typesOf = (events: readonly { readonly type: string }[]): string[] => events.map(({ type }) => type);

test("what a record says is known before the first question, and is not asked", async () => {
  const findings = [{ finding: "fever", state: "present" }] as const;
  const known = await createConsultation({ base: clinic, consent: true, person: { age: 30 }, findings });
  const [opened] = await known.events();
  expect(opened).toMatchObject({ type: "opened", intake: { age: 30, findings } });
  let reply = await known.say("I have a cough");
  for (let n = 0; n < 8 && !reply.ended; n++) reply = await known.say("no");
  const asked = (await known.events()).flatMap((event) => (event.type === "agent-asked" ? [event.finding] : []));
  expect(asked.length).toBeGreaterThan(0);
  expect(asked).not.toContain("fever");
});

describe("consent", () => {
  test("is not given by a yes to what was not told yet", async () => {
    const consultation = await createConsultation({ base: clinic });
    expect((await consultation.say("yes")).text).toContain(consultation.disclaimer);
    expect(consultation.consented).toBe(false);
    expect((await consultation.say("yes")).text).toContain("what troubles you");
    expect(consultation.consented).toBe(true);
  });

  test("is asked for in the chat, and nothing is kept or asked before it is given", async () => {
    const consultation = await createConsultation({ base: clinic, safety: { emergencyNumber: "999" } });
    const first = await consultation.say("hello, I am Ada and I cough");
    expect(first.text).toContain(consultation.disclaimer);
    expect(first.text).toContain("call 999");
    expect(first.suggestions).toEqual(["Yes", "No"]);
    expect(JSON.stringify(await consultation.events())).not.toContain("Ada");
    expect((await consultation.say("no")).text).toContain("nothing of what you wrote is kept");
    expect(consultation.consented).toBe(false);
    const yes = await consultation.say("Yes.");
    expect(typesOf(yes.events)).toEqual(["said", "consented", "reply"]);
    expect(yes.text).toContain("what troubles you most");
    const asked = await consultation.say("I have a cough");
    expect(typesOf(asked.events)).toEqual(["said", "understood", "question"]);
    expect(asked.suggestions).toContain("Not sure");
  });

  test("given beforehand opens as the server does", async () => {
    const consultation = await createConsultation({ base: clinic, consent: true, person: { age: 34, sex: "female" } });
    expect(typesOf(await consultation.events())).toEqual(["opened", "consented"]);
    expect((await consultation.say("I have a cough")).events.at(-1)?.type).toBe("question");
  });

  test("is not needed to be told of an emergency or a crisis; the words are not kept", async () => {
    for (const [words, help] of [
      ["I cough up blood", "Coughing up blood must be seen at once."],
      ["I want to kill myself", "call 112"],
    ] as const) {
      const consultation = await createConsultation({ base: clinic });
      const reply = await consultation.say(words);
      expect(reply.text).toContain(help);
      expect(reply.ended).toBe(true);
      const kept = JSON.stringify(await consultation.events());
      expect(kept).not.toContain(words);
      expect(kept).not.toContain("finding-observed");
      expect((await consultation.say("yes")).text).toContain("has ended");
    }
  });
});

describe("a consultation", () => {
  test("ends at a red flag, with the place's own number", async () => {
    const consultation = await createConsultation({ base: clinic, consent: true, safety: { emergencyNumber: "000" } });
    const reply = await consultation.say("I cough and there is blood in it, I cough up blood");
    expect(typesOf(reply.events)).toContain("red-flag");
    expect(reply.text).toContain("000");
    expect(reply.ended).toBe(true);
  });

  test("shows a differential to clinicians only", async () => {
    const patient = await createConsultation({ base: clinic, consent: true });
    const clinician = await createConsultation({ base: clinic, consent: true, audience: "clinician" });
    expect(await patient.say("I have a cough")).not.toHaveProperty("differential");
    expect((await clinician.say("I have a cough")).differential?.conditions.pneumonia?.probability).toBeGreaterThan(0);
  });

  test("answers the same id once, and tells that it came before", async () => {
    const consultation = await createConsultation({ base: clinic, consent: true });
    const [first, again] = await Promise.all([
      consultation.say("I have a cough", { id: "1" }),
      consultation.say("I have a cough", { id: "1" }),
    ]);
    expect(first.repeated).toBe(false);
    expect(again).toEqual({ ...first, repeated: true });
    expect((await consultation.events()).filter(({ type }) => type === "agent-asked")).toHaveLength(1);
  });

  test("goes on from its store, and knows there what came before, consent and empty words included", async () => {
    const directory = mkdtempSync(join(tmpdir(), "anamnesis-bots-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const options = { base: clinic, store: `file:${directory}`, id: "of-ada" };
    const before = await createConsultation(options);
    const said = [];
    for (const [index, text] of ["hi", "yes", "", "I have a cough"].entries())
      said.push(await before.say(text, { id: `m${index}` }));
    await before.close();
    const after = await createConsultation(options);
    onTestFinished(() => after.close());
    for (const [index, text] of ["hi", "yes", "", "I have a cough"].entries())
      expect(await after.say(text, { id: `m${index}` })).toMatchObject({ text: said[index]!.text, repeated: true });
    expect((await after.say("no")).events.at(-1)?.type).toMatch(/question|conclusion/);
  });

  test("is one list of events that any fold accepts, before and after what the agent is spared", async () => {
    const consultation = await createConsultation({ base: clinic });
    for (const text of ["hi", "yes", "?!", "a cough", "no"]) await consultation.say(text);
    const events = await consultation.events();
    checkSequence(events);
    checkSequence(heard(events));
    expect(typesOf(heard(events)).slice(0, 2)).toEqual(["opened", "consented"]);
  });

  test("of nobody's is begun under the id given, and deleted with all that was said", async () => {
    const store = memoryStore();
    const consultation = await createConsultation({ base: clinic, store, id: "mine" });
    await consultation.say("hello");
    expect(await store.list()).toEqual(["mine"]);
    await consultation.delete();
    expect(await store.list()).toEqual([]);
  });

  test("keeps attachments as events of their own, and says that it cannot see them", async () => {
    const consultation = await createConsultation({ base: clinic, consent: true });
    const attachments = [{ type: "image/jpeg", url: "https://media.example/1" }];
    await consultation.say("I have a cough", { attachments });
    const reply = await consultation.say("", { attachments });
    const events = await consultation.events();
    const received = events.filter(({ type }) => type === "patient-said" || type === "attachment-received");
    expect(received).toMatchObject([
      { text: "I have a cough" },
      { attachment: attachments[0] },
      { text: "" },
      { attachment: attachments[0] },
    ]);
    expect(reply.text).toContain("cannot look at pictures");
    expect(consultation.messages()).toContainEqual(
      expect.objectContaining({ type: "attachment", attachment: attachments[0] }),
    );
  });

  test("keeps no attachment that came before consent", async () => {
    const consultation = await createConsultation({ base: clinic });
    await consultation.say("look", { attachments: [{ type: "image/jpeg", url: "https://media.example/1" }] });
    expect(JSON.stringify(await consultation.events())).not.toContain("media.example");
  });

  test("stores any words and ids, and finds them again", async () => {
    const directory = mkdtempSync(join(tmpdir(), "anamnesis-bots-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const options = { base: clinic, store: `file:${directory}`, id: "odd", consent: true };
    const odd = ["\ud800 cough", "\u0000", "🤒".repeat(12_000), "7~not an order", "x".repeat(90)];
    const before = await createConsultation(options);
    for (const text of odd) await before.say(text, { id: text.slice(0, 100) });
    await before.close();
    const after = await createConsultation(options);
    onTestFinished(() => after.close());
    for (const text of odd) expect((await after.say(text, { id: text.slice(0, 100) })).repeated).toBe(true);
    expect((await after.say("no", { id: "z", order: 1 })).text).not.toBe("");
  });

  test("takes a suggestion that is typed letter for letter as chosen", async () => {
    const consultation = await createConsultation({ base: clinic, consent: true, core: thermometer });
    const { suggestions } = await consultation.say("I have a cough");
    expect(suggestions).toContain("Below 38 °C");
    await consultation.say("below 38 °C");
    expect(
      (await consultation.events()).flatMap((event) => ("observed" in event ? [event.observed] : [])),
    ).toContainEqual({
      finding: "temperature",
      state: "present",
      values: ["normal"],
    });
  });

  test("that was silent for too long is abandoned", async () => {
    let now = Date.parse("2030-01-01T00:00:00Z");
    const clock = { now: () => new Date(now) };
    const consultation = await createConsultation({ base: clinic, consent: true, clock });
    await consultation.say("I have a cough");
    now += 25 * 3_600_000;
    expect((await consultation.say("no")).text).toContain("has ended");
    expect(typesOf(await consultation.events())).toContain("abandoned");
  });

  test("with options that cannot be is refused", async () => {
    for (const options of [{ budget: -1 }, { id: "Not An Id" }, { store: "cloud" }, { person: { age: 900 } }])
      await expect(createConsultation({ base: clinic, ...options })).rejects.toThrow();
  });
});

test("a message that comes late is no answer to a later question, asks nothing, and its other findings count", async () => {
  const consultation = await createConsultation({ base: clinic, consent: true });
  const { events } = await consultation.say("I have a cough", { id: "a", order: 5 });
  const question = events.at(-1)!;
  expect(question.type).toBe("question");
  const late = await consultation.say("yes, and I smoke", { id: "b", order: 4 });
  expect(late.text).toBe("");
  const finding = question.type === "question" ? question.finding : undefined;
  const told = (await consultation.events()).flatMap((event) =>
    event.type === "finding-observed" ? [event.observed.finding] : [],
  );
  expect(told).toContain("smoker");
  if (finding !== "smoker") expect(told).not.toContain(finding);
  expect((await consultation.say("I cough up blood", { id: "c", order: 3 })).ended).toBe(true);
});
