/** Whether a case fits together, and fits the knowledge base it is coded in. Pure, over a case that fits its schema. */
import type { Condition, Finding, KnowledgeBase, ObservedFinding } from "../../src/index.ts";
import type { Case } from "../case.ts";
import type { FaultPath } from "../knowledge/faults.ts";

export interface CaseFault {
  readonly code: string;
  readonly path: FaultPath;
  readonly message: string;
}

/** How far the probabilities of a differential may be from summing to 1. */
const TOLERANCE = 0.01;

/** Gives a check of cases; with a base also of their codes. A base is looked up once, cases are many. */
export function caseChecker(base?: KnowledgeBase): (checked: Case) => CaseFault[] {
  const findings = base && new Map(base.findings.map((finding) => [finding.id, finding]));
  const conditions = base && new Map(base.conditions.map((condition) => [condition.id, condition]));
  return (checked) => [
    ...observationFaults(checked),
    ...differentialFaults(checked),
    ...(findings ? checked.findings.flatMap((observed, i) => codeFaults(observed, findings, ["findings", i])) : []),
    ...(conditions ? conditionFaults(checked, conditions) : []),
  ];
}

function observationFaults({ findings, opening }: Case): CaseFault[] {
  const faults: CaseFault[] = [];
  const seen = new Set<string>();
  findings.forEach(({ finding, state, values, number }, i) => {
    const path = ["findings", i];
    if (seen.has(finding)) faults.push({ code: "duplicate-id", path, message: `${finding} is listed twice` });
    seen.add(finding);
    if (state !== "present" && (values || number !== undefined)) {
      faults.push({ code: "wrong-shape", path, message: `${finding} is ${state}, so it has no value` });
    }
  });
  const absent = new Set(findings.filter(({ state }) => state !== "present").map(({ finding }) => finding));
  opening.forEach((id, i) => {
    if (absent.has(id)) {
      faults.push({
        code: "bad-value",
        path: ["opening", i],
        message: `${id} is not present, so nobody opens with it`,
      });
    }
    if (seen.has(id)) return;
    faults.push({ code: "unknown-finding", path: ["opening", i], message: `${id} is not among the case's findings` });
  });
  return faults;
}

function differentialFaults({ differential }: Case): CaseFault[] {
  if (!differential) return [];
  const path = ["differential"];
  const ids = new Set(differential.entries.map(({ condition }) => condition));
  if (ids.size < differential.entries.length) {
    return [{ code: "duplicate-id", path, message: "lists a condition twice" }];
  }
  const total = differential.entries.reduce((sum, { probability }) => sum + probability, differential.other);
  if (Math.abs(total - 1) <= TOLERANCE) return [];
  return [{ code: "not-summing", path, message: `the probabilities sum to ${total.toFixed(3)}, not to 1` }];
}

function conditionFaults({ label, differential, sex }: Case, conditions: ReadonlyMap<string, Condition>): CaseFault[] {
  const named = [
    ...(label.condition === undefined ? [] : [{ id: label.condition, path: ["label", "condition"] }]),
    ...(differential?.entries ?? []).map(({ condition: id }, i) => ({
      id,
      path: ["differential", "entries", i, "condition"],
    })),
  ];
  const faults: CaseFault[] = named
    .filter(({ id }) => !conditions.has(id))
    .map(({ id, path }) => ({ code: "unknown-condition", path, message: `no condition ${id} in the knowledge base` }));
  const own = label.condition === undefined ? undefined : conditions.get(label.condition);
  if (own && sex && own.sex?.[sex] === 0) {
    faults.push({
      code: "bad-value",
      path: ["label", "condition"],
      message: `${own.id} does not occur in a ${sex} patient`,
    });
  }
  return faults;
}

/** Whether an observation fits the type of its finding. */
function codeFaults(observed: ObservedFinding, known: ReadonlyMap<string, Finding>, path: FaultPath): CaseFault[] {
  const finding = known.get(observed.finding);
  const fault = (code: string, message: string): CaseFault[] => [{ code, path, message }];
  if (!finding) return fault("unknown-finding", `no finding ${observed.finding} in the knowledge base`);
  if (observed.state !== "present") return [];
  const { values = [], number } = observed;
  const strange = values.find((value) => !finding.values.some(({ id }) => id === value));
  if (strange !== undefined) return fault("unknown-value", `${finding.id} has no value ${strange}`);
  if (number !== undefined && finding.type !== "numeric") return fault("wrong-shape", `${finding.id} has no number`);
  switch (finding.type) {
    case "binary":
      return [];
    case "categorical":
      return values.length === 1 ? [] : fault("wrong-shape", `${finding.id} needs exactly one value`);
    case "multiple":
      return values.length > 0 ? [] : fault("wrong-shape", `${finding.id} needs at least one value`);
    case "numeric":
      if (number !== undefined && finding.range && (number < finding.range[0] || number > finding.range[1])) {
        const [low, high] = finding.range;
        return fault(
          "bad-value",
          `${finding.id} of ${number} is outside ${low} to ${high} ${finding.unit ?? ""}`.trim(),
        );
      }
      return number !== undefined || values.length === 1 ? [] : fault("wrong-shape", `${finding.id} needs a number`);
    default:
      return finding.type satisfies never;
  }
}
