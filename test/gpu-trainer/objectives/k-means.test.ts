/** Clusters of questions: found where they are plain, and the same in any order of points. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { clusterAtElbow, nearestCluster, type Point } from "../../../gpu-trainer/objectives/k-means.ts";

const OPTIONS = { mostClusters: 10, elbow: 0.1, seed: 0 };

const around = ([x, y]: Point): Point[] => [
  [x, y],
  [x + 0.01, y],
  [x, y + 0.01],
];

test("three clouds of points are three clusters", () => {
  const centres: Point[] = [
    [0, 0],
    [1, 0],
    [0.5, 1],
  ];
  const clusters = clusterAtElbow(centres.flatMap(around), OPTIONS);
  expect(clusters.map(({ size }) => size)).toEqual([3, 3, 3]);
  for (const centre of centres) {
    const [x, y] = nearestCluster(clusters, centre).centre;
    expect(Math.hypot(x - centre[0], y - centre[1])).toBeLessThan(0.02);
  }
});

test("equal points are one cluster", () => {
  expect(
    clusterAtElbow(
      [
        [0.5, 0.25],
        [0.5, 0.25],
        [0.5, 0.25],
      ],
      OPTIONS,
    ),
  ).toEqual([{ centre: [0.5, 0.25], size: 3 }]);
});

const points = fc.array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 4 })), {
  minLength: 1,
  maxLength: 40,
});

test("no point is lost, and every cluster is its points' centre of gravity", () => {
  fc.assert(
    fc.property(points, (all) => {
      const clusters = clusterAtElbow(all, OPTIONS);
      expect(clusters.reduce((total, { size }) => total + size, 0)).toBe(all.length);
      const sum = clusters.reduce((total, { size, centre }) => total + size * centre[0], 0);
      expect(sum).toBeCloseTo(
        all.reduce((total, [x]) => total + x, 0),
        9,
      );
    }),
  );
});

test("the order of points does not matter", () => {
  fc.assert(
    fc.property(points, (all) => {
      expect(clusterAtElbow([...all].reverse(), OPTIONS)).toEqual(clusterAtElbow(all, OPTIONS));
    }),
  );
});
