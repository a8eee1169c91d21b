/** What speaks for a condition and against it, and what would if it were known. For clinicians. */
import { CONVERSATION_DISCLAIMER } from "../../agents/index.ts";
import {
  appliesTo,
  type Chance,
  chanceGiven,
  evidenceWeight,
  type FindingModel,
  type ObservedFinding,
} from "../../src/index.ts";
import { ServerError } from "../server/errors.ts";
import { rounded } from "./diagnosis.ts";
import { type Outlook, outlookOf, type Reasoner } from "./reasoner.ts";
import type { ExplainAnswer, ExplainRequest, WeighedEvidence } from "./types.ts";

/** Weights from which evidence counts (nats). */
const TELLING = 0.01;
/** Findings named as unconfirmed, and how often patients with the condition have them. */
const NAMED = 10;
const USUAL = 0.1;

export function explain(reasoner: Reasoner, request: ExplainRequest): ExplainAnswer {
  const { base, model } = reasoner;
  const { target } = request;
  const condition = base.conditions.find(({ id }) => id === target);
  if (!condition) throw new ServerError("bad-message", "target: no such condition; GET /v1/conditions lists them");
  const outlook = outlookOf(reasoner, request);
  const chance = chanceGiven(model.conditions.indexOf(target), model);
  const weighed = [...outlook.known.values()].flatMap((observed) => weighedEvidence(reasoner, observed, chance) ?? []);
  weighed.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const entry = outlook.conclusion.differential.entries.find((each) => each.condition === target);
  return {
    target: { id: target, name: condition.name, probability: rounded(entry?.probability ?? 0) },
    supporting_evidence: weighed.filter(({ weight }) => weight >= TELLING),
    conflicting_evidence: weighed.filter(({ weight }) => weight <= -TELLING),
    unconfirmed_evidence: unconfirmed(reasoner, outlook, chance),
    disclaimer: CONVERSATION_DISCLAIMER,
  };
}

function weighedEvidence(
  { model, findings }: Reasoner,
  observed: ObservedFinding,
  chance: Chance,
): WeighedEvidence | undefined {
  const { finding: id, state, values, number } = observed;
  const weight = evidenceWeight(model, observed, chance);
  if (weight === undefined) return undefined;
  return {
    id,
    name: findings.get(id)!.name,
    choice_id: state,
    ...(values && { values: [...values] }),
    ...(number !== undefined && { number }),
    weight: Math.round(weight * 1000) / 1000,
  };
}

/** Findings that patients with the condition often have, likelier first to weigh much: P(present) × weight. */
function unconfirmed(reasoner: Reasoner, { intake, known }: Outlook, chance: Chance): WeighedEvidence[] {
  const isOpen = ({ finding }: FindingModel): boolean => {
    const { id, type, parent } = finding;
    if (type !== "binary" || !appliesTo(finding, intake)) return false;
    if ((known.get(id)?.state ?? "unknown") !== "unknown") return false;
    return parent === undefined || known.get(parent)?.state === "present";
  };
  return reasoner.model.findings
    .filter(isOpen)
    .flatMap((finding) => {
      const share = chance(finding, PRESENT);
      const weighed = weighedEvidence(reasoner, { finding: finding.finding.id, state: "present" }, chance);
      return weighed && share >= USUAL && weighed.weight >= TELLING ? [{ share, weighed }] : [];
    })
    .sort((a, b) => b.share * b.weighed.weight - a.share * a.weighed.weight)
    .slice(0, NAMED)
    .map(({ weighed }) => weighed);
}

/** The outcome of a binary finding that is present. */
const PRESENT = 1;
