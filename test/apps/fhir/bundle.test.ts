import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Bundle, FhirError, fhirBundle, type Resource } from "../../../apps/fhir/index.ts";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import type { ConsultationEvent, EventBody } from "../../../src/index.ts";
import { clinic } from "../../fixtures/clinic.ts";
import { speech } from "../../fixtures/consultation-events.ts";
import { base, simulated, talked, written } from "./consultations.ts";
import { faultsOf, looseReferences } from "./official.ts";

const AUDIENCES = ["clinician", "patient"] as const;

const all = (bundle: Bundle, type: string): Resource[] =>
  bundle.entry.flatMap(({ resource }) => (resource.resourceType === type ? [resource] : []));
const only = (bundle: Bundle, type: string): Resource => {
  const found = all(bundle, type);
  expect(found, type).toHaveLength(1);
  return found[0]!;
};

/** What stands at a path such as `code.coding.0.code`; `*` gathers from every element of a list. */
function at(value: unknown, path: string): unknown {
  const [first, ...rest] = path.split(".");
  if (first === undefined || first === "") return value;
  if (first === "*") return list(value).map((each) => at(each, rest.join(".")));
  return at((value as Readonly<Record<string, unknown>> | undefined)?.[first], rest.join("."));
}
const list = (value: unknown): readonly unknown[] => value as readonly unknown[];

const observation = (bundle: Bundle, finding: string): Resource =>
  all(bundle, "Observation").find((each) => list(at(each, "code.coding.*.code")).includes(finding))!;

/** Both audiences' Bundles are what R4 says, and hang together. */
function expectValid(events: readonly ConsultationEvent[]): void {
  for (const audience of AUDIENCES) {
    const bundle = fhirBundle(events, base, { audience });
    expect(faultsOf(bundle)).toEqual([]);
    expect(looseReferences(bundle)).toEqual([]);
  }
}

describe("official schema", () => {
  test("finds a member, a code, a cardinality, a reference and an invariant that R4 does not have", async () => {
    const [events] = await simulated(1);
    const spoilt = (type: string, spoil: (resource: Record<string, unknown>) => void): string => {
      const copy = structuredClone(fhirBundle(events!, base, { audience: "clinician" }));
      spoil(only(copy, type) as Record<string, unknown>);
      return faultsOf(copy).join("\n");
    };
    const device = only(fhirBundle(events!, base), "Device").id;
    const set = (name: string, value: unknown) => (resource: Record<string, unknown>) => {
      resource[name] = value;
    };
    expect(spoilt("Encounter", set("mood", 1))).toContain("R4 has no such member");
    expect(spoilt("Encounter", set("status", "over"))).toContain("over is not one of");
    expect(spoilt("RiskAssessment", (risk) => Reflect.deleteProperty(risk, "subject"))).toContain("subject");
    expect(spoilt("Encounter", set("subject", { reference: `urn:uuid:${device}` }))).toContain("Invalid reference");
    expect(spoilt("RiskAssessment", set("prediction", [{ probabilityDecimal: 101 }]))).toContain("ras-2");
  });

  test("holds for 32 simulated consultations, for both audiences", async () => {
    const consultations = await simulated(32);
    consultations.forEach(expectValid);
    const types = new Set(
      consultations.flatMap((events) =>
        fhirBundle(events, base, { audience: "clinician" }).entry.map(({ resource }) => resource.resourceType),
      ),
    );
    for (const type of ["QuestionnaireResponse", "Observation", "Condition", "RiskAssessment", "ClinicalImpression"])
      expect(types).toContain(type);
  });

  test("holds for a talk with corrections, a red flag, a hand-off, and one that was left", async () => {
    expectValid(await talked("corrected", "I have a cough and a fever", "I don't know", "Actually I have no fever"));
    expectValid(await talked("flagged", "crushing chest pain and I am in a cold sweat"));
    expectValid(await talked("crisis", "I want to kill myself"));
    expectValid(written({ type: "patient-said", text: "hello" }, { type: "abandoned", reason: "no answer" }));
    expectValid(written({ type: "abandoned", reason: "never began" }));
    expectValid(written());
  });

  test("holds whatever people type, and for events of every kind", () => {
    const word = speech.filter((text) => text.length > 0 && text.length < 1000);
    fc.assert(
      fc.property(word, word, word, (one, two, three) => {
        expectValid(everyKind(one, two, three));
      }),
      { numRuns: 40 },
    );
  });
});

