/**
 * Public codes to the starter's findings, for reading a record. Few on purpose: a code that covers more than the finding
 * is left out. Authored for this project, not clinically reviewed.
 */

/** ICD-10 categories, or codes, by antecedent. */
const ICD10_OF: Readonly<Record<string, readonly string[]>> = {
  diabetes: ["E10", "E11", "E12", "E13", "E14"],
  "high-blood-pressure": ["I10", "I11", "I12", "I13", "I15"],
  "high-cholesterol": ["E78.0", "E78.2", "E78.5"],
  obesity: ["E66"],
  "heart-disease": ["I20", "I25", "I42", "I50"],
  "irregular-pulse-known": ["I48"],
  "valve-disease": ["I05", "I06", "I07", "I08", "I34", "I35", "I36", "I37", "Z95.2", "Z95.3", "Z95.4"],
  "chronic-lung-disease": ["J43", "J44", "J47", "J84"],
  "previous-clot": ["I26", "I80.1", "I80.2", "I82"],
  "immune-suppression": ["B20", "B21", "B22", "B23", "B24", "D80", "D81", "D82", "D83", "D84", "Z94"],
  "autoimmune-disease": ["K50", "K51", "M05", "M06", "M32", "M34", "M35.0"],
  "stone-before": ["K80", "N20"],
  "heavy-alcohol": ["F10.2"],
};

/** C00 to C97, without the skin cancers that are cut out and forgotten. */
const CANCER = /^C(?!44)([0-8]\d|9[0-7])/;

/** What counts though it is over: the question is whether it ever was. */
export const EVER: ReadonlySet<string> = new Set([
  "previous-clot",
  "cancer-history",
  "stone-before",
  "abdominal-surgery",
]);

/** Diagnoses and habits that last, which a problem list may name. What passes (pregnancy, an injury) must be asked. */
export const LASTING: ReadonlySet<string> = new Set([
  ...Object.keys(ICD10_OF),
  ...EVER,
  ...["smoking", "injects-drugs", "inhaler-user", "atopy"],
]);

/** Findings that taking a medicine is. Not those that a medicine only hints at: metformin is no proof of diabetes. */
export const OF_MEDICINES: ReadonlySet<string> = new Set([
  "anticoagulant-use",
  "nsaid-use",
  "ace-inhibitor",
  "oestrogen-use",
]);

/** The antecedents that an ICD-10 code stands for. */
export function findingsOfIcd10(code: string): string[] {
  const dotted = /^[A-Z]\d{3,}/.test(code) ? `${code.slice(0, 3)}.${code.slice(3)}` : code;
  const named = Object.entries(ICD10_OF).flatMap(([finding, codes]) =>
    codes.some((each) => dotted.startsWith(each)) ? [finding] : [],
  );
  return CANCER.test(dotted) ? [...named, "cancer-history"] : named;
}

export const ICD10_SYSTEMS: ReadonlySet<string> = new Set([
  "http://hl7.org/fhir/sid/icd-10",
  "http://hl7.org/fhir/sid/icd-10-cm",
  "http://fhir.de/CodeSystem/bfarm/icd-10-gm",
]);

/** A measurement by LOINC: the finding, and from each unit (UCUM) into the finding's own. */
interface Read {
  readonly finding: string;
  readonly from: Readonly<Record<string, (value: number) => number>>;
}

const same = (value: number): number => value;
const celsius = { Cel: same, "[degF]": (f: number) => ((f - 32) * 5) / 9 };
const pulse = { "/min": same, "{beats}/min": same };
const breaths = { "/min": same, "{breaths}/min": same };
const percent = { "%": same };
const haemoglobin = { "g/L": same, "g/dL": (value: number) => value * 10 };
const crp = { "mg/L": same, "mg/dL": (value: number) => value * 10 };
/** 180.16 g/mol. */
const glucose = { "mmol/L": same, "mg/dL": (value: number) => value / 18.016 };
const thyrotropin = { "m[IU]/L": same, "u[IU]/mL": same, "mU/L": same };

export const READ_LOINC: Readonly<Record<string, Read>> = {
  "8310-5": { finding: "body-temperature", from: celsius },
  "8331-1": { finding: "body-temperature", from: celsius },
  "8867-4": { finding: "heart-rate", from: pulse },
  "9279-1": { finding: "respiratory-rate", from: breaths },
  "8480-6": { finding: "systolic-blood-pressure", from: { "mm[Hg]": same } },
  "2708-6": { finding: "oxygen-saturation", from: percent },
  "59408-5": { finding: "oxygen-saturation", from: percent },
  "1988-5": { finding: "c-reactive-protein", from: crp },
  "718-7": { finding: "haemoglobin", from: haemoglobin },
  "15074-8": { finding: "blood-glucose", from: glucose },
  "2339-0": { finding: "blood-glucose", from: glucose },
  "3016-3": { finding: "thyroid-stimulating-hormone", from: thyrotropin },
};

export const AGE_LOINC = "30525-0";
export const SMOKING_LOINC = "72166-2";
