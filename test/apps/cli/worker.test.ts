/** `anamnesis worker`, run as a person would: a model is made, served, asked, and the worker ended. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import { consultationLanguage } from "../../../apps/consultation-language.ts";
import { httpWorker, loadTokenizer } from "../../../gpu-trainer/index.ts";
import { openCaseSource } from "../../../simulators/index.ts";
import { workerPython } from "../../fixtures/worker-python.ts";
import { anamnesis, ended, inFolder, start } from "./command.ts";

const python = workerPython();

describe.skipIf(!python)("worker", () => {
  test(
    "makes a model that knows the words of consultations, and serves it until SIGTERM",
    () =>
      inFolder(async (folder) => {
        const directory = join(folder, "tiny");
        const size = ["--hidden", "32", "--layers", "1", "--context", "256", "--consultations", "20", "--seed", "1"];
        const made = await anamnesis(["worker", "make-model", directory, ...size]);
        expect(made.code, made.err).toBe(0);
        expect(made.out).toContain("million parameters");
        const tokenizer = await loadTokenizer(directory);
        const question = "<ask>Does the chest pain come with effort and ease with rest?</ask>";
        expect(tokenizer.decode(tokenizer.encode(question))).toBe(question);
        expect(tokenizer.encode(question).length).toBeLessThan(20);

        const child = start("worker", "--model", directory, "--port", "0", "--state", join(folder, "states"));
        const finished = ended(child);
        const [line] = await once(createInterface({ input: child.stdout! }), "line");
        const { ready, url } = JSON.parse(line);
        expect(ready).toBe(true);
        const worker = httpWorker({ url });
        expect((await worker.capabilities()).models).toMatchObject([{ name: "tiny", contextLength: 256 }]);
        await worker.close();
        child.kill("SIGTERM");
        expect((await finished).code).toBe(0);
      }),
    180_000,
  );
});

describe("the language of consultations", () => {
  test("is the same for the same seed, and holds both sides of a consultation", async () => {
    const lines = async (seed: number): Promise<string[]> => {
      const source = await openCaseSource("starter", { seed, count: 3 });
      const found: string[] = [];
      for await (const line of consultationLanguage({ base: source.base!, source, count: 3, seed })) found.push(line);
      return found;
    };
    const [one, again, other] = await Promise.all([lines(1), lines(1), lines(2)]);
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
    expect(one).toContain("<ask>Does the chest pain come with effort and ease with rest?</ask>");
    expect(one).toContain("Stable angina");
  });
});

describe("worker, asked wrongly", () => {
  test("says that a model is missing", async () => {
    const { code, err } = await anamnesis(["worker"]);
    expect(code).toBe(2);
    expect(err).toContain("--model DIR");
  });

  test("says which interpreter is missing", async () => {
    const { code, err } = await anamnesis(["worker", "--model", "tiny", "--python", "/nowhere/python"]);
    expect(code).toBe(1);
    expect(err).toContain("/nowhere/python");
    expect(existsSync("worker-state")).toBe(false);
  });
});
