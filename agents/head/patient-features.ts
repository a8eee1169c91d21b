/** Features that hold for the patient whatever the condition: findings, values, scales, age and sex. */
import type { LikelihoodModel } from "../../src/index.ts";
import { type Column, type FeatureBlock, isScale, scaleNumber } from "./columns.ts";
import { isPresent, toldOutcomes } from "./evidence.ts";

export function patientFeatures({ findings }: LikelihoodModel): FeatureBlock {
  const columns: Column[] = [];
  const add = (name: string, finding = -1): number => columns.push({ name, finding }) - 1;
  const first = findings.map((model) => {
    const { id, type } = model.finding;
    if (type === "binary") return add(`present:${id}`, model.index);
    if (isScale(model)) return add(`number:${id}`, model.index);
    const at = columns.length;
    for (const outcome of model.outcomes) add(`value:${id}=${outcome}`, model.index);
    if (type === "multiple") add(`count:${id}`, model.index);
    return at;
  });
  const age = add("age");
  const male = add("male");
  const count = add("findings");
  return {
    columns,
    fill(evidence, into) {
      let present = 0;
      for (const model of findings) {
        const at = first[model.index]!;
        if (model.finding.type === "binary") {
          if (!isPresent(model, evidence)) continue;
          into[at] = 1;
          present++;
          continue;
        }
        const told = toldOutcomes(model, evidence);
        if (isScale(model)) {
          into[at] = told ? scaleNumber(model, told[0]!) : -1;
        } else if (told) {
          for (const outcome of told) into[at + outcome] = 1;
          if (model.finding.type === "multiple")
            into[at + model.outcomes.length] = told.reduce((sum, outcome) => sum + Number(outcome !== model.none), 0);
        }
        if (told && model.parent >= 0) present++;
      }
      into[age] = evidence.intake.age ?? -1;
      into[male] = evidence.intake.sex === undefined ? 0.5 : Number(evidence.intake.sex === "male");
      into[count] = present;
    },
  };
}
