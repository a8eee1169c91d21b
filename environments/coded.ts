/**
 * The multi-turn environment in codes: findings are asked for by id and answered by what the patient states, nothing is
 * said in words. The rules, the rewards and the patient's noise are those of the environment in words.
 */
import { z } from "zod";
import { type Case, patientFor } from "../simulators/index.ts";
import { type Conclude, type Intake, type KnowledgeBase, type ObservedFinding, urgenciesOf } from "../src/index.ts";
import { type CourseRules, concludeRanking, episodeCourse, type Finish } from "./course.ts";
import { EnvironmentOptions } from "./environment.ts";
import { EpisodeError } from "./errors.ts";
import { conditionNames, labelCondition, openLabel } from "./labels.ts";
import { composeReward } from "./rewards.ts";

/** What an act gave: an answer, a refusal that was let pass, or the end. */
export type CodedStep =
  | { readonly type: "answered"; readonly observed: ObservedFinding }
  | { readonly type: "refused" }
  | ({ readonly type: "finished" } & Finish);

/** One episode. After `finished` it takes no more acts. */
export interface CodedEpisode {
  readonly intake: Intake;
  readonly label: string;
  /** Questions still allowed. */
  readonly left: number;
  inquire(finding: string): CodedStep;
  /** Conditions, likeliest first, or a conclusion that is one already. */
  conclude(ranked: readonly string[] | Conclude): Extract<CodedStep, { type: "finished" }>;
  /** The policy wrote what is no act. */
  refuse(): CodedStep;
  /** Ends it from outside, without a conclusion. */
  abandon(): Finish;
}

/** Gives an episode over a case; what the patient says depends on the seed alone. */
export function codedEpisodes(
  base: KnowledgeBase,
  options: EnvironmentOptions = {},
): (chosen: Case, seed: number) => CodedEpisode {
  const parsed = EnvironmentOptions.safeParse(options);
  if (!parsed.success) throw new EpisodeError("bad-options", z.prettifyError(parsed.error));
  const { budget, formatFailures, persona, normal, reward } = parsed.data;
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  const names = conditionNames(base);
  const urgencies = urgenciesOf(base);
  const rules: CourseRules = { budget, formatFailures, rewardOf: composeReward(reward), urgencies };

  return (chosen, seed) => {
    const patient = patientFor({ case: chosen, base, findings, persona, seed, normal });
    const label = labelCondition(chosen.label, names) ?? openLabel(chosen.label.name);
    const { age, sex } = chosen;
    const intake: Intake = { age, sex, findings: chosen.opening.map((finding) => patient.truth(finding)) };
    const course = episodeCourse(rules, chosen, label, chosen.opening);
    return {
      intake,
      label,
      get left() {
        return budget - course.turns;
      },
      inquire(finding) {
        if (!course.ask()) return { type: "finished", ...course.finish("budget") };
        course.heard(finding);
        return { type: "answered", observed: patient.truth(finding) };
      },
      conclude(given) {
        const conclusion = "type" in given ? given : concludeRanking(given, urgencies);
        return { type: "finished", ...course.finish("concluded", conclusion) };
      },
      refuse() {
        if (course.refuse()) return { type: "refused" };
        return { type: "finished", ...course.finish("parse-failure") };
      },
      abandon: () => course.finish("budget"),
    };
  };
}
