/** A reviewed consultation as a labelled case: what a clinician made of it is the label, what was told are the findings. */
import type { Case } from "../../simulators/index.ts";
import { type ConsultationEvent, type KnowledgeBase, type RedactionVocabulary, replay } from "../../src/index.ts";
import { personOf, standingReview } from "./dialogue.ts";
import { redactor } from "./redacting.ts";
import type { LeftOut } from "./types.ts";

export interface LabelledCases {
  /** The case, or why there is none. */
  of(events: readonly ConsultationEvent[], pseudonym: string): Case | LeftOut;
}

export function labelledCases(base: KnowledgeBase, vocabulary: RedactionVocabulary): LabelledCases {
  const conditions = new Map(base.conditions.map((condition) => [condition.id, condition]));
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  return {
    of(events, pseudonym) {
      const review = standingReview(events);
      if (!review) return "not-reviewed";
      const { intake, findings: told, conclusion: own } = replay(events);
      const conclusion = review.conclusion ?? own;
      const [leading] = conclusion?.differential.entries ?? [];
      const condition = leading && conditions.get(leading.condition);
      if (!conclusion || !condition || conclusion.abstained) return "no-condition";
      const known = [...told.values()].filter(({ state }) => state !== "unknown");
      const differential = { ...conclusion.differential };
      if (known.some(({ finding }) => !findings.has(finding))) return "other-findings";
      if (differential.entries.some((entry) => !conditions.has(entry.condition))) return "other-findings";
      const first = openingOf(events);
      const present = new Set(known.filter(({ state }) => state === "present").map(({ finding }) => finding));
      const opening = [...new Set([...intake.findings, ...first.observed].map(({ finding }) => finding))];
      const complaint = redactor(vocabulary)(first.text).trim();
      return {
        id: pseudonym,
        ...personOf(intake),
        ...(complaint && { complaint }),
        opening: opening.filter((id) => present.has(id)),
        findings: known,
        unlisted: "unknown",
        facts: [],
        measurements: [],
        attachments: [],
        label: { condition: condition.id, name: condition.name, synonyms: condition.synonyms },
        differential,
        options: [],
        ...(conclusion.urgency && { urgency: conclusion.urgency }),
        domain: condition.domain,
        masked: 0,
      };
    },
  };
}

/** The person's first words that are kept, and what was understood of them. */
function openingOf(events: readonly ConsultationEvent[]) {
  const at = events.findIndex(({ type }) => type === "patient-said");
  const said = events[at];
  const rest = at < 0 ? [] : events.slice(at + 1);
  const end = rest.findIndex(
    ({ type }) => type === "patient-said" || type === "agent-asked" || type === "agent-examined",
  );
  const observed = (end < 0 ? rest : rest.slice(0, end)).flatMap((event) =>
    event.type === "finding-observed" ? [event.observed] : [],
  );
  return { text: said?.type === "patient-said" ? said.text : "", observed };
}
