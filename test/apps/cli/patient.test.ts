/** `--patient model`: consultations and evaluations with patients whose words are a language model's. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConsultationEvent, checkSequence } from "../../../src/index.ts";
import { type ChatRequest, openaiServer, type ScriptedServer } from "../../fixtures/openai-server.ts";
import { anamnesis, inFolder } from "./command.ts";

let server: ScriptedServer;
beforeAll(async () => {
  server = await openaiServer();
});
afterAll(() => server.close());

const answerOf = ({ messages }: ChatRequest): string =>
  (JSON.parse(messages[1]!.content) as { answer?: string }).answer ?? "I don't know.";
const readJson = (file: string) => JSON.parse(readFileSync(file, "utf8"));
const model = () => ["--patient", "model", "--model", "openai:scripted", "--model-url", server.url];

describe("consult", () => {
  test("shows the model's words, and counts what was not borne out by the case", () =>
    inFolder(async (folder) => {
      server.play((request) => `${answerOf(request)} It must be scurvy. Quite honestly, I'm worried.`);
      const json = join(folder, "events.json");
      const { code, out } = await anamnesis(["consult", "--budget", "4", "--seed", "3", "--json", json, ...model()]);
      expect(code).toBe(0);
      expect(out).toMatch(/patient's model: \d+ replies, \d+ sentences, \d+ not borne out by the case/);
      expect(out).not.toContain("scurvy");
      const { consultations, model: name } = readJson(json);
      expect(name).toBe("openai:scripted");
      const [{ speech, events }] = consultations;
      checkSequence(events.map((event: unknown) => ConsultationEvent.parse(event)));
      expect(speech.replies).toBe(server.requests.length);
      expect(speech.ungrounded).toBeGreaterThanOrEqual(speech.replies);
      expect(speech.failed).toBe(0);
      expect(speech.spent.calls).toBe(speech.replies);
    }));

  test("goes on in the scripted words where the model fails", async () => {
    server.play(() => ({ status: 401 }));
    const args = ["consult", "--budget", "4", "--seed", "3"];
    const [failing, scripted] = await Promise.all([anamnesis([...args, ...model()]), anamnesis(args)]);
    expect(failing.code).toBe(0);
    expect(failing.out).toContain("0 sentences");
    expect(failing.out.startsWith(scripted.out)).toBe(true);
  });

  test("wants a model where one is to play, and only there", async () => {
    for (const args of [
      ["--patient", "model"],
      ["--model", "openai:x"],
    ]) {
      const { code, err } = await anamnesis(["consult", ...args]);
      expect([code, err]).toEqual([2, expect.stringContaining("--patient model and --model NAME go together")]);
    }
  });
});

test("evaluate talks to them in words and gives the same codes, so the same figures", () =>
  inFolder(async (folder) => {
    server.play(answerOf);
    const [played, scripted] = [join(folder, "played.json"), join(folder, "scripted.json")];
    const args = ["evaluate", "--n", "4", "--budget", "5", "--seed", "2", "--json"];
    expect((await anamnesis([...args, played, ...model()])).code).toBe(0);
    expect((await anamnesis([...args, scripted])).code).toBe(0);
    const [one, two] = [readJson(played), readJson(scripted)];
    expect(one.speech.replies).toBe(server.requests.length);
    expect(one.speech).toMatchObject({ ungrounded: 0, failed: 0 });
    expect(two.speech).toBeUndefined();
    for (const name of ["top1", "top5", "il", "per"]) expect(one[name], name).toBe(two[name]);
  }));
