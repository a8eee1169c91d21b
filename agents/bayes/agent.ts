/**
 * The Bayesian agent: asks what a red flag may hang on, else what is expected to tell most, and stops when another
 * question gains too little, when it is sure enough, or when the budget is spent.
 */
import { z } from "zod";
import {
  type Act,
  type AgentCore,
  appliesTo,
  buildLikelihoodModel,
  type Differential,
  entropy,
  inquiryAbout,
  isTold,
  type KnowledgeBase,
  type LikelihoodModel,
  rankDifferential,
  type StopReason,
  type Urgency,
  urgenciesOf,
  urgencyOf,
} from "../../src/index.ts";
import { AgentError } from "../errors.ts";
import { type Belief, beliefUpdater, PRESENT, UNKNOWN } from "./belief.ts";
import { buildInformationTable } from "./information.ts";
import { supportUnder } from "./support.ts";
import { redFlagSweep } from "./sweep.ts";

export const BayesOptions = z.strictObject({
  /** Stop when no finding is expected to tell more than this, in nats. */
  minGain: z.number().min(0).default(0.01),
  /** Stop when the leading condition reaches this probability; 1: never. */
  confidence: z.number().min(0).max(1).default(1),
  /** P(*other*) before anything is told. */
  otherPrior: z.number().gt(0).lt(1).default(0.01),
  /** Abstain from naming a leader below this probability; 0: never. */
  abstainBelow: z.number().min(0).max(1).default(0),
  /** How much more a doubt about a severe condition (severity 1 and 2) counts when choosing questions; 1: no more. */
  severeFirst: z.number().min(1).max(100).default(1),
  /** Whether signs and tests may be ordered, besides questions. */
  examine: z.boolean().default(false),
  /** Ask for a red-flag rule while P(emergency, and it fires) is above this, from 0 to 1; 1: never. */
  redFlagRisk: z.number().min(0).max(1).default(0.02),
});
export type BayesOptions = z.input<typeof BayesOptions>;

export function bayesAgent(base: KnowledgeBase, options: BayesOptions = {}): AgentCore<Belief> {
  const settings = bayesSettings(options);
  requireFigures(base);
  const model = buildLikelihoodModel(base);
  const updater = beliefUpdater(model, settings.otherPrior);
  const choose = questionChooser(model, settings);
  const sweep = redFlagSweep(model, settings);
  const conclude = concluder(model, settings);
  const ask = (finding: number): Act => {
    const { id, kind } = model.findings[finding]!.finding;
    return inquiryAbout(id, kind);
  };
  return {
    name: "bayes",
    versions: { agent: "bayes/3", knowledge: `${base.id}/${base.version}`, options: JSON.stringify(settings) },
    ...updater,
    leading: ({ posterior }) => model.conditions[indexOfHighest(posterior)],
    decide(belief, { asked, budget }) {
      if (asked >= budget) return conclude(belief, "budget");
      const flagged = sweep(belief);
      if (flagged >= 0) return ask(flagged);
      const leading = belief.posterior[indexOfHighest(belief.posterior)]! * (1 - belief.other);
      if (settings.confidence < 1 && leading >= settings.confidence) return conclude(belief, "confidence");
      const best = choose(belief);
      if (best.finding < 0) return conclude(belief, "exhausted");
      if (best.gain < settings.minGain) return conclude(belief, "gain");
      return ask(best.finding);
    },
  };
}

/** Options with their defaults. Throws `bad-options` on one out of bounds. */
export function bayesSettings(options: BayesOptions): z.output<typeof BayesOptions> {
  const parsed = BayesOptions.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new AgentError("bad-options", z.prettifyError(parsed.error));
}

/** The finding that is expected to tell most, -1 where nothing is left to ask. */
export type QuestionChooser = (belief: Belief) => { finding: number; gain: number };

export function questionChooser(
  model: LikelihoodModel,
  { severeFirst, examine }: z.output<typeof BayesOptions>,
): QuestionChooser {
  const information = buildInformationTable(model);
  const stress = Float64Array.from(model.base.conditions, ({ severity }) => (severity <= 2 ? severeFirst : 1));
  const askable = Uint8Array.from(model.findings, ({ finding: { kind } }) =>
    Number(isTold(kind) || (examine && kind !== "image")),
  );
  const parents = Int32Array.from(model.findings, ({ parent }) => parent);
  const restricted = Uint8Array.from(model.findings, ({ finding }) => Number(finding.applies !== undefined));
  return ({ posterior, status, intake }) => {
    const doubts = severeFirst === 1 ? posterior : stressed(posterior, stress);
    const gainOf = information.under(doubts, entropy(doubts));
    let finding = -1;
    let gain = Number.NEGATIVE_INFINITY;
    for (let f = 0; f < askable.length; f++) {
      if (!askable[f] || status[f] !== UNKNOWN) continue;
      if (parents[f]! >= 0 && status[parents[f]!] !== PRESENT) continue;
      if (restricted[f] && !appliesTo(model.findings[f]!.finding, intake)) continue;
      const expected = gainOf(f);
      if (expected > gain) {
        gain = expected;
        finding = f;
      }
    }
    return { finding, gain };
  };
}

export function indexOfHighest(weights: Float64Array): number {
  let best = 0;
  for (let i = 1; i < weights.length; i++) if (weights[i]! > weights[best]!) best = i;
  return best;
}

function stressed(posterior: Float64Array, stress: Float64Array): Float64Array {
  const weights = posterior.map((p, c) => p * stress[c]!);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Turns a belief into a conclusion, for every agent that holds one. */
export function concluder(
  model: LikelihoodModel,
  { abstainBelow }: z.output<typeof BayesOptions>,
): (belief: Belief, reason: StopReason) => Act {
  const urgencyUnder = urgencyTeller(model);
  return (belief, reason) => {
    const differential = rankDifferential(model.conditions, belief.posterior, belief.other);
    const urgency = urgencyUnder(belief, differential);
    const abstained = (differential.entries[0]?.probability ?? 0) < abstainBelow;
    return { type: "conclude", differential, abstained, reason, ...(urgency && { urgency }) };
  };
}

function urgencyTeller(model: LikelihoodModel): (belief: Belief, differential: Differential) => Urgency | undefined {
  const urgencies = urgenciesOf(model.base);
  if (urgencies.size === 0) return () => undefined;
  const indexOf = new Map(model.conditions.map((id, index) => [id, index]));
  const supports = supportUnder(model);
  return (belief, differential) => {
    const support = supports(belief);
    return urgencyOf(differential, urgencies, (condition) => support[indexOf.get(condition)!]!);
  };
}

/** Throws `no-probabilities` on a knowledge base without likelihoods. */
export function requireFigures(base: KnowledgeBase): void {
  if (base.conditions.some(({ findings }) => Object.keys(findings).length > 0)) return;
  throw new AgentError(
    "no-probabilities",
    `knowledge base ${base.id} gives no probabilities, which a Bayesian agent needs`,
  );
}
