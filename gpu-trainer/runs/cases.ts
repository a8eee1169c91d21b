/** The cases of a run: an endless series to train on, and others kept out. */

import type { z } from "zod";
import type { Case } from "../../simulators/index.ts";
import {
  caseSampler,
  loadKnowledgeBase,
  openCaseSource,
  STARTER_DIRECTORY,
  sliceKnowledge,
} from "../../simulators/index.ts";
import { type KnowledgeBase, priorWeight, seededRandom, shuffled } from "../../src/index.ts";
import type { CasesConfig } from "./config.ts";
import { RunError } from "./errors.ts";

export interface RunCases {
  readonly base: KnowledgeBase;
  /** Training case number `index` of an endless series, the same for the same seed. */
  training(index: number): Case;
  /** The first `count` held-out cases; the same for every seed, so that runs are compared on the same patients. */
  heldOut(count: number): readonly Case[];
}

/** Names the held-out series; no run's seed comes near it. */
export const HELD_OUT = 2 ** 31 + 11;

/** Throws `RunError` `bad-config` where the source brings no knowledge base or too few cases. */
export async function openCases(config: z.output<typeof CasesConfig>, seed: number): Promise<RunCases> {
  const source =
    config.source === "starter" ? undefined : await openCaseSource(config.source, { seed, base: await starter() });
  const whole = source ? source.base : await starter();
  if (!whole) throw new RunError("bad-config", `cases.source ${config.source} brings no knowledge base to train on`);
  const sliced = config.slice ? sliceKnowledge(whole, config.slice) : whole;
  if (config.sampled) {
    const train = caseSampler(weighDomains(sliced, config.domains));
    const sample = caseSampler(sliced);
    return {
      base: sliced,
      training: (index) => train(seed, index),
      heldOut: (count) => Array.from({ length: count }, (_, index) => sample(HELD_OUT, index)),
    };
  }
  if (!source) throw new RunError("bad-config", "cases.sampled is false, but the starter base has no cases of its own");
  return ownCases(source.cases(), sliced, config, seed);
}

const starter = (): Promise<KnowledgeBase> => loadKnowledgeBase(STARTER_DIRECTORY);

/** Read into memory; the split depends on the case's id alone. */
async function ownCases(
  stream: AsyncIterable<Case>,
  base: KnowledgeBase,
  { heldOut: share, source }: z.output<typeof CasesConfig>,
  seed: number,
): Promise<RunCases> {
  const known = new Set(base.conditions.map(({ id }) => id));
  const findings = new Set(base.findings.map(({ id }) => id));
  const training: Case[] = [];
  const kept: Case[] = [];
  for await (const found of stream) {
    if (found.label.condition === undefined || !known.has(found.label.condition)) continue;
    // A slice asks for less than the source tells; who opens with something else altogether is no patient of it.
    const opening = found.opening.filter((id) => findings.has(id));
    if (opening.length === 0) continue;
    const told = { ...found, opening, findings: found.findings.filter(({ finding }) => findings.has(finding)) };
    (seededRandom("split", found.id).float() < share ? kept : training).push(told);
  }
  if (training.length === 0 || kept.length === 0) {
    throw new RunError(
      "bad-config",
      `cases.source ${source} has too few cases of this knowledge base: ${training.length} to train on, ${kept.length} held out`,
    );
  }
  // A file may be sorted by label.
  const mixed = shuffled(seededRandom("held-out"), kept);
  let pass = -1;
  let order: readonly Case[] = [];
  return {
    base,
    training(index) {
      const wanted = Math.floor(index / training.length);
      if (wanted !== pass) order = shuffled(seededRandom(seed, "pass", wanted), training);
      pass = wanted;
      return order[index % training.length]!;
    },
    heldOut: (count) => mixed.slice(0, count),
  };
}

/** Priors times the weight of their domain. Throws `bad-config` on a domain that no condition has. */
function weighDomains(base: KnowledgeBase, weights: Readonly<Record<string, number>>): KnowledgeBase {
  const domains = new Set(base.conditions.map(({ domain }) => domain));
  const unknown = Object.keys(weights).filter((domain) => !domains.has(domain));
  if (unknown.length > 0) {
    throw new RunError(
      "bad-config",
      `cases.domains: no condition is of ${unknown.join(", ")}; there are ${[...domains].join(", ")}`,
    );
  }
  if (Object.keys(weights).length === 0) return base;
  return {
    ...base,
    conditions: base.conditions.map((condition) => ({
      ...condition,
      prior: priorWeight(condition.prior) * (weights[condition.domain] ?? 1),
    })),
  };
}
