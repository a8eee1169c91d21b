/** A look at held-out cases: each is rolled out once by the policy as it is, sampled, and scored with an interval. */
import type { Case } from "../../simulators/index.ts";
import type { Task } from "../dialogues/types.ts";
import { mean } from "../objectives/statistics.ts";
import { rollOut } from "../rollouts/roll-out.ts";
import type { PolicySampler } from "../rollouts/sampler.ts";
import type { Trajectory } from "../rollouts/types.ts";

export interface Look {
  readonly accuracy: number;
  /** Wilson's 95 % interval. */
  readonly low: number;
  readonly high: number;
  readonly rewardMean: number;
  readonly questionsMean: number;
  /** Accuracy by domain, where cases have more than one. */
  readonly domains: Readonly<Record<string, number>>;
  readonly trajectories: readonly Trajectory[];
}

export interface LookOptions {
  readonly sampler: PolicySampler;
  readonly task: Task;
  readonly cases: readonly Case[];
  readonly contextLength: number;
  readonly atOnce?: number | undefined;
  /** 0 is greedy. Default 1. */
  readonly temperature?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The chance of a look: the same for every look, so that two differ by their policies alone. */
const SEED = 7_919;

/** A dialogue that was cut counts as wrong. */
export async function lookAt(options: LookOptions): Promise<Look> {
  const { cases, task, temperature = 1, ...rest } = options;
  const all = {
    concluded: "keep",
    budget: "keep",
    truncated: "keep",
    "parse-failure": "keep",
    timeout: "keep",
    "patient-error": "keep",
  } as const;
  const requests = cases.map((chosen) => ({ id: `held-out/${chosen.id}`, case: chosen, task, size: 1 }));
  const { groups } = await rollOut(requests, { ...rest, temperature, seed: SEED, stopPolicy: all });
  const tally = new Map<string, { right: number; n: number }>();
  let right = 0;
  for (const { domain, trajectories } of groups) {
    const isRight = Number(trajectories[0]!.correct);
    right += isRight;
    const own = tally.get(domain) ?? { right: 0, n: 0 };
    tally.set(domain, { right: own.right + isRight, n: own.n + 1 });
  }
  const trajectories = groups.map((group) => group.trajectories[0]!);
  const [low, high] = wilson(right, cases.length);
  const domains = tally.size > 1 ? Object.fromEntries([...tally].map(([name, own]) => [name, own.right / own.n])) : {};
  return {
    accuracy: right / cases.length,
    low,
    high,
    rewardMean: mean(trajectories.map(({ reward }) => reward)),
    questionsMean: mean(trajectories.map(({ questions }) => questions)),
    domains,
    trajectories,
  };
}

/** Wilson (1927): the 95 % interval of a share of `n` trials; [0, 1] for none. */
export function wilson(right: number, n: number): readonly [number, number] {
  if (n === 0) return [0, 1];
  const z = 1.959964;
  const share = right / n;
  const centre = share + z ** 2 / (2 * n);
  const half = z * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2));
  const scale = 1 + z ** 2 / n;
  return [right === 0 ? 0 : (centre - half) / scale, right === n ? 1 : (centre + half) / scale];
}
