/**
 * Which answers are right where several may be: what the case's reference lists, or else, by Bayes' rule, what is likely
 * given what is shown; where neither is known, the label alone. What was not shown does not count, so the label need not
 * be among the likely.
 */
import { bayesAgent } from "../../agents/index.ts";
import type { Case } from "../../simulators/index.ts";
import type { Intake, KnowledgeBase } from "../../src/index.ts";
import { hasProbabilities } from "./similarity.ts";

export interface AnswerThresholds {
  /** Of a reference differential, and of the posterior. A right answer is above it, the likeliest in any case. */
  readonly share: number;
  readonly posterior: number;
}

/** All right answers, likeliest first; one or more. */
export type RightAnswers = (chosen: Case, label: string, shown: Intake) => readonly string[];

export function rightAnswers(
  base: KnowledgeBase | undefined,
  { share, posterior: least }: AnswerThresholds,
): RightAnswers {
  const posteriorOf = base && hasProbabilities(base) ? posteriors(base) : undefined;
  const known = base && new Set(base.conditions.map(({ id }) => id));
  return ({ differential }, label, shown) => {
    // A slice of a knowledge base does not know all that the reference lists.
    const listed = differential?.entries.filter(({ condition }) => known?.has(condition) ?? true) ?? [];
    if (listed.length > 0) return above(listed, share);
    return posteriorOf ? above(posteriorOf(shown), least) : [label];
  };
}

type Weighed = { readonly condition: string; readonly probability: number };

/** The conditions above this probability, and the likeliest in any case; likeliest first. */
export function above(entries: readonly Weighed[], least: number): string[] {
  const ranked = [...entries].sort((a, b) => b.probability - a.probability);
  return ranked.filter(({ probability }, rank) => rank === 0 || probability > least).map(({ condition }) => condition);
}

/** P(condition | shown, and the knowledge base knows it), as the Bayesian agent believes it. */
function posteriors(base: KnowledgeBase): (shown: Intake) => Weighed[] {
  const agent = bayesAgent(base);
  return (shown) => {
    const { posterior } = agent.open(shown, "");
    return base.conditions.map(({ id }, c) => ({ condition: id, probability: posterior[c]! }));
  };
}
