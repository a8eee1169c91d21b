/** Urgency: the order of the five levels, and how an agent derives a level from its differential. */
import type { Differential } from "./differential.ts";
import { type KnowledgeBase, URGENCIES, type Urgency } from "./vocabulary.ts";

/** Place among the levels: 0 is the most urgent. */
export function urgencyLevel(urgency: Urgency): number {
  return URGENCIES.indexOf(urgency);
}

export function mostUrgent(a: Urgency, b: Urgency): Urgency {
  return urgencyLevel(a) <= urgencyLevel(b) ? a : b;
}

/**
 * The most urgent level that conditions of that level or above reach `threshold` of the differential together: a
 * one-in-ten chance of an emergency is an emergency. Undefined where conditions
 * with an urgency do not reach it at all.
 */
export function urgencyOf(
  differential: Differential,
  urgencies: ReadonlyMap<string, Urgency>,
  threshold = 0.1,
): Urgency | undefined {
  const mass = URGENCIES.map(() => 0);
  for (const { condition, probability } of differential.entries) {
    const urgency = urgencies.get(condition);
    if (urgency) mass[urgencyLevel(urgency)]! += probability;
  }
  let sum = 0;
  for (let level = 0; level < mass.length; level++) {
    sum += mass[level]!;
    if (sum >= threshold) return URGENCIES[level]!;
  }
  return undefined;
}

/** The urgency to be told: the agent's own, or a raised flag's where that is more urgent. */
export function urgencyWithFlags(
  own: Urgency | undefined,
  flags: Iterable<{ readonly urgency: Urgency }>,
): Urgency | undefined {
  let urgency = own;
  for (const flag of flags) urgency = urgency === undefined ? flag.urgency : mostUrgent(urgency, flag.urgency);
  return urgency;
}

/** The urgency of each condition that has one. */
export function urgenciesOf(base: KnowledgeBase): Map<string, Urgency> {
  return new Map(base.conditions.flatMap(({ id, urgency }) => (urgency ? [[id, urgency] as const] : [])));
}
