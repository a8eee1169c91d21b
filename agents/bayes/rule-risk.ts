/**
 * P(a red-flag rule fires | condition, what is known), from the likelihoods of its terms. Findings count as independent
 * given the condition; a child finding can only be there where its parent is. `unless` terms count once they are known.
 */
import { concerns, type FindingModel, type LikelihoodModel, parseTerm, type RedFlagRule } from "../../src/index.ts";
import { type Belief, PRESENT, UNKNOWN } from "./belief.ts";

/** One comparison with one finding, as a rule makes it. */
export interface RuleTerm {
  readonly finding: number;
  /** By outcome: whether the term holds. */
  readonly holds: readonly boolean[];
  /** P(term | condition), given that the finding's parent is present. */
  readonly p: Float64Array;
  /** Parents that must be present too, and that the rule does not ask for by itself: P(present | condition). */
  readonly parents: readonly { readonly finding: number; readonly p: Float64Array }[];
  /** Whether the rule's `any` and `atLeast` name it. */
  readonly isAny: boolean;
  readonly isCounted: boolean;
}

export interface CompiledRule {
  readonly when: RedFlagRule["when"];
  /** Terms that must all hold, the parents of their findings among them. */
  readonly needed: readonly RuleTerm[];
  /** Terms of `any` and `atLeast`. */
  readonly optional: readonly RuleTerm[];
  readonly unless: readonly RuleTerm[];
  readonly atLeast: number;
}

export function compileRule({ when }: RedFlagRule, model: LikelihoodModel): CompiledRule {
  const { all, any = [], atLeast, unless = [] } = when;
  const findingOf = (term: string): FindingModel => model.findings[model.indexOf.get(parseTerm(term).finding)!]!;
  const required = [...all];
  for (const term of all) {
    for (const { finding } of parentsOf(findingOf(term), model)) {
      if (!required.some((other) => findingOf(other).finding === finding)) required.push(finding.id);
    }
  }
  const requiredFindings = new Set(required.map(findingOf));
  const compile = (term: string): RuleTerm => {
    const finding = findingOf(term);
    const shares = finding.outcomes.map((_, outcome) => shareOf(term, finding, outcome));
    return {
      finding: finding.index,
      holds: shares.map((share) => share > 0.5),
      p: weightedRows(finding, shares),
      parents: parentsOf(finding, model)
        .filter((parent) => !requiredFindings.has(parent))
        .map((parent) => ({ finding: parent.index, p: weightedRows(parent, [0, 1]) })),
      isAny: any.includes(term),
      isCounted: atLeast?.of.includes(term) ?? false,
    };
  };
  return {
    when,
    needed: required.map(compile),
    optional: merged([...new Set([...any, ...(atLeast?.of ?? [])])].map(compile), model),
    unless: unless.map(compile),
    atLeast: atLeast?.n ?? 0,
  };
}

/** Values of one finding that shut each other out, asked for in the same way, are one term: their chances add up. */
function merged(terms: readonly RuleTerm[], model: LikelihoodModel): RuleTerm[] {
  const all = new Map<string, RuleTerm>();
  for (const term of terms) {
    const { index, finding } = model.findings[term.finding]!;
    const key = finding.type === "multiple" ? `${index} ${all.size}` : `${index} ${term.isAny} ${term.isCounted}`;
    const same = all.get(key);
    all.set(key, same ? union(same, term) : term);
  }
  return [...all.values()];
}

function union(one: RuleTerm, other: RuleTerm): RuleTerm {
  const holds = one.holds.map((is, outcome) => is || other.holds[outcome]!);
  return { ...one, holds, p: one.p.map((chance, c) => Math.min(1, chance + other.p[c]!)) };
}

function parentsOf({ parent }: FindingModel, model: LikelihoodModel): FindingModel[] {
  const above: FindingModel[] = [];
  for (let f = parent; f >= 0; f = model.findings[f]!.parent) above.push(model.findings[f]!);
  return above;
}

