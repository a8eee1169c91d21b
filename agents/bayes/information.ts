/**
 * How much each finding is expected to tell: the mutual information between a finding and the condition,
 *   I(X; D) = H(X) − Σ_d P(d) H(X | d)        (Lindley 1956; H in nats)
 * H(X | d) is fixed and computed once, and H(X) needs only P(x) = Σ_d P(d) P(x | d), so that scoring the findings is a
 * sparse sum and table look-ups: no logarithm, no allocation. Rows are stored as a baseline, shared by the conditions
 * for which the finding means nothing, and differences from it, condition by condition: a condition that is out of the
 * question costs nothing.
 */
import type { FindingModel, LikelihoodModel } from "../../src/index.ts";

export interface InformationTable {
  /** Expected information of a finding in nats under `posterior`, whose entropy is `uncertainty`; until the next call. */
  under(posterior: Float64Array, uncertainty: number): (finding: number) => number;
}

/** Conditions below this probability are left out: all of them together could not change a choice. */
const NEGLIGIBLE = 1e-6;

export function buildInformationTable(model: LikelihoodModel): InformationTable {
  const conditions = model.conditions.length;
  const baselines: number[] = [];
  // Finding f has rows firstRow[f] to firstRow[f + 1]: its outcomes but one, whose probability is what is left, and
  // H(X | d) last. Condition c has the differences firstDifference[c] to firstDifference[c + 1], each of a row.
  const firstRow = [0];
  const differencesOf = Array.from({ length: conditions }, (): { row: number; difference: number }[] => []);
  for (const finding of model.findings) {
    informationRows(finding, conditions).forEach((values, r) => {
      const usual = commonest(values);
      baselines.push(usual);
      values.forEach((value, c) => {
        if (value !== usual) differencesOf[c]!.push({ row: firstRow.at(-1)! + r, difference: value - usual });
      });
    });
    firstRow.push(baselines.length);
  }
  const firstDifference = [0];
  for (const own of differencesOf) firstDifference.push(firstDifference.at(-1)! + own.length);
  const table: Table = {
    firstRow: Int32Array.from(firstRow),
    firstDifference: Int32Array.from(firstDifference),
    rowOf: Int32Array.from(differencesOf.flat(), ({ row }) => row),
    differences: Float64Array.from(differencesOf.flat(), ({ difference }) => difference),
    baselines: Float64Array.from(baselines),
    sums: new Float64Array(baselines.length),
    draws: Float64Array.from(model.findings, (finding) => meanDraws(finding, model)),
  };
  return {
    under(posterior, uncertainty) {
      weigh(table, posterior);
      return (finding) => gain(table, finding, uncertainty);
    },
  };
}

interface Table {
  readonly firstRow: Int32Array;
  readonly firstDifference: Int32Array;
  readonly rowOf: Int32Array;
  readonly differences: Float64Array;
  readonly baselines: Float64Array;
  /** Scratch, by row: P(outcome), or Σ P(d) H(X | d). */
  readonly sums: Float64Array;
  /** Values that an answer holds on average. */
  readonly draws: Float64Array;
}

function weigh({ firstDifference, rowOf, differences, baselines, sums }: Table, posterior: Float64Array): void {
  sums.set(baselines);
  for (let c = 0; c < posterior.length; c++) {
    const p = posterior[c]!;
    if (p < NEGLIGIBLE) continue;
    for (let i = firstDifference[c]!, end = firstDifference[c + 1]!; i < end; i++)
      sums[rowOf[i]!]! += p * differences[i]!;
  }
}

function gain({ firstRow, sums, draws }: Table, f: number, uncertainty: number): number {
  const last = firstRow[f + 1]! - 1;
  let information = -sums[last]!;
  let rest = 1;
  for (let row = firstRow[f]!; row < last; row++) {
    information += surprise(sums[row]!);
    rest -= sums[row]!;
  }
  information += surprise(rest);
  if (draws[f] === 1 || information <= 0 || uncertainty <= information) return information;
  // A set of n values tells more than one of them: each is taken to resolve the same share of what is left open.
  return uncertainty * (1 - (1 - information / uncertainty) ** draws[f]!);
}

/**
 * Rows P(outcome | ·) of one finding without the one that differs most often, then its row H(X | ·). A set of values is
 * scored by one value drawn from it; shares too small to matter count to the row left out, which keeps the rest sparse.
 */
function informationRows({ share, outcomes }: FindingModel, conditions: number): Float64Array[] {
  const differing = (row: Float64Array): number => {
    const usual = commonest(row);
    return row.filter((value) => value !== usual).length;
  };
  const rows = outcomes.map((_, o) =>
    share.slice(o * conditions, (o + 1) * conditions).map((q) => (q < NEGLIGIBLE_SHARE ? 0 : q)),
  );
  const kept = rows.sort((a, b) => differing(b) - differing(a)).slice(1);
  const entropies = new Float64Array(conditions);
  for (let c = 0; c < conditions; c++) {
    let rest = 1;
    for (const row of kept) {
      entropies[c]! += surprise(row[c]!);
      rest -= row[c]!;
    }
    entropies[c]! += surprise(rest);
  }
  return [...kept, entropies];
}

/** Under every floor that counts, over those of values that a condition never shows. */
const NEGLIGIBLE_SHARE = 1e-4;

function commonest(row: Float64Array): number {
  const counts = new Map<number, number>();
  for (const value of row) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

/** Mean number of values in an answer, averaged over the conditions by prior; 1 where there is just one. */
function meanDraws({ finding, p, none }: FindingModel, model: LikelihoodModel): number {
  if (finding.type !== "multiple") return 1;
  const prior = model.prior();
  let sum = 0;
  let weight = 0;
  prior.forEach((probability, c) => {
    if (!model.base.conditions[c]!.findings[finding.id]) return;
    weight += probability;
    for (let o = 0; o * prior.length < p.length; o++) if (o !== none) sum += probability * p[o * prior.length + c]!;
  });
  return weight > 0 ? Math.max(1, sum / weight) : 1;
}

const STEPS = 1 << 14;
const SURPRISE = Float64Array.from({ length: STEPS + 2 }, (_, i) => (i === 0 ? 0 : -(i / STEPS) * Math.log(i / STEPS)));

/** −x ln x for x in [0, 1], interpolated; off by 3e-5 at most. Rounding may leave x a hair outside. */
function surprise(x: number): number {
  const scaled = x > 0 ? (x < 1 ? x * STEPS : STEPS) : 0;
  const i = scaled | 0;
  const low = SURPRISE[i]!;
  return low + (scaled - i) * (SURPRISE[i + 1]! - low);
}
