/** What a knowledge base holds, in figures. */
import type { KnowledgeBase } from "../../src/index.ts";
import type { KnowledgeFault } from "./faults.ts";

export interface KnowledgeSummary {
  readonly findings: number;
  readonly conditions: number;
  readonly redFlags: number;
  readonly findingsByKind: Readonly<Record<string, number>>;
  readonly findingsByType: Readonly<Record<string, number>>;
  readonly conditionsByDomain: Readonly<Record<string, number>>;
  readonly conditionsByUrgency: Readonly<Record<string, number>>;
  readonly conditionsByPrior: Readonly<Record<string, number>>;
  readonly errors: number;
  readonly warnings: number;
}

export function summarise(base: KnowledgeBase, faults: readonly KnowledgeFault[]): KnowledgeSummary {
  const errors = faults.filter(({ severity }) => severity === "error").length;
  return {
    findings: base.findings.length,
    conditions: base.conditions.length,
    redFlags: base.redFlags.length,
    findingsByKind: countBy(base.findings, ({ kind }) => kind),
    findingsByType: countBy(base.findings, ({ type }) => type),
    conditionsByDomain: countBy(base.conditions, ({ domain }) => domain),
    conditionsByUrgency: countBy(base.conditions, ({ urgency }) => urgency ?? "unknown"),
    conditionsByPrior: countBy(base.conditions, ({ prior }) => (typeof prior === "string" ? prior : "number")),
    errors,
    warnings: faults.length - errors,
  };
}

/** How many entries each key has, most first. */
function countBy<T>(entries: readonly T[], keyOf: (entry: T) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const entry of entries) counts.set(keyOf(entry), (counts.get(keyOf(entry)) ?? 0) + 1);
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])));
}