/** One event of every kind, with words that nobody chose. */
function everyKind(one: string, two: string, three: string): ConsultationEvent[] {
  const bodies: EventBody[] = [
    {
      type: "opened",
      intake: { age: 0.04, sex: "male", complaint: one, findings: [{ finding: "fever", state: "present" }] },
      versions: { agent: two, "": three, knowledge: "starter/1.2.0", mark: "" },
    },
    { type: "consented", disclaimer: three },
    { type: "patient-said", text: one },
    {
      type: "attachment-received",
      attachment: {
        type: one.slice(0, 200) || "image/png",
        url: two.slice(0, 2000) || "x",
        name: three.slice(0, 200) || "y",
      },
    },
    { type: "fell-back", part: two, reason: three },
    { type: "model-called", part: two, input: 10, output: 2, cost: 0.1 },
    { type: "agent-asked", turn: 1, finding: "headache-location", text: two },
    { type: "agent-said", text: three },
    { type: "patient-said", text: two },
    { type: "finding-observed", observed: { finding: "headache-location", state: "unknown" } },
    { type: "agent-examined", turn: 2, finding: "body-temperature", text: one },
    { type: "finding-observed", observed: { finding: "body-temperature", state: "present", number: 39.2 } },
    { type: "finding-corrected", observed: { finding: "fever", state: "absent" } },
    { type: "red-flag-raised", rule: "chest-pain-with-sweating", urgency: "emergency", message: one },
    {
      type: "concluded",
      conclusion: {
        type: "conclude",
        differential: { entries: [{ condition: "stable-angina", probability: 0.625 }], other: 0.375 },
        abstained: true,
      },
      text: two,
    },
    { type: "handed-off", reason: three, text: one },
    { type: "reviewed", reviewer: two, decision: "edited", note: three },
  ];
  return written(...bodies);
}

describe("findings", () => {
  const value = (observed: Extract<EventBody, { type: "finding-observed" }>["observed"]): Resource =>
    observation(fhirBundle(written({ type: "finding-observed", observed }), base), observed.finding);

  test("absent is false, what could not be said has a reason and no value", () => {
    expect(value({ finding: "fever", state: "present" })).toMatchObject({ valueBoolean: true });
    expect(value({ finding: "fever", state: "absent" })).toMatchObject({ valueBoolean: false });
    const unknown = value({ finding: "fever", state: "unknown" });
    expect(at(unknown, "dataAbsentReason.coding.0.code")).toBe("asked-unknown");
    expect(Object.keys(unknown).filter((name) => name.startsWith("value"))).toEqual([]);
  });

  test("a measurement has LOINC and UCUM; an interval has neither", () => {
    expect(value({ finding: "body-temperature", state: "present", number: 39.2 })).toMatchObject({
      category: [{ coding: [{ code: "vital-signs" }] }],
      code: { coding: [{ system: "http://loinc.org", code: "8310-5" }, { code: "body-temperature" }] },
      valueQuantity: { value: 39.2, unit: "°C", system: "http://unitsofmeasure.org", code: "Cel" },
    });
    expect(value({ finding: "body-temperature", state: "present", values: ["fever"] })).toMatchObject({
      category: [{ coding: [{ code: "exam" }] }],
      code: { coding: [{ code: "body-temperature" }] },
      valueCodeableConcept: { coding: [{ code: "body-temperature=fever" }] },
    });
  });

  test("a vital sign is as its profile has it, known or not", () => {
    const signs = [
      "body-temperature",
      "heart-rate",
      "respiratory-rate",
      "oxygen-saturation",
      "systolic-blood-pressure",
    ];
    for (const state of ["present", "unknown"] as const) {
      const number = state === "present" ? { number: 95 } : {};
      const bodies = signs.map(
        (finding) => ({ type: "finding-observed", observed: { finding, state, ...number } }) as const,
      );
      const bundle = fhirBundle(written(...bodies), base);
      expect(faultsOf(bundle)).toEqual([]);
      const spoilt = structuredClone(bundle);
      Reflect.deleteProperty(observation(spoilt, "heart-rate"), "category");
      expect(faultsOf(spoilt).join()).toContain("Missing required property (Observation.category)");
    }
  });

  test("several values are components, one each", () => {
    const { component, valueBoolean } = value({
      finding: "abdominal-pain-location",
      state: "present",
      values: ["upper-right", "navel"],
    });
    expect(valueBoolean).toBe(true);
    expect(at(component, "*.code.coding.0.code")).toEqual([
      "abdominal-pain-location=upper-right",
      "abdominal-pain-location=navel",
    ]);
  });

  test("a correction is the latest word under the same id, and says what it was before", async () => {
    const events = await talked("corrected", "I have a cough and a fever", "no", "Actually I have no fever");
    const before = observation(fhirBundle(events.slice(0, 5), base), "fever");
    const after = observation(fhirBundle(events, base), "fever");
    expect(after.id).toBe(before.id);
    expect([before.valueBoolean, after.valueBoolean]).toEqual([true, false]);
    expect(after.note).toEqual([{ text: "Corrected. Before: present." }]);
  });
});

