/** Red flags: rules over known present findings, age and sex, outside every model. A finding that is absent or not
 * known fires nothing. In chat a raised flag stops the interview; in evaluation it is recorded. */
import type { Intake, ObservedFinding, RedFlagRule } from "./vocabulary.ts";

export type Observations = ReadonlyMap<string, ObservedFinding>;

/** The rules that hold, in the order of `rules`. */
export function raisedRedFlags(rules: readonly RedFlagRule[], person: Intake, known: Observations): RedFlagRule[] {
  return rules.filter((rule) => holds(rule, person, known));
}

function holds({ when }: RedFlagRule, { age, sex }: Intake, known: Observations): boolean {
  const is = (term: string): boolean => termHolds(term, known);
  if (when.sex && when.sex !== sex) return false;
  if (when.age && (age === undefined || age < (when.age.from ?? 0) || age >= (when.age.below ?? Infinity)))
    return false;
  if (!when.all.every(is)) return false;
  if (when.any && !when.any.some(is)) return false;
  if (when.atLeast && when.atLeast.of.filter(is).length < when.atLeast.n) return false;
  return !when.unless?.some(is);
}

/** A rule term taken apart: `body-temperature>=39` is `{finding: "body-temperature", op: ">=", operand: "39"}`. */
export function parseTerm(term: string): { finding: string; op?: "=" | ">=" | "<"; operand?: string } {
  const match = /^([^=<>]+)(>=|=|<)(.+)$/.exec(term);
  return match ? { finding: match[1]!, op: match[2] as "=" | ">=" | "<", operand: match[3]! } : { finding: term };
}

function termHolds(term: string, known: Observations): boolean {
  const { finding, op, operand } = parseTerm(term);
  const observed = known.get(finding);
  if (observed?.state !== "present") return false;
  if (op === undefined) return true;
  if (op === "=") return observed.values?.includes(operand!) ?? false;
  if (observed.number === undefined) return false;
  return op === ">=" ? observed.number >= Number(operand) : observed.number < Number(operand);
}