/** Share of an outcome in which a term holds; between 0 and 1 where a number's interval lies across the threshold. */
function shareOf(term: string, { finding, outcomes }: FindingModel, outcome: number): number {
  const { op, operand } = parseTerm(term);
  if (op === undefined) return outcome;
  if (op === "=") return Number(outcomes[outcome] === operand);
  const { from, below } = finding.values[outcome]!;
  const low = from ?? finding.range?.[0] ?? Number.NEGATIVE_INFINITY;
  const high = below ?? finding.range?.[1] ?? Number.POSITIVE_INFINITY;
  const threshold = Number(operand);
  const above = threshold <= low ? 1 : threshold >= high ? 0 : (high - threshold) / (high - low);
  return op === ">=" ? above : 1 - above;
}

/** Σ share × P(outcome | condition), by condition. */
function weightedRows({ p, outcomes }: FindingModel, shares: readonly number[]): Float64Array {
  const conditions = p.length / outcomes.length;
  return Float64Array.from({ length: conditions }, (_, c) =>
    Math.min(
      1,
      shares.reduce((sum, share, o) => sum + share * p[o * conditions + c]!, 0),
    ),
  );
}

/** Where a rule stands with what is known. */
export interface RuleState {
  /** `fired`, `dead` where it can no longer fire, else `open`. */
  readonly standing: "fired" | "dead" | "open";
  /** P(the rule fires | condition), of the conditions that are watched, in their order. */
  readonly p: Float64Array;
  /** The same of the others, worked out when it is first asked for. */
  others(): Float64Array;
  /** Terms that can still be learnt: of those that must all hold, that may hold, and that would call it off. */
  readonly needed: readonly RuleTerm[];
  readonly optional: readonly RuleTerm[];
  readonly unless: readonly RuleTerm[];
}

/** Indexes of the conditions under which a rule's chance is looked at: always, and at times. */
export interface WatchedConditions {
  readonly watched: readonly number[];
  readonly others: readonly number[];
}

/** Tells where a rule stands; `isOpen`, by finding: 1 where it is not known and can still be learnt by asking. */
export type RuleTracker = (belief: Belief, isOpen: Uint8Array) => RuleState;

/**
 * A state hangs on the codes of the rule's terms alone, and few combinations of them occur: each is worked out once.
 * Code of a term: 0 it does not hold and never will, 1 it holds, 2 + n it is open with n parents that are not known.
 */
export function trackRule(rule: CompiledRule, conditions: WatchedConditions): RuleTracker {
  const terms = [...rule.needed, ...rule.optional, ...rule.unless];
  const radix = 3 + Math.max(0, ...terms.map(({ parents }) => parents.length));
  const isKeyed = radix ** terms.length <= Number.MAX_SAFE_INTEGER;
  const findings = Int32Array.from(terms, ({ finding }) => finding);
  const hasParents = Uint8Array.from(terms, ({ parents }) => Math.min(1, parents.length));
  const mustHold = rule.needed.length;
  const codes = new Uint8Array(terms.length);
  const states = new Map<number, RuleState>();
  // Most rules stand as they stood when they were looked at last.
  let lastKey = -1;
  let lastState = DEAD;
  return (belief, isOpen) => {
    if (!concerns(rule, belief.intake)) return DEAD;
    const { status } = belief;
    let key = 0;
    for (let t = 0; t < findings.length; t++) {
      const finding = findings[t]!;
      let code = 0;
      if (status[finding] === PRESENT) code = Number(isTrue(terms[t]!, belief));
      else if (isOpen[finding] === 1) code = 2 + (hasParents[t] === 1 ? parentsUnknown(terms[t]!, status) : 0);
      if (code === 0 && t < mustHold) return DEAD;
      codes[t] = code;
      key = key * radix + code;
    }
    if (key === lastKey && isKeyed) return lastState;
    const known = isKeyed ? states.get(key) : undefined;
    const state = known ?? stateOf(rule, codes, conditions);
    if (isKeyed && !known) {
      if (states.size >= MOST_STATES) states.clear();
      states.set(key, state);
    }
    lastKey = key;
    lastState = state;
    return state;
  };
}