describe("the interview", () => {
  test("questions and answers stand as they were put, with what was understood under the words", async () => {
    const events = await talked("asked", "I have a cough", "three days");
    const { item, status } = only(fhirBundle(events, base), "QuestionnaireResponse");
    const asked = events.filter(({ type }) => type === "agent-asked") as { seq: number; text: string }[];
    expect(status).toBe("in-progress");
    expect(at(item, "*.text")).toEqual(["Opening", ...asked.map(({ text }) => text)]);
    expect(at(item, "0.answer.0")).toMatchObject({
      valueString: "I have a cough",
      item: [{ text: "cough", answer: [{ valueBoolean: true }] }],
    });
    expect(at(item, "1")).toMatchObject({ linkId: String(asked[0]!.seq), answer: [{ valueString: "three days" }] });
    expect(new Set(list(at(item, "*.linkId"))).size).toBe(list(item).length);
  });

  test("is stopped by a red flag, by a hand-off and by silence; the encounter is finished, or was none", async () => {
    const statuses = (events: ConsultationEvent[]): unknown[] => {
      const bundle = fhirBundle(events, base);
      return [only(bundle, "QuestionnaireResponse").status, only(bundle, "Encounter").status];
    };
    const [simple] = await simulated(1);
    expect(statuses(simple!.filter(({ type }) => type !== "red-flag-raised"))[1]).toBe("finished");
    expect(statuses(await talked("flagged", "crushing chest pain and I am in a cold sweat"))).toEqual([
      "stopped",
      "finished",
    ]);
    expect(statuses(written({ type: "patient-said", text: "hi" }, { type: "abandoned", reason: "left" }))).toEqual([
      "stopped",
      "finished",
    ]);
    expect(statuses(written({ type: "abandoned", reason: "left" }))).toEqual(["stopped", "cancelled"]);
  });
});

test("a picture is a document that the agent did not look at", () => {
  const attachment = { type: "image/jpeg", url: "telegram:rash", name: "rash.jpg" };
  const events = written({ type: "attachment-received", attachment });
  const bundle = fhirBundle(events, base);
  expectValid(events);
  expect(only(bundle, "DocumentReference")).toMatchObject({
    status: "current",
    description: expect.stringContaining("did not look"),
    content: [{ attachment: { contentType: "image/jpeg", url: "telegram:rash", title: "rash.jpg" } }],
  });
});

