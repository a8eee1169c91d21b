/**
 * MediQ: cases as atomic facts with a question and its choices (Li et al., NeurIPS 2024, CC BY 4.0). iCraft-MD is
 * dermatology; iMedQA is general, and of its questions only those that ask for a diagnosis make cases.
 */
import { z } from "zod";
import type { Case, CaseSource, SourceOptions } from "../case.ts";
import { alternativeNames } from "../naming.ts";
import { ageFromWords, sexFromWords } from "./demographics.ts";
import { asksForDiagnosis } from "./diagnosis-questions.ts";
import { openJsonLines } from "./json-lines.ts";
import { maskLabel } from "./masking.ts";

/** Some answers end in a line break and a stray quotation mark. */
const withoutStrayQuote = (text: string): string =>
  (text.match(/"/g)?.length ?? 0) % 2 === 1 ? text.replace(/\s*"\s*$/, "") : text;

const option = z.string().trim().min(1).max(2_000);

const MediqRow = z
  .object({
    id: z.union([z.int(), z.string().min(1).max(180)]),
    question: z.string().min(1).max(5_000),
    options: z.record(z.string(), option),
    answer: option,
    /** The letter of the right option. */
    answer_idx: z.string(),
    facts: z.array(z.string().max(5_000)),
    patient: z.object({
      age: z.string().max(200).optional(),
      gender: z.string().max(200).optional(),
      gpt_specialty: z.string().trim().min(1).optional(),
    }),
  })
  .refine(({ options, answer_idx }) => Object.hasOwn(options, answer_idx), {
    path: ["answer_idx"],
    message: "is not the letter of an option",
  });
type MediqRow = z.infer<typeof MediqRow>;

export async function openMediq(file: string, options: SourceOptions = {}): Promise<CaseSource> {
  const counts = { otherQuestions: 0, withoutFacts: 0, otherNames: 0, strayQuotes: 0 };
  const toCase = (row: MediqRow): Case | undefined => {
    if (!asksForDiagnosis(row.question)) {
      counts.otherQuestions++;
      return undefined;
    }
    if (row.facts.length === 0) {
      counts.withoutFacts++;
      return undefined;
    }
    if (withoutStrayQuote(row.answer) !== row.answer) counts.strayQuotes++;
    if (row.answer !== row.options[row.answer_idx]) counts.otherNames++;
    return caseOf(row);
  };
  const repairs = (): string[] => [
    ...told(counts.otherQuestions, "questions left out: they do not ask for a diagnosis"),
    ...told(counts.withoutFacts, "cases left out: they have no facts"),
    ...told(counts.otherNames, "answers differ from the option that they mark: both names are kept"),
    ...told(counts.strayQuotes, "answers ended in a stray quotation mark"),
  ];
  const reset = (): void => {
    Object.assign(counts, { otherQuestions: 0, withoutFacts: 0, otherNames: 0, strayQuotes: 0 });
  };
  return openJsonLines({ name: `mediq:${file}`, file, row: MediqRow, toCase, repairs, reset }, options);
}

const told = (count: number, what: string): string[] => (count > 0 ? [`${count} ${what}`] : []);

function caseOf({ id, answer, answer_idx, options, facts: numbered, patient }: MediqRow): Case {
  const [name, ...choices] = [options[answer_idx]!, ...Object.values(options)].map(withoutStrayQuote) as [string];
  const otherName = withoutStrayQuote(answer);
  const facts = numbered.map(withoutNumber).filter(Boolean);
  const age = ageFromWords(patient.age ?? "");
  const sex = sexFromWords(patient.gender ?? "");
  const complaint = facts.find((fact) => !isIntroduction(fact));
  return maskLabel({
    id: patient.gpt_specialty ? `imedqa-${id}` : `icraftmd-${id}`,
    ...(age !== undefined && { age }),
    ...(sex && { sex }),
    ...(complaint && { complaint }),
    opening: [],
    findings: [],
    unlisted: "unknown",
    facts,
    measurements: [],
    attachments: [],
    label: { name, synonyms: [...alternativeNames(name), ...(otherName === name ? [] : [otherName])] },
    options: choices,
    domain: patient.gpt_specialty?.toLowerCase() ?? "dermatology",
    masked: 0,
  });
}

/** `12. The rash is painful.` and `- Age: 1 day` without what numbers them. */
const withoutNumber = (fact: string): string => fact.replace(/^\s*(?:\d+\.|[-•*])\s+/, "").trim();

/** Words that say who came, and where to, but not why. */
const INTRODUCTORY = new Set(
  `a an the is was are he she his her their patient person individual year years old yr month months week weeks day days
  man woman male female boy girl child infant newborn toddler baby adolescent teenager teen m f sex age gender ethnicity
  white black caucasian hispanic latino latina asian african american native healthy otherwise previously
  presents presented presenting comes came brought admitted seen taken to at in by for with
  emergency department room clinic clinic's hospital office physician doctor doctor's physician's family primary care
  dermatology dermatologist pediatrician mother father parents parent wife husband son daughter
  your evaluation examination routine visit follow up`.split(/\s+/),
);

/** `The patient is a 60-year-old dishwasher.` */
const WHO =
  /^(?:the |this )?(?:patient|man|woman|boy|girl|child|infant|he|she) is (?:an? )?[^,]*?\d+[- ](?:year|month|week|day)s?[- ]old[^,]*$/i;

const isIntroduction = (fact: string): boolean =>
  (WHO.test(fact) && !/\b(?:with|who|presenting|complaining)\b/i.test(fact)) ||
  fact
    .toLowerCase()
    .split(/[^\p{L}']+/u)
    .filter(Boolean)
    .every((word) => INTRODUCTORY.has(word.replace(/'s$/, "")));
