/**
 * What a policy at work speaks of. A *player* gives a policy's next act in a situation. *Strict* parsing treats what it
 * writes as its training did; *lenient* parsing takes the likeliest act that is allowed instead. Either way a turn that
 * was no good is a *waste*, and is told.
 */
import type { Act } from "../../src/index.ts";
import type { Situation } from "./situation.ts";

export type Parsing = "strict" | "lenient";

/**
 * - `no-act`: what was written is no act
 * - `repeat`: it asked what was known
 * - `over-budget`: it asked when no question was left
 * - `not-allowed`: it asked what nobody can tell, or what cannot concern this person (seen by lenient parsing alone)
 * - `too-long`: the dialogue came to the model's or the task's length
 */
export type Waste = "no-act" | "repeat" | "over-budget" | "not-allowed" | "too-long";

export interface PlayOptions {
  /** 0 is greedy. Default 0. */
  readonly temperature?: number | undefined;
  /** Fixes what is sampled above 0. Default 0. */
  readonly seed?: number | undefined;
  /** Default strict. */
  readonly parsing?: Parsing | undefined;
  /** Called for each turn that was no good, whether or not another act was taken instead. */
  readonly onWaste?: ((consultation: string, waste: Waste) => void) | undefined;
}

export interface Player {
  act(situation: Situation, signal?: AbortSignal): Promise<Act>;
}