describe("a clinician", () => {
  test("gets the differential with ICD-10, the shares in per cent, and the impression that joins them", async () => {
    const events = (await simulated(3))[1]!;
    const bundle = fhirBundle(events, base, { audience: "clinician" });
    const conditions = all(bundle, "Condition");
    expect(conditions.length).toBeGreaterThan(0);
    for (const condition of conditions) {
      expect(at(condition, "verificationStatus.coding.0.code")).toBe("differential");
      expect(condition.clinicalStatus).toBeUndefined();
      const known = base.conditions.find(({ name }) => name === at(condition, "code.text"))!;
      expect(at(condition, "code.coding.0")).toEqual({ system: "http://hl7.org/fhir/sid/icd-10", code: known.icd10 });
    }
    const { prediction } = only(bundle, "RiskAssessment");
    const shares = list(at(prediction, "*.probabilityDecimal")) as readonly number[];
    expect(list(at(prediction, "*.outcome.text")).at(-1)).toBe("other or unknown");
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 0);
    const impression = only(bundle, "ClinicalImpression");
    expect(impression.finding).toHaveLength(conditions.length);
    expect(impression.summary).toContain("First in the differential:");
    expect(impression.prognosisCodeableConcept).toBeUndefined();
  });

  test("gets fall-backs, what models cost, and reviews", () => {
    const bundle = fhirBundle(everyKind("one", "two", "three"), base, { audience: "clinician" });
    expect(at(all(bundle, "AuditEvent"), "*.outcomeDesc")).toEqual(["handed-off", "two: three"]);
    expect(JSON.stringify(all(bundle, "AuditEvent")[0])).toContain('"tokens in","valueString":"10"');
    const [, review] = all(bundle, "Provenance");
    expect(review).toMatchObject({ activity: { text: "edited: three" }, agent: [{ who: { display: "two" } }] });
    expect(at(only(bundle, "Consent"), "policyRule.text")).toBe("three");
  });
});

describe("a patient", () => {
  test("gets no probabilities, no differential and no condition's name, and is the default", async () => {
    for (const events of await simulated(12)) {
      const bundle = fhirBundle(events, base);
      for (const type of ["Condition", "RiskAssessment"]) expect(all(bundle, type)).toEqual([]);
      const text = JSON.stringify(bundle.entry.filter(({ resource }) => resource.resourceType !== "Flag"));
      expect(text).not.toMatch(/probability|differential|icd-10/i);
      const concluded = events.find((event) => event.type === "concluded");
      const { condition } = concluded!.conclusion.differential.entries[0]!;
      const { name } = base.conditions.find(({ id }) => id === condition)!;
      expect(text).not.toContain(`"${name}"`);
      expect(text).not.toContain(`"${condition}"`);
    }
  });

  test("gets no fall-backs, costs or reviews", () => {
    const bundle = fhirBundle(everyKind("one", "two", "three"), base);
    expect([all(bundle, "AuditEvent").length, all(bundle, "Provenance").length]).toEqual([1, 1]);
    expect(JSON.stringify(all(bundle, "AuditEvent"))).not.toContain("tokens");
  });

  test("is told in the impression what was said at the end, and nothing else", async () => {
    const events = await talked("flagged", "crushing chest pain and I am in a cold sweat");
    const { summary } = only(fhirBundle(events, base), "ClinicalImpression");
    expect(summary).toBe((events.at(-1) as { text: string }).text);
    const { code } = only(fhirBundle(events, base, { safety: { emergencyNumber: "911" } }), "Flag");
    expect(code).toMatchObject({ coding: [{ code: "chest-pain-with-sweating" }] });
    expect(at(code, "text")).toContain("Call 911 now.");
  });
});

describe("the Bundle", () => {
  test("is the same at every export, and keeps its ids while the consultation goes on", async () => {
    const events = await talked("ids", "I have a cough", "three days");
    expect(fhirBundle(events, base)).toEqual(fhirBundle(structuredClone(events), base));
    const ids = (bundle: Bundle): string[] => bundle.entry.map(({ fullUrl }) => fullUrl);
    expect(ids(fhirBundle(events, base))).toEqual(expect.arrayContaining(ids(fhirBundle(events.slice(0, 3), base))));
    const other = events.map((event) => ({ ...event, consultation: "another" }));
    const mine = new Set(ids(fhirBundle(events, base)));
    expect(ids(fhirBundle(other, base)).filter((id) => mine.has(id))).toEqual([]);
  });

  test("carries the hash that the store has of the last event", async () => {
    const events = await talked("hash", "I have a cough");
    const store = memoryStore();
    const { head } = await store.append("hash", events, 0);
    const [provenance] = all(fhirBundle(events, base), "Provenance");
    expect(at(provenance, "entity.0.what.identifier")).toEqual({
      system: "urn:anamnesis:event-hash:sha-256",
      value: head,
    });
    await store.close();
  });

  test("refuses events of another knowledge base", async () => {
    const events = await talked("other", "I have diarrhoea");
    expect(() => fhirBundle(events, clinic)).toThrow(FhirError);
    expect(() => fhirBundle(events, clinic)).toThrow(/which the knowledge base clinic 1 does not hold/);
  });
});
