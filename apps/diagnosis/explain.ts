/** What speaks for a condition and against it, and what would if it were known. For clinicians. */
import { CONVERSATION_DISCLAIMER } from "../../agents/index.ts";
import { appliesTo, type FindingModel, type ObservedFinding } from "../../src/index.ts";
import { ServerError } from "../server/errors.ts";
import { rounded } from "./diagnosis.ts";
import { type Outlook, outlookOf, type Reasoner } from "./reasoner.ts";
import type { ExplainAnswer, ExplainRequest, WeighedEvidence } from "./types.ts";
import { type Mix, only, share, weightOf } from "./weights.ts";

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
  const mix = only(model, target);
  const weighed = [...outlook.known.values()].flatMap((observed) => weighedEvidence(reasoner, observed, mix) ?? []);
  weighed.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const entry = outlook.conclusion.differential.entries.find((each) => each.condition === target);
  return {
    target: { id: target, name: condition.name, probability: rounded(entry?.probability ?? 0) },
    supporting_evidence: weighed.filter(({ weight }) => weight >= TELLING),
    conflicting_evidence: weighed.filter(({ weight }) => weight <= -TELLING),
    unconfirmed_evidence: unconfirmed(reasoner, outlook, mix),
    disclaimer: CONVERSATION_DISCLAIMER,
  };
}

function weighedEvidence(
  { model, findings }: Reasoner,
  observed: ObservedFinding,
  mix: Mix,
): WeighedEvidence | undefined {
  const { finding: id, state, values, number } = observed;
  const weight = weightOf(model, mix, observed);
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
function unconfirmed(reasoner: Reasoner, { intake, known }: Outlook, mix: Mix): WeighedEvidence[] {
  const isOpen = ({ finding }: FindingModel): boolean => {
    const { id, type, parent } = finding;
    if (type !== "binary" || !appliesTo(finding, intake)) return false;
    if ((known.get(id)?.state ?? "unknown") !== "unknown") return false;
    return parent === undefined || known.get(parent)?.state === "present";
  };
  return reasoner.model.findings
    .filter(isOpen)
    .flatMap((finding) => {
      const chance = share(finding, PRESENT, mix);
      const weighed = weighedEvidence(reasoner, { finding: finding.finding.id, state: "present" }, mix);
      return weighed && chance >= USUAL && weighed.weight >= TELLING ? [{ chance, weighed }] : [];
    })
    .sort((a, b) => b.chance * b.weighed.weight - a.chance * a.weighed.weight)
    .slice(0, NAMED)
    .map(({ chance: _, weighed }) => weighed);
}

/** The outcome of a binary finding that is present. */
const PRESENT = 1;
