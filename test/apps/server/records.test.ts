/** A person's existing record before the first question, and the consultation as a record afterwards. */
import { describe, expect, test } from "vitest";
import { faultsOf } from "../fhir/official.ts";
import { serving } from "./serving.ts";

const record = (...resources: object[]) => ({
  resourceType: "Bundle",
  type: "collection",
  entry: resources.map((resource) => ({ resource })),
});
const patient = { resourceType: "Patient", id: "p", gender: "female", birthDate: "1980-01-10" };
const diabetes = { resourceType: "Condition", code: { text: "Type 2 diabetes mellitus" } };
const fracture = { resourceType: "Condition", code: { text: "Fracture of wrist" } };

const post = async (url: string, body: object) => {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
};

describe("an existing record", () => {
  test("is known before the first question, and what is not understood is told", async () => {
    const { url } = await serving({ audience: "clinician" });
    const given = { consent: true, record: record(patient, diabetes, fracture) };
    const { status, body } = await post(`${url}/v1/consultations`, given);
    expect(status).toBe(201);
    expect(body.record).toMatchObject({
      findings: [{ finding: "diabetes", state: "present" }],
      notUnderstood: [{ place: "entry[2]", resourceType: "Condition", text: "Fracture of wrist" }],
    });
    expect(body.messages[0]).toMatchObject({ sex: "female", age: expect.any(Number) });
    const { events } = await (await fetch(`${url}/v1/consultations/${body.consultation}/transcript`)).json();
    expect(events[0].event.intake.findings).toEqual([{ finding: "diabetes", state: "present" }]);
  });

  test("gives way to what is said by hand", async () => {
    const { url } = await serving();
    const { body } = await post(`${url}/v1/consultations`, { consent: true, age: 30, record: record(patient) });
    expect(body.messages[0]).toMatchObject({ sex: "female", age: 30 });
  });

  test("of several people, or that is none, is refused, and nothing is opened", async () => {
    const { url } = await serving();
    const several = record(patient, { ...patient, id: "q" });
    for (const wrong of [several, { resourceType: "Patient" }, { entry: 3 }]) {
      const { status, body } = await post(`${url}/v1/consultations`, { consent: true, record: wrong });
      expect({ status, code: body.error.code }).toEqual({ status: 400, code: "bad-message" });
    }
  });
});

describe("the consultation as a record", () => {
  test("is a valid Bundle of its audience, for its owner alone", async () => {
    const { url } = await serving({ audience: "clinician" });
    const { body } = await post(`${url}/v1/consultations`, { consent: true, age: 30 });
    const at = `${url}/v1/consultations/${body.consultation}`;
    const attachments = [{ type: "image/jpeg", url: "https://clinic.example/rash" }];
    await post(`${at}/messages`, { text: "I have a rash and a fever", attachments });
    const bundle = await (await fetch(`${at}/fhir`)).json();
    expect(faultsOf(bundle)).toEqual([]);
    const types = bundle.entry.map(({ resource }: { resource: { resourceType: string } }) => resource.resourceType);
    expect(types).toEqual(expect.arrayContaining(["Encounter", "Observation", "DocumentReference", "Consent"]));
    expect((await fetch(`${url}/v1/consultations/${"0".repeat(16)}-nobody/fhir`)).status).toBe(404);
  });
});
