/**
 * What the stateless API takes and gives, as schemas, in the names that integrators of symptom checkers know. *Evidence* is
 * what is known of a person, sent anew with every request; an evidence id is a finding's, or FINDING=VALUE for one value.
 */
import { z } from "zod";
import { FindingKind, Id, Sex } from "../../src/index.ts";
import { LONGEST_TEXT } from "../server/protocol.ts";

export const ChoiceId = z.enum(["present", "absent", "unknown"]);
export type ChoiceId = z.infer<typeof ChoiceId>;

/** Where an item comes from. `initial` and `predefined` were not asked for; an item without a source answers a question. */
export const Source = z.enum(["initial", "predefined", "question", "suggest", "red_flags"]);

export const EvidenceId = z
  .string()
  .regex(/^[^\s=<>,]{1,80}(=[^\s=<>,]{1,80})?$/, "an evidence id is FINDING, or FINDING=VALUE");

export const EvidenceItem = z.strictObject({
  id: EvidenceId,
  choice_id: ChoiceId,
  source: Source.optional(),
  /** Values of a present categorical (one) or multiple (one or more) finding. */
  values: z.array(Id).min(1).max(200).optional(),
  /** Of a present numeric finding, in its unit. */
  number: z.number().optional(),
});
export type EvidenceItem = z.infer<typeof EvidenceItem>;

const MONTHS = 12;
const OLDEST_YEARS = 130;
export const WireAge = z
  .strictObject({
    value: z
      .number()
      .min(0)
      .max(OLDEST_YEARS * MONTHS),
    unit: z.enum(["year", "month"]).default("year"),
  })
  .refine((age) => yearsOf(age) <= OLDEST_YEARS, { path: ["value"], message: "130 years at most" });

export function yearsOf({ value, unit }: { readonly value: number; readonly unit: "year" | "month" }): number {
  return unit === "month" ? value / MONTHS : value;
}

export const Extras = z.strictObject({
  /** `record`: go on asking after a red flag. For clinicians. Default: `stop`. */
  on_red_flag: z.enum(["stop", "record"]).optional(),
});

const person = { sex: Sex, age: WireAge };
const interview = { ...person, evidence: z.array(EvidenceItem).max(1_000), extras: Extras.optional() };

export const DiagnosisRequest = z.strictObject(interview);
export type DiagnosisRequest = z.infer<typeof DiagnosisRequest>;

export const ParseRequest = z.strictObject({
  ...person,
  text: z.string().max(LONGEST_TEXT),
  /** Ids of what is known to be present: what the text may correct or add to. */
  context: z.array(EvidenceId).max(1_000).default([]),
  /** The finding that was asked about, where the text is an answer. */
  asked: Id.optional(),
});
export type ParseRequest = z.infer<typeof ParseRequest>;

export const SuggestRequest = z.strictObject({
  ...interview,
  /** `telling`: what would tell most; the others: what is likelier in this person than in others. */
  suggest_method: z.enum(["symptoms", "risk_factors", "red_flags", "telling"]).default("symptoms"),
  max_results: z.int().min(1).max(50).default(8),
});
export type SuggestRequest = z.infer<typeof SuggestRequest>;

export const ExplainRequest = z.strictObject({ ...interview, target: Id });
export type ExplainRequest = z.infer<typeof ExplainRequest>;

export const TriageLevel = z.enum(["emergency_ambulance", "emergency", "consultation_24", "consultation", "self_care"]);
export type TriageLevel = z.infer<typeof TriageLevel>;

/** A rule that holds, and what the person is told. */
export const RaisedFlag = z.strictObject({ id: Id, triage_level: TriageLevel, message: z.string() });
export type RaisedFlag = z.infer<typeof RaisedFlag>;

const measure = { values: z.array(Id).optional(), number: z.number().optional() };

export const Mention = z.strictObject({
  id: Id,
  name: z.string(),
  type: FindingKind,
  choice_id: ChoiceId,
  ...measure,
  unit: z.string().optional(),
});
export type Mention = z.infer<typeof Mention>;

export const ParseAnswer = z.strictObject({
  mentions: z.array(Mention),
  /** Nothing that the findings' own words speak of was left over, nothing was guessed. Where false, let the person confirm. */
  obvious: z.boolean(),
  /** What kind of message it is. */
  intent: z.enum(["answer", "question", "small-talk", "crisis", "other-language", "empty", "too-long"]),
  /** Understood, and impossible in this person: it is no evidence. */
  rejected: z.array(z.strictObject({ id: Id, name: z.string(), reason: z.string() })),
  /** Raised by the mentions and the context together. Show them at once. */
  red_flags: z.array(RaisedFlag),
  /** There where the text speaks of suicide or self-harm. Show it at once, and stop asking. */
  crisis: z.strictObject({ text: z.string() }).optional(),
  disclaimer: z.string(),
});
export type ParseAnswer = z.infer<typeof ParseAnswer>;

