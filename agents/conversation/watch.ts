/**
 * Which red-flag rules a message can have raised: a rule looks at findings, and holds only where what it cannot do
 * without is present. So few rules are weighed at a turn, and with the same outcome as if all were.
 */
import { type Intake, type ObservedFinding, parseTerm, type RedFlagRule, raisedRedFlags } from "../../src/index.ts";

interface Watch {
  /** By finding: the rules, as indexes, that may hold while it is present. */
  readonly rulesOf: ReadonlyMap<string, readonly number[]>;
  /** Rules that ask for nothing but age and sex. */
  readonly always: readonly number[];
}

const watches = new WeakMap<readonly RedFlagRule[], Watch>();

/** As `raisedRedFlags`. The list of rules must not change. */
export function watchedRedFlags(
  rules: readonly RedFlagRule[],
  person: Intake,
  known: ReadonlyMap<string, ObservedFinding>,
): RedFlagRule[] {
  let watch = watches.get(rules);
  if (!watch) {
    watch = watchOver(rules);
    watches.set(rules, watch);
  }
  const found = new Set(watch.always);
  for (const { finding, state } of known.values()) {
    if (state !== "present") continue;
    for (const rule of watch.rulesOf.get(finding) ?? []) found.add(rule);
  }
  const inOrder = [...found].sort((a, b) => a - b);
  return raisedRedFlags(
    inOrder.map((rule) => rules[rule]!),
    person,
    known,
  );
}

function watchOver(rules: readonly RedFlagRule[]): Watch {
  const rulesOf = new Map<string, number[]>();
  const always: number[] = [];
  rules.forEach(({ when: { all, any, atLeast } }, rule) => {
    // One of these lists must have a term that holds: the first of `all`, or some of the others.
    const needed = all.length > 0 ? [all[0]!] : (any ?? atLeast?.of);
    if (!needed) always.push(rule);
    for (const finding of new Set(needed?.map((term) => parseTerm(term).finding))) {
      rulesOf.set(finding, [...(rulesOf.get(finding) ?? []), rule]);
    }
  });
  return { rulesOf, always };
}
