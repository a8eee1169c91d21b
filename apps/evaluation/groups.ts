/** The groups that figures are broken down by: severity, frequency, domain, age, sex. */

import type { Case } from "../../simulators/index.ts";
import { ageGroupOf, type KnowledgeBase, priorWeight } from "../../src/index.ts";

/** A condition is rare where its prior is under a quarter of the mean prior. */
export const RARE = 0.25;

/** Tells a case's groups; `condition` is its label where the knowledge base has it. */
export function grouping(
  base: KnowledgeBase,
): (patient: Case, condition: string | undefined) => Record<string, string> {
  const weights = new Map(base.conditions.map(({ id, prior }) => [id, priorWeight(prior)]));
  const mean = [...weights.values()].reduce((sum, weight) => sum + weight, 0) / weights.size;
  const severities = new Map(base.conditions.map(({ id, severity }) => [id, String(severity)]));
  return ({ age, sex, domain }, condition) => {
    const groups: Record<string, string> = {};
    if (condition !== undefined) {
      groups.severity = severities.get(condition)!;
      groups.frequency = weights.get(condition)! < RARE * mean ? "rare" : "common";
    }
    if (domain !== undefined) groups.domain = domain;
    if (age !== undefined) groups.age = ageGroupOf(age);
    if (sex !== undefined) groups.sex = sex;
    return groups;
  };
}
