/**
 * What the clinical floor speaks of. A *finding* is something that can be known of a patient; a *condition* is a
 * label that can be diagnosed; a *knowledge base* joins both by P(finding | condition) and priors; an *observed
 * finding* is what is known of one patient: present, absent or unknown. Schemas are the boundary; types follow them.
 */
import { z } from "zod";
import { PRIOR_BANDS, PROBABILITY_BANDS, type PriorBand, type ProbabilityBand } from "./bands.ts";

/** Identifier of a finding, value, condition or rule: no white space, no `=` `<` `>` `,`, which rules and commands use. */
export const Id = z
  .string()
  .regex(/^[^\s=<>,]{1,80}$/, "an id has 1 to 80 characters without spaces, '=', '<', '>' or ','");

export const Sex = z.enum(["female", "male"]);
export type Sex = z.infer<typeof Sex>;

/** How soon a person should be seen, most urgent first. */
export const URGENCIES = ["emergency-ambulance", "emergency", "within-24-hours", "consultation", "self-care"] as const;
export const Urgency = z.enum(URGENCIES);
export type Urgency = z.infer<typeof Urgency>;

/** Age groups with their lower bound in years (a group ends where the next begins). */
export const AGE_GROUPS = { newborn: 0, infant: 28 / 365.25, child: 2, adolescent: 12, adult: 18, older: 65 } as const;
export type AgeGroup = keyof typeof AGE_GROUPS;
export const AgeGroup = z.enum(Object.keys(AGE_GROUPS) as [AgeGroup, ...AgeGroup[]]);

/** Age in years, fractions allowed. */
export const Age = z.number().min(0).max(130);

export const AgeRange = z.strictObject({ from: Age.optional(), below: Age.optional() });

export const FindingKind = z.enum(["symptom", "antecedent", "sign", "test", "image"]);
export type FindingKind = z.infer<typeof FindingKind>;

/** A probability as a number in [0, 1] or as a band. */
export const Probability = z.union([
  z.number().min(0).max(1),
  z.enum(Object.keys(PROBABILITY_BANDS) as [ProbabilityBand, ...ProbabilityBand[]]),
]);
export type Probability = z.infer<typeof Probability>;

/** A prior as a positive weight or as a band; priors are normalised over the knowledge base. */
export const Prior = z.union([
  z.number().positive().finite(),
  z.enum(Object.keys(PRIOR_BANDS) as [PriorBand, ...PriorBand[]]),
]);
export type Prior = z.infer<typeof Prior>;

/** A number for a present binary finding; a number a value for the other types. */
export const Likelihood = z.union([Probability, z.record(Id, Probability)]);
export type Likelihood = z.infer<typeof Likelihood>;

/** A value of a categorical or multiple finding, or an interval [from, below) of a numeric one. */
export const FindingValue = z.strictObject({
  id: Id,
  name: z.string().min(1),
  synonyms: z.array(z.string().min(1)).default([]),
  /** A sentence in which a patient gives this value. */
  answer: z.string().min(1).optional(),
  from: z.number().optional(),
  below: z.number().optional(),
});
export type FindingValue = z.infer<typeof FindingValue>;

export const Finding = z.strictObject({
  id: Id,
  name: z.string().min(1),
  kind: FindingKind,
  /** binary: present or absent; categorical: one value; multiple: any number of values; numeric: a number. */
  type: z.enum(["binary", "categorical", "multiple", "numeric"]),
  /** The finding without which this one is not asked. */
  parent: Id.optional(),
  /** Whom it can concern; nobody else is asked or has it. Years, `from` inclusive, `below` exclusive. */
  applies: z.strictObject({ sex: Sex.optional(), age: AgeRange.optional() }).optional(),
  question: z.string().min(1),
  synonyms: z.array(z.string().min(1)).default([]),
  answers: z
    .strictObject({ present: z.array(z.string().min(1)).default([]), absent: z.array(z.string().min(1)).default([]) })
    .optional(),
  values: z.array(FindingValue).default([]),
  /** The value that means "no": an answer of `absent` stands for it (DDXPlus: *nowhere*, *no travel*). */
  none: Id.optional(),
  unit: z.string().optional(),
  range: z.tuple([z.number(), z.number()]).optional(),
  /** P(finding | a condition that does not mention it). */
  background: Likelihood.optional(),
});
export type Finding = z.infer<typeof Finding>;

