/** A model that a worker holds, as a LangChain chat model: called, streamed, and as a part of a conversation. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ChatModel, languageModelUnderstander, modelCaller, openChatModel } from "../../agents/index.ts";
import { buildLexicon, replay } from "../../src/index.ts";
import { conversation, embeddedParts } from "../agents/conversation/talk.ts";
import { clinic } from "../fixtures/clinic.ts";
import { QUIET, smallModel, workerPython } from "../fixtures/worker-python.ts";

const TEXTS = ["Do you have a cough?", "Yes, since Monday.", "Have you had a temperature?", "No, none at all."];
const python = workerPython();

describe.skipIf(!python)("a model on a worker, by LangChain", { timeout: 180_000 }, () => {
  let model: ChatModel;
  let stop: () => Promise<unknown>;

  beforeAll(async () => {
    const directory = await smallModel(python!, TEXTS);
    const command = join(import.meta.dirname, "../../apps/cli/main.ts");
    const state = mkdtempSync(join(tmpdir(), "states-"));
    const child = spawn(process.execPath, [command, "worker", "--model", directory, "--port", "0", "--state", state], {
      env: { ...QUIET, ANAMNESIS_PYTHON: python },
      stdio: ["ignore", "pipe", "inherit"],
    });
    stop = async () => {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
    };
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const { url } = JSON.parse(line) as { url: string };
    model = await openChatModel({ model: "openai:tiny", baseUrl: `${url}/v1`, apiKey: "none", maxTokens: 12 });
  }, 180_000);
  afterAll(() => stop?.());

  test("answers a call, counted by its tokens", async () => {
    const told: { type: string; output?: number }[] = [];
    const call = modelCaller({ model, timeout: 60_000 });
    const text = await call({ system: "Ask.", user: "I cough." }, { report: (event) => told.push(event) });
    expect(text.length).toBeGreaterThan(0);
    expect(told).toEqual([expect.objectContaining({ type: "model-called", output: expect.any(Number) })]);
  });

  test("takes its part in a conversation; what it cannot do the embedded part does", async () => {
    const lexicon = buildLexicon(clinic.findings);
    const understander = languageModelUnderstander({ lexicon, call: modelCaller({ model, timeout: 60_000 }) });
    const { say, log } = conversation(embeddedParts(clinic, { lexicon, understander }));
    await say("I have a cough");
    const { findings, asked, spending } = replay(log.events);
    expect(findings.get("cough")?.state).toBe("present");
    expect(asked).toHaveLength(1);
    expect(spending.calls).toBeGreaterThan(0);
  });
});
