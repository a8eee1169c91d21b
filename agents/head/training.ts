/**
 * Trains a head by cross-fitting: the patients are dealt into folds by their fingerprint, and each fold's model learns
 * from the other folds only. A patient that the head knows is scored by the one model that never saw it; a patient it
 * does not know, by the mean of all.
 */
import { buildLikelihoodModel, type KnowledgeBase, type LikelihoodModel, seededRandom } from "../../src/index.ts";
import { AgentError } from "../errors.ts";
import { type BinnedColumn, binColumn, binnedTable } from "./bins.ts";
import { BoostingOptions, boost } from "./boosting.ts";
import { closedEvidence } from "./evidence.ts";
import { type FeatureExtractor, type Features, featureExtractor } from "./features.ts";
import { packForests } from "./packing.ts";
import type { Forest } from "./trees.ts";
import type { Example } from "./types.ts";
import { HEAD_FORMAT, type HeadWeights } from "./weights.ts";

export interface TrainingOptions {
  readonly seed: number;
  readonly boosting?: Partial<BoostingOptions>;
  /** What the examples derive from, and under which terms. */
  readonly notice: string;
  /** Called after each forest, with the number trained. */
  readonly onProgress?: (done: number, total: number) => void;
}

export const FOLDS = 5;
/** Fewer examples than this teach nothing. */
const FEWEST_EXAMPLES = 50;

/** The fold that a patient is held out in: the same in any file and in any order. */
export function foldOfFingerprint(fingerprint: string): number {
  return seededRandom("fold", fingerprint).below(FOLDS);
}

export function trainHead(base: KnowledgeBase, examples: readonly Example[], options: TrainingOptions): HeadWeights {
  if (examples.length < FEWEST_EXAMPLES) {
    throw new AgentError(
      "too-few-examples",
      `a head needs ${FEWEST_EXAMPLES} patients or more, got ${examples.length}`,
    );
  }
  const { seed, notice, onProgress } = options;
  const boosting = BoostingOptions.parse(options.boosting ?? {});
  const model = buildLikelihoodModel(base);
  const extractor = featureExtractor(model);
  const seen = examples.map((example) => extractor.extract(closedEvidence(model, example)));
  const targets = targetsOf(model, examples);
  const fold = examples.map(({ fingerprint }) => foldOfFingerprint(fingerprint));
  const conditions = model.conditions.length;
  let done = 0;
  const folds = Array.from({ length: FOLDS }, (_, k) => {
    const rows = [...examples.keys()].filter((i) => fold[i] !== k);
    const columns = columnReader(rows, seen, extractor);
    const shared = columns.shared();
    const gains = new Float64Array(model.findings.length);
    const forests: Forest[] = [];
    for (let c = 0; c < conditions; c++) {
      const table = binnedTable(rows.length, [...shared, ...columns.own(c)]);
      const target = Uint8Array.from(rows, (i) => targets[c]![i]!);
      const boosted = boost(table, target, boosting, seededRandom("head", seed, k, c));
      forests.push(boosted.forest);
      for (const [column, gain] of boosted.gains) {
        const finding = extractor.findingOf[column]!;
        if (finding >= 0) gains[finding]! += gain;
      }
      onProgress?.(++done, FOLDS * conditions);
    }
    return {
      heldOut: [...new Set(examples.filter((_, i) => fold[i] === k).map(({ fingerprint }) => fingerprint))].sort(),
      importance: importanceOf(model, gains),
      forests: Buffer.from(packForests(forests)).toString("base64"),
    };
  });
  return {
    format: HEAD_FORMAT,
    knowledge: { id: base.id, version: base.version },
    notice,
    training: { seed, examples: examples.length, boosting },
    conditions: [...model.conditions],
    columns: { shared: extractor.sharedColumns, own: extractor.ownColumns },
    folds,
  };
}

/** 1 where an example's list holds the condition; by condition, then by example. */
function targetsOf(model: LikelihoodModel, examples: readonly Example[]): Uint8Array[] {
  return model.conditions.map((condition) =>
    Uint8Array.from(examples, ({ listed }) => Number(listed.includes(condition))),
  );
}

/** Binned columns of some of the examples: bins are cut without looking at the others. */
function columnReader(
  rows: readonly number[],
  seen: readonly Features[],
  { sharedColumns, ownColumns }: FeatureExtractor,
): { shared(): BinnedColumn[]; own(condition: number): BinnedColumn[] } {
  const columns = (count: number, first: number, valueAt: (example: number, column: number) => number) =>
    Array.from({ length: count }, (_, k) =>
      binColumn(
        first + k,
        Float64Array.from(rows, (i) => valueAt(i, k)),
      ),
    );
  return {
    shared: () => columns(sharedColumns, 0, (i, k) => seen[i]!.shared[k]!),
    own: (c) => columns(ownColumns, sharedColumns, (i, k) => seen[i]!.own[c * ownColumns + k]!),
  };
}

/** Gains as shares of the largest; findings that no split looked at are left out. */
function importanceOf(model: LikelihoodModel, gains: Float64Array): Record<string, number> {
  const largest = Math.max(...gains);
  const entries = model.findings.flatMap(({ finding: { id }, index }) => {
    const share = largest > 0 ? Math.round((1e4 * gains[index]!) / largest) / 1e4 : 0;
    return share > 0 ? [[id, share] as const] : [];
  });
  return Object.fromEntries(entries);
}
