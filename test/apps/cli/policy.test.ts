/** A trained policy among the agents: `--agent policy:DIR`, with a real worker. */
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPolicy } from "../../../gpu-trainer/index.ts";
import { trainedPolicy } from "../../fixtures/trained-policy.ts";
import { workerPython } from "../../fixtures/worker-python.ts";
import { anamnesis, ended, inFolder, start } from "./command.ts";

const python = workerPython();
const readJson = (file: string) => JSON.parse(readFileSync(file, "utf8"));

describe.skipIf(!python)("a trained policy", { timeout: 240_000 }, () => {
  let directory: string;
  beforeAll(async () => {
    directory = await trainedPolicy(python!);
  }, 240_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test("is evaluated like any agent, on held-out patients of its own knowledge base, read in both ways", () =>
    inFolder(async (folder) => {
      const [own, bayes] = [join(folder, "own.json"), join(folder, "bayes.json")];
      const agent = `policy:${directory}`;
      const ran = await anamnesis(["evaluate", "--agent", agent, "--n", "300", "--json", own]);
      expect([ran.code, ran.err]).toEqual([0, ""]);
      expect(ran.out).toMatch(/ {2}top1 .*\n/);
      expect(ran.out).toMatch(/ {2}top1_lenient .*read leniently \(\d+ mended\)/);
      const result = readJson(own);
      expect(result).toMatchObject({ n: 300, budget: 3, cases: agent, agent, versions: { policy: "winter@40" } });
      for (const name of ["top1", "top1_lenient", "top3", "il", "per", "ece", "brier", "safe"]) {
        expect(result[name], name).toBeTypeOf("number");
      }
      expect(result.top1).toBeGreaterThan(0.5);
      expect(Object.keys(result.by)).toEqual(expect.arrayContaining(["severity", "domain", "age"]));

      const other = ["evaluate", "--agent", "bayes", "--cases", agent, "--budget", "3", "--n", "300", "--json", bayes];
      expect((await anamnesis(other)).code).toBe(0);
      expect(readJson(bayes).top1).toBeGreaterThan(result.top1 - 0.02);
    }));

  test("shows its consultations", async () => {
    const { code, out, err } = await anamnesis(["consult", "--agent", `policy:${directory}`, "--n", "2"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("Have you had a temperature?");
    expect(out.match(/To be considered, likeliest first:/g)).toHaveLength(2);
  });

  test("is served: it chooses, and the process ends with its worker", async () => {
    const server = start("serve", "--agent", `policy:${directory}`, "--port", "0");
    const over = ended(server);
    const [line] = await once(createInterface({ input: server.stdout! }), "line");
    const { url, agent } = JSON.parse(line);
    expect(agent).toBe(`policy:${directory}`);
    const post = async (path: string, body: object) => {
      const answer = await fetch(`${url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return answer.json();
    };
    const opened = await post("/v1/consultations", { consent: true, age: 40, sex: "male" });
    const turn = await post(`/v1/consultations/${opened.id ?? opened.consultation}/messages`, {
      text: "I have a cough",
    });
    expect(JSON.stringify(turn)).toContain("Have you had a temperature?");
    server.kill("SIGTERM");
    expect((await over).code).toBe(0);
  });

  test("says what is missing, and what to do", async () => {
    const copy = mkdtempSync(join(tmpdir(), "run-copy-"));
    cpSync(directory, copy, { recursive: true });
    const failing = async () => anamnesis(["evaluate", "--agent", `policy:${copy}`]);
    rmSync(join(copy, "state", "checkpoints"), { recursive: true });
    await expect(openPolicy(copy, { python })).rejects.toMatchObject({ code: "no-weights" });
    rmSync(join(copy, "model"), { recursive: true });
    await expect(openPolicy(copy)).rejects.toMatchObject({ code: "no-model" });
    rmSync(join(copy, "policy.json"));
    const { code, err } = await failing();
    expect([code, err]).toEqual([2, expect.stringContaining("give the directory of a training run")]);
    rmSync(copy, { recursive: true });
  });

  test("is refused for patients whose knowledge base lacks what it asks", async () => {
    const { code, err } = await anamnesis(["evaluate", "--agent", `policy:${directory}`, "--cases", "starter"]);
    expect([code, err]).toEqual([2, expect.stringContaining("was trained on clinic")]);
  });
});
