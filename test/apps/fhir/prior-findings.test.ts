import { describe, expect, test } from "vitest";
import { FhirError, fhirBundle, priorFindings } from "../../../apps/fhir/index.ts";
import { buildLexicon, Intake, replay } from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";
import { base, simulated, written } from "./consultations.ts";

const lexicon = buildLexicon(base.findings);
const asOf = new Date("2026-01-10T12:00:00Z");
const LOINC = "http://loinc.org";
const UCUM = "http://unitsofmeasure.org";
const TODAY = "2026-01-10T08:00:00Z";

const record = (...resources: object[]) => ({
  resourceType: "Bundle",
  type: "collection",
  entry: resources.map((resource) => ({ resource })),
});
const read = (...resources: object[]) => priorFindings(record(...resources), base, { asOf, lexicon });
/** What is known, as `finding:state`, and why what is not known is not. */
const told = (...resources: object[]): string[] => {
  const { findings, notUnderstood } = read(...resources);
  return [
    ...findings.map(({ finding, state, number }) => `${finding}:${number ?? state}`),
    ...notUnderstood.map(({ reason }) => reason),
  ];
};

const condition = (code: object, more: object = {}) => ({ resourceType: "Condition", code, ...more });
const named = (text: string, more: object = {}) => condition({ text }, more);
const icd10 = (code: string, more: object = {}) =>
  condition({ coding: [{ system: "http://hl7.org/fhir/sid/icd-10-cm", code }] }, more);
const status = (code: string) => ({ coding: [{ code }] });
const measured = (code: string, value: number, unit: string, effectiveDateTime = TODAY) => ({
  resourceType: "Observation",
  status: "final",
  code: { coding: [{ system: LOINC, code }] },
  effectiveDateTime,
  valueQuantity: { value, system: UCUM, code: unit },
});
const medicine = (text: string, more: object = {}) => ({
  resourceType: "MedicationStatement",
  status: "active",
  medicationCodeableConcept: { text },
  ...more,
});

test("a record becomes an intake: who the person is, what is known, and what nobody read", () => {
  const prior = read(
    { resourceType: "Patient", id: "p", gender: "female", birthDate: "1980-01-10" },
    named("Type 2 diabetes mellitus", { subject: { reference: "Patient/p" } }),
    measured("8310-5", 101.3, "[degF]"),
    medicine("Warfarin 5 MG oral tablet"),
    named("Fracture of wrist"),
    { resourceType: "AllergyIntolerance", code: { text: "Penicillin" } },
  );
  expect(prior).toEqual({
    sex: "female",
    age: 46,
    findings: [
      { finding: "diabetes", state: "present" },
      { finding: "body-temperature", state: "present", number: 38.5 },
      { finding: "anticoagulant-use", state: "present" },
    ],
    notUnderstood: [
      { place: "entry[4]", resourceType: "Condition", text: "Fracture of wrist", reason: "no-finding" },
      { place: "entry[5]", resourceType: "AllergyIntolerance", text: "Penicillin", reason: "unread-type" },
    ],
  });
  const { notUnderstood, ...intake } = prior;
  expect(Intake.parse(intake)).toEqual(intake);
});

