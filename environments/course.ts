/**
 * The course of one episode, however it is spoken: what was asked, what was refused, and the reward at the end. Both
 * environments keep it, the one in words and the one in codes, so that they pay alike.
 */
import type { Case } from "../simulators/index.ts";
import { type Conclude, type Differential, rankDifferential, type Urgency, urgencyOf } from "../src/index.ts";
import type { Episode, Reward } from "./rewards.ts";

export type EpisodeEnd = "concluded" | "budget" | "parse-failure";

export interface CourseRules {
  /** The most questions and examinations. */
  readonly budget: number;
  /** Texts that the protocol may refuse before the episode ends. */
  readonly formatFailures: number;
  readonly rewardOf: (episode: Episode) => Reward;
  readonly urgencies: ReadonlyMap<string, Urgency>;
}

export interface Finish {
  readonly end: EpisodeEnd;
  readonly episode: Episode;
  readonly reward: Reward;
}

export interface Course {
  /** Questions and examinations put so far. */
  readonly turns: number;
  /** Counts a question; false where none was left. */
  ask(): boolean;
  /** What it was about; the same subject twice is a repeat. */
  heard(subject: string): void;
  /** Counts a text that the protocol refused; false where it was one too many. */
  refuse(): boolean;
  finish(end: EpisodeEnd, conclusion?: Conclude): Finish;
}

/** `opening`: findings that the patient came with. */
export function episodeCourse(
  { budget, formatFailures: allowed, rewardOf }: CourseRules,
  { differential: reference, urgency }: Pick<Case, "differential" | "urgency">,
  label: string,
  opening: Iterable<string>,
): Course {
  const subjects = new Set(opening);
  let turns = 0;
  let repeats = 0;
  let formatFailures = 0;
  return {
    get turns() {
      return turns;
    },
    ask() {
      if (turns >= budget) return false;
      turns++;
      return true;
    },
    heard(subject) {
      if (subjects.has(subject)) repeats++;
      subjects.add(subject);
    },
    refuse: () => ++formatFailures <= allowed,
    finish(end, conclusion) {
      const episode: Episode = { conclusion, label, reference, urgency, turns, repeats, formatFailures };
      return { end, episode, reward: rewardOf(episode) };
    },
  };
}

/** A ranking as a conclusion: the weight of place k is 1/k, and the urgency follows from the list. */
export function concludeRanking(ranked: readonly string[], urgencies: ReadonlyMap<string, Urgency>): Conclude {
  const differential = rankedDifferential(ranked);
  const urgency = urgencyOf(differential, urgencies);
  return { type: "conclude", differential, abstained: false, ...(urgency && { urgency }) };
}

/** A ranking as a differential: the weight of place k is 1/k. */
export function rankedDifferential(ranked: readonly string[]): Differential {
  const distinct = [...new Set(ranked)];
  return rankDifferential(
    distinct,
    distinct.map((_, index) => 1 / (index + 1)),
  );
}
