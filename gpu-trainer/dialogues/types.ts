/**
 * A *dialogue* is an episode as a policy lives it: token ids in, token ids out. A *task* starts dialogues over cases;
 * it owns the language (symbols or text), the environment behind it, and the reward. Rollouts, the question generator,
 * evaluation and chat know tasks and dialogues alone.
 */
import type { Case } from "../../simulators/index.ts";
import type { Act } from "../../src/index.ts";

/**
 * Why a trajectory ended:
 * - `concluded`: the policy named its diagnosis
 * - `budget`: it asked when no question was left, and concluded nothing
 * - `truncated`: the dialogue came to the most tokens allowed, its own or the model's
 * - `parse-failure`: it wrote what is no act, once too often
 * - `timeout`: the rollouts' deadline cut it
 * - `patient-error`: the simulated patient failed, and the policy is not to blame
 */
export const STOP_REASONS = ["concluded", "budget", "truncated", "parse-failure", "timeout", "patient-error"] as const;
export type StopReason = (typeof STOP_REASONS)[number];

/** How a dialogue ended, and what it earned. */
export interface Outcome {
  readonly stop: StopReason;
  readonly reward: number;
  /** The reward's terms, each times its weight. */
  readonly components: Readonly<Record<string, number>>;
  /** The label leads, or, where several answers are right, the set is right. */
  readonly correct: boolean;
  /** Questions and examinations put. */
  readonly questions: number;
  /** How many of them asked for what was known or asked before. */
  readonly repeats: number;
  /** Ids of what was concluded, likeliest first; empty where nothing was. */
  readonly ranked: readonly string[];
  /** The right answers. */
  readonly labels: readonly string[];
}

export type Heard =
  | { readonly done: false; readonly tokens: readonly number[] }
  | { readonly done: true; readonly outcome: Outcome };

/** One dialogue. `hear` is called after each of the policy's turns until it is done. */
export interface Dialogue {
  /** What stands before the policy's first turn. */
  open(): readonly number[] | Promise<readonly number[]>;
  /** Takes the tokens of a turn, which may have come to its most tokens, and gives those that follow. */
  hear(turn: readonly number[]): Heard | Promise<Heard>;
  /** Ends it from outside. */
  cut(stop: Extract<StopReason, "timeout" | "truncated" | "patient-error">): Outcome;
}

export interface Task {
  readonly name: string;
  /** Of one turn of the policy. */
  readonly turn: {
    /** 1 or more. */
    readonly maxTokens: number;
    /** Ids that end a turn; the model's own end tokens do in any case. */
    readonly stop?: readonly number[] | undefined;
  };
  /** The most tokens of a dialogue, the policy's and the others' together. */
  readonly maxTokens: number;
  /** What happens in it depends on the case and the seed alone, and on what the policy samples. */
  start(chosen: Case, seed: number): Dialogue;
  /** The turn in which a policy would do this, for transcripts that it is to imitate; undefined for what it cannot say. */
  express(act: Act): readonly number[] | undefined;
  /** A dialogue's tokens as a person reads them. */
  transcribe(tokens: ArrayLike<number>): string;
}
