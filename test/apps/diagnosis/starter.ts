/** The starter knowledge base with the Bayesian agent, as the stateless API reasons with it; and requests to it. */
import { bayesAgent } from "../../../agents/index.ts";
import { reasonerOf } from "../../../apps/diagnosis/reasoner.ts";
import type { DiagnosisRequest, EvidenceItem } from "../../../apps/diagnosis/types.ts";
import { loadKnowledgeBase, STARTER_DIRECTORY } from "../../../simulators/index.ts";
import { type AgentCore, buildLexicon, type ObservedFinding } from "../../../src/index.ts";

export const base = await loadKnowledgeBase(STARTER_DIRECTORY);
export const lexicon = buildLexicon(base.findings);
export const core = bayesAgent(base) as AgentCore;
export const BUDGET = 12;
export const reasoner = reasonerOf({ base, core, lexicon, budget: BUDGET, safety: { emergencyNumber: "999" } });

export const adult = { sex: "female" as const, age: { value: 40, unit: "year" as const } };

/** A request of an adult woman, `evidence` as `cough`, `-fever` (absent), `?rash` (not known), `cough-type=dry`. */
export function asking(...evidence: string[]): DiagnosisRequest {
  return { ...adult, evidence: evidence.map(item) };
}

function item(short: string): EvidenceItem {
  if (short.startsWith("-")) return { id: short.slice(1), choice_id: "absent" };
  return short.startsWith("?") ? { id: short.slice(1), choice_id: "unknown" } : { id: short, choice_id: "present" };
}

/** What is known of a finding as a client sends it. */
export function evidenceOf(
  { finding: id, state: choice_id, values, number }: ObservedFinding,
  source: EvidenceItem["source"],
): EvidenceItem {
  return { id, choice_id, source, ...(values && { values }), ...(number !== undefined && { number }) };
}
