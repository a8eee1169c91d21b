/**
 * How hard the questions of each domain were of late: a sliding window of their rewards' mean and std, and the weight that
 * DRPO gives a question by its domain and by its cluster within it. Written for `drpo.ts`, which has the formulas.
 */
import { z } from "zod";
import { rewardsOf } from "./groups.ts";
import { type Cluster, clusterAtElbow, nearestCluster, type Point } from "./k-means.ts";
import { mean, standardDeviation, sum } from "./statistics.ts";
import type { ScoredGroup } from "./types.ts";

/** What is remembered of one question (a group) under one version. */
export const Question = z.strictObject({
  domain: z.string(),
  id: z.string(),
  version: z.int().min(0),
  mean: z.number(),
  std: z.number().min(0),
});
export type Question = z.output<typeof Question>;

export interface ScalingOptions {
  readonly epsilon: number;
  readonly weightCap: number;
  readonly seed: number;
}

/** As in the authors' code. */
const MOST_CLUSTERS = 10;
const ELBOW = 0.1;

export function questionOf(group: ScoredGroup): Question {
  const { domain, id, version } = group;
  const rewards = rewardsOf(group).sort((a, b) => a - b); // so that their order does not show, not even in rounding
  return { domain, id, version, mean: mean(rewards), std: standardDeviation(rewards) };
}

/**
 * The history with a batch added: each domain's newest `window` questions. What it held of the same questions under the
 * same version is replaced, so adding a batch twice changes nothing; neither does the order within a batch.
 */
export function remember(history: readonly Question[], groups: readonly ScoredGroup[], window: number): Question[] {
  const batch = groups.map(questionOf).sort(inFixedOrder);
  const known = new Set(batch.map(keyOf));
  const all = [...history.filter((question) => !known.has(keyOf(question))), ...batch];
  const later = new Map<string, number>();
  const kept = [...all].reverse().filter(({ domain }) => {
    const count = later.get(domain) ?? 0;
    later.set(domain, count + 1);
    return count < window;
  });
  return kept.reverse();
}

const keyOf = ({ domain, id, version }: Question): string => JSON.stringify([domain, id, version]);

function inFixedOrder(a: Question, b: Question): number {
  const [x, y] = [keyOf(a), keyOf(b)];
  if (x !== y) return x < y ? -1 : 1;
  return a.mean - b.mean || a.std - b.std;
}

/**
 * 1 / (T_d T_c) of each group over the least of them, `weightCap` at most: only relative weights outlive the division by the
 * batch's std. The history holds the groups already.
 */
export function questionWeights(
  history: readonly Question[],
  groups: readonly ScoredGroup[],
  { epsilon, weightCap, seed }: ScalingOptions,
): number[] {
  const scaleOf = (n: number, mu: number): number => Math.max(Math.sqrt(n) * mu, epsilon);
  const domains = new Map<string, { readonly T: number; readonly clusters: readonly Cluster[] }>();
  for (const domain of new Set(groups.map((group) => group.domain))) {
    const points = history.filter((question) => question.domain === domain).map(pointOf);
    const clusters = clusterAtElbow(points, { mostClusters: MOST_CLUSTERS, elbow: ELBOW, seed });
    domains.set(domain, { T: scaleOf(points.length, meanOverClusters(clusters)), clusters });
  }
  const weights = groups.map((group) => {
    const { T, clusters } = domains.get(group.domain)!;
    const { size, centre } = nearestCluster(clusters, pointOf(questionOf(group)));
    return 1 / (T * scaleOf(size, centre[0]));
  });
  const least = Math.min(...weights);
  return weights.map((weight) => Math.min(weight / least, weightCap));
}

const pointOf = ({ mean, std }: Question): Point => [mean, std];

/** μ_d: rare kinds of question count for as much as common ones, and more. */
function meanOverClusters(clusters: readonly Cluster[]): number {
  const total = sum(clusters.map(({ size }) => 1 / size));
  return sum(clusters.map(({ size, centre }) => centre[0] / size)) / total;
}
