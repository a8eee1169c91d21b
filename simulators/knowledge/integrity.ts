/**
 * Whether a knowledge base fits together: ids are unique, references lead somewhere, shapes follow types. Pure, over a
 * base in memory that already satisfies its schema; for bases of any origin.
 */
import type { Condition, Finding, KnowledgeBase } from "../../src/index.ts";
import { type FaultList, type FaultPath, faultList, type KnowledgeFault } from "./faults.ts";
import { checkLikelihood } from "./likelihood-shape.ts";
import { checkRule } from "./rule-integrity.ts";

export function integrityFaults(base: KnowledgeBase): KnowledgeFault[] {
  const list = faultList();
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  checkIds(base.findings, ["findings"], list);
  checkIds(base.conditions, ["conditions"], list);
  checkIds(base.redFlags, ["redFlags"], list);
  base.findings.forEach((finding, i) => {
    checkFinding(finding, ["findings", i], findings, list);
  });
  base.conditions.forEach((condition, i) => {
    checkCondition(condition, ["conditions", i], findings, list);
  });
  base.redFlags.forEach((rule, i) => {
    checkRule(rule, ["redFlags", i], findings, list);
  });
  return list.faults;
}

function checkIds(entries: readonly { readonly id: string }[], path: FaultPath, list: FaultList): void {
  const seen = new Set<string>();
  entries.forEach(({ id }, i) => {
    if (seen.has(id)) list.error("duplicate-id", [...path, i, "id"], `the id ${id} is used twice`);
    // Ids are looked up as keys of plain objects, where these names already mean something.
    else if (id in {}) list.error("reserved-id", [...path, i, "id"], `the id ${id} is reserved, choose another`);
    seen.add(id);
  });
}

function checkFinding(finding: Finding, path: FaultPath, known: ReadonlyMap<string, Finding>, list: FaultList): void {
  checkIds(finding.values, [...path, "values"], list);
  if (finding.type === "binary" && finding.values.length > 0) {
    list.error("wrong-shape", [...path, "values"], "a binary finding has no values");
  }
  if (finding.type !== "binary" && finding.values.length < 2) {
    const field = finding.values.length > 0 ? "values" : "type";
    list.error("wrong-shape", [...path, field], `a ${finding.type} finding needs at least two values`);
  }
  if (finding.none !== undefined && !finding.values.some(({ id }) => id === finding.none)) {
    list.error("unknown-value", [...path, "none"], `${finding.id} has no value ${finding.none}`);
  }
  if (finding.type === "numeric") checkIntervals(finding, path, list);
  else {
    const i = finding.values.findIndex(({ from, below }) => from !== undefined || below !== undefined);
    if (i >= 0)
      list.error("wrong-shape", [...path, "values", i], "only values of a numeric finding have from and below");
    if (finding.range) list.error("wrong-shape", [...path, "range"], "only a numeric finding has a range");
  }
  checkParent(finding, path, known, list);
  if (finding.background !== undefined) checkLikelihood(finding, finding.background, [...path, "background"], list);
}

/** The intervals [from, below) cover the line in order, without a gap or an overlap. */
function checkIntervals({ values, range }: Finding, path: FaultPath, list: FaultList): void {
  values.forEach(({ id, from, below }, i) => {
    const at = [...path, "values", i];
    const before = values[i - 1];
    if (i === 0 && from !== undefined) {
      list.error(
        "interval",
        [...at, "from"],
        `${id} is the first interval: leave out \`from\`, it begins at -infinity`,
      );
    }
    if (i > 0 && (from === undefined || from !== before?.below)) {
      const where = `where ${before?.id} ends (${before?.below ?? "no `below`"})`;
      list.error("interval", [...at, "from"], `${id} begins at ${from ?? "no `from`"}, but must begin ${where}`);
    }
    const isLast = i === values.length - 1;
    if (isLast && below !== undefined) {
      list.error("interval", [...at, "below"], `${id} is the last interval: leave out \`below\`, it ends at infinity`);
    }
    if (!isLast && below === undefined) list.error("interval", at, `${id} needs \`below\`: another interval follows`);
    if (from !== undefined && below !== undefined && from >= below) {
      list.error("interval", [...at, "below"], `${id} is empty: from ${from} to below ${below}`);
    }
    if (range && from !== undefined && (from <= range[0] || from > range[1])) {
      list.error("interval", [...at, "from"], `${id} begins at ${from}, outside the range ${range.join(" to ")}`);
    }
  });
  if (range && range[0] >= range[1]) list.error("interval", [...path, "range"], "the range must rise");
}

function checkParent(finding: Finding, path: FaultPath, known: ReadonlyMap<string, Finding>, list: FaultList): void {
  if (finding.parent === undefined) return;
  const at = [...path, "parent"];
  const parent = known.get(finding.parent);
  if (!parent) {
    list.error("unknown-finding", at, `no finding ${finding.parent}`, finding.parent);
    return;
  }
  if (parent.type !== "binary") list.error("wrong-type", at, `the parent ${parent.id} must be binary`);
  const seen = new Set([finding.id]);
  for (let next: Finding | undefined = parent; next; next = next.parent ? known.get(next.parent) : undefined) {
    if (next.id === finding.id) list.error("cycle", at, `${finding.id} is its own ancestor`);
    if (seen.has(next.id)) break;
    seen.add(next.id);
  }
}

function checkCondition(
  condition: Condition,
  path: FaultPath,
  known: ReadonlyMap<string, Finding>,
  list: FaultList,
): void {
  for (const [id, likelihood] of Object.entries(condition.findings)) {
    const at = [...path, "findings", id];
    const finding = known.get(id);
    if (finding) checkLikelihood(finding, likelihood, at, list);
    else list.error("unknown-finding", at, `no finding ${id}`, id);
  }
  const seen = new Set<string>();
  condition.complaints.forEach((id, i) => {
    const at = [...path, "complaints", i];
    const finding = known.get(id);
    if (!finding) list.error("unknown-finding", at, `no finding ${id}`, id);
    else if (finding.type !== "binary") list.error("wrong-type", at, `the complaint ${id} must be a binary finding`);
    if (seen.has(id)) list.error("duplicate-id", at, `the complaint ${id} is listed twice`);
    seen.add(id);
  });
}
