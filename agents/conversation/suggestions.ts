/** Answers to choose instead of typing, and why a question is asked, in words for a patient. */
import { type Finding, type KnowledgeBase, looksAt, type ObservedFinding, spokenValue } from "../../src/index.ts";
import type { Suggestion } from "./types.ts";

/** The most values offered: more are typed. */
const MOST = 12;

/** What is shown with a question. */
export interface Inquiry {
  readonly purpose: string;
  readonly suggestions: readonly Suggestion[];
}

const inquiries = new WeakMap<KnowledgeBase, Map<string, Inquiry>>();

/** What is shown with a question about a finding of the base, worked out once: it is the same for everybody. */
export function inquiryOf(base: KnowledgeBase, finding: Finding): Inquiry {
  const ofBase = inquiries.get(base) ?? new Map<string, Inquiry>();
  inquiries.set(base, ofBase);
  const inquiry = ofBase.get(finding.id) ?? {
    purpose: purposeOf(base, finding),
    suggestions: suggestionsFor(finding),
  };
  ofBase.set(finding.id, inquiry);
  return inquiry;
}

const suggestions = new WeakMap<Finding, Suggestion[]>();

/** The answers that are offered to a question about a finding, worked out once. */
export function suggestionsFor(finding: Finding): Suggestion[] {
  const before = suggestions.get(finding);
  if (before) return before;
  const offered = offeredFor(finding);
  suggestions.set(finding, offered);
  return offered;
}

function offeredFor(finding: Finding): Suggestion[] {
  const said = (label: string, rest: Omit<ObservedFinding, "finding">): Suggestion => ({
    label,
    observed: { finding: finding.id, ...rest },
  });
  const unsure = said("Not sure", { state: "unknown" });
  if (finding.type === "binary") return [said("Yes", { state: "present" }), said("No", { state: "absent" }), unsure];
  const values = finding.values
    .filter(({ id }) => id !== finding.none)
    .slice(0, MOST)
    .map(({ id, name }) => said(sentenceCase(spokenValue(name)), { state: "present", values: [id] }));
  const none = finding.values.find(({ id }) => id === finding.none);
  return [...values, ...(none ? [said(sentenceCase(spokenValue(none.name)), { state: "absent" })] : []), unsure];
}

/** The suggestion that `words` are, letter for letter but for capitals. */
export function suggestionSaid(finding: Finding, words: string): Suggestion | undefined {
  const said = words.trim().toLowerCase();
  return suggestionsFor(finding).find(({ label }) => label.toLowerCase() === said);
}

/** Why a finding is asked about. Names no condition. */
export function purposeOf(base: KnowledgeBase, finding: Finding): string {
  const parent = finding.parent && base.findings.find(({ id }) => id === finding.parent);
  if (base.redFlags.some((rule) => looksAt(rule, finding.id)))
    return "Together with other answers this can show that you should be seen urgently.";
  if (parent) return `This tells more about what you said of this: ${parent.name}.`;
  switch (finding.kind) {
    case "antecedent":
      return "Your history, habits and medicines make some causes likelier than others.";
    case "symptom":
      return "Whether you have this makes some causes more likely and others less.";
    case "sign":
    case "test":
    case "image":
      return "What is seen or measured tells causes apart that feel alike.";
    default:
      return finding.kind satisfies never;
  }
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
