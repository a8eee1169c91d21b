/** The course of one question, in symbols or in words: what was no answer, and what an answer earns. */
import { z } from "zod";
import { composeReward, EnvironmentOptions, RewardConfig, rankedDifferential } from "../../environments/index.ts";
import type { Case } from "../../simulators/index.ts";
import {
  type Conclude,
  type Differential,
  type KnowledgeBase,
  rankDifferential,
  urgenciesOf,
  urgencyOf,
} from "../../src/index.ts";
import type { Dialogue, Outcome, StopReason } from "../dialogues/types.ts";
import { CurriculumError } from "./errors.ts";
import type { Question, QuestionKind } from "./questions.ts";

export const QuestionRules = z.strictObject({
  /** Turns that are no answer, let pass before the dialogue ends. Default: the environment's. */
  formatFailures: EnvironmentOptions.shape.formatFailures,
  /**
   * Default: `top1` for a single question; for others `differentialF1`, which compares the set named with the set that is
   * right. No veto unless it is asked for: nobody is sent home by a question.
   */
  reward: RewardConfig.optional(),
});
export type QuestionRules = z.input<typeof QuestionRules>;

/** One question under way. After an outcome it takes no more. */
export interface QuestionCourse {
  /** Counts a turn that is no answer; the outcome where it was one too many. */
  refuse(): Outcome | undefined;
  conclude(ranked: readonly string[]): Outcome;
  cut: Dialogue["cut"];
}

/** Throws `bad-options`. */
export function questionCourses(
  kind: QuestionKind,
  base: KnowledgeBase | undefined,
  options: QuestionRules,
): (question: Question, chosen: Case) => QuestionCourse {
  const parsed = QuestionRules.safeParse(options);
  if (!parsed.success) throw new CurriculumError("bad-options", z.prettifyError(parsed.error));
  const allowed = parsed.data.formatFailures;
  const weights = { [kind === "single" ? "top1" : "differentialF1"]: 1 };
  const rewardOf = composeReward({ weights, unsafeVeto: null, ...options.reward });
  const urgencies = base && urgenciesOf(base);

  const concluding = (ranked: readonly string[]): Conclude => {
    const differential = rankedDifferential(ranked);
    const urgency = urgencies && urgencyOf(differential, urgencies);
    return { type: "conclude", differential, abstained: false, ...(urgency && { urgency }) };
  };

  return ({ answers }, { differential, urgency }) => {
    const reference = kind === "single" ? differential : equallyLikely(answers);
    let formatFailures = 0;
    const outcome = (stop: StopReason, ranked: readonly string[] = []): Outcome => {
      const conclusion = ranked.length > 0 ? concluding(ranked) : undefined;
      const label = answers[0]!;
      const earned = rewardOf({ conclusion, label, reference, urgency, turns: 0, repeats: 0, formatFailures });
      return {
        stop,
        reward: earned.total,
        components: earned.components,
        correct: isSameSet(ranked, answers),
        questions: 0,
        repeats: 0,
        ranked,
        labels: answers,
      };
    };
    return {
      refuse: () => (++formatFailures > allowed ? outcome("parse-failure") : undefined),
      conclude: (ranked) => outcome("concluded", ranked),
      cut: (stop) => outcome(stop),
    };
  };
}

function equallyLikely(answers: readonly string[]): Differential {
  return rankDifferential(
    answers,
    answers.map(() => 1),
  );
}

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((each) => b.includes(each));
