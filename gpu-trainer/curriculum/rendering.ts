/** A question in words: who it is, what is known, and the options by letter. What it asks for is the task's to say. */
import type { Finding, KnowledgeBase, ObservedFinding } from "../../src/index.ts";
import type { Question } from "./questions.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** `base` names what is shown in codes; without it codes stand for themselves. */
export function renderQuestion({ shown, options }: Question, base?: KnowledgeBase): string {
  const { intake, facts } = shown;
  const findings = new Map(base?.findings.map((finding) => [finding.id, finding]));
  const person = [
    intake.age === undefined ? "" : `Age: ${intake.age}.`,
    intake.sex === undefined ? "" : `Sex: ${intake.sex}.`,
    intake.complaint === undefined ? "" : `Complaint: ${intake.complaint}`,
  ];
  const known = [...intake.findings.map((observed) => findingLine(observed, findings.get(observed.finding))), ...facts];
  const blocks = [
    person.filter(Boolean).join(" "),
    known.map((line) => `- ${line}`).join("\n"),
    options.map(({ name }, i) => `${LETTERS[i]}. ${name}`).join("\n"),
  ];
  return blocks.filter(Boolean).join("\n\n");
}

function findingLine({ finding: id, state, values, number }: ObservedFinding, finding: Finding | undefined): string {
  const name = finding?.name ?? id;
  if (state !== "present") return `${name}: ${state === "absent" ? "no" : "unknown"}`;
  if (number !== undefined) return `${name}: ${number}${finding?.unit ? ` ${finding.unit}` : ""}`;
  if (!values) return `${name}: yes`;
  const named = values.map((value) => finding?.values.find((each) => each.id === value)?.name ?? value);
  return `${name}: ${named.join(", ")}`;
}
