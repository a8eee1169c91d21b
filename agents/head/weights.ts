/** The head's weights as a file: what it was made from, under which terms, on whom, and the packed trees of each fold. */
import { z } from "zod";
import { Id, type KnowledgeBase, type LikelihoodModel } from "../../src/index.ts";
import { AgentError } from "../errors.ts";
import { BoostingOptions } from "./boosting.ts";
import { type FeatureExtractor, type Features, featureExtractor } from "./features.ts";
import { unpackForests } from "./packing.ts";
import { type Forest, logistic, logOdds } from "./trees.ts";
import type { Head, HeadModel } from "./types.ts";

export const HEAD_FORMAT = "anamnesis-head/1";

const FoldWeights = z.strictObject({
  /** Fingerprints of the patients that this fold's model was not trained on; it was trained on all other folds'. */
  heldOut: z.array(z.string().min(1).max(64)),
  /** By finding that matters, 0 to 1. */
  importance: z.record(Id, z.number().min(0).max(1)),
  /** One forest a condition, packed, base64. */
  forests: z.base64(),
});

export const HeadWeights = z.strictObject({
  format: z.literal(HEAD_FORMAT),
  /** The knowledge base that the features are made from. */
  knowledge: z.strictObject({ id: Id, version: z.string().min(1) }),
  /** What the weights derive from, and under which terms. */
  notice: z.string().min(1),
  training: z.strictObject({ seed: z.int().min(0), examples: z.int().min(0), boosting: BoostingOptions }),
  conditions: z.array(Id).min(1),
  /** How many shared and own columns the trees were trained on. */
  columns: z.strictObject({ shared: z.int().min(1), own: z.int().min(1) }),
  folds: z.array(FoldWeights).min(2),
});
export type HeadWeights = z.output<typeof HeadWeights>;

const ADVICE = "make it again with train-head";

/** Checks the content of a weights file. `file` names it in errors. Throws `bad-weights`. */
export function parseHeadWeights(text: string, file: string): HeadWeights {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new AgentError("bad-weights", `is not JSON; ${ADVICE}`, { place: { file }, cause });
  }
  const parsed = HeadWeights.safeParse(json);
  if (parsed.success) return parsed.data;
  const { message, path } = parsed.error.issues[0]!;
  throw new AgentError("bad-weights", `${message}; ${ADVICE}`, { place: { file, field: path.join(".") } });
}

/** A head over a knowledge base. Throws `head-mismatch` where its weights were trained on another one. */
export function loadHead(weights: HeadWeights, model: LikelihoodModel, file?: string): Head {
  const features = featureExtractor(model);
  requireMatch(weights, model.base, features, file);
  const foldOf = new Map(weights.folds.flatMap(({ heldOut }, fold) => heldOut.map((id) => [id, fold] as const)));
  const forests = weights.folds.map((fold) => {
    const unpacked = unpackForests(Buffer.from(fold.forests, "base64"));
    if (unpacked.length === weights.conditions.length && unpacked.every((forest) => fits(forest, features)))
      return unpacked;
    throw new AgentError("bad-weights", `the packed trees do not fit the file's own figures; ${ADVICE}`, {
      place: { file },
    });
  });
  const importances = weights.folds.map(({ importance }) =>
    Float64Array.from(model.findings, ({ finding }) => importance[finding.id] ?? 0),
  );
  const modelOf = (folds: readonly number[]): HeadModel => ({
    importance: meanOf(folds.map((k) => importances[k]!)),
    membership(evidence) {
      const seen = features.extract(evidence);
      return meanOf(folds.map((k) => membershipBy(forests[k]!, features, seen)));
    },
  });
  const all = [...forests.keys()];
  const { seed, boosting, examples } = weights.training;
  return {
    version: `${weights.format}, ${examples} examples, ${boosting.trees} trees of ${boosting.leaves} leaves, seed ${seed}`,
    folds: all.map((k) => modelOf([k])),
    all: modelOf(all),
    foldOf: (fingerprint) => foldOf.get(fingerprint),
  };
}

/** P(listed), by condition, from one forest a condition. */
function membershipBy(
  forests: readonly Forest[],
  { ownColumns }: FeatureExtractor,
  { shared, own }: Features,
): Float64Array {
  return Float64Array.from(forests, (forest, c) => logistic(logOdds(forest, shared, own, c * ownColumns)));
}

function meanOf(rows: readonly Float64Array[]): Float64Array {
  return rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
}

function fits({ column }: Forest, { sharedColumns, ownColumns }: FeatureExtractor): boolean {
  return column.every((c) => c < sharedColumns + ownColumns);
}

function requireMatch(weights: HeadWeights, base: KnowledgeBase, features: FeatureExtractor, file?: string): void {
  const isSame =
    weights.knowledge.id === base.id &&
    weights.knowledge.version === base.version &&
    weights.conditions.length === base.conditions.length &&
    weights.conditions.every((id, c) => id === base.conditions[c]!.id) &&
    weights.columns.shared === features.sharedColumns &&
    weights.columns.own === features.ownColumns;
  if (isSame) return;
  const { id, version } = weights.knowledge;
  throw new AgentError(
    "head-mismatch",
    `the head was trained on ${id} ${version}, which differs from knowledge base ${base.id} ${base.version}; ${ADVICE}`,
    { place: { file } },
  );
}
