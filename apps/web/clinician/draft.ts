/** What a clinician has written and not sent yet: only what differs from the dossier, so that it can be laid over a newer one. Pure. */
import { z } from "zod";
import { Id, Urgency } from "../../../src/index.ts";
import { PARTS } from "../../handover/soap.ts";
import type { DifferentialView } from "../../server/protocol.ts";
import type { Dossier, Review } from "./calls.ts";

export type Part = (typeof PARTS)[number];

const Ranked = z.strictObject({ condition: Id, name: z.string() });
export type Ranked = z.infer<typeof Ranked>;

export const Draft = z.strictObject({
  /** The place of the dossier that it was written over. */
  seq: z.int(),
  summary: z.partialRecord(z.enum(PARTS), z.string()),
  ranking: z.array(Ranked).optional(),
  urgency: Urgency.optional(),
  note: z.string(),
  /** To the person, where it is returned. */
  message: z.string(),
});
export type Draft = z.infer<typeof Draft>;

export const blank = (seq: number): Draft => ({ seq, summary: {}, note: "", message: "" });

/** What may happen between reading and deciding without a difference; the server counts alike. */
const IMMATERIAL: ReadonlySet<string> = new Set(["notified", "model-called"]);

/** Whether something happened since the draft was begun. */
export function isOvertaken({ seq }: Draft, { messages }: Dossier): boolean {
  return messages.some((message) => message.seq > seq && !IMMATERIAL.has(message.type));
}

/** Whether nobody decided since it ended. */
export function isWaiting({ messages }: Dossier): boolean {
  return messages.findLast(({ type }) => DECISIVE.has(type))?.type !== "reviewed";
}
const DECISIVE: ReadonlySet<string> = new Set(["conclusion", "handed-off", "reviewed"]);

/** Likeliest first. */
export function rankingOf({ conditions }: DifferentialView): Ranked[] {
  return Object.entries(conditions)
    .sort(([, a], [, b]) => b.probability - a.probability)
    .map(([condition, { name }]) => ({ condition, name }));
}

/** With other words in a part; those that stand there already are no edit. */
export function withPart(draft: Draft, { summary: was }: Dossier, part: Part, text: string): Draft {
  const { [part]: _, ...others } = draft.summary;
  return { ...draft, summary: text === was[part] ? others : { ...others, [part]: text } };
}

export function withUrgency(draft: Draft, { entry }: Dossier, urgency: Urgency): Draft {
  const { urgency: _, ...others } = draft;
  return urgency === entry.urgency ? others : { ...others, urgency };
}

export function withRanking(draft: Draft, { differential }: Dossier, ranking: readonly Ranked[]): Draft {
  const { ranking: _, ...others } = draft;
  const was = rankingOf(differential);
  const isAsItWas =
    was.length === ranking.length && was.every(({ condition }, index) => condition === ranking[index]!.condition);
  return isAsItWas ? others : { ...others, ranking: [...ranking] };
}

/** With the condition at one place put to another. */
export function moved(ranking: readonly Ranked[], from: number, to: number): Ranked[] {
  const row = ranking[from];
  return row === undefined ? [...ranking] : ranking.toSpliced(from, 1).toSpliced(to, 0, row);
}

/** What would be changed, in words: "subjective", "the differential". */
export function editsOf({ summary, ranking, urgency }: Draft): string[] {
  return [
    ...PARTS.filter((part) => summary[part] !== undefined),
    ...(ranking ? ["differential"] : []),
    ...(urgency ? ["urgency"] : []),
  ];
}

export const isBlank = (draft: Draft): boolean =>
  editsOf(draft).length === 0 && draft.note === "" && draft.message === "";

/** Without edits; the note and the message stay. */
export const withoutEdits = ({ seq, note, message }: Draft): Draft => ({ seq, summary: {}, note, message });

/** What is sent to the server for a decision on a dossier. */
export function reviewOf(draft: Draft, { seq, summary }: Dossier, decision: Review["decision"]): Review {
  const note = draft.note.trim();
  const head = { seq, ...(note !== "" && { note }) };
  switch (decision) {
    case "confirmed":
      return { ...head, decision };
    case "returned":
      return { ...head, decision, message: draft.message.trim() };
    case "edited":
      return {
        ...head,
        decision,
        ...(Object.keys(draft.summary).length > 0 && { summary: { ...summary, ...draft.summary } }),
        ...(draft.ranking && { differential: draft.ranking.map(({ condition }) => ({ condition })) }),
        ...(draft.urgency && { urgency: draft.urgency }),
      };
  }
}
