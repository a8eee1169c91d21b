/**
 * The sweep for red flags: asks what rules still need before a danger is left behind unseen. The risk of a rule that is
 * open is P(the patient has an emergency, and the rule would fire | known). Rules that would rather fire in somebody who
 * can wait are left to chance: a question about everything at everybody raises more false alarms than true ones.
 */
import { appliesTo, type Intake, isTold, type LikelihoodModel, urgencyLevel } from "../../src/index.ts";
import { type Belief, PRESENT, UNKNOWN } from "./belief.ts";
import {
  type CompiledRule,
  chanceBeforeAnythingIsTold,
  compileRule,
  type RuleState,
  type RuleTerm,
  trackRule,
} from "./rule-risk.ts";

export interface SweepOptions {
  /** Rules at or below this risk are not asked for. */
  readonly redFlagRisk: number;
  /** Whether signs and tests can be learnt, besides what is told. */
  readonly examine: boolean;
}

/** The finding to ask for next, -1 where no open rule is riskier than the bound or an emergency is already flagged. */
export type Sweep = (belief: Belief) => number;

/** So many false alarms, in people who can wait, are put up with for one emergency found. */
const WORTH = 5;
/** An `unless` term that is at least this probable is asked for before what it would call off. */
const LIKELY_EXCUSE = 0.05;
/** Emergencies below this probability are reckoned with together where the most is asked for. */
const UNLIKELY = 1e-3;
const ROUNDING = 1e-9;
const EMERGENCY = urgencyLevel("emergency");
const CAN_WAIT = urgencyLevel("consultation");

export function redFlagSweep(model: LikelihoodModel, { redFlagRisk, examine }: SweepOptions): Sweep {
  const { base } = model;
  const compiled = base.redFlags.map((rule) => compileRule(rule, model));
  const levels = base.conditions.map(({ urgency }) => (urgency ? urgencyLevel(urgency) : CAN_WAIT));
  const emergencies = conditionsWhere(levels, (level) => level <= EMERGENCY);
  const canWait = conditionsWhere(levels, (level) => level >= CAN_WAIT);
  if (compiled.length === 0 || emergencies.length === 0) return () => -1;
  const rules = compiled.map((rule, index) => ({
    level: urgencyLevel(base.redFlags[index]!.urgency),
    track: trackRule(rule, { watched: emergencies, others: canWait }),
  }));
  const lookOver = learnable(model, compiled, examine);
  const mostOf = mostRisk(compiled, emergencies, model);
  /** For the belief at hand: P(emergency) of each, and P(condition) of those that can wait. */
  const weights = new Float64Array(emergencies.length);
  const waiting = new Float64Array(canWait.length);

  return (belief) => {
    const { posterior, status, intake } = belief;
    let mass = 0;
    for (let e = 0; e < weights.length; e++) {
      weights[e] = posterior[emergencies[e]!]!;
      mass += weights[e]!;
    }
    if (mass <= redFlagRisk) return -1;
    for (let i = 0; i < waiting.length; i++) waiting[i] = posterior[canWait[i]!]!;
    const isOpen = lookOver(status, intake);
    const mostRisks = mostOf(weights, status);
    let riskiest: RuleState | undefined;
    let most = redFlagRisk;
    for (let r = 0; r < rules.length; r++) {
      // Most rules are far below.
      if (mostRisks[r]! < most - ROUNDING) continue;
      const { level, track } = rules[r]!;
      const state = track(belief, isOpen);
      if (state.standing === "fired" && level <= EMERGENCY) return -1;
      if (state.standing !== "open") continue;
      const risk = chanceOf(state.p, weights);
      if (risk <= most || chanceOf(state.others(), waiting) > WORTH * risk) continue;
      most = risk;
      riskiest = state;
    }
    return riskiest ? outermostUnknown(nextTerm(riskiest, emergencies, posterior).finding, status, model) : -1;
  };
}

