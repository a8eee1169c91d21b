/** Red flags: rules over known present findings, age and sex, outside every model. A finding that is absent or not
 * known fires nothing. In chat a raised flag stops the interview; in evaluation it is recorded. */
import { urgencyLevel } from "./triage.ts";
import type { Intake, ObservedFinding, RedFlagRule, Urgency } from "./vocabulary.ts";

export type Observations = ReadonlyMap<string, ObservedFinding>;

/** The rules that hold, in the order of `rules`. */
export function raisedRedFlags(rules: readonly RedFlagRule[], person: Intake, known: Observations): RedFlagRule[] {
  const is = (term: string): boolean => termHolds(term, known);
  return rules.filter((rule) => holds(rule, person, is));
}

/** What a conclusion raises that sends the person to urgent care by itself. */
export const CONCLUSION_FLAGS: readonly RedFlagRule[] = (["emergency-ambulance", "emergency"] as const).map(
  (urgency) => ({
    id: urgency === "emergency" ? "likely-emergency" : "likely-ambulance",
    name: "An emergency is likely enough",
    when: { all: [] },
    urgency,
    message: `What you describe may be an emergency. ${
      urgency === "emergency" ? "Go to an emergency department now." : "Call the emergency number now."
    }`,
  }),
);

/**
 * The flag of a conclusion of that urgency, where none as urgent was raised on the way: rules do not foresee every way in
 * which an emergency can look, and `urgencyOf` adds up all of it.
 */
export function flagOfConclusion(
  urgency: Urgency | undefined,
  raised: Iterable<Pick<RedFlagRule, "urgency">>,
): RedFlagRule | undefined {
  const emergency = urgencyLevel("emergency");
  for (const flag of raised) if (urgencyLevel(flag.urgency) <= emergency) return undefined;
  return CONCLUSION_FLAGS.find((flag) => flag.urgency === urgency);
}

/**
 * Whether the rule is for such a person. Somebody whose sex is not known may be of either; whose age is not known counts
 * as an adult: a rule that spares the young is for them, one that is for the young alone is not.
 */
export function concerns({ when }: Pick<RedFlagRule, "when">, { age, sex }: Pick<Intake, "age" | "sex">): boolean {
  if (when.sex && sex !== undefined && when.sex !== sex) return false;
  if (age === undefined) return when.age?.below === undefined;
  return age >= (when.age?.from ?? 0) && age < (when.age?.below ?? Number.POSITIVE_INFINITY);
}

function holds(rule: RedFlagRule, person: Intake, is: (term: string) => boolean): boolean {
  if (!concerns(rule, person)) return false;
  const { when } = rule;
  if (!when.all.every(is)) return false;
  if (when.any && !when.any.some(is)) return false;
  if (when.atLeast && when.atLeast.of.filter(is).length < when.atLeast.n) return false;
  return !when.unless?.some(is);
}

/** A rule term taken apart: `body-temperature>=39` is `{finding: "body-temperature", op: ">=", operand: "39"}`. */
export function parseTerm(term: string): { finding: string; op?: "=" | ">=" | "<"; operand?: string } {
  if (isPlain(term)) return { finding: term };
  const match = /^([^=<>]+)(>=|=|<)(.+)$/.exec(term);
  return match ? { finding: match[1]!, op: match[2] as "=" | ">=" | "<", operand: match[3]! } : { finding: term };
}

/** A term that names a finding and no more; no id holds an operator. */
const isPlain = (term: string): boolean => !term.includes("=") && !term.includes("<");

/** Whether the rule looks at the finding in order to hold. */
export function looksAt({ when: { all, any, atLeast } }: RedFlagRule, finding: string): boolean {
  const names = (term: string): boolean =>
    term.startsWith(finding) && (term.length === finding.length || parseTerm(term).finding === finding);
  return all.some(names) || (any?.some(names) ?? false) || (atLeast?.of.some(names) ?? false);
}

function termHolds(term: string, known: Observations): boolean {
  if (isPlain(term)) return known.get(term)?.state === "present";
  const { finding, op, operand } = parseTerm(term);
  const observed = known.get(finding);
  if (observed?.state !== "present") return false;
  if (op === "=") return observed.values?.includes(operand!) ?? false;
  if (observed.number === undefined) return false;
  return op === ">=" ? observed.number >= Number(operand) : observed.number < Number(operand);
}
