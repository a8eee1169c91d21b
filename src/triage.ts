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

/** What a person has that speaks for a condition; what they deny is left out. */
export interface Support {
  /** ln P(what they have | condition) / P(what they have), in nats. */
  readonly weight: number;
  /** Findings among it that the condition makes likelier. */
  readonly findings: number;
}

/** Conditions from a level upwards make it at this share of the differential together. */
const SHARE = 0.1;
/**
 * Suspected emergencies are one at this share already: a little below the chance of a heart attack (1 %, Than et al., 2013)
 * or of an embolism (1.8 %, Kline et al., 2004) at which emergency departments stop looking for it.
 */
const SUSPECTED_SHARE = 0.008;
/** ln 5, in nats: from a likelihood ratio of 5 evidence shifts a probability enough to matter (Jaeschke et al., 1994). */
const SUSPICIOUS_WEIGHT = Math.log(5);
const EMERGENCY = URGENCIES.indexOf("emergency");
const SOON = URGENCIES.indexOf("within-24-hours");

/** One complaint, be it typical, makes no suspicion: many share each. */
function isSuspected({ weight, findings }: Support): boolean {
  return weight >= SUSPICIOUS_WEIGHT && findings >= 2;
}

/**
 * The most urgent level that conditions of that level or above reach a tenth of the differential together: a one-in-ten
 * chance of an emergency is an emergency. Where `supportOf` tells what speaks for an emergency, suspected ones reach it at
 * eight in a thousand; one that is neither suspected nor has a tenth by itself is to be seen within 24 hours: to somebody who
 * denies nearly everything many rare emergencies are left, and they add up. Undefined where conditions with an urgency do
 * not reach a tenth at all.
 */
export function urgencyOf(
  differential: Differential,
  urgencies: ReadonlyMap<string, Urgency>,
  supportOf?: (condition: string) => Support,
): Urgency | undefined {
  const shares = URGENCIES.map(() => 0);
  let suspected = 0;
  for (const { condition, probability } of differential.entries) {
    const urgency = urgencies.get(condition);
    if (!urgency) continue;
    let level = urgencyLevel(urgency);
    if (supportOf && level <= EMERGENCY) {
      if (isSuspected(supportOf(condition))) suspected += probability;
      else if (probability < SHARE) level = SOON;
    }
    shares[level]! += probability;
  }
  let sum = 0;
  for (let level = 0; level < shares.length; level++) {
    sum += shares[level]!;
    if (sum >= SHARE || (level === EMERGENCY && suspected >= SUSPECTED_SHARE)) return URGENCIES[level]!;
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
