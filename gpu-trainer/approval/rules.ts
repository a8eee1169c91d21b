/**
 * Which batches look odd: rules over what a batch earned, each off where it is null. Those that compare look back at the
 * batches before. Pure: what is remembered goes in and comes out, as JSON.
 */
import { z } from "zod";
import { mean, ratioOrZero, standardDeviation, sum } from "../objectives/statistics.ts";
import type { Group, Trajectory } from "../rollouts/types.ts";
import type { Reason } from "./types.ts";

const Share = z.number().min(0).max(1);

export const OddityRules = z.strictObject({
  /** Batches that rules look back at, 2 or more. Default 20. */
  window: z.int().min(2).default(20),
  /** Batches before the rules that look back say anything, 2 or more. Default 5. */
  warmUp: z.int().min(2).default(5),
  /**
   * The mean reward is more than `deviations` standard deviations from the mean of the batches before. Deviations below
   * `floor` count as that, for rewards that hardly moved. Default 4 and 0.02.
   */
  rewardJump: z
    .strictObject({ deviations: z.number().positive().default(4), floor: z.number().positive().default(0.02) })
    .nullable()
    .prefault({}),
  /**
   * One term makes more than `least` of what all terms weigh (their sizes, not their signs), and more than `factor` times
   * its share in the batches before. Default 0.5 and 3.
   */
  componentShare: z
    .strictObject({ least: Share.default(0.5), factor: z.number().min(1).default(3) })
    .nullable()
    .prefault({}),
  /**
   * In more than `groups` of the groups more than `share` of the trajectories are the same, token by token. Default 0.75
   * and 0.5.
   */
  repeats: z
    .strictObject({ share: Share.default(0.75), groups: Share.default(0.5) })
    .nullable()
    .prefault({}),
  /**
   * Questions fall to fewer than `below` a consultation, where there were at least twice as many before, and the reward
   * rises: a policy that found what pays without asking. Default 0.5.
   */
  questionsVanish: z
    .strictObject({ below: z.number().positive().default(0.5) })
    .nullable()
    .prefault({}),
  /** A trajectory that ended in a parse failure earned more than `above`. Default 0.5. */
  paidFailure: z
    .strictObject({ above: z.number().default(0.5) })
    .nullable()
    .prefault({}),
  /**
   * One condition leads more than `share` of at least `least` conclusions, and is right for no more than `share` of them.
   * Default 0.5 of 20.
   */
  oneCondition: z
    .strictObject({ share: Share.default(0.5), least: z.int().min(1).default(20) })
    .nullable()
    .prefault({}),
  /** A reward is below `least` or above `most`. Default −10 and 10. A reward that is not finite is odd in any case. */
  bounds: z
    .strictObject({ least: z.number().default(-10), most: z.number().default(10) })
    .nullable()
    .prefault({}),
});
export type OddityRules = z.output<typeof OddityRules>;

const BatchFigures = z.strictObject({
  reward: z.number(),
  questions: z.number(),
  /** Of each term of the reward: what it makes of the sizes of all. */
  shares: z.record(z.string(), z.number()),
});
type BatchFigures = z.output<typeof BatchFigures>;

/** The batches that the rules look back at, oldest first. It is saved with the run. */
export const OddityHistory = z.array(BatchFigures);
export type OddityHistory = z.output<typeof OddityHistory>;

export interface Oddities {
  /** Empty where nothing is odd. */
  readonly reasons: readonly Reason[];
  /** With this batch. Keep it where a step was taken on the batch, and the one before where it was rejected. */
  readonly history: OddityHistory;
}

/** What is odd about a batch, given those before it. */
export function oddities(groups: readonly Group[], history: OddityHistory, rules: OddityRules): Oddities {
  const all = groups.flatMap(({ trajectories }) => trajectories);
  const figures = figuresOf(all);
  const before = history.slice(-rules.window);
  const isWarm = before.length >= Math.min(rules.warmUp, rules.window);
  const reasons = [
    outOfBounds(groups, rules.bounds),
    isWarm && rewardJumped(figures, before, rules.rewardJump),
    isWarm && termExploded(figures, before, rules.componentShare),
    repeated(groups, rules.repeats),
    isWarm && questionsVanished(figures, before, rules.questionsVanish),
    failurePaid(groups, rules.paidFailure),
    oneConditionNamed(all, rules.oneCondition),
  ].filter((reason) => typeof reason === "object");
  return { reasons, history: [...before, figures].slice(-rules.window) };
}

function figuresOf(all: readonly Trajectory[]): BatchFigures {
  const sizes: Record<string, number> = {};
  for (const { components } of all) {
    for (const [name, value] of Object.entries(components)) {
      if (Number.isFinite(value)) sizes[name] = (sizes[name] ?? 0) + Math.abs(value);
    }
  }
  const total = sum(Object.values(sizes));
  const shares = Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, ratioOrZero(size, total)]));
  return {
    reward: mean(all.map(({ reward }) => reward).filter(Number.isFinite)),
    questions: mean(all.map(({ questions }) => questions)),
    shares,
  };
}

