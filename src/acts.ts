/** What an agent does in a turn. Free text is for people and for patients that understand it; ids are for both. */
import { z } from "zod";
import { Differential } from "./differential.ts";
import { type FindingKind, Id, Urgency } from "./vocabulary.ts";

const text = z.string().min(1).max(4_000);

const inquiry = { finding: Id.optional(), text: text.optional() };
const saysSomething = ({
  finding,
  text: words,
}: {
  finding?: string | undefined;
  text?: string | undefined;
}): boolean => finding !== undefined || words !== undefined;
const ADVICE = "give a finding, a text, or both";

/** A question: about a known finding, in words, or both. */
export const Ask = z.strictObject({ type: z.literal("ask"), ...inquiry }).refine(saysSomething, ADVICE);

/** An order for an examination, a test or an image. */
export const Examine = z.strictObject({ type: z.literal("examine"), ...inquiry }).refine(saysSomething, ADVICE);

/** Why an interview ended. */
export const StopReason = z.enum(["gain", "confidence", "budget", "exhausted", "red-flag"]);
export type StopReason = z.infer<typeof StopReason>;

export const Conclude = z.strictObject({
  type: z.literal("conclude"),
  differential: Differential,
  /** P(the first entry is what the patient has), where it differs from that entry's place in the list. */
  confidence: z.number().min(0).max(1).optional(),
  /** How soon the person should be seen, where the agent can tell. */
  urgency: Urgency.optional(),
  /** True where the agent declines to name a leading condition: the *other* share or the doubt is too large. */
  abstained: z.boolean().default(false),
  reason: StopReason.optional(),
});

export const HandOff = z.strictObject({ type: z.literal("hand-off"), reason: z.string().min(1).max(1_000) });

export const Act = z.discriminatedUnion("type", [Ask, Examine, Conclude, HandOff]);
export type Ask = z.infer<typeof Ask>;
export type Examine = z.infer<typeof Examine>;
export type Conclude = z.infer<typeof Conclude>;
export type HandOff = z.infer<typeof HandOff>;
export type Act = z.infer<typeof Act>;

/** What is told is asked about; what is seen or measured is examined. */
export function inquiryAbout(finding: string, kind: FindingKind): Ask | Examine {
  return { type: isTold(kind) ? "ask" : "examine", finding };
}

/** Symptoms and antecedents are told by the patient; signs, tests and images are not. */
export function isTold(kind: FindingKind): boolean {
  return kind === "symptom" || kind === "antecedent";
}
