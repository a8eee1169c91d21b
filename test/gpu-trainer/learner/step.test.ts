import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeObjective, type Objective, type OwnedWorker, startWorker } from "../../../gpu-trainer/index.ts";
import { scoredGroup } from "../../../gpu-trainer/learner/datums.ts";
import { prepareStep, takeStep } from "../../../gpu-trainer/learner/step.ts";
import type { Group, Trajectory } from "../../../gpu-trainer/rollouts/types.ts";
import type { Datum, ModelId } from "../../../gpu-trainer/types.ts";
import { smallModel, workerPython } from "../../fixtures/worker-python.ts";

const python = workerPython();

/** Two groups of ragged trajectories over ids that any small model has; sampled a little off the model's own log-probs. */
function groupsWith(logprobs: (trajectory: Pick<Trajectory, "tokens" | "mask">) => readonly number[]): Group[] {
  const trajectory = (tokens: number[], mask: number[], reward: number): Trajectory => ({
    ...{
      tokens,
      mask,
      reward,
      logprobs: logprobs({ tokens, mask }),
      spans: [{ start: 1, length: 1, version: 0, temperature: 1 }],
    },
    ...{ stop: "concluded", components: {}, correct: reward > 0, questions: 1, repeats: 0, ranked: [], labels: [] },
  });
  const group = (id: string, trajectories: Trajectory[]): Group => ({
    ...{ id, caseId: id, domain: "", task: "t", version: 0, trajectories },
  });
  return [
    group("a", [
      trajectory([9, 12, 30, 14, 41], [0, 0, 1, 0, 1], 1),
      trajectory([9, 12, 33, 15, 16, 17, 42], [0, 0, 1, 0, 0, 0, 1], 0),
    ]),
    group("b", [
      trajectory([10, 31, 14, 32, 14, 43], [0, 1, 0, 1, 0, 1], 0.5),
      trajectory([10, 34, 40], [0, 1, 1], 1),
      trajectory([10, 35, 14, 44], [0, 1, 0, 1], 0),
    ]),
  ];
}

describe.skipIf(!python)("a step on a real worker", () => {
  let worker: OwnedWorker;
  beforeAll(async () => {
    const model = await smallModel(python!, ["one two three four five six seven eight nine ten"]);
    const stateDirectory = mkdtempSync(join(tmpdir(), "state-"));
    worker = await startWorker({ model, stateDirectory, python, serve: ["--threads", "1"] });
  }, 120_000);
  afterAll(() => worker.close());

  const create = (): Promise<ModelId> => worker.createModel({ baseModel: "tiny" });
  const ADAM = { learningRate: 1e-3, beta2: 0.95, eps: 1e-8, gradClipNorm: 1 };

  /** Log-probs of all targets after one step. */
  async function afterStep(model: ModelId, groups: readonly Group[]): Promise<number[]> {
    const data = groups.flatMap(({ trajectories }) => trajectories.map(({ tokens }) => plain(tokens)));
    return (await worker.forward(model, { data, loss: "cross_entropy" })).logprobs.flat();
  }
  const plain = (tokens: readonly number[]): Datum => ({
    tokens: tokens.slice(0, -1),
    inputs: { target_tokens: tokens.slice(1), weights: tokens.slice(1).map(() => 0) },
  });

  /** The same step by the worker's own loss: one call, its gradient from autograd through the loss itself. */
  async function byName(
    objective: Objective,
    groups: readonly Group[],
    loss: string,
    config: Record<string, number>,
    weightOf: (trajectory: Trajectory) => number,
  ): Promise<number[]> {
    const model = await create();
    const advantages = objective.advantages(groups.map(scoredGroup));
    const data = groups.flatMap(({ trajectories }, g) =>
      trajectories.map((trajectory, i): Datum => {
        const { tokens, mask, logprobs } = trajectory;
        const own = mask.slice(1).map((sampled) => sampled === 1);
        const where = (value: (place: number) => number) => own.map((sampled, place) => (sampled ? value(place) : 0));
        return {
          tokens: tokens.slice(0, -1),
          inputs: {
            target_tokens: tokens.slice(1),
            logprobs: where((place) => logprobs[place + 1]!),
            advantages: where(() => advantages[g]!.advantages[i]!),
            weights: where(() => weightOf(trajectory)),
          },
        };
      }),
    );
    await worker.forwardBackward(model, { data, loss, config });
    await worker.optimStep(model, ADAM);
    return afterStep(model, groups);
  }

  async function byWeights(objective: Objective, groups: readonly Group[]): Promise<number[]> {
    const model = await create();
    const prepared = await prepareStep({ worker, model }, objective, groups);
    await takeStep({ worker, model }, objective, prepared, objective.advantages(prepared.scored), ADAM);
    return afterStep(model, groups);
  }

  /** Sampled by a policy near the model's: log-ratios of up to half a nat either way. */
  async function laggedGroups(): Promise<Group[]> {
    const model = await create();
    const current = new Map<string, readonly number[]>();
    for (const { trajectories } of groupsWith(({ tokens }) => tokens.map(() => 0))) {
      for (const { tokens } of trajectories) {
        const { logprobs } = await worker.forward(model, { data: [plain(tokens)], loss: "cross_entropy" });
        current.set(tokens.join(), logprobs[0]!);
      }
    }
    return groupsWith(({ tokens, mask }) =>
      mask.map((own, p) =>
        own === 1 ? current.get(tokens.join())![p - 1]! + 0.5 * Math.sin(7 * p + tokens.length) : 0,
      ),
    );
  }

  test("moves the weights as the worker's own oapl loss does", async () => {
    const groups = await laggedGroups();
    const objective = makeObjective("oapl", { beta2: 0.3 });
    const expected = await byName(objective, groups, "oapl", { beta: 0.3 }, () => 1 / 5);
    const got = await byWeights(objective, groups);
    expect(got.length).toBe(expected.length);
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
  });

  test("moves the weights as the worker's own clipped surrogate does", async () => {
    const groups = await laggedGroups();
    const objective = makeObjective("grpo", { aggregation: "token" });
    const tokens = groups
      .flatMap(({ trajectories }) => trajectories.flatMap(({ mask }) => mask))
      .filter((own) => own === 1);
    const config = { clip_low_threshold: 0.8, clip_high_threshold: 1.2 };
    const expected = await byName(objective, groups, "ppo", config, () => 1 / tokens.length);
    const got = await byWeights(objective, groups);
    expect(got.length).toBe(expected.length);
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
  });

  test("takes no step where nothing weighs anything, so that momentum does not move the weights either", async () => {
    const model = await create();
    const groups = groupsWith(({ tokens }) => tokens.map(() => -1)).map((group) => ({
      ...group,
      trajectories: group.trajectories.map((trajectory) => ({ ...trajectory, reward: 1 })),
    }));
    const objective = makeObjective("oapl");
    const before = await afterStep(model, groups);
    const prepared = await prepareStep({ worker, model }, objective, groups);
    const taken = await takeStep({ worker, model }, objective, prepared, objective.advantages(prepared.scored), ADAM);
    expect(taken).toMatchObject({ stepped: false, metrics: { kept_groups: 0 } });
    expect(await afterStep(model, groups)).toEqual(before);
  });
});
