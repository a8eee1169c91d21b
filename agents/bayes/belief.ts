/**
 * What a Bayesian agent believes: log weights of the conditions, and of *other*, in the light of what it was told.
 * Findings count as independent given the condition; a child finding counts where its parent is present. *Other*
 * stands for everything that the knowledge base does not know: under it each finding has its overall frequency.
 */
import {
  type FindingModel,
  type Intake,
  type LikelihoodModel,
  type ObservedFinding,
  outcomesOf,
} from "../../src/index.ts";

/** What is known of a finding: nothing, asked without an answer, absent, or present. */
export const UNKNOWN = 0;
export const UNANSWERED = 1;
export const ABSENT = 2;
export const PRESENT = 3;

export interface Belief {
  /** ln P(condition, everything told), up to a constant; *other* last. */
  readonly logWeights: Float64Array;
  /** P(condition | everything told, not *other*). */
  readonly posterior: Float64Array;
  /** P(*other* | everything told). */
  readonly other: number;
  /** By finding. */
  readonly status: Uint8Array;
  /** The outcomes told, by finding; the latest word counts. */
  readonly values: ReadonlyMap<number, readonly number[]>;
  readonly intake: Intake;
  readonly seed: string;
}

export interface BeliefUpdater {
  open(intake: Intake, seed: string): Belief;
  observe(belief: Belief, observed: ObservedFinding): Belief;
  /** As `observe` for one after another. */
  observeAll(belief: Belief, told: readonly ObservedFinding[]): Belief;
}

/** The part of a belief that is worked out; shared where it is the same, and never changed. */
type Weighed = Pick<Belief, "logWeights" | "posterior" | "other">;

/** A belief while it is told things: changed in place, weighed at the end. */
interface Draft {
  readonly logWeights: Float64Array;
  readonly status: Uint8Array;
  readonly values: Map<number, readonly number[]>;
}

/** `otherPrior`: P(*other*) before anything is told. */
export function beliefUpdater(model: LikelihoodModel, otherPrior: number): BeliefUpdater {
  const conditions = model.conditions.length;
  const tables = logTables(model);

  /** What is believed before anything is told, by the model's priors, which has one for each age group and sex. */
  const untold = new Map<Float64Array, Weighed>();
  const beforeAnythingIsTold = ({ age, sex }: Intake): Weighed => {
    const prior = model.prior(age, sex);
    const before = untold.get(prior);
    if (before) return before;
    const logWeights = new Float64Array(conditions + 1);
    for (let c = 0; c < conditions; c++) logWeights[c] = Math.log(prior[c]! * (1 - otherPrior));
    logWeights[conditions] = Math.log(otherPrior);
    const weighed = { logWeights, ...normalise(logWeights) };
    untold.set(prior, weighed);
    return weighed;
  };

  const tell = (draft: Draft, intake: Intake, observed: ObservedFinding): void => {
    const { logWeights, status, values } = draft;
    const f = model.indexOf.get(observed.finding);
    if (f === undefined) return;
    // Who no longer knows does not take back what was said.
    if (observed.state === "unknown" && status[f]! >= ABSENT) return;
    const { parent } = model.findings[f]!;
    const outcomes = outcomesOf(model.findings[f]!, observed);
    const isNews = status[f]! < ABSENT && (parent < 0 || status[parent] === PRESENT);
    status[f] = observed.state === "present" ? PRESENT : observed.state === "absent" ? ABSENT : UNANSWERED;
    if (isNews && !outcomes) return;
    if (outcomes) values.set(f, outcomes);
    else values.delete(f);
    if (isNews) tables[f]!.add(logWeights, outcomes!);
    else retell(draft, intake);
  };

  /**
   * The draft from the beginning, for what changes more than itself: a correction, or a child told before its parent.
   * Who has a child finding has its parent, as if that had been told; where the parent is absent its children say nothing.
   */
  const retell = ({ logWeights, status, values }: Draft, intake: Intake): void => {
    logWeights.set(beforeAnythingIsTold(intake).logWeights);
    const implied = new Set<number>();
    for (const { index, finding } of model.findings) {
      // Present without having been told: implied by a child that may have been corrected since.
      if (finding.type === "binary" && status[index] === PRESENT && !values.has(index)) status[index] = UNKNOWN;
    }
    for (const f of values.keys()) {
      for (let { parent } = model.findings[f]!; parent >= 0; parent = model.findings[parent]!.parent) {
        if (status[f] === PRESENT && !values.has(parent)) implied.add(parent);
      }
    }
    for (const parent of implied) {
      status[parent] = PRESENT;
      tables[parent]!.add(logWeights, PRESENT_OUTCOME);
    }
    for (const [f, outcomes] of values) {
      const { parent } = model.findings[f]!;
      if (parent < 0 || status[parent] === PRESENT) tables[f]!.add(logWeights, outcomes);
    }
  };

  const told = (draft: Draft, intake: Intake, seed: string, news: readonly ObservedFinding[]): Belief => {
    for (const observed of news) tell(draft, intake, observed);
    return { ...draft, ...normalise(draft.logWeights), intake, seed };
  };
  const observeAll = ({ logWeights, status, values, intake, seed }: Belief, news: readonly ObservedFinding[]): Belief =>
    told({ logWeights: logWeights.slice(), status: status.slice(), values: new Map(values) }, intake, seed, news);

  return {
    open: (intake, seed) => {
      const status = new Uint8Array(model.findings.length);
      const before = beforeAnythingIsTold(intake);
      if (intake.findings.length === 0) return { ...before, status, values: new Map(), intake, seed };
      const draft = { logWeights: before.logWeights.slice(), status, values: new Map() };
      return told(draft, intake, seed, intake.findings);
    },
    observe: (belief, observed) => observeAll(belief, [observed]),
    observeAll,
  };
}

