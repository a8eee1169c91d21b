import { beforeAll, describe, expect, test } from "vitest";
import type { Dialogue, Task } from "../../../gpu-trainer/dialogues/types.ts";
import { WorkerError } from "../../../gpu-trainer/index.ts";
import { type GroupRequest, rollOut } from "../../../gpu-trainer/rollouts/roll-out.ts";
import { type PolicySampler, policySampler } from "../../../gpu-trainer/rollouts/sampler.ts";
import { STOP_POLICY } from "../../../gpu-trainer/rollouts/types.ts";
import type { SampleRequest } from "../../../gpu-trainer/types.ts";
import { type InstantWorkerOptions, instantWorker } from "../../fixtures/instant-worker.ts";
import { type SmallLanguage, smallLanguage } from "../../fixtures/small-language.ts";

let small: SmallLanguage;
beforeAll(async () => {
  small = await smallLanguage();
});

async function samplerOf(options: Partial<InstantWorkerOptions> = {}): Promise<PolicySampler> {
  const worker = instantWorker({ policy: small.policy, ...options });
  const model = await worker.createModel({ baseModel: "model" });
  const { path } = await worker.saveWeightsForSampler(model, { name: "v0" });
  return policySampler({ worker, path, version: 0 });
}

const requestsOf = (count: number, size = 4, task: Task = small.task()): GroupRequest[] =>
  Array.from({ length: count }, (_, i) => ({ id: `g${i}`, case: small.sample(1, i), task, size }));

const options = { seed: 7, contextLength: 64 };

describe("rollouts", () => {
  test("give each case's trajectories as a group, in the order of the requests", async () => {
    const { groups, generations, counts } = await rollOut(requestsOf(5), { ...options, sampler: await samplerOf() });
    expect(groups.map(({ id }) => id)).toEqual(["g0", "g1", "g2", "g3", "g4"]);
    expect(groups.map(({ caseId }) => caseId)).toEqual(Array.from({ length: 5 }, (_, i) => small.sample(1, i).id));
    expect(groups.every(({ trajectories }) => trajectories.length === 4)).toBe(true);
    expect(generations).toBe(20);
    expect(counts.stops.concluded).toBe(20);
  });

  test("mask what the policy sampled, and keep its log-probs, version and temperature span by span", async () => {
    const { groups } = await rollOut(requestsOf(3), { ...options, sampler: await samplerOf({ logprob: -2 }) });
    for (const trajectory of groups.flatMap(({ trajectories }) => trajectories)) {
      const { tokens, mask, logprobs, spans } = trajectory;
      expect(mask).toHaveLength(tokens.length);
      expect(logprobs).toEqual(mask.map((own) => (own === 1 ? -2 : 0)));
      const sampled = new Set(spans.flatMap(({ start, length }) => Array.from({ length }, (_, i) => start + i)));
      expect(mask).toEqual(tokens.map((_, p) => (sampled.has(p) ? 1 : 0)));
      expect(spans.every(({ version, temperature }) => version === 0 && temperature === 1)).toBe(true);
      // Three questions and a conclusion, each one token; a question is followed by its answer.
      expect(spans).toHaveLength(4);
      expect(small.task().transcribe(tokens)).toMatch(/^age:\S+ sex:\S+\n(ask:\S+ .*\n)+dx:\S+$/);
    }
  });

  test("extend every prompt: what was sampled and answered is never tokenised again", async () => {
    const prompts = new Map<string, number[][]>();
    const onSample = (requests: readonly SampleRequest[]): void => {
      for (const { dialogue, prompt } of requests) {
        prompts.set(dialogue!, [...(prompts.get(dialogue!) ?? []), Array.from(prompt)]);
      }
    };
    const { groups } = await rollOut(requestsOf(2), { ...options, sampler: await samplerOf({ onSample }) });
    for (const [dialogue, own] of prompts) {
      const [group, index] = dialogue.split("/");
      const { tokens } = groups.find(({ id }) => id === group)!.trajectories[Number(index)]!;
      for (const prompt of own) expect(tokens.slice(0, prompt.length)).toEqual(prompt);
    }
  });

  test("sample all live dialogues in one call, and no more at once than allowed", async () => {
    const sizes: number[] = [];
    const sampler = await samplerOf({ onSample: (requests) => sizes.push(requests.length) });
    await rollOut(requestsOf(8), { ...options, sampler });
    expect(sizes).toEqual([32, 32, 32, 32]);
    sizes.length = 0;
    const { groups } = await rollOut(requestsOf(8), { ...options, sampler, atOnce: 10 });
    expect(Math.max(...sizes)).toBe(10);
    expect(groups).toHaveLength(8);
  });

  test("repeat themselves with the same seed, whatever the number at once, and differ with another", async () => {
    const sampler = await samplerOf();
    const one = await rollOut(requestsOf(4), { ...options, sampler });
    const other = await rollOut(requestsOf(4), { ...options, sampler, atOnce: 3 });
    const third = await rollOut(requestsOf(4), { ...options, seed: 8, sampler });
    expect(other.groups).toEqual(one.groups);
    expect(third.groups).not.toEqual(one.groups);
  });

  test("let all of a group meet the same patient", async () => {
    const noisy = small.task({ budget: 3, persona: { denial: 0.5, overReporting: 0.5 } });
    const always = () => [small.symbols.ask(small.base.findings[3]!.id)];
    const { groups } = await rollOut(requestsOf(6, 8, noisy), {
      ...options,
      sampler: await samplerOf({ policy: always }),
    });
    for (const { trajectories } of groups) {
      expect(new Set(trajectories.map(({ tokens }) => tokens.join())).size).toBe(1);
    }
  });

  test("add a greedy trajectory where one is asked for, apart from the others", async () => {
    const temperatures: (number | undefined)[] = [];
    const sampler = await samplerOf({ onSample: (all) => temperatures.push(...all.map((each) => each.temperature)) });
    const requests = requestsOf(2).map((request) => ({ ...request, greedy: true }));
    const { groups, generations } = await rollOut(requests, { ...options, sampler });
    expect(groups.every(({ trajectories, greedy }) => trajectories.length === 4 && greedy !== undefined)).toBe(true);
    expect(temperatures.filter((each) => each === 0)).toHaveLength(2 * 4);
    expect(generations).toBe(8);
  });
});

