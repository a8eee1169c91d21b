/** What the tools of the MCP server take and give, and what a model that calls them is told. */
import { z } from "zod";
import { Age, Sex } from "../../../src/index.ts";
import { Audience, ConsultationId, DifferentialView, LONGEST_TEXT, LogMessage } from "../../server/protocol.ts";
import { RedFlag, Triage } from "../triage.ts";

export const INSTRUCTIONS = `Anamnesis takes a medical history by asking, and says how soon the person should be seen. It is decision support and research software: no medical device, no diagnosis, no medical advice.
Show the disclaimer and ask the person for consent before start_consultation. Then pass on each question unchanged and give the person's own words to answer, until it has ended.
If an answer holds a red flag, tell the person its message first, at once and word for word.
Pass on what the tools say; add no diagnosis, no probability, no treatment and no reassurance of your own.`;

const consultation = ConsultationId.describe("as start_consultation gave it");
const suggestions = z.array(z.string()).describe("answers to offer; other words will do too");
const text = z.string().describe("to be passed on unchanged");

export const Which = z.strictObject({ consultation });

export const Start = z.strictObject({
  consent: z.boolean().describe("that the person was shown the disclaimer and agreed to go on"),
  age: Age.optional().describe("in years"),
  sex: Sex.optional(),
  record: z
    .looseObject({ resourceType: z.literal("Bundle") })
    .optional()
    .describe("the person's existing FHIR R4 record: what it tells is not asked again"),
});

export const Started = z.strictObject({
  consultation,
  disclaimer: z.string(),
  text,
  suggestions,
  /** What was taken from the record, and what stands in it besides, for somebody to look at. */
  record: z
    .strictObject({
      findings: z.array(z.strictObject({ name: z.string(), state: z.enum(["present", "absent", "unknown"]) })),
      notUnderstood: z.array(z.strictObject({ resourceType: z.string(), place: z.string(), reason: z.string() })),
    })
    .optional(),
});

export const Say = z.strictObject({
  consultation,
  text: z.string().max(LONGEST_TEXT).describe("the person's own words"),
  id: z.string().min(1).max(64).optional().describe("yours; the same id again gets the same answer, and is said once"),
});

export const Answered = z.strictObject({
  consultation,
  text,
  suggestions,
  ended: z.boolean(),
  redFlags: z.array(RedFlag).describe("to be told before anything else"),
  repeated: z.boolean().describe("this id was answered before: this is that answer"),
});

export const Differential = z.strictObject({
  consultation,
  disclaimer: z.string(),
  ended: z.boolean(),
  differential: DifferentialView,
});

export const TriageOf = z.strictObject({ consultation, ...Triage.shape });

export const Transcript = z.strictObject({
  consultation,
  audience: Audience,
  disclaimer: z.string(),
  messages: z.array(LogMessage),
});

export const Exported = z.strictObject({
  bundle: z.looseObject({ resourceType: z.literal("Bundle"), type: z.literal("collection") }),
});

export const Deleted = z.strictObject({ consultation, deleted: z.literal(true) });