describe("diagnoses", () => {
  test("count by ICD-10, with and without its point", () => {
    expect(told(icd10("E11.9"), icd10("I10"), icd10("C50.912"), icd10("J449"))).toEqual([
      "diabetes:present",
      "high-blood-pressure:present",
      "cancer-history:present",
      "chronic-lung-disease:present",
    ]);
    expect(told(icd10("C44.91"), icd10("S52.5"), icd10(""))).toEqual(["no-finding", "no-finding", "no-finding"]);
  });

  test("count by name only where it is one, word for word", () => {
    const known = {
      "Essential hypertension": "high-blood-pressure",
      Asthma: "inhaler-user",
      Hyperlipidemia: "high-cholesterol",
    };
    for (const [name, finding] of Object.entries({ ...known, "Atrial fibrillation": "irregular-pulse-known" }))
      expect(told(named(name)), name).toEqual([`${finding}:present`]);
    for (const name of [
      "Family history of diabetes",
      "Gestational diabetes",
      "Diabetes insipidus",
      "No diabetes",
      "Not diabetic",
      "Suspected asthma",
      "Fear of asthma",
      "Screening for cancer",
      "Normal pregnancy",
      "Pregnancy",
      "Chest pain",
    ])
      expect(told(named(name)), name).toEqual(["no-finding"]);
  });

  test("that are over, suspected or wrong do not count, unless having had them is what is asked", () => {
    expect(told(icd10("I10", { clinicalStatus: status("resolved") }))).toEqual(["not-current"]);
    expect(told(icd10("I10", { abatementDateTime: "2020" }))).toEqual(["not-current"]);
    expect(told(icd10("C50.9", { clinicalStatus: status("remission") }))).toEqual(["cancer-history:present"]);
    for (const code of ["unconfirmed", "provisional", "differential", "entered-in-error"])
      expect(told(icd10("I10", { verificationStatus: status(code) }))).toEqual(["not-certain"]);
    expect(told(icd10("I10", { verificationStatus: status("refuted") }))).toEqual(["high-blood-pressure:absent"]);
  });

  test("that contradict each other are both left out", () => {
    const refuted = { verificationStatus: status("refuted") };
    expect(told(icd10("I10"), named("Hypertension", refuted))).toEqual(["contradicted", "contradicted"]);
    expect(told(icd10("I10"), named("Hypertension"))).toEqual(["high-blood-pressure:present"]);
  });
});

describe("observations", () => {
  test("are converted where the unit is known, and left out where it is not or cannot be", () => {
    expect(told(measured("718-7", 13.2, "g/dL"))).toEqual(["haemoglobin:132"]);
    expect(told(measured("15074-8", 99, "mg/dL"))).toEqual(["blood-glucose:5.5"]);
    expect(told(measured("8867-4", 80, "{furlongs}"))).toEqual(["unit"]);
    expect(told(measured("8310-5", 385, "Cel"))).toEqual(["range"]);
  });

  test("count while they are current, the latest of a measurement", () => {
    expect(told(measured("8867-4", 70, "/min", "2026-01-10T07:00:00Z"), measured("8867-4", 90, "/min"))).toEqual([
      "heart-rate:90",
    ]);
    expect(told(measured("8867-4", 70, "/min", "2026-01-08"))).toEqual(["old"]);
    expect(told({ ...measured("8867-4", 70, "/min"), effectiveDateTime: undefined })).toEqual(["undated"]);
    expect(priorFindings(record(measured("8867-4", 70, "/min")), base, { lexicon }).findings).toEqual([]);
    expect(told({ ...measured("8867-4", 70, "/min"), status: "entered-in-error" })).toEqual(["not-certain"]);
  });

  test("of a panel count one by one", () => {
    const { valueQuantity, code } = measured("8480-6", 142, "mm[Hg]");
    const panel = { coding: [{ system: LOINC, code: "85354-9" }] };
    const observation = { resourceType: "Observation", status: "final", code: panel, effectiveDateTime: TODAY };
    expect(told({ ...observation, component: [{ code, valueQuantity }] })).toEqual(["systolic-blood-pressure:142"]);
  });

  test("by name are there or not there; a test's name is no result", () => {
    const observation = (text: string, more: object) => ({
      resourceType: "Observation",
      status: "final",
      code: { text },
      effectiveDateTime: TODAY,
      ...more,
    });
    expect(told(observation("Fever", { valueBoolean: true }))).toEqual(["fever:present"]);
    expect(told(observation("Fever", { valueCodeableConcept: { text: "No" } }))).toEqual(["fever:absent"]);
    expect(told(observation("Fever", { valueString: "perhaps" }))).toEqual(["no-value"]);
    expect(told(observation("raised troponin", { valueBoolean: true }))).toEqual(["no-finding"]);
  });

  test("of smoking count for as long as a habit does; who smoked once is asked", () => {
    const smoking = (text: string, effectiveDateTime = "2025-03-01") => ({
      resourceType: "Observation",
      status: "final",
      code: { coding: [{ system: LOINC, code: "72166-2" }] },
      effectiveDateTime,
      valueCodeableConcept: { text },
    });
    expect(told(smoking("Current every day smoker"))).toEqual(["smoking:present"]);
    expect(told(smoking("Never smoker"))).toEqual(["smoking:absent"]);
    for (const text of ["Former smoker", "Smoker, current status unknown", "Unknown if ever smoked"])
      expect(told(smoking(text)), text).not.toContain("smoking:absent");
    expect(told(smoking("Former smoker"))).toEqual(["no-value"]);
    expect(told(smoking("Never smoker", "2020-01-01"))).toEqual(["old"]);
  });
});