/** Tells of each finding that the rules look at, and of its parents, whether it is not known and can be learnt: 1, else 0. */
function learnable(
  model: LikelihoodModel,
  rules: readonly CompiledRule[],
  examine: boolean,
): (status: Uint8Array, intake: Intake) => Uint8Array {
  const askable = Uint8Array.from(model.findings, ({ finding: { kind } }) =>
    Number(isTold(kind) || (examine && kind !== "image")),
  );
  const restricted = Uint8Array.from(model.findings, ({ finding }) => Number(finding.applies !== undefined));
  const parents = Int32Array.from(model.findings, ({ parent }) => parent);
  const looked = new Set<number>();
  // Parents first, so that one pass tells.
  const look = (finding: number): void => {
    if (parents[finding]! >= 0) look(parents[finding]!);
    looked.add(finding);
  };
  rules.flatMap(findingsOf).forEach(look);
  const order = Int32Array.from(looked);
  const isOpen = new Uint8Array(parents.length);
  return (status, intake) => {
    for (let i = 0; i < order.length; i++) {
      const f = order[i]!;
      const parent = parents[f]!;
      const isReached = parent < 0 || status[parent] === PRESENT || isOpen[parent] === 1;
      const mayBe = status[f] === UNKNOWN && askable[f] === 1 && isReached;
      isOpen[f] = Number(mayBe && (restricted[f] === 0 || appliesTo(model.findings[f]!.finding, intake)));
    }
    return isOpen;
  };
}

/**
 * The most that each rule's risk can be: of one that looks at nothing that is present what it was before anything was
 * told, since an answer that is no or not known can only lower it; of the others, 1. `weights`: P(emergency), of each.
 */
function mostRisk(
  rules: readonly CompiledRule[],
  emergencies: readonly number[],
  model: LikelihoodModel,
): (weights: Float64Array, status: Uint8Array) => Float64Array {
  const chances = rules.map((rule) => chanceBeforeAnythingIsTold(rule, emergencies));
  const byEmergency = emergencies.map((_, e) => Float64Array.from(chances, (chance) => chance[e]!));
  const touchedBy = model.findings.map(({ index }) =>
    Int32Array.from(rules.flatMap((rule, r) => (looksAt(rule, index) ? [r] : []))),
  );
  const most = new Float64Array(rules.length);
  return (weights, status) => {
    let unlikely = 0;
    for (let e = 0; e < weights.length; e++) if (weights[e]! < UNLIKELY) unlikely += weights[e]!;
    most.fill(unlikely);
    for (let e = 0; e < weights.length; e++) {
      if (weights[e]! < UNLIKELY) continue;
      const chance = byEmergency[e]!;
      for (let r = 0; r < most.length; r++) most[r]! += weights[e]! * chance[r]!;
    }
    for (let f = 0; f < status.length; f++) {
      if (status[f] === PRESENT) for (const r of touchedBy[f]!) most[r] = 1;
    }
    return most;
  };
}

/** Whether what is known of a finding, by itself or as a parent, matters to a rule. */
function looksAt({ needed, optional }: CompiledRule, finding: number): boolean {
  return [...needed, ...optional].some(
    (term) => term.finding === finding || term.parents.some((parent) => parent.finding === finding),
  );
}

/** The findings that a rule looks at. */
function findingsOf({ needed, optional, unless }: CompiledRule): number[] {
  return [...needed, ...optional, ...unless].map(({ finding }) => finding);
}

function conditionsWhere(levels: readonly number[], holds: (level: number) => boolean): number[] {
  return levels.flatMap((level, c) => (holds(level) ? [c] : []));
}

/** P(one of the conditions with these `weights`, and what has probability `p` given each of them). */
function chanceOf(p: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * p[i]!;
  return sum;
}

/**
 * First what would call the rule off; then, of the terms that must all hold, the least likely, which settles the rule
 * soonest; then, of the terms of which a few suffice, the likeliest.
 */
function nextTerm(
  { needed, optional, unless }: RuleState,
  emergencies: readonly number[],
  posterior: Float64Array,
): RuleTerm {
  const excuse = unless.find(({ p }) => chanceOf(p, posterior) > LIKELY_EXCUSE);
  if (excuse) return excuse;
  const chance = ({ p }: RuleTerm): number => emergencies.reduce((sum, c) => sum + posterior[c]! * p[c]!, 0);
  return needed.length > 0
    ? needed.reduce((least, term) => (chance(term) < chance(least) ? term : least))
    : optional.reduce((likeliest, term) => (chance(term) > chance(likeliest) ? term : likeliest));
}

/** A finding is asked for once its parents are known to be present. */
function outermostUnknown(finding: number, status: Uint8Array, model: LikelihoodModel): number {
  let outermost = finding;
  for (let { parent } = model.findings[finding]!; parent >= 0; parent = model.findings[parent]!.parent) {
    if (status[parent] === UNKNOWN) outermost = parent;
  }
  return outermost;
}
