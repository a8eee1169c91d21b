/**
 * k-means in the plane, with k chosen at the elbow. The same points give the same clusters in whatever order they come:
 * they are sorted first, equal ones counted together, and chance is seeded.
 */
import { drawIndex, seededRandom } from "../../src/index.ts";

export type Point = readonly [x: number, y: number];

export interface Cluster {
  readonly centre: Point;
  /** Points in it. */
  readonly size: number;
}

export interface ClusterOptions {
  readonly mostClusters: number;
  /** The elbow: one more cluster must take at least this part of what the one before took from the inertia. */
  readonly elbow: number;
  readonly seed: number;
}

interface Weighted {
  readonly point: Point;
  readonly count: number;
}

interface Clustering {
  readonly clusters: readonly Cluster[];
  /** Sum of squared distances to the nearest centre. */
  readonly inertia: number;
}

const RESTARTS = 4;
const MOST_ROUNDS = 100;

/** At least one point. */
export function clusterAtElbow(points: readonly Point[], { mostClusters, elbow, seed }: ClusterOptions): Cluster[] {
  const distinct = countDistinct(points);
  const most = Math.min(mostClusters, distinct.length);
  let chosen = kMeans(distinct, 1, seed);
  let dropBefore = 0;
  for (let k = 2; k <= most; k++) {
    const next = kMeans(distinct, k, seed);
    const drop = chosen.inertia - next.inertia;
    if (k > 2 && drop < elbow * dropBefore) break;
    chosen = next;
    dropBefore = drop;
  }
  return [...chosen.clusters];
}

/** The first of the nearest. */
export function nearestCluster(clusters: readonly Cluster[], point: Point): Cluster {
  const centres = clusters.map(({ centre }) => centre);
  return clusters[nearest(centres, point)]!;
}

function countDistinct(points: readonly Point[]): Weighted[] {
  const sorted = [...points].sort(([ax, ay], [bx, by]) => ax - bx || ay - by);
  const distinct: { point: Point; count: number }[] = [];
  for (const point of sorted) {
    const last = distinct.at(-1);
    if (last && last.point[0] === point[0] && last.point[1] === point[1]) last.count++;
    else distinct.push({ point, count: 1 });
  }
  return distinct;
}

/** The best of several starts; k distinct points at least. */
function kMeans(points: readonly Weighted[], k: number, seed: number): Clustering {
  let best: Clustering | undefined;
  for (let start = 0; start < RESTARTS; start++) {
    const found = settle(points, firstCentres(points, k, seed, start));
    if (!best || found.inertia < best.inertia) best = found;
  }
  return best!;
}

/** k-means++ (Arthur & Vassilvitskii 2007): each centre is drawn in proportion to its squared distance from the others. */
function firstCentres(points: readonly Weighted[], k: number, seed: number, start: number): Point[] {
  const random = seededRandom("k-means", seed, k, start);
  const centres: Point[] = [];
  const nearestYet = points.map(() => Number.POSITIVE_INFINITY);
  let share = points.map(({ count }) => count);
  while (centres.length < k) {
    const next = points[drawIndex(random, share)]!.point;
    centres.push(next);
    share = points.map(({ point, count }, i) => {
      nearestYet[i] = Math.min(nearestYet[i]!, squaredDistance(next, point));
      return count * nearestYet[i]!;
    });
  }
  return centres;
}

/** Lloyd's rounds, until no point changes its cluster. */
function settle(points: readonly Weighted[], start: readonly Point[]): Clustering {
  let clusters: Cluster[] = start.map((centre) => ({ centre, size: 0 }));
  let owners: number[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const centres = clusters.map(({ centre }) => centre);
    const now = points.map(({ point }) => nearest(centres, point));
    if (now.every((owner, i) => owner === owners[i])) break;
    owners = now;
    clusters = gathered(points, owners, centres);
  }
  let inertia = 0;
  points.forEach(({ point, count }, i) => {
    inertia += count * squaredDistance(clusters[owners[i]!]!.centre, point);
  });
  return { clusters: clusters.filter(({ size }) => size > 0), inertia };
}

/** Each cluster at its points' centre of gravity; one without points stays where it was. */
function gathered(points: readonly Weighted[], owners: readonly number[], centres: readonly Point[]): Cluster[] {
  const sums = centres.map(() => ({ x: 0, y: 0, size: 0 }));
  points.forEach(({ point: [x, y], count }, i) => {
    const sum = sums[owners[i]!]!;
    sum.x += count * x;
    sum.y += count * y;
    sum.size += count;
  });
  return sums.map(({ x, y, size }, c) => ({ centre: size === 0 ? centres[c]! : [x / size, y / size], size }));
}

function nearest(centres: readonly Point[], point: Point): number {
  let best = 0;
  for (let c = 1; c < centres.length; c++) {
    if (squaredDistance(centres[c]!, point) < squaredDistance(centres[best]!, point)) best = c;
  }
  return best;
}

const squaredDistance = (a: Point, b: Point): number => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2;