describe("medicines", () => {
  test("count where taking them is the finding, not where they hint at one", () => {
    expect(told(medicine("Apixaban"), medicine("ibuprofen 400 mg"), medicine("Lisinopril 10 MG Oral Tablet"))).toEqual([
      "anticoagulant-use:present",
      "nsaid-use:present",
      "ace-inhibitor:present",
    ]);
    expect(told(medicine("Metformin 500 mg"), medicine("Salbutamol"))).toEqual(["no-finding", "no-finding"]);
  });

  test("that are not taken do not count; one may be named by reference", () => {
    expect(told(medicine("Warfarin", { status: "completed" }))).toEqual(["not-current"]);
    const { medicationCodeableConcept, ...bare } = medicine("");
    const reference = { medicationReference: { reference: "Medication/m" } };
    const medication = { resourceType: "Medication", id: "m", code: { text: "warfarin" } };
    expect(told({ ...bare, ...reference }, medication)).toEqual(["anticoagulant-use:present"]);
  });
});

describe("the person", () => {
  test("is one; what is of somebody else is left out", () => {
    const patient = (id: string) => ({ resourceType: "Patient", id });
    expect(() => read(patient("a"), patient("b"))).toThrow(FhirError);
    expect(told(patient("a"), icd10("I10", { subject: { reference: "Patient/b" } }))).toEqual(["another-subject"]);
    const of = (id: string) => ({ subject: { reference: `Patient/${id}` } });
    expect(() => read(icd10("I10", of("a")), icd10("E11", of("b")))).toThrow(/several people/);
  });

  test("has an age where the birth date says it, and findings that can concern such a person", () => {
    expect(read({ resourceType: "Patient", birthDate: "2025-07-10" }).age).toBeCloseTo(0.5, 1);
    expect(told({ resourceType: "Patient", birthDate: "2025" })).toEqual(["undated"]);
    expect(told({ resourceType: "Patient", gender: "male" }, medicine("Microgynon"))).toEqual(["not-applicable"]);
  });

  test("is not guessed from what is no Bundle", () => {
    for (const wrong of [undefined, "text", [], { resourceType: "Patient" }, { resourceType: "Bundle", entry: 3 }])
      expect(() => priorFindings(wrong, base, { lexicon })).toThrow(FhirError);
    expect(told({ resourceType: "Observation" }, { resourceType: "Condition", code: 3 })).toEqual([
      "malformed",
      "malformed",
    ]);
  });
});

test("an export that comes back says what was known; the differential is nobody's history", async () => {
  const reasons: Record<string, string> = { Condition: "not-certain", Observation: "no-value" };
  for (const events of await simulated(12)) {
    const { intake, findings } = replay(events);
    const prior = priorFindings(fhirBundle(events, base, { audience: "clinician" }), base, { lexicon });
    expect(prior.findings).toEqual([...findings.values()].filter(({ state }) => state !== "unknown"));
    expect([prior.age, prior.sex]).toEqual([intake.age, intake.sex]);
    for (const { resourceType, reason } of prior.notUnderstood)
      expect(reason, resourceType).toBe(reasons[resourceType] ?? "unread-type");
  }
});

test("another knowledge base's codes say nothing; its names may", () => {
  const say = (finding: string): string[] => {
    const events = written({ type: "finding-observed", observed: { finding, state: "present" } });
    return priorFindings(fhirBundle(events, base), clinic).findings.map((observed) => observed.finding);
  };
  expect(say("diabetes")).toEqual([]);
  expect(say("smoking")).toEqual(["smoker"]);
});
