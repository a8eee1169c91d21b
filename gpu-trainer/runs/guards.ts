/**
 * Guard rails: what stops a run, with a reason, rather than let it train on nonsense. Each looks at the figures of a
 * step; those that a single step may break by chance look at a window of steps.
 */
import { z } from "zod";
import { mean } from "../objectives/statistics.ts";

const Share = z.number().min(0).max(1).nullable();

export const GuardConfig = z.strictObject({
  /** At lag 0: mean |Δ log π| between sampler and trainer at most. Default 0.02. */
  logprobDelta: z.number().positive().nullable().default(0.02),
  /** Share of groups of equal rewards at most, over the window. Default null: the end of learning looks like this too. */
  equalGroups: Share.default(null),
  /** Share of dialogues cut at their length at most, over the window. Default 0.5. */
  truncated: Share.default(0.5),
  /** Share of dialogues that ended in a parse failure at most, over the window. Default 0.95. */
  parseFailures: Share.default(0.95),
  /** Share of dialogues whose patient failed at most, over the window. Default 0.1. */
  patientErrors: Share.default(0.1),
  /** Nats a sampled token at least, over the window; below, the policy has collapsed. Default null. */
  entropy: z.number().min(0).nullable().default(null),
  /** Share of the commonest conclusion at most, over the window. Default null. */
  sameConclusion: Share.default(null),
  /** Share of questions that repeat an earlier one at most, over the window. Default null. */
  repeats: Share.default(null),
  /** Steps of the window. Default 20. */
  window: z.int().min(1).max(10_000).default(20),
});
export type GuardConfig = z.output<typeof GuardConfig>;

/** What guards watch over a window, of one step. */
export interface GuardedFigures {
  readonly equal_groups: number;
  readonly truncated: number;
  readonly parse_failures: number;
  readonly patient_errors: number;
  readonly entropy: number;
  readonly same_conclusion: number;
  readonly repeats: number;
}

type Watched = keyof GuardedFigures;

/** The figures of the latest steps; plain data, so that a checkpoint can hold it. */
export type GuardWindow = Readonly<Partial<Record<Watched, readonly number[]>>>;

interface Rule {
  readonly figure: Watched;
  readonly bound: (config: GuardConfig) => number | null;
  readonly isBroken: (figure: number, bound: number) => boolean;
  readonly words: string;
}

const above = (figure: number, bound: number): boolean => figure > bound;
const below = (figure: number, bound: number): boolean => figure < bound;

const RULES: readonly Rule[] = [
  {
    figure: "equal_groups",
    bound: (c) => c.equalGroups,
    isBroken: above,
    words: "groups of equal rewards: nothing is left to learn from, or all is too hard",
  },
  {
    figure: "truncated",
    bound: (c) => c.truncated,
    isBroken: above,
    words: "dialogues cut at their length: allow longer ones",
  },
  {
    figure: "parse_failures",
    bound: (c) => c.parseFailures,
    isBroken: above,
    words: "dialogues ended in a parse failure: warm the policy up first",
  },
  {
    figure: "patient_errors",
    bound: (c) => c.patientErrors,
    isBroken: above,
    words: "dialogues whose patient failed: see the faults in the log",
  },
  { figure: "entropy", bound: (c) => c.entropy, isBroken: below, words: "nats a token: the policy has collapsed" },
  {
    figure: "same_conclusion",
    bound: (c) => c.sameConclusion,
    isBroken: above,
    words: "conclusions name one condition",
  },
  { figure: "repeats", bound: (c) => c.repeats, isBroken: above, words: "questions repeat an earlier one" },
];

/** Why the step must not be taken, if so. Looks at nothing but this step. */
export function brokenBeforeStep(
  config: GuardConfig,
  { lag, logprob_delta }: { readonly lag: number; readonly logprob_delta: number },
): string | undefined {
  if (lag > 0 || config.logprobDelta === null || logprob_delta <= config.logprobDelta) return undefined;
  const figures = `mean |Δ log π| ${logprob_delta.toPrecision(3)} at lag 0, at most ${config.logprobDelta}`;
  return `sampler and trainer disagree (${figures}): stale weights or caches, or another temperature`;
}

/** The window with this step in it, and why the run must stop, if so. A window that is not full yet breaks no rule. */
export function watchStep(
  config: GuardConfig,
  window: GuardWindow,
  figures: GuardedFigures,
): { readonly window: GuardWindow; readonly broken: string | undefined } {
  const next: Partial<Record<Watched, readonly number[]>> = {};
  let broken: string | undefined;
  for (const { figure, bound, isBroken, words } of RULES) {
    const values = [...(window[figure] ?? []), figures[figure]].slice(-config.window);
    next[figure] = values;
    const limit = bound(config);
    if (limit === null || values.length < config.window) continue;
    const average = mean(values);
    if (isBroken(average, limit))
      broken ??= `${average.toPrecision(3)} ${words} (bound ${limit}, last ${values.length} steps)`;
  }
  return { window: next, broken };
}