type Finding = Reason | undefined;
const reason = (rule: keyof OddityRules, message: string, groups: readonly Group[] = []): Reason => ({
  rule,
  message,
  groups: groups.map(({ id }) => id),
});
const percent = (share: number): string => `${Math.round(share * 100)} %`;
const groupsWith = (groups: readonly Group[], holds: (trajectory: Trajectory) => boolean): Group[] =>
  groups.filter(({ trajectories }) => trajectories.some(holds));

function outOfBounds(groups: readonly Group[], rule: OddityRules["bounds"]): Finding {
  const broken = groupsWith(groups, ({ reward }) => !Number.isFinite(reward));
  if (broken.length > 0) return reason("bounds", "a reward is no finite number: the reward is at fault", broken);
  if (!rule) return undefined;
  const { least, most } = rule;
  const beyond = groupsWith(groups, ({ reward }) => reward < least || reward > most);
  return beyond.length > 0 ? reason("bounds", `a reward is not from ${least} to ${most}`, beyond) : undefined;
}

function rewardJumped(now: BatchFigures, before: OddityHistory, rule: OddityRules["rewardJump"]): Finding {
  if (!rule) return undefined;
  const rewards = before.map(({ reward }) => reward);
  const deviation = Math.max(standardDeviation(rewards), rule.floor);
  const jump = (now.reward - mean(rewards)) / deviation;
  if (Math.abs(jump) <= rule.deviations) return undefined;
  const from = `from ${mean(rewards).toFixed(2)} to ${now.reward.toFixed(2)}`;
  const size = `${Math.abs(jump).toFixed(1)} standard deviations of the last ${before.length} batches`;
  return reason("rewardJump", `the mean reward ${jump > 0 ? "rose" : "fell"} ${from}, ${size}`);
}

function termExploded(now: BatchFigures, before: OddityHistory, rule: OddityRules["componentShare"]): Finding {
  if (!rule) return undefined;
  for (const [name, share] of Object.entries(now.shares)) {
    const usual = mean(before.map(({ shares }) => shares[name] ?? 0));
    if (share <= rule.least || share <= rule.factor * usual) continue;
    const message = `the term "${name}" makes ${percent(share)} of the reward's terms; it was ${percent(usual)}`;
    return reason("componentShare", message);
  }
  return undefined;
}

function repeated(groups: readonly Group[], rule: OddityRules["repeats"]): Finding {
  if (!rule) return undefined;
  const alike = groups.filter(({ trajectories }) => {
    if (trajectories.length < 2) return false;
    const counts = tally(trajectories.map(({ tokens }) => tokens.join(" ")));
    return Math.max(...counts.values()) > rule.share * trajectories.length;
  });
  if (alike.length === 0 || alike.length <= rule.groups * groups.length) return undefined;
  const where = `in ${alike.length} of ${groups.length} groups`;
  return reason("repeats", `${where} more than ${percent(rule.share)} of the trajectories are the same`, alike);
}

function questionsVanished(now: BatchFigures, before: OddityHistory, rule: OddityRules["questionsVanish"]): Finding {
  if (!rule) return undefined;
  const usual = mean(before.map(({ questions }) => questions));
  const usualReward = mean(before.map(({ reward }) => reward));
  if (now.questions >= rule.below || usual < 2 * rule.below || now.reward <= usualReward) return undefined;
  const questions = `${now.questions.toFixed(1)} questions a consultation, ${usual.toFixed(1)} before`;
  const rewards = `the reward rose from ${usualReward.toFixed(2)} to ${now.reward.toFixed(2)}`;
  return reason("questionsVanish", `${questions}, while ${rewards}`);
}

function failurePaid(groups: readonly Group[], rule: OddityRules["paidFailure"]): Finding {
  if (!rule) return undefined;
  const paid = groupsWith(groups, ({ stop, reward }) => stop === "parse-failure" && reward > rule.above);
  const message = `a trajectory that ended in a parse failure earned more than ${rule.above}`;
  return paid.length > 0 ? reason("paidFailure", message, paid) : undefined;
}

function oneConditionNamed(all: readonly Trajectory[], rule: OddityRules["oneCondition"]): Finding {
  if (!rule) return undefined;
  const concluded = all.filter(({ ranked }) => ranked.length > 0);
  if (concluded.length < rule.least) return undefined;
  const [condition, count] = [...tally(concluded.map(({ ranked }) => ranked[0]!))].reduce((a, b) =>
    b[1] > a[1] ? b : a,
  );
  const share = count / concluded.length;
  const right = concluded.filter(({ labels }) => labels.includes(condition)).length / concluded.length;
  if (share <= rule.share || right > rule.share) return undefined;
  const message = `"${condition}" leads ${percent(share)} of the conclusions and is right for ${percent(right)} of them`;
  return reason("oneCondition", message);
}

function tally(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
