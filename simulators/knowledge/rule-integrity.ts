/** Whether a red-flag rule can fire at all, and only when it is meant to: terms fit the findings they speak of. */
import { type Finding, parseTerm, type RedFlagRule } from "../../src/index.ts";
import type { FaultList, FaultPath } from "./faults.ts";

/** Each term of a rule with its path within the rule. */
export function termsOf({ when }: RedFlagRule): { readonly term: string; readonly path: FaultPath }[] {
  const at = (terms: readonly string[] | undefined, ...path: string[]) =>
    (terms ?? []).map((term, i) => ({ term, path: ["when", ...path, i] }));
  return [
    ...at(when.all, "all"),
    ...at(when.any, "any"),
    ...at(when.atLeast?.of, "atLeast", "of"),
    ...at(when.unless, "unless"),
  ];
}

export function checkRule(
  rule: RedFlagRule,
  path: FaultPath,
  findings: ReadonlyMap<string, Finding>,
  list: FaultList,
): void {
  const { all, any, atLeast, age } = rule.when;
  for (const { term, path: within } of termsOf(rule)) checkTerm(term, [...path, ...within], findings, list);
  if (all.length === 0 && !any?.length && !atLeast) {
    list.error("no-terms", [...path, "when"], "the rule has no term that must hold: it would fire on everybody");
  }
  if (any && any.length === 0) list.error("no-terms", [...path, "when", "any"], "with an empty `any` no rule can fire");
  if (atLeast && atLeast.n > atLeast.of.length) {
    const message = `asks for ${atLeast.n} of ${atLeast.of.length} terms: the rule can never fire`;
    list.error("never-fires", [...path, "when", "atLeast", "n"], message);
  }
  if (age && (age.from ?? 0) >= (age.below ?? Number.POSITIVE_INFINITY)) {
    list.error("never-fires", [...path, "when", "age"], "`from` must be less than `below`: the rule can never fire");
  }
}

function checkTerm(term: string, path: FaultPath, findings: ReadonlyMap<string, Finding>, list: FaultList): void {
  const { finding: id, op, operand = "" } = parseTerm(term);
  const finding = findings.get(id);
  if (!finding) {
    list.error("unknown-finding", path, `no finding ${id}`, id);
  } else if (op === undefined) {
    if (finding.type !== "binary") {
      const example = finding.type === "numeric" ? `${id}>=NUMBER` : `${id}=VALUE`;
      list.error("wrong-type", path, `${id} is ${finding.type}: write ${example}`);
    }
  } else if (op === "=") {
    if (finding.type !== "categorical" && finding.type !== "multiple") {
      const example = finding.type === "numeric" ? `${id}>=NUMBER` : id;
      list.error("wrong-type", path, `${id} is ${finding.type}: write ${example}`);
    } else if (!finding.values.some((value) => value.id === operand)) {
      const known = finding.values.map((value) => value.id).join(", ");
      list.error("unknown-value", path, `${id} has no value ${operand}: it has ${known}`);
    }
  } else if (finding.type !== "numeric") {
    list.error("wrong-type", path, `${id} is ${finding.type}, only numeric findings are compared with ${op}`);
  } else if (!Number.isFinite(Number(operand))) {
    list.error("wrong-type", path, `${operand} is not a number`);
  }
}