export const Condition = z.strictObject({
  id: Id,
  name: z.string().min(1),
  synonyms: z.array(z.string().min(1)).default([]),
  /** ICD-10 code, for example `J02.0`, or `J17, J18` where the source names two. */
  icd10: z.string().regex(/^[A-Z]\d{2}(\.\d{1,4})?(, [A-Z]\d{2}(\.\d{1,4})?)*$/, "an ICD-10 code such as J02.0"),
  /** 1 (worst) to 5 (mild). */
  severity: z.int().min(1).max(5),
  urgency: Urgency.optional(),
  domain: z.string().min(1),
  prior: Prior,
  /** Multipliers of the prior; a group or sex that is not named has 1, and 0 means impossible. */
  age: z.partialRecord(AgeGroup, z.number().min(0)).optional(),
  sex: z.partialRecord(Sex, z.number().min(0)).optional(),
  rationale: z.string().min(1).optional(),
  /** Present binary findings a patient would open with. */
  complaints: z.array(Id).default([]),
  findings: z.record(Id, Likelihood),
});
export type Condition = z.infer<typeof Condition>;

/** A term of a rule: `fever` (present), `rash-colour=purple`, `body-temperature>=39`, `oxygen-saturation<92`. */
export const RuleTerm = z
  .string()
  .regex(/^[^\s=<>,]+((=|>=|<)[^\s=<>,]+)?$/, "a term is FINDING, FINDING=VALUE, FINDING>=NUMBER or FINDING<NUMBER");

export const RedFlagRule = z.strictObject({
  id: Id,
  name: z.string().min(1),
  when: z.strictObject({
    all: z.array(RuleTerm).default([]),
    any: z.array(RuleTerm).optional(),
    atLeast: z.strictObject({ n: z.int().min(1), of: z.array(RuleTerm).min(1) }).optional(),
    unless: z.array(RuleTerm).optional(),
    age: AgeRange.optional(),
    sex: Sex.optional(),
  }),
  urgency: z.enum(["emergency-ambulance", "emergency", "within-24-hours"]),
  /** What the person is told. No treatment advice. */
  message: z.string().min(1),
  rationale: z.string().min(1).optional(),
});
export type RedFlagRule = z.infer<typeof RedFlagRule>;

export const KnowledgeBase = z.strictObject({
  id: Id,
  version: z.string().min(1),
  /** Where the content comes from and under which terms it may be used. */
  notice: z.string().min(1),
  findings: z.array(Finding).min(1),
  conditions: z.array(Condition).min(1),
  redFlags: z.array(RedFlagRule).default([]),
});
export type KnowledgeBase = z.infer<typeof KnowledgeBase>;

/** What is known of one finding of one patient. */
export const ObservedFinding = z.strictObject({
  finding: Id,
  state: z.enum(["present", "absent", "unknown"]),
  /** The values of a present categorical (one) or multiple (one or more) finding. */
  values: z.array(Id).min(1).optional(),
  /** The value of a present numeric finding, in the finding's unit. */
  number: z.number().finite().optional(),
});
export type ObservedFinding = z.infer<typeof ObservedFinding>;

/** What is known before the first question. It never holds the label. */
export const Intake = z.strictObject({
  age: Age.optional(),
  sex: Sex.optional(),
  /** The complaint in the patient's words. */
  complaint: z.string().max(20_000).optional(),
  findings: z.array(ObservedFinding).default([]),
});
export type Intake = z.infer<typeof Intake>;

/** Whether a finding can concern a person; what is not known of the person excludes nothing. */
export function appliesTo({ applies }: Finding, { age, sex }: Pick<Intake, "age" | "sex">): boolean {
  if (!applies) return true;
  if (applies.sex !== undefined && sex !== undefined && applies.sex !== sex) return false;
  return (
    age === undefined || (age >= (applies.age?.from ?? 0) && age < (applies.age?.below ?? Number.POSITIVE_INFINITY))
  );
}

/** The age group that `age` (years) falls into. */
export function ageGroupOf(age: number): AgeGroup {
  let group: AgeGroup = "newborn";
  for (const [name, from] of Object.entries(AGE_GROUPS)) if (age >= from) group = name as AgeGroup;
  return group;
}
