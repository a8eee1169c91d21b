/** The client, the process and the tokenizer together with a real worker on the CPU. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Datum,
  httpWorker,
  loadTokenizer,
  type ModelId,
  type OwnedWorker,
  startWorker,
  type Tokenizer,
} from "../../gpu-trainer/index.ts";
import { smallModel, workerPython } from "../fixtures/worker-python.ts";

const TEXTS = [
  "Does the pain come with effort?",
  "Yes, it comes on the stairs and goes when I stop.",
  "How long have you had the cough?",
  "Since Monday, and it keeps me awake.",
];
const python = workerPython();

describe.skipIf(!python)("a real worker", { timeout: 180_000 }, () => {
  let model: string;
  let worker: OwnedWorker;
  let tokenizer: Tokenizer;
  const stateDirectory = mkdtempSync(join(tmpdir(), "states-"));

  beforeAll(async () => {
    process.env.OMP_NUM_THREADS = "1";
    model = await smallModel(python!, TEXTS);
    worker = await startWorker({ model, stateDirectory, python });
    tokenizer = await loadTokenizer(model);
  }, 180_000);
  afterAll(() => worker?.close());

  const create = (): Promise<ModelId> => worker.createModel({ baseModel: "tiny" });
  /** A text as a datum whose every token is a target of this weight. */
  const datum = (text: string, weight = 1): Datum => {
    const ids = tokenizer.encode(text);
    const targets = ids.slice(1);
    return { tokens: ids.slice(0, -1), inputs: { target_tokens: targets, weights: targets.map(() => weight) } };
  };
  const batch = () => ({ data: TEXTS.map((text) => datum(text)), loss: "cross_entropy" });

  test("says what it can do", async () => {
    const { models, losses, extensions } = await worker.capabilities();
    expect(models).toEqual([{ name: "tiny", contextLength: 128, vocabularySize: expect.any(Number) }]);
    expect(losses).toEqual(
      expect.arrayContaining(["cross_entropy", "importance_sampling", "ppo", "cispo", "dro", "grpo", "oapl"]),
    );
    expect(extensions).toEqual(expect.arrayContaining(["asample_batch", "full_weights", "version"]));
    expect(models[0]!.vocabularySize).toBeGreaterThanOrEqual(tokenizer.size);
  });

  test.each([undefined, { rank: 4, seed: 1 }])("learns what it is shown, with LoRA %o", async (lora) => {
    const id = await worker.createModel({ baseModel: "tiny", lora });
    const before = await worker.forward(id, batch());
    for (let step = 0; step < 5; step++) {
      // None awaited before the next is sent.
      const pass = worker.forwardBackward(id, batch());
      const stepped = worker.optimStep(id, { learningRate: 0.01, gradClipNorm: 1 });
      expect((await pass).metrics["loss:sum"]).toBeGreaterThan(0);
      expect((await stepped).version).toBe(step + 1);
    }
    const after = await worker.forward(id, batch());
    expect(after.metrics["loss:sum"]!).toBeLessThan(before.metrics["loss:sum"]!);
    expect(after.logprobs.map(({ length }) => length)).toEqual(batch().data.map(({ tokens }) => tokens.length));
    await worker.unload(id);
    await expect(worker.forward(id, batch())).rejects.toMatchObject({ code: "model-lost" });
  });

  test("samples with the log-probs that a forward pass gives, from a snapshot that later steps leave alone", async () => {
    const id = await create();
    const sampler = await worker.openSampler({ model: id });
    expect(sampler.version).toBe(0);
    const prompt = tokenizer.encodeChat([{ role: "user", content: TEXTS[1]! }]);
    const request = { prompt, maxTokens: 12, count: 3, seed: 7, dialogue: "d1" };
    const { sequences, version } = await worker.sample(sampler.id, request);
    expect(sequences).toHaveLength(3);
    expect(version).toBe(0);

    const data = sequences.map(({ tokens }): Datum => {
      const ids = [...prompt, ...tokens];
      return { tokens: ids.slice(0, -1), inputs: { target_tokens: ids.slice(1), weights: ids.slice(1).map(() => 0) } };
    });
    const { logprobs } = await worker.forward(id, { data, loss: "cross_entropy" });
    const differences = sequences.flatMap((sequence, index) =>
      sequence.logprobs.map((logprob, place) => Math.abs(logprob - logprobs[index]![prompt.length - 1 + place]!)),
    );
    expect(differences.reduce((sum, each) => sum + each, 0) / differences.length).toBeLessThan(1e-4);

    await worker.forwardBackward(id, batch());
    await worker.optimStep(id, { learningRate: 0.1 });
    expect((await worker.sample(sampler.id, request)).sequences.map(({ tokens }) => tokens)).toEqual(
      sequences.map(({ tokens }) => tokens),
    );
    expect((await worker.openSampler({ model: id })).version).toBe(1);
    await worker.unload(id);
  });

  test("samples many prompts in one call as it samples them one by one", async () => {
    const { id } = await worker.openSampler({ baseModel: "tiny" });
    const requests = TEXTS.map((text, index) => ({
      prompt: tokenizer.encode(text),
      maxTokens: 4 + index,
      temperature: 0,
      promptLogprobs: true,
    }));
    const together = await worker.sampleBatch(id, requests);
    for (const [index, request] of requests.entries()) {
      const { sequences, promptLogprobs } = await worker.sample(id, request);
      expect(together[index]!.sequences[0]!.tokens).toEqual(sequences[0]!.tokens);
      expect(promptLogprobs![0]).toBeNull();
      expect(promptLogprobs).toHaveLength(request.prompt.length);
    }
    const tooMuch = { prompt: [1], maxTokens: 1000 };
    await expect(worker.sampleBatch(id, [requests[0]!, tooMuch])).rejects.toMatchObject({ code: "worker-refused" });
  });

  test("goes on from a saved state exactly where it was", async () => {
    const one = await create();
    const train = async (id: ModelId) => {
      await worker.forwardBackward(id, batch());
      await worker.optimStep(id, { learningRate: 0.01 });
    };
    await train(one);
    const { path, version } = await worker.saveState(one, { name: "halfway" });
    expect(version).toBe(1);
    await train(one);
    const { baseModel, lora } = await worker.describeState(path);
    const other = await worker.createModel({ baseModel, lora });
    await worker.loadState(other, { path, optimizer: true });
    await train(other);
    expect(await worker.forward(other, batch())).toEqual(await worker.forward(one, batch()));
    await expect(worker.saveState(one, { name: "halfway" })).rejects.toMatchObject({ code: "worker-failed" });
    await Promise.all([worker.unload(one), worker.unload(other)]);
  });

  test("says what is wrong with a request", async () => {
    const id = await create();
    const call = (loss: string) => worker.forward(id, { ...batch(), loss });
    await expect(call("sharpe_ratio")).rejects.toMatchObject({ code: "worker-refused", fault: "input" });
    const missing = worker.forward(id, { data: [{ tokens: [1], inputs: { target_tokens: [2] } }], loss: "ppo" });
    await expect(missing).rejects.toMatchObject({ fault: "input", message: expect.stringContaining("datum 0") });
    await expect(worker.createModel({ baseModel: "huge" })).rejects.toThrow("'huge' is not served here; there is tiny");
    // A refused number is used up: nothing waits for it.
    await worker.forward(id, batch());
    await worker.unload(id);
  });

  test("lets in nobody without its key", async () => {
    const stranger = httpWorker({ url: worker.url!, apiKey: "tml-guess" });
    await expect(stranger.capabilities()).rejects.toMatchObject({ code: "worker-refused", status: 401 });
    await stranger.close();
  });

  test("killed in any call: each says so, the next starts it again, and the run goes on from its saved state", async () => {
    const id = await create();
    const sampler = await worker.openSampler({ model: id });
    await worker.forwardBackward(id, batch());
    await worker.optimStep(id, { learningRate: 0.01 });
    const { path } = await worker.saveState(id, { name: "before" });
    const before = await worker.forward(id, batch());
    const { pid } = worker;

    process.kill(pid!, "SIGSTOP");
    const calls = [
      worker.createModel({ baseModel: "tiny" }),
      worker.forward(id, batch()),
      worker.forwardBackward(id, batch()),
      worker.optimStep(id),
      worker.saveState(id, { name: "during" }),
      worker.openSampler({ model: id }),
      worker.sample(sampler.id, { prompt: [1], maxTokens: 3 }),
      worker.sampleBatch(sampler.id, [{ prompt: [1], maxTokens: 3 }]),
    ];
    const outcomes = Promise.allSettled(calls);
    // Long enough for every request to be on its way.
    await pause(100);
    process.kill(pid!, "SIGKILL");
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: { code: expect.stringMatching(/worker-died|model-lost/) },
      });
    }
    expect((await outcomes)[1]).toMatchObject({ reason: { message: expect.stringContaining("SIGKILL") } });

    const resumed = await create();
    expect(worker.pid).not.toBe(pid);
    await expect(worker.forward(id, batch())).rejects.toMatchObject({ code: "model-lost" });
    await expect(worker.sample(sampler.id, { prompt: [1], maxTokens: 3 })).rejects.toMatchObject({
      code: "model-lost",
    });
    await worker.loadState(resumed, { path, optimizer: true });
    expect(await worker.forward(resumed, batch())).toEqual(before);
  });

  test("is gone once it was closed", async () => {
    const { pid } = worker;
    await worker.close();
    expect(isAlive(pid!)).toBe(false);
    await expect(create()).rejects.toMatchObject({ code: "worker-closed" });
  });

  test("does not outlive the program that started it, not even one that was killed", async () => {
    const script = join(import.meta.dirname, "../fixtures/worker-owner.ts");
    const owner = spawn(process.execPath, [script, model, stateDirectory, python!], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [pid] = await once(createInterface({ input: owner.stdout }), "line");
    owner.kill("SIGKILL");
    while (isAlive(Number(pid))) await pause(50);
  });

  test("that cannot start says why, in its own words", async () => {
    const nowhere = startWorker({ model: join(stateDirectory, "nothing"), stateDirectory, python });
    await expect(nowhere).rejects.toMatchObject({
      code: "worker-start",
      message: expect.stringContaining("neither a model directory"),
    });
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("without a Python environment", () => {
  test("a worker does not start, and the error names the interpreter", async () => {
    const start = startWorker({ model: "tiny", stateDirectory: tmpdir(), python: "/nowhere/python" });
    await expect(start).rejects.toMatchObject({
      code: "no-environment",
      message: expect.stringContaining("/nowhere/python"),
    });
  });
});
