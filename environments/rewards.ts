/**
 * Rewards: named terms over a finished episode, each weighted and logged by itself. The sum is the reward, unless the
 * veto strikes: a conclusion that would keep an emergency at home earns the veto's figure at best.
 */
import { z } from "zod";
import { type Conclude, compareLists, type Differential, rankOf, type Urgency, urgencyLevel } from "../src/index.ts";
import { EpisodeError } from "./errors.ts";

/** What the terms look at. */
export interface Episode {
  /** Missing where the episode ended without one. */
  readonly conclusion?: Conclude | undefined;
  /** The condition that the conclusion should lead with. */
  readonly label: string;
  readonly reference?: Differential | undefined;
  readonly urgency?: Urgency | undefined;
  readonly turns: number;
  /** Questions about what was asked before. */
  readonly repeats: number;
  /** Texts that the protocol's parser refused. */
  readonly formatFailures: number;
}

export type RewardTerm = (episode: Episode) => number;

export const REWARD_TERMS = {
  /** 1 where the label leads. */
  top1: ({ conclusion, label }) => Number(conclusion !== undefined && rankOf(conclusion.differential, label) === 1),
  /** 1 over the label's place; 0 where it is not listed. */
  reciprocalRank: ({ conclusion, label }) => {
    const rank = conclusion && rankOf(conclusion.differential, label);
    return rank ? 1 / rank : 0;
  },
  /** F1 of the listed conditions against the reference's, or against the label alone where there is none. */
  differentialF1: ({ conclusion, label, reference }) => {
    if (!conclusion) return 0;
    const wanted = reference ?? { entries: [{ condition: label, probability: 1 }], other: 0 };
    return compareLists(conclusion.differential, wanted).ddf1;
  },
  /** Questions and examinations put; give it a negative weight. */
  questionCost: ({ turns }) => turns,
  /** Repeated questions; give it a negative weight. */
  repeatPenalty: ({ repeats }) => repeats,
  /** 1 where every text was in the protocol's form and the episode came to a conclusion. */
  format: ({ formatFailures, conclusion }) => Number(formatFailures === 0 && conclusion !== undefined),
} as const satisfies Record<string, RewardTerm>;

export type RewardTermName = keyof typeof REWARD_TERMS;

const termName = z.enum(Object.keys(REWARD_TERMS) as [RewardTermName, ...RewardTermName[]]);

export const RewardConfig = z.strictObject({
  weights: z
    .partialRecord(termName, z.number().finite())
    .default({ top1: 1, questionCost: -0.01, repeatPenalty: -0.05 }),
  /** The most that an unsafe conclusion earns: urgency two or more levels under the reference. Null: no veto. */
  unsafeVeto: z.number().finite().nullable().default(-1),
});
export type RewardConfig = z.input<typeof RewardConfig>;

export interface Reward {
  readonly total: number;
  /** Each term's figure times its weight, and `unsafeVeto`: what the veto took. */
  readonly components: Readonly<Record<string, number>>;
}

/** Builds the reward function of a configuration. Throws `bad-reward` on an unknown term. */
export function composeReward(config: RewardConfig = {}): (episode: Episode) => Reward {
  const parsed = RewardConfig.safeParse(config);
  if (!parsed.success) throw new EpisodeError("bad-reward", z.prettifyError(parsed.error));
  const { weights, unsafeVeto } = parsed.data;
  const terms = Object.entries(weights) as [RewardTermName, number][];
  return (episode) => {
    const components: Record<string, number> = {};
    let total = 0;
    for (const [name, weight] of terms) {
      components[name] = weight * REWARD_TERMS[name](episode);
      total += components[name];
    }
    if (unsafeVeto !== null && isUnsafe(episode) && total > unsafeVeto) {
      components.unsafeVeto = unsafeVeto - total;
      total = unsafeVeto;
    }
    return { total, components };
  };
}

/** Unsafe: concluded with an urgency two or more levels under the reference; none at all counts as the mildest. */
export function isUnsafe({ conclusion, urgency }: Episode): boolean {
  if (!conclusion || !urgency) return false;
  return urgencyLevel(conclusion.urgency ?? "self-care") > urgencyLevel(urgency) + 1;
}