/** The outcome of a parent, which is binary, that is present. */
export const PRESENT_OUTCOME: readonly number[] = [1];

function normalise(logWeights: Float64Array): Pick<Belief, "posterior" | "other"> {
  const conditions = logWeights.length - 1;
  let highest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < conditions; c++) if (logWeights[c]! > highest) highest = logWeights[c]!;
  const posterior = new Float64Array(conditions);
  let total = 0;
  for (let c = 0; c < conditions; c++) {
    posterior[c] = Math.exp(logWeights[c]! - highest);
    total += posterior[c]!;
  }
  for (let c = 0; c < conditions; c++) posterior[c]! /= total;
  const other = Math.exp(logWeights[conditions]! - highest);
  return { posterior, other: other / (other + total) };
}

/** Adds ln P(outcomes | condition), and ln P(outcomes) for *other*, to log weights. */
interface LogTable {
  add(logWeights: Float64Array, outcomes: readonly number[]): void;
}

const tablesOf = new WeakMap<LikelihoodModel, readonly LogTable[]>();

/** The tables of a model's findings, in its order; worked out once for a model. */
export function logTables(model: LikelihoodModel): readonly LogTable[] {
  const before = tablesOf.get(model);
  if (before) return before;
  const tables = model.findings.map((finding) => logTable(finding, model));
  tablesOf.set(model, tables);
  return tables;
}

/**
 * The values of one answer hang together (left and right, near and far), so that what was left out of an answer is
 * not counted, and a value that a condition never showed is unlikely, not impossible: its share is at least this.
 */
const SHARE_FLOOR = 0.008;

function logTable({ share, outcomes, finding }: FindingModel, model: LikelihoodModel): LogTable {
  const prior = model.prior();
  const width = prior.length + 1;
  const floor = finding.type === "multiple" ? SHARE_FLOOR : 0;
  const log = new Float64Array(outcomes.length * width);
  for (let o = 0; o < outcomes.length; o++) {
    for (let c = 0; c < width; c++) {
      const q = c < prior.length ? share[o * prior.length + c]! : average(share, o, prior);
      log[o * width + c] = Math.log(Math.max(floor, q));
    }
  }
  return {
    add(logWeights, told) {
      for (let i = 0; i < told.length; i++) {
        for (let c = 0, at = told[i]! * width; c < width; c++) logWeights[c]! += log[at + c]!;
      }
    },
  };
}

function average(p: Float64Array, outcome: number, prior: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < prior.length; c++) sum += prior[c]! * p[outcome * prior.length + c]!;
  return sum;
}