describe("a dialogue that ends otherwise than in a conclusion", () => {
  const refusing = (): number[] => [small.symbols.mark("options")];

  test("has asked once too often: budget, nothing concluded, no reward", async () => {
    const policy = () => [small.symbols.ask(small.base.findings[0]!.id)];
    const { groups, counts } = await rollOut(requestsOf(1), { ...options, sampler: await samplerOf({ policy }) });
    expect(counts.stops.budget).toBe(4);
    expect(groups[0]!.trajectories[0]).toMatchObject({ stop: "budget", correct: false, ranked: [], questions: 3 });
  });

  test("wrote what is no act: parse failure, once its allowance is used up", async () => {
    const task = small.task({ budget: 3, formatFailures: 2 });
    const { groups, counts } = await rollOut(requestsOf(1, 2, task), {
      ...options,
      sampler: await samplerOf({ policy: refusing }),
    });
    expect(counts.stops["parse-failure"]).toBe(2);
    expect(groups[0]!.trajectories[0]!.spans).toHaveLength(3);
    expect(task.transcribe(groups[0]!.trajectories[0]!.tokens)).toContain("options no-act options no-act options");
  });

  test("is too long: truncated, and by default not trained on", async () => {
    const sampler = await samplerOf();
    const dropped = await rollOut(requestsOf(2), { ...options, contextLength: 6, sampler });
    expect(dropped.groups).toEqual([]);
    expect(dropped.counts).toMatchObject({ dropped: 8, stops: { truncated: 8 } });
    const stopPolicy = { ...STOP_POLICY, truncated: { reward: -1 } };
    const kept = await rollOut(requestsOf(2), { ...options, contextLength: 6, sampler, stopPolicy });
    expect(kept.groups[0]!.trajectories[0]).toMatchObject({ stop: "truncated", reward: -1 });
    expect(kept.groups[0]!.trajectories[0]!.tokens.length).toBeLessThanOrEqual(7);
  });

  test("has a patient that fails: the others go on, and the fault is told", async () => {
    const task = small.task();
    const failing: Task = {
      ...task,
      start(chosen, seed): Dialogue {
        const dialogue = task.start(chosen, seed);
        if (chosen.id !== small.sample(1, 0).id) return dialogue;
        return { ...dialogue, hear: () => Promise.reject(new Error("the model behind the patient is gone")) };
      },
    };
    const { groups, counts } = await rollOut(requestsOf(3, 4, failing), { ...options, sampler: await samplerOf() });
    expect(groups.map(({ id }) => id)).toEqual(["g1", "g2"]);
    expect(counts).toMatchObject({ dropped: 4, stops: { "patient-error": 4, concluded: 8 } });
    expect(counts.faults).toEqual(["the model behind the patient is gone"]);
  });

  test("can be neither led nor ended: the rollouts fail with what went wrong first", async () => {
    const task = small.task();
    const hopeless: Task = {
      ...task,
      start: (chosen, seed) => ({
        ...task.start(chosen, seed),
        open: () => Promise.reject(new Error("the case is of another knowledge base")),
        cut: () => {
          throw new Error("no episode is running");
        },
      }),
    };
    const rolled = rollOut(requestsOf(1, 2, hopeless), { ...options, sampler: await samplerOf() });
    await expect(rolled).rejects.toThrow("the case is of another knowledge base");
  });

  test("consists of turns in which nothing was written: it is left out, and no objective sees it", async () => {
    const policy = () => [];
    const { groups, counts } = await rollOut(requestsOf(1), { ...options, sampler: await samplerOf({ policy }) });
    expect(groups).toEqual([]);
    expect(counts).toMatchObject({ dropped: 4, stops: { "parse-failure": 4 } });
  });

  test("is the greedy one: its group is left out where such an end is dropped, for its reward is no baseline", async () => {
    const policy = (request: SampleRequest): readonly number[] =>
      request.temperature === 0 ? refusing() : small.policy(request);
    const requests = requestsOf(2).map((request) => ({ ...request, greedy: true }));
    const rolled = async (what: "drop" | { readonly reward: number }) => {
      const stopPolicy = { ...STOP_POLICY, "parse-failure": what };
      return rollOut(requests, { ...options, sampler: await samplerOf({ policy }), stopPolicy });
    };
    expect((await rolled("drop")).groups).toEqual([]);
    expect((await rolled({ reward: -1 })).groups.map(({ greedy }) => greedy?.reward)).toEqual([-1, -1]);
  });

  test("takes too long: cut at the deadline, while those beside it finish", async () => {
    const task = small.task();
    const slow: Task = {
      ...task,
      start(chosen, seed): Dialogue {
        const dialogue = task.start(chosen, seed);
        const never = new Promise<never>(() => {});
        return chosen.id === small.sample(1, 1).id ? { ...dialogue, hear: () => never } : dialogue;
      },
    };
    const { groups, counts } = await rollOut(requestsOf(3, 2, slow), {
      ...options,
      sampler: await samplerOf(),
      timeout: 250,
    });
    expect(groups.map(({ id }) => id)).toEqual(["g0", "g2"]);
    expect(counts.stops).toMatchObject({ timeout: 2, concluded: 4 });
  });

  test("is one of several left over: a group of one alone teaches nothing, and is left out", async () => {
    const task = small.task({ budget: 3 });
    const policy = (request: SampleRequest): readonly number[] => {
      const isLast = request.dialogue!.endsWith("/3");
      return isLast ? small.policy(request) : [small.symbols.ask(small.base.findings[0]!.id)];
    };
    const stopPolicy = { ...STOP_POLICY, budget: "drop" } as const;
    const { groups } = await rollOut(requestsOf(1, 4, task), {
      ...options,
      sampler: await samplerOf({ policy }),
      stopPolicy,
    });
    expect(groups).toEqual([]);
  });
});