/** P(the rule fires | condition), of these conditions, where nothing is known and everything can be learnt. */
export function chanceBeforeAnythingIsTold(rule: CompiledRule, conditions: readonly number[]): Float64Array {
  const terms = [...rule.needed, ...rule.optional, ...rule.unless];
  const codes = Uint8Array.from(terms, ({ parents }) => 2 + parents.length);
  const { standing, p } = stateOf(rule, codes, { watched: conditions, others: [] });
  return standing === "open" ? p : new Float64Array(conditions.length).fill(standing === "fired" ? 1 : 0);
}

/** About a kilobyte each. */
const MOST_STATES = 128;

const NONE = new Float64Array();
const DEAD: RuleState = { standing: "dead", p: NONE, others: () => NONE, needed: [], optional: [], unless: [] };
const FIRED: RuleState = { ...DEAD, standing: "fired" };

/** Whether a term about a finding that is present holds. */
function isTrue({ finding, holds }: RuleTerm, { values }: Belief): boolean {
  const told = values.get(finding);
  // A parent that a child implies is present without having been told.
  return told === undefined ? holds[1]! : told.some((outcome) => holds[outcome]);
}

function parentsUnknown({ parents }: RuleTerm, status: Uint8Array): number {
  let unknown = 0;
  while (unknown < parents.length && status[parents[unknown]!.finding] === UNKNOWN) unknown++;
  return unknown;
}

function stateOf(rule: CompiledRule, codes: Uint8Array, { watched, others }: WatchedConditions): RuleState {
  const open: OpenTerm[] = [];
  let missing = rule.atLeast;
  let missesAny = rule.when.any !== undefined;
  [...rule.needed, ...rule.optional].forEach((term, t) => {
    const code = codes[t]!;
    if (code >= 2) open.push({ term, parents: term.parents.slice(0, code - 2) });
    else if (code === 1 && term.isCounted) missing--;
    if (code === 1 && term.isAny) missesAny = false;
  });
  const excuses = codes.subarray(rule.needed.length + rule.optional.length);
  if (excuses.includes(1)) return DEAD;
  const isNeeded = ({ term }: OpenTerm): boolean => rule.needed.includes(term);
  const needed = open.filter(isNeeded);
  const isMet = missing <= 0 && !missesAny;
  const optional = isMet ? [] : open.filter((term) => !isNeeded(term));
  if (isMet && needed.length === 0) return FIRED;
  const under = (conditions: readonly number[]): Float64Array => {
    const chance = new Float64Array((Math.max(0, missing) + 1) * (missesAny ? 2 : 1));
    return Float64Array.from(conditions, (c) => {
      const enough = enoughProbability(optional, Math.max(0, missing), missesAny, c, chance);
      return needed.reduce((product, term) => product * probabilityOf(term, c), enough);
    });
  };
  const p = under(watched);
  let underOthers: Float64Array | undefined;
  if (p.every((chance) => chance === 0)) return DEAD;
  return {
    standing: "open",
    p,
    others() {
      underOthers ??= under(others);
      return underOthers;
    },
    needed: needed.map(({ term }) => term),
    optional: optional.map(({ term }) => term),
    unless: rule.unless.filter((_, t) => excuses[t]! >= 2),
  };
}

interface OpenTerm {
  readonly term: RuleTerm;
  /** Those of its parents that are not known. */
  readonly parents: RuleTerm["parents"];
}

function probabilityOf({ term, parents }: OpenTerm, condition: number): number {
  return parents.reduce((product, { p }) => product * p[condition]!, term.p[condition]!);
}

/**
 * P(enough terms hold | condition), from the distribution over how many are missing and whether an `any` term is;
 * `chance` is scratch for it.
 */
function enoughProbability(
  terms: readonly OpenTerm[],
  missing: number,
  missesAny: boolean,
  condition: number,
  chance: Float64Array,
): number {
  const width = missing + 1;
  const first = missing + (missesAny ? width : 0);
  chance.fill(0);
  chance[first] = 1;
  for (const open of terms) {
    const p = probabilityOf(open, condition);
    // Upwards, so that what one term moves down is not moved again by it.
    for (let from = 1; from <= first; from++) {
      const left = Math.max(0, (from % width) - Number(open.term.isCounted));
      const to = left + (from >= width && !open.term.isAny ? width : 0);
      const moved = chance[from]! * p;
      chance[from]! -= moved;
      chance[to]! += moved;
    }
  }
  return chance[0]!;
}
