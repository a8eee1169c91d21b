/**
 * What a held batch shows, on a terminal and on a page alike: which groups come first, figures as text, names. Imports
 * nothing, so that the page can have it; a `HeldBatch` is a `ShownBatch`.
 */

/** null: not a finite number. */
export type Figure = number | null;

export interface ShownTrajectory {
  readonly transcript: string;
  readonly reward: Figure;
  readonly components: Readonly<Record<string, Figure>>;
  readonly stop: string;
  readonly correct: boolean;
  readonly questions: number;
  readonly ranked: readonly string[];
  readonly advantage: Figure;
}

export interface ShownGroup {
  readonly id: string;
  readonly caseId: string;
  readonly task: string;
  readonly domain: string;
  readonly version: number;
  readonly labels: readonly string[];
  readonly baseline: Figure;
  readonly kept: boolean;
  readonly trajectories: readonly ShownTrajectory[];
}

export interface ShownBatch {
  readonly step: number;
  readonly round: number;
  readonly objective: string;
  readonly version: number;
  readonly lag: number;
  readonly groups: readonly ShownGroup[];
  readonly rewards: {
    readonly least: number;
    readonly most: number;
    readonly counts: readonly number[];
    readonly notFinite: number;
  };
  readonly reasons: readonly { readonly rule: string; readonly message: string; readonly groups: readonly string[] }[];
}

/** How an objective calls what rewards are compared with. */
export function baselineName(objective: string): string {
  if (objective === "oapl") return "V̂*";
  return objective === "remax" ? "greedy reward" : "mean";
}

/** Groups with the largest advantage, up or down, first; those that take no part last. */
export function byAdvantage<Group extends ShownGroup>(groups: readonly Group[]): Group[] {
  // What has no advantages has rewards to be mended: it comes before everything.
  const weightOf = ({ kept, trajectories }: ShownGroup): number =>
    trajectories.some(({ reward }) => reward === null)
      ? Number.POSITIVE_INFINITY
      : Math.max(...trajectories.map(({ advantage }) => Math.abs(advantage ?? 0))) - (kept ? 0 : 1e9);
  return groups
    .map((group) => ({ group, weight: weightOf(group) }))
    .sort((a, b) => (a.weight === b.weight ? 0 : b.weight - a.weight))
    .map(({ group }) => group);
}

/** "0.25", "−1.00"; a minus as wide as a digit. */
export function figureText(figure: Figure, digits = 2): string {
  if (figure === null) return "no number";
  const text = Math.abs(figure).toFixed(digits);
  return figure < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** "+0.25", "−1.00", "0.00". */
export function signedText(figure: Figure, digits = 2): string {
  const text = figureText(figure, digits);
  return figure !== null && figure > 0 && Number(text) !== 0 ? `+${text}` : text;
}

export interface BatchFigures {
  readonly trajectories: number;
  /** Of the rewards that are finite; null where there is none. */
  readonly rewardMean: Figure;
  readonly correct: number;
  readonly questionsMean: number;
  readonly keptGroups: number;
}

export function figuresOf({ groups }: Pick<ShownBatch, "groups">): BatchFigures {
  const all = groups.flatMap(({ trajectories }) => trajectories);
  const rewards = all.map(({ reward }) => reward).filter((reward) => reward !== null);
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  return {
    trajectories: all.length,
    rewardMean: rewards.length === 0 ? null : total(rewards) / rewards.length,
    correct: all.filter(({ correct }) => correct).length,
    questionsMean: all.length === 0 ? 0 : total(all.map(({ questions }) => questions)) / all.length,
    keptGroups: groups.filter(({ kept }) => kept).length,
  };
}

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export function binsOf({ least, most, counts }: ShownBatch["rewards"]): Bin[] {
  const width = counts.length === 0 ? 0 : (most - least) / counts.length;
  return counts.map((count, n) => ({ from: least + n * width, to: least + (n + 1) * width, count }));
}

/** How a trajectory ended, for people. */
export function endText({ stop, correct }: Pick<ShownTrajectory, "stop" | "correct">): string {
  if (stop === "concluded") return correct ? "right" : "wrong";
  return stop.replace("-", " ");
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