export const Question = z.strictObject({
  /** `single`: one item; `group_single`: one of the items holds; `group_multiple`: any number of them. */
  type: z.enum(["single", "group_single", "group_multiple"]),
  text: z.string(),
  items: z.array(
    z.strictObject({
      id: EvidenceId,
      name: z.string(),
      choices: z.array(z.strictObject({ id: ChoiceId, label: z.string() })),
      /** Of a measurement: send it as `number` with the choice `present`. */
      number: z
        .strictObject({ unit: z.string().optional(), min: z.number().optional(), max: z.number().optional() })
        .optional(),
    }),
  ),
  /** Why it is asked, in words for a patient. */
  explanation: z.string(),
});
export type Question = z.infer<typeof Question>;

export const RankedCondition = z.strictObject({ id: Id, name: z.string(), probability: z.number() });

export const DiagnosisAnswer = z.strictObject({
  /** Null where there is nothing more to ask. */
  question: Question.nullable(),
  /** For clinicians: those of 1 % or more, twelve at most. */
  conditions: z.array(RankedCondition).optional(),
  /** For clinicians: the share of everything not listed. */
  other_probability: z.number().optional(),
  should_stop: z.boolean(),
  /** A red flag of the level emergency or above holds. */
  has_emergency_evidence: z.boolean(),
  red_flags: z.array(RaisedFlag),
  disclaimer: z.string(),
});
export type DiagnosisAnswer = z.infer<typeof DiagnosisAnswer>;

export const TriageAnswer = z.strictObject({
  triage_level: TriageLevel,
  /** Why: a rule; what the evidence makes likely; or nothing points one way, and somebody should look at it. */
  root_cause: z.enum(["red_flag", "differential", "undetermined"]),
  /** The evidence behind a level of consultation_24 or above. */
  serious: z.array(z.strictObject({ id: Id, name: z.string(), choice_id: ChoiceId, is_emergency: z.boolean() })),
  red_flags: z.array(RaisedFlag),
  /** What to do next, in words for a patient. */
  text: z.string(),
  /** Whether the interview is over; until then the level is preliminary. */
  should_stop: z.boolean(),
  disclaimer: z.string(),
});
export type TriageAnswer = z.infer<typeof TriageAnswer>;

export const Suggestion = z.strictObject({ id: Id, name: z.string(), question: z.string() });
export const SuggestAnswer = z.array(Suggestion);
export type SuggestAnswer = z.infer<typeof SuggestAnswer>;

export const WeighedEvidence = z.strictObject({
  id: Id,
  name: z.string(),
  choice_id: ChoiceId,
  ...measure,
  /** ln P(answer | condition) / P(answer), in nats. */
  weight: z.number(),
});
export type WeighedEvidence = z.infer<typeof WeighedEvidence>;

export const ExplainAnswer = z.strictObject({
  target: z.strictObject({ id: Id, name: z.string(), probability: z.number() }),
  supporting_evidence: z.array(WeighedEvidence),
  conflicting_evidence: z.array(WeighedEvidence),
  /** Not known yet, and what it would weigh if it were present. */
  unconfirmed_evidence: z.array(WeighedEvidence),
  disclaimer: z.string(),
});
export type ExplainAnswer = z.infer<typeof ExplainAnswer>;

export const FindingEntry = z.strictObject({
  id: Id,
  name: z.string(),
  type: FindingKind,
  /** What evidence of it holds: nothing more, one value, several, a number. */
  answer: z.enum(["binary", "categorical", "multiple", "numeric"]),
  /** The finding that it is a detail of. */
  parent_id: Id.optional(),
  values: z.array(z.strictObject({ id: Id, name: z.string() })).optional(),
  unit: z.string().optional(),
  range: z.tuple([z.number(), z.number()]).optional(),
  sex_filter: z.enum(["female", "male", "both"]),
  /** Years, `from` inclusive, `below` exclusive. */
  age_filter: z.strictObject({ from: z.number().optional(), below: z.number().optional() }).optional(),
});
export const Findings = z.array(FindingEntry);
export const ConditionEntry = z.strictObject({
  id: Id,
  name: z.string(),
  /** 1 (worst) to 5. */
  severity: z.int(),
  triage_level: TriageLevel.optional(),
  extras: z.strictObject({ icd10_code: z.string() }),
});
export const Conditions = z.array(ConditionEntry);
