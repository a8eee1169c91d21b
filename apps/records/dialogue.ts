/** A consultation as a dialogue record. Attachments, ids of messages, names of reviewers and who was notified are left out. */
import {
  type ConsultationEvent,
  type Intake,
  type ObservedFinding,
  type RedactionVocabulary,
  replay,
} from "../../src/index.ts";
import { redactor } from "./redacting.ts";
import { type DialogueRecord, OLDEST } from "./types.ts";

type Turn = DialogueRecord["turns"][number];

export const cappedAge = (age: number): number => (age >= OLDEST ? OLDEST : age);

/** What is known of the person, no closer than it may be. */
export function personOf({ age, sex }: Intake): Pick<DialogueRecord, "age" | "sex"> {
  return { ...(age !== undefined && { age: cappedAge(age) }), ...(sex && { sex }) };
}

/** The review that stands: a consultation that was returned since has none. */
export function standingReview(events: readonly ConsultationEvent[]) {
  const { review } = replay(events);
  return review && review.decision !== "returned" ? { ...review, decision: review.decision } : undefined;
}

export function dialogueOf(
  events: readonly ConsultationEvent[],
  pseudonym: string,
  vocabulary: RedactionVocabulary,
): DialogueRecord {
  const redact = redactor(vocabulary);
  const consultation = replay(events);
  const began = Date.parse(events[0]!.time);
  const turns: Turn[] = [];
  const say = (event: ConsultationEvent, by: Turn["by"], text: string, finding?: string): void => {
    const at = Math.max(0, Math.round((Date.parse(event.time) - began) / 1000));
    turns.push({ at, by, text: redact(text), ...(finding && { finding }) });
  };
  const observe = (observed: ObservedFinding): void => {
    const said = turns.findLast(({ by }) => by === "patient");
    if (said) said.observed = [...(said.observed ?? []), observed];
  };
  for (const event of events) {
    switch (event.type) {
      case "patient-said":
        say(event, "patient", event.text);
        break;
      case "agent-asked":
      case "agent-examined":
      case "agent-said":
        say(event, "agent", event.text, event.finding);
        break;
      case "concluded":
      case "handed-off":
        if (event.text) say(event, "agent", event.text);
        break;
      case "finding-observed":
      case "finding-corrected":
        observe(event.observed);
        break;
      case "opened":
      case "consented":
      case "attachment-received":
      case "red-flag-raised":
      case "fell-back":
      case "model-called":
      case "abandoned":
      case "reviewed":
      case "notified":
        break;
      default:
        event satisfies never;
    }
  }
  const review = standingReview(events);
  const { intake, redFlags, conclusion, ended } = consultation;
  const opened = events[0] as Extract<ConsultationEvent, { type: "opened" }>;
  return {
    id: pseudonym,
    ...personOf(intake),
    versions: opened.versions,
    findings: intake.findings,
    turns,
    redFlags: redFlags.map(({ rule }) => rule),
    ...(conclusion && { conclusion }),
    ...(ended && { ended }),
    ...(review && {
      review: {
        decision: review.decision,
        ...(review.conclusion && { conclusion: review.conclusion }),
        ...(review.note && { note: redact(review.note) }),
        ...(review.summary && { summary: redact(review.summary) }),
      },
    }),
    redactions: redact.count,
  };
}
