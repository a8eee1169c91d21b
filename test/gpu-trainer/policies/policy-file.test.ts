import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readPolicy, writePolicy } from "../../../gpu-trainer/policies/policy-file.ts";
import { clinic } from "../../fixtures/clinic.ts";

const POLICY = {
  run: "winter",
  language: "symbols" as const,
  model: "model",
  state: "state",
  weights: "tinker://r1/sampler_weights/step-7",
  step: 7,
  task: { budget: 4, formatFailures: 0 },
};

async function written(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "policy-"));
  await writePolicy(directory, POLICY, clinic);
  return directory;
}

describe("a policy on disk", () => {
  test("is read as it was written, its knowledge base with it and its paths made whole", async () => {
    const directory = await written();
    const policy = await readPolicy(directory);
    expect(policy).toMatchObject({
      ...POLICY,
      format: 1,
      model: join(directory, "model"),
      state: join(directory, "state"),
      task: { kind: "consultation", budget: 4, formatFailures: 0, persona: { denial: 0 } },
    });
    expect(policy.base).toEqual(clinic);
    await writePolicy(directory, { ...POLICY, model: "/models/small" }, clinic);
    expect((await readPolicy(directory)).model).toBe("/models/small");
  });

  test("is refused by who writes it, where it names no weights", async () => {
    const directory = await written();
    const wrong = writePolicy(directory, { ...POLICY, weights: "tinker://r1/weights/step-7" }, clinic);
    await expect(wrong).rejects.toMatchObject({ code: "bad-policy", fault: "work" });
    expect((await readPolicy(directory)).weights).toBe(POLICY.weights);
  });

  test("that is missing or damaged says which file, and what to do", async () => {
    const directory = await written();
    const file = join(directory, "policy.json");
    const whole = readFileSync(file, "utf8");
    await expect(readPolicy(tmpdir())).rejects.toMatchObject({ code: "no-policy", fault: "input" });
    await expect(readPolicy(tmpdir())).rejects.toThrow("give the directory of a training run");

    writeFileSync(file, whole.slice(0, 40));
    await expect(readPolicy(directory)).rejects.toMatchObject({ code: "bad-policy", place: { file } });
    writeFileSync(file, whole.replace('"format": 1', '"format": 2'));
    await expect(readPolicy(directory)).rejects.toThrow("format 2 is not known here");
    writeFileSync(file, whole.replace('"step": 7', '"step": "seven"'));
    await expect(readPolicy(directory)).rejects.toThrow("step");

    writeFileSync(file, whole);
    const knowledge = join(directory, "knowledge.json");
    writeFileSync(knowledge, "{}");
    await expect(readPolicy(directory)).rejects.toMatchObject({ code: "bad-policy", place: { file: knowledge } });
  });
});
