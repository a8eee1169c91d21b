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
  const uses = new Map<string, number>();
  for (const { when } of rules)
    for (const finding of findingsOf(when.all)) uses.set(finding, (uses.get(finding) ?? 0) + 1);
  rules.forEach(({ when: { all, any, atLeast } }, rule) => {
    // One of these lists must have a term that holds: all of `all`, of which the rarest tells most, or some of the others.
    const [rarest] = findingsOf(all).sort((a, b) => uses.get(a)! - uses.get(b)!);
    const needed = rarest === undefined ? findingsOf(any ?? atLeast?.of ?? []) : [rarest];
    if (needed.length === 0) always.push(rule);
    for (const finding of needed) {
      rulesOf.set(finding, [...(rulesOf.get(finding) ?? []), rule]);
    }
  });
  return { rulesOf, always };
}

const findingsOf = (terms: readonly string[]): string[] => [...new Set(terms.map((term) => parseTerm(term).finding))];
