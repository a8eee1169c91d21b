/**
 * What is asked of a base that people write, beyond that it fits together: complaints that are typical, children whose
 * parents occur, questions that can be told apart, texts that do not give a condition away. Pure.
 */
import { type Condition, type Finding, type KnowledgeBase, parseTerm, probabilityOf } from "../../src/index.ts";
import { alternativeNames, nameMatcher } from "../naming.ts";
import { type FaultList, type FaultPath, faultList, type KnowledgeFault } from "./faults.ts";
import { termsOf } from "./rule-integrity.ts";

/** A complaint is present in its condition at least this often (the band `sometimes`). */
const LEAST_COMPLAINT = 0.35;

/** Where a child finding has a probability, its parent has at least this one (the band `occasionally`). */
const LEAST_PARENT = 0.15;

export function authoringFaults(base: KnowledgeBase): KnowledgeFault[] {
  const list = faultList();
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  base.conditions.forEach((condition, i) => {
    checkComplaints(condition, ["conditions", i], findings, list);
    checkParents(condition, ["conditions", i], findings, list);
  });
  checkUse(base, list);
  checkQuestions(base.findings, list);
  checkLeaks(base, list);
  return list.faults;
}

/** P(present | condition) of a binary finding; 0 where it is not one. */
function presence(condition: Condition, finding: Finding): number {
  const named = Object.hasOwn(condition.findings, finding.id) ? condition.findings[finding.id] : undefined;
  const likelihood = named ?? finding.background ?? 0;
  return typeof likelihood === "object" ? 0 : probabilityOf(likelihood);
}

function checkComplaints(
  condition: Condition,
  path: FaultPath,
  findings: ReadonlyMap<string, Finding>,
  list: FaultList,
): void {
  if (condition.complaints.length === 0) {
    list.error("no-complaint", path, `${condition.id} has no complaints: name the findings that patients open with`);
  }
  condition.complaints.forEach((id, i) => {
    const finding = findings.get(id);
    if (finding?.type !== "binary") return;
    const p = presence(condition, finding);
    if (p < LEAST_COMPLAINT) {
      const message = `the complaint ${id} has a probability of ${p} here, give it at least ${LEAST_COMPLAINT}`;
      list.error("rare-complaint", [...path, "complaints", i], message);
    }
  });
}

function checkParents(
  condition: Condition,
  path: FaultPath,
  findings: ReadonlyMap<string, Finding>,
  list: FaultList,
): void {
  for (const id of Object.keys(condition.findings)) {
    const parent = findings.get(findings.get(id)?.parent ?? "");
    if (parent?.type !== "binary") continue;
    const p = presence(condition, parent);
    if (p < LEAST_PARENT) {
      const message = `${id} is asked only when ${parent.id} is present, which has a probability of ${p} here`;
      list.error("rare-parent", [...path, "findings", id], `${message}: give it at least ${LEAST_PARENT}`);
    }
  }
}

/** Findings that no condition and no rule speaks of can be asked but tell nothing. */
function checkUse(base: KnowledgeBase, list: FaultList): void {
  const used = new Set([
    ...base.conditions.flatMap(({ findings }) => Object.keys(findings)),
    ...base.redFlags.flatMap((rule) => termsOf(rule).map(({ term }) => parseTerm(term).finding)),
    ...base.findings.flatMap(({ parent }) => parent ?? []),
  ]);
  base.findings.forEach(({ id }, i) => {
    if (!used.has(id)) list.warning("unused-finding", ["findings", i], `${id} is used by no condition and no rule`);
  });
}

function checkQuestions(findings: readonly Finding[], list: FaultList): void {
  const askedBy = new Map<string, string>();
  findings.forEach(({ id, question }, i) => {
    const text = question
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim();
    const other = askedBy.get(text);
    if (other) list.error("same-question", ["findings", i, "question"], `${other} asks the same question`);
    else askedBy.set(text, id);
  });
}

/** A question or an answer that names a condition gives the label away. */
function checkLeaks(base: KnowledgeBase, list: FaultList): void {
  const names = base.conditions.flatMap(({ name, synonyms }) =>
    [name, ...synonyms].flatMap((text) => [text, ...alternativeNames(text)]),
  );
  const matcher = nameMatcher(names);
  base.findings.forEach((finding, i) => {
    for (const { text, path } of spokenTexts(finding)) {
      const name = matcher.find(text);
      if (name) list.error("leak", ["findings", i, ...path], `names a condition: "${name}"`);
    }
  });
}

/** What agents ask and patients say of a finding. */
function spokenTexts({ question, answers, values }: Finding): { readonly text: string; readonly path: FaultPath }[] {
  return [
    { text: question, path: ["question"] },
    ...(answers?.present ?? []).map((text, i) => ({ text, path: ["answers", "present", i] })),
    ...(answers?.absent ?? []).map((text, i) => ({ text, path: ["answers", "absent", i] })),
    ...values.flatMap(({ answer }, i) => (answer ? [{ text: answer, path: ["values", i, "answer"] }] : [])),
  ];
}
