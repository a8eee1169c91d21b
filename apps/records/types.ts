/**
 * What is exported. A *record* is a consultation without who it was: redacted words, a pseudonym for its id, seconds since
 * it began for times. It is exported only where the person agreed that their redacted words may be used for training.
 */
import { z } from "zod";
import { Age, Conclude, Id, ObservedFinding, Sex } from "../../src/index.ts";

export const EXPORT_KINDS = ["transcripts", "cases"] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

/** 128 bits of an HMAC. */
export const Pseudonym = z.string().regex(/^p-[0-9a-f]{32}$/, "a pseudonym as an export gives it");

/** Ages above are all the same: there are few people of each. */
export const OLDEST = 90;

const Turn = z.strictObject({
  /** Whole seconds since the consultation began. */
  at: z.int().min(0),
  by: z.enum(["patient", "agent"]),
  text: z.string(),
  /** What an agent's question was about. */
  finding: Id.optional(),
  /** What was understood of a patient's words. */
  observed: z.array(ObservedFinding).optional(),
});

export const DialogueRecord = z.strictObject({
  id: Pseudonym,
  age: Age.optional(),
  sex: Sex.optional(),
  versions: z.record(z.string(), z.string()),
  /** Known before the first question. */
  findings: z.array(ObservedFinding),
  turns: z.array(Turn),
  redFlags: z.array(Id),
  conclusion: Conclude.optional(),
  ended: z.enum(["concluded", "handed-off", "abandoned"]).optional(),
  review: z
    .strictObject({
      decision: z.enum(["confirmed", "edited"]),
      conclusion: Conclude.optional(),
      note: z.string().optional(),
      summary: z.string().optional(),
    })
    .optional(),
  /** How many pieces were taken out of the words above. */
  redactions: z.int().min(0),
});
export type DialogueRecord = z.infer<typeof DialogueRecord>;

/** Why a consultation is not in an export. */
export const LEFT_OUT = {
  "not-agreed": "the person did not agree to training",
  "not-reviewed": "no clinician confirmed or edited it",
  "no-condition": "the review names no condition of the knowledge base",
  "other-findings":
    "has findings or conditions that the knowledge base does not have; another is named with --knowledge",
  altered: "is not what was stored; `anamnesis audit` says more",
} as const;
export type LeftOut = keyof typeof LEFT_OUT;
