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
interface Draft extends Arrays {
  readonly values: Map<number, readonly number[]>;
}

/** A belief's arrays, in one piece of memory: to come by several costs more than what is worked out in them. */
interface Arrays {
  readonly logWeights: Float64Array;
  readonly posterior: Float64Array;
  readonly status: Uint8Array;
}

function arraysFor({ conditions: { length: conditions }, findings }: LikelihoodModel): Arrays {
  const size = Float64Array.BYTES_PER_ELEMENT;
  const memory = new ArrayBuffer((2 * conditions + 1) * size + findings.length);
  return {
    logWeights: new Float64Array(memory, 0, conditions + 1),
    posterior: new Float64Array(memory, (conditions + 1) * size, conditions),
    status: new Uint8Array(memory, (2 * conditions + 1) * size),
  };
}

/** `otherPrior`: P(*other*) before anything is told. */
export function beliefUpdater(model: LikelihoodModel, otherPrior: number): BeliefUpdater {
  const conditions = model.conditions.length;
  const tables = logTables(model);
  const isBinary = Uint8Array.from(model.findings, ({ finding }) => Number(finding.type === "binary"));

  /** What is believed before anything is told, by the model's priors, which has one for each age group and sex. */
  const untold = new Map<Float64Array, Weighed>();
  const beforeAnythingIsTold = ({ age, sex }: Intake): Weighed => {
    const prior = model.prior(age, sex);
    const before = untold.get(prior);
    if (before) return before;
    const { logWeights, posterior } = arraysFor(model);
    for (let c = 0; c < conditions; c++) logWeights[c] = Math.log(prior[c]! * (1 - otherPrior));
    logWeights[conditions] = Math.log(otherPrior);
    const weighed = { logWeights, posterior, other: normalise(logWeights, posterior) };
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
    for (let f = 0; f < status.length; f++) {
      // Present without having been told: implied by a child that may have been corrected since.
      if (status[f] === PRESENT && isBinary[f] === 1 && !values.has(f)) status[f] = UNKNOWN;
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

  const nothingKnown = new Uint8Array(model.findings.length);
  const nothingTold: Belief["values"] = new Map();
  const open = (intake: Intake, seed: string): Belief => {
    const before = { ...beforeAnythingIsTold(intake), status: nothingKnown, values: nothingTold, intake, seed };
    return intake.findings.length === 0 ? before : observeAll(before, intake.findings);
  };
  const observeAll = (belief: Belief, news: readonly ObservedFinding[]): Belief => {
    const { intake, seed } = belief;
    const draft = { ...arraysFor(model), values: new Map(belief.values) };
    draft.logWeights.set(belief.logWeights);
    draft.status.set(belief.status);
    for (const observed of news) tell(draft, intake, observed);
    return { ...draft, other: normalise(draft.logWeights, draft.posterior), intake, seed };
  };
  return { open, observe: (belief, observed) => observeAll(belief, [observed]), observeAll };
}

/** The outcome of a parent, which is binary, that is present. */
export const PRESENT_OUTCOME: readonly number[] = [1];

/** Sets `posterior` to what the log weights make of it, and gives P(*other*). */
function normalise(logWeights: Float64Array, posterior: Float64Array): number {
  const conditions = posterior.length;
  let highest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < conditions; c++) if (logWeights[c]! > highest) highest = logWeights[c]!;
  let total = 0;
  for (let c = 0; c < conditions; c++) {
    posterior[c] = Math.exp(logWeights[c]! - highest);
    total += posterior[c]!;
  }
  for (let c = 0; c < conditions; c++) posterior[c]! /= total;
  const other = Math.exp(logWeights[conditions]! - highest);
  return other / (other + total);
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