describe("a worker that is lost while dialogues are under way", () => {
  const losing = (times: number, code: "worker-died" | "worker-refused" = "worker-died") => {
    let waves = 0;
    let lost = 0;
    return () => {
      if (++waves >= 2 && lost < times) {
        lost++;
        throw new WorkerError(code, "it is gone");
      }
    };
  };

  test("is found again, and nothing is lost: the same trajectories as without", async () => {
    const whole = await rollOut(requestsOf(4), { ...options, sampler: await samplerOf() });
    const broken = await rollOut(requestsOf(4), { ...options, sampler: await samplerOf({ onSample: losing(2) }) });
    expect(broken.groups).toEqual(whole.groups);
    expect(broken.counts.recoveries).toBe(2);
  });

  test("again and again: its error is told", async () => {
    const sampler = await samplerOf({ onSample: losing(99) });
    await expect(rollOut(requestsOf(1), { ...options, sampler })).rejects.toMatchObject({ code: "worker-died" });
  });

  test("or that refuses: that is told at once", async () => {
    const sampler = await samplerOf({ onSample: losing(1, "worker-refused") });
    await expect(rollOut(requestsOf(1), { ...options, sampler })).rejects.toMatchObject({ code: "worker-refused" });
  });

  test("and comes back with other weights: the run must not go on", async () => {
    const worker = instantWorker({ policy: small.policy });
    const model = await worker.createModel({ baseModel: "model" });
    const { path } = await worker.saveWeightsForSampler(model, { name: "v0" });
    const sampler = policySampler({ worker, path, version: 3 });
    await expect(rollOut(requestsOf(1), { ...options, sampler })).rejects.toMatchObject({ code: "unconfirmed-sync" });
  });
});

test("rollouts end with the signal's reason", async () => {
  const stop = new AbortController();
  const sampler = await samplerOf({ onSample: () => stop.abort(new Error("enough")) });
  await expect(rollOut(requestsOf(2), { ...options, sampler, signal: stop.signal })).rejects.toThrow("enough");
});
