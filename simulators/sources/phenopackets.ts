/**
 * Published rare-disease patients, one slimmed phenopacket a line: HPO terms observed and excluded, disease, age, sex
 * (Monarch Initiative, phenopacket-store, BSD-3-Clause). What a report does not mention is unknown, not absent.
 */
import { z } from "zod";
import { Id, type ObservedFinding } from "../../src/index.ts";
import type { Case, CaseSource, SourceOptions } from "../case.ts";
import { CaseError } from "../errors.ts";
import { ageFromDuration } from "./demographics.ts";
import { openJsonLines } from "./json-lines.ts";
import { maskLabel } from "./masking.ts";

const Phenopacket = z.object({
  id: z.string().min(1).max(180),
  subject: z.object({
    sex: z.enum(["FEMALE", "MALE", "OTHER_SEX", "UNKNOWN_SEX"]).optional(),
    /** Other forms than an age (a gestational age, a life stage) leave the age unknown. */
    timeAtLastEncounter: z.looseObject({ age: z.object({ iso8601duration: z.string() }).optional() }).optional(),
  }),
  features: z.array(z.object({ id: Id, label: z.string().trim().min(1), excluded: z.boolean().default(false) })).min(1),
  disease: z.object({ id: Id, label: z.string().trim().min(1).max(300) }),
});
type Phenopacket = z.infer<typeof Phenopacket>;

export async function openPhenopackets(file: string, options: SourceOptions = {}): Promise<CaseSource> {
  let mended = 0;
  const toCase = (row: Phenopacket): Case => {
    const name = withoutStrayBracket(row.disease.label);
    if (name !== row.disease.label) mended++;
    return caseOf(row, name);
  };
  const repairs = (): string[] => (mended > 0 ? [`${mended} disease names ended in a stray bracket`] : []);
  const reset = (): void => {
    mended = 0;
  };
  const name = `phenopackets:${file}`;
  return openJsonLines({ name, file, row: Phenopacket, toCase, repairs, reset }, options);
}

/** The first observed feature is what the patient opens with. */
function caseOf({ id, subject, features, disease }: Phenopacket, name: string): Case {
  const age = readAge(subject.timeAtLastEncounter?.age?.iso8601duration);
  const complaint = features.find(({ excluded }) => !excluded);
  return maskLabel({
    id: `phenopacket-${id}`,
    ...(age !== undefined && { age }),
    ...(subject.sex === "FEMALE" && { sex: "female" }),
    ...(subject.sex === "MALE" && { sex: "male" }),
    ...(complaint && { complaint: `${complaint.label}.` }),
    opening: complaint ? [complaint.id] : [],
    findings: observations(features),
    unlisted: "unknown",
    facts: features.map(({ label, excluded }) => (excluded ? `No ${withoutCapital(label)}.` : `${label}.`)),
    measurements: [],
    attachments: [],
    label: { name, synonyms: [disease.id] },
    options: [],
    masked: 0,
  });
}

function observations(features: Phenopacket["features"]): ObservedFinding[] {
  const observed = new Map<string, ObservedFinding>();
  features.forEach(({ id, label, excluded }, i) => {
    const state = excluded ? "absent" : "present";
    const before = observed.get(id);
    if (before && before.state !== state) {
      const place = { field: `features[${i}]` };
      throw new CaseError("contradiction", `${label} (${id}) is both observed and excluded`, { place });
    }
    observed.set(id, { finding: id, state });
  });
  return [...observed.values()];
}

function readAge(duration: string | undefined): number | undefined {
  if (duration === undefined) return undefined;
  const age = ageFromDuration(duration);
  if (age !== undefined) return age;
  const place = { field: "subject.timeAtLastEncounter.age.iso8601duration" };
  throw new CaseError("bad-value", `"${duration}" is not a duration such as P6Y or P1Y6M`, { place });
}

const withoutStrayBracket = (name: string): string => (name.includes("[") ? name : name.replace(/\s*\]$/, ""));

/** `Trigonocephaly` as within a sentence; abbreviations such as `EEG` keep their capitals. */
const withoutCapital = (label: string): string =>
  /^\p{Lu}\p{Ll}/u.test(label) ? label[0]!.toLowerCase() + label.slice(1) : label;
