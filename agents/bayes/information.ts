/**
 * How much each finding is expected to tell: the mutual information between a finding and the condition,
 *   I(X; D) = H(X) − Σ_d P(d) H(X | d)        (Lindley 1956; H in nats)
 * H(X | d) is fixed and computed once, and H(X) needs only P(x) = Σ_d P(d) P(x | d), so that scoring a finding is two
 * sparse dot products and table look-ups: no logarithm, no allocation. Rows are stored as a baseline, shared by the
 * conditions for which a finding means nothing, and differences from it.
 */
import type { FindingModel, LikelihoodModel } from "../../src/index.ts";

export interface InformationTable {
  /** Expected information of finding `f` in nats under `posterior`, whose entropy is `uncertainty`. */
  gain(f: number, posterior: Float64Array, uncertainty: number): number;
}

export function buildInformationTable(model: LikelihoodModel): InformationTable {
  const conditions = model.conditions.length;
  const rows = model.findings.flatMap((finding) => sparseRows(finding, conditions));
  const counts = model.findings.map((finding) => finding.outcomes.length);
  const size = rows.reduce((sum, row) => sum + row.at.length, 0);
  // Row r spans entries start[r] to start[r + 1]; finding f has rows first[f] to first[f + 1], H(X | d) being the last.
  const start = new Int32Array(rows.length + 1);
  const baseline = new Float64Array(rows.length);
  const at = new Int32Array(size);
  const difference = new Float64Array(size);
  let entry = 0;
  rows.forEach((row, r) => {
    baseline[r] = row.baseline;
    at.set(row.at, entry);
    difference.set(row.difference, entry);
    entry += row.at.length;
    start[r + 1] = entry;
  });
  const first = new Int32Array(counts.length + 1);
  counts.forEach((count, f) => {
    first[f + 1] = first[f]! + count + 1;
  });
  const draws = Float64Array.from(model.findings, (finding) => meanDraws(finding, model));

  const gain = (f: number, posterior: Float64Array, uncertainty: number): number => {
    const last = first[f + 1]! - 1;
    let information = 0;
    for (let row = first[f]!; row <= last; row++) {
      let sum = baseline[row]!;
      for (let i = start[row]!, end = start[row + 1]!; i < end; i++) sum += posterior[at[i]!]! * difference[i]!;
      information += row < last ? surprise(sum) : -sum;
    }
    if (draws[f] === 1 || information <= 0 || uncertainty <= information) return information;
    // A set of n values tells more than one of them: each is taken to resolve the same share of what is left open.
    return uncertainty * (1 - (1 - information / uncertainty) ** draws[f]!);
  };
  return { gain };
}

interface SparseRow {
  readonly baseline: number;
  readonly at: number[];
  readonly difference: number[];
}

/** Rows P(outcome | ·) of one finding, then its row H(X | ·). A set of values is scored by one value drawn from it. */
function sparseRows({ share, outcomes }: FindingModel, conditions: number): SparseRow[] {
  const dense = outcomes.map((_, o) => share.slice(o * conditions, (o + 1) * conditions));
  const entropies = new Float64Array(conditions);
  for (const row of dense) {
    row.forEach((q, c) => {
      if (q > 0) entropies[c]! -= q * Math.log(q);
    });
  }
  return [...dense, entropies].map(toSparse);
}

function toSparse(row: Float64Array): SparseRow {
  const counts = new Map<number, number>();
  for (const value of row) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [baseline] = [...counts].reduce((best, next) => (next[1] > best[1] ? next : best));
  const at: number[] = [];
  const difference: number[] = [];
  row.forEach((value, c) => {
    if (value === baseline) return;
    at.push(c);
    difference.push(value - baseline);
  });
  return { baseline, at, difference };
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

/** −x ln x for x in [0, 1], interpolated; off by 2e-5 at most. */
function surprise(x: number): number {
  const scaled = x * STEPS;
  const i = scaled | 0;
  const low = SURPRISE[i]!;
  return low + (scaled - i) * (SURPRISE[i + 1]! - low);
}
