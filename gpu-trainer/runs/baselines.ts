/** What a run's policy is held against: the shipped agents on the same held-out patients, at the same budget. */
import { bayesAgent, mostFrequentAgent, randomAgent } from "../../agents/index.ts";
import { runInterview } from "../../environments/index.ts";
import { type Persona, patientFor } from "../../simulators/index.ts";
import { type AgentCore, rankOf } from "../../src/index.ts";
import type { RunCases } from "./cases.ts";
import { wilson } from "./held-out.ts";

export interface Baseline {
  readonly name: string;
  readonly accuracy: number;
  readonly ci95: readonly [number, number];
  readonly questions: number;
}

export interface BaselineOptions {
  readonly cases: RunCases;
  readonly count: number;
  readonly budget: number;
  readonly persona: Persona;
}

/**
 * Random questions with a Bayesian conclusion, no question at all, and the Bayesian agent at its best: as it comes, or
 * without its sweep for red flags and its early stop, whichever is right more often on these very cases.
 */
export function baselines(options: BaselineOptions): Baseline[] {
  const { base } = options.cases;
  const bayes = [bayesAgent(base), bayesAgent(base, { redFlagRisk: 1, minGain: 0, otherPrior: 1e-6 })].map((core) =>
    measured("Bayesian", core as AgentCore, options),
  );
  return [
    bayes.reduce((best, each) => (each.accuracy > best.accuracy ? each : best)),
    measured("random questions", randomAgent(base) as AgentCore, options),
    measured("most frequent", mostFrequentAgent(base) as AgentCore, options),
  ];
}

function measured(name: string, core: AgentCore, { cases, count, budget, persona }: BaselineOptions): Baseline {
  const { base } = cases;
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  let right = 0;
  let questions = 0;
  const chosen = cases.heldOut(count);
  for (const each of chosen) {
    const patient = patientFor({ case: each, base, findings, persona, seed: 0 });
    const intake = { age: each.age, sex: each.sex, findings: each.opening.map(patient.truth) };
    const { conclusion, turns } = runInterview(core, patient, intake, { budget, seed: each.id, redFlags: [] });
    right += Number(rankOf(conclusion.differential, each.label.condition ?? "") === 1);
    questions += turns.length;
  }
  const n = Math.max(1, chosen.length);
  return { name, accuracy: right / n, ci95: wilson(right, n), questions: questions / n };
}
