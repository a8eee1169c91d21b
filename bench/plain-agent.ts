/** The myopic Bayesian agent as a textbook has it: dense tables, a logarithm an outcome. What the bench compares with. */

import type { Case } from "../simulators/index.ts";
import { type LikelihoodModel, outcomesOf } from "../src/index.ts";

/** The condition that leads in the end. */
export function plainInterview(model: LikelihoodModel, patient: Case, budget: number, minGain: number): string {
  const told = new Map(patient.findings.map((observed) => [observed.finding, observed]));
  const width = model.conditions.length;
  let posterior = [...model.prior(patient.age, patient.sex)];
  const known = new Set<number>();
  const learn = (f: number): void => {
    const finding = model.findings[f]!;
    const { id } = finding.finding;
    known.add(f);
    const outcomes = outcomesOf(finding, told.get(id) ?? { finding: id, state: "absent" }) ?? [];
    const weights = posterior.map((p, c) =>
      outcomes.reduce((w, o) => w * Math.max(finding.share[o * width + c]!, 0.008), p),
    );
    const total = weights.reduce((a, b) => a + b, 0);
    posterior = weights.map((weight) => weight / total);
  };
  for (const id of patient.opening) learn(model.indexOf.get(id)!);
  for (let asked = 0; asked < budget; asked++) {
    let best = -1;
    let most = minGain;
    for (const { index, parent, finding } of model.findings) {
      if (known.has(index) || (finding.kind !== "symptom" && finding.kind !== "antecedent")) continue;
      if (parent >= 0 && told.get(model.findings[parent]!.finding.id)?.state !== "present") continue;
      const gain = mutualInformation(model, index, posterior);
      if (gain < most) continue;
      most = gain;
      best = index;
    }
    if (best < 0) break;
    learn(best);
  }
  return model.conditions[posterior.indexOf(Math.max(...posterior))]!;
}

function mutualInformation({ findings, conditions }: LikelihoodModel, f: number, posterior: readonly number[]): number {
  const { share, outcomes } = findings[f]!;
  let information = 0;
  outcomes.forEach((_, o) => {
    const row = conditions.map((_, c) => share[o * conditions.length + c]!);
    const total = row.reduce((sum, p, c) => sum + p * posterior[c]!, 0);
    row.forEach((p, c) => {
      if (p > 0 && posterior[c]! > 0) information += posterior[c]! * p * Math.log(p / total);
    });
  });
  return information;
}
