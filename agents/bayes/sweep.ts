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
/** Emergencies below this probability are reckoned with together before one by one. */
const UNLIKELY = 1e-3;
const ROUNDING = 1e-9;
const EMERGENCY = urgencyLevel("emergency");
const CAN_WAIT = urgencyLevel("consultation");

export function redFlagSweep(model: LikelihoodModel, { redFlagRisk, examine }: SweepOptions): Sweep {
  const { base, conditions } = model;
  const compiled = base.redFlags.map((rule) => compileRule(rule, model));
  const rules = compiled.map((rule, index) => ({
    level: urgencyLevel(base.redFlags[index]!.urgency),
    track: trackRule(rule, conditions.length),
  }));
  const levels = base.conditions.map(({ urgency }) => (urgency ? urgencyLevel(urgency) : CAN_WAIT));
  const emergencies = conditionsWhere(levels, (level) => level <= EMERGENCY);
  const canWait = conditionsWhere(levels, (level) => level >= CAN_WAIT);
  if (rules.length === 0 || emergencies.length === 0) return () => -1;
  const askable = model.findings.map(({ finding: { kind } }) => isTold(kind) || (examine && kind !== "image"));

  const parents = Int32Array.from(model.findings, ({ parent }) => parent);
  const watched = Int32Array.from(new Set(compiled.flatMap(findingsOf)));
  const canLearn = (finding: number, status: Uint8Array, intake: Intake): boolean => {
    if (status[finding] !== UNKNOWN || !askable[finding]) return false;
    const about = model.findings[finding]!.finding;
    if (about.applies && !appliesTo(about, intake)) return false;
    const parent = parents[finding]!;
    return parent < 0 || status[parent] === PRESENT || canLearn(parent, status, intake);
  };
  const bound = untouchedBound(compiled, emergencies, model);
  /** By finding, for the belief at hand. */
  const isOpen = new Uint8Array(askable.length);

  return (belief) => {
    const { posterior, status, intake } = belief;
    const mass = massOf(emergencies, posterior);
    if (mass <= redFlagRisk) return -1;
    for (let w = 0; w < watched.length; w++) isOpen[watched[w]!] = Number(canLearn(watched[w]!, status, intake));
    const likely = emergencies.filter((c) => posterior[c]! >= UNLIKELY);
    const unlikely = mass - massOf(likely, posterior);
    const bounds = bound(belief);
    let riskiest: RuleState | undefined;
    let most = redFlagRisk;
    for (let r = 0; r < rules.length; r++) {
      // Most rules are far below, whatever else was said.
      if (bounds[r]! < most - ROUNDING) continue;
      const { level, track } = rules[r]!;
      const state = track(belief, isOpen);
      if (state.standing === "fired" && level <= EMERGENCY) return -1;
      if (state.standing !== "open") continue;
      // What is likely tells, with the rest at its most.
      if (chanceOf(state.p, likely, posterior) + unlikely < most - ROUNDING) continue;
      const risk = chanceOf(state.p, emergencies, posterior);
      if (risk <= most || chanceOf(state.p, canWait, posterior) > WORTH * risk) continue;
      most = risk;
      riskiest = state;
    }
    return riskiest ? outermostUnknown(nextTerm(riskiest, emergencies, posterior).finding, status, model) : -1;
  };
}

/**
 * The most that each rule's risk can be: of one that looks at nothing that is present what it was before anything was
 * told, since an answer that is no or not known can only lower it; of the others, 1.
 */
function untouchedBound(
  rules: readonly CompiledRule[],
  emergencies: readonly number[],
  model: LikelihoodModel,
): (belief: Belief) => Float64Array {
  const chances = rules.map((rule) => chanceBeforeAnythingIsTold(rule, model.conditions.length));
  const byCondition = emergencies.map((c) => Float64Array.from(chances, (chance) => chance[c]!));
  const touchedBy = model.findings.map(({ index }) =>
    Int32Array.from(rules.flatMap((rule, r) => (looksAt(rule, index) ? [r] : []))),
  );
  const bounds = new Float64Array(rules.length);
  return ({ posterior, status }) => {
    bounds.fill(0);
    for (let e = 0; e < emergencies.length; e++) {
      const weight = posterior[emergencies[e]!]!;
      const chance = byCondition[e]!;
      for (let r = 0; r < bounds.length; r++) bounds[r]! += weight * chance[r]!;
    }
    for (let f = 0; f < status.length; f++) {
      if (status[f] === PRESENT) for (const r of touchedBy[f]!) bounds[r] = 1;
    }
    return bounds;
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

function massOf(conditions: readonly number[], posterior: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < conditions.length; i++) sum += posterior[conditions[i]!]!;
  return sum;
}

/** P(one of `conditions`, and what has probability `p` given each of them). */
function chanceOf(p: Float64Array, conditions: readonly number[], posterior: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < conditions.length; i++) sum += posterior[conditions[i]!]! * p[conditions[i]!]!;
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
  const excuse = unless.find(({ p }) => p.reduce((sum, chance, c) => sum + chance * posterior[c]!, 0) > LIKELY_EXCUSE);
  if (excuse) return excuse;
  const chance = ({ p }: RuleTerm): number => chanceOf(p, emergencies, posterior);
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
