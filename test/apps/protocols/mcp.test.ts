/** Consultations as MCP tools, as the protocol's own client meets them over HTTP. */
import { describe, expect, test } from "vitest";
import { memoryStore } from "../../../apps/server/stores/memory.ts";
import { surgery } from "./holders.ts";
import { call, type Era, overHttp, refused, started, textOf, told, untilTheEnd } from "./mcp-client.ts";

const PATIENT_TOOLS = [
  "answer",
  "delete_consultation",
  "export_fhir",
  "read_transcript",
  "start_consultation",
  "triage",
];
const COMPLAINT = "I have a runny nose and a cough";
const EMERGENCY = "I have crushing chest pain going into my left arm and I am sweating";

describe.each<Era>(["2025", "2026"])("MCP as of %s", (era) => {
  test("says what this is and what it can do", async () => {
    const { url, tokens } = await surgery();
    const client = await overHttp(url, tokens.ann, era);
    expect(client.getInstructions()).toMatch(/no diagnosis[\s\S]*red flag[\s\S]*word for word[\s\S]*no treatment/);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(PATIENT_TOOLS);
    for (const { inputSchema, outputSchema, description } of tools) {
      expect([inputSchema.type, outputSchema?.type]).toEqual(["object", "object"]);
      expect(description).not.toBe("");
    }
    const hints = Object.fromEntries(tools.map(({ name, annotations }) => [name, annotations]));
    expect(hints.triage).toMatchObject({ readOnlyHint: true, destructiveHint: false, openWorldHint: false });
    expect(hints.delete_consultation).toMatchObject({ destructiveHint: true });
  });

  test("a consultation runs to its end, and a patient is told how urgent it is and no probability", async () => {
    const { url, tokens } = await surgery();
    const client = await overHttp(url, tokens.ann, era);
    const consultation = await started(client, { age: 34, sex: "female" });
    const first = await call(client, "answer", { consultation, text: COMPLAINT });
    expect(first.structuredContent).toMatchObject({ ended: false, suggestions: expect.arrayContaining(["Not sure"]) });
    expect(textOf(first)).toMatch(/\?\n\n\(.+ \/ Not sure\)$/);
    const last = await untilTheEnd(client, consultation, "no");
    expect(last).toMatchObject({ ended: true, suggestions: [] });
    const triage = await told(client, "triage", { consultation });
    expect(triage).toMatchObject({ ended: true, urgency: expect.any(String), nextStep: last.text });
    const transcript = await told(client, "read_transcript", { consultation });
    const bundle = await told(client, "export_fhir", { consultation });
    for (const each of [last, triage, transcript, bundle])
      expect(JSON.stringify(each)).not.toMatch(/"probability|"differential"/i);
  });
});

test("nothing is asked without consent, and the error carries what to show", async () => {
  const { url, tokens } = await surgery();
  const client = await overHttp(url, tokens.ann);
  const refusal = await call(client, "start_consultation", { consent: false });
  expect(refusal).toMatchObject({
    isError: true,
    structuredContent: { error: { code: "consent-required" }, disclaimer: expect.stringContaining("not a diagnosis") },
  });
  expect(textOf(refusal)).toContain("not a diagnosis and not medical advice");
});

test("a red flag comes first, with the number to call, and ends the questions", async () => {
  const { url, tokens } = await surgery();
  const client = await overHttp(url, tokens.ann);
  const consultation = await started(client);
  const answer = await call(client, "answer", { consultation, text: EMERGENCY });
  expect(textOf(answer)).toMatch(/^RED FLAG: .*112\.?[^\n]*\n\n/);
  const { redFlags, ended } = answer.structuredContent as { redFlags: unknown[]; ended: boolean };
  expect([redFlags.length > 0, ended]).toEqual([true, true]);
  expect(await told(client, "triage", { consultation })).toMatchObject({ urgency: "emergency-ambulance", redFlags });
});

test("a clinician sees the differential, and the Bundle has it", async () => {
  const { url, tokens } = await surgery();
  const client = await overHttp(url, tokens.dr);
  const consultation = await started(client, { age: 34 });
  await untilTheEnd(client, consultation, COMPLAINT);
  const seen = await call(client, "differential", { consultation });
  expect(textOf(seen)).toMatch(/^\d+\.\d % .*\n[\s\S]*\d+\.\d % other\n\nThis is not a diagnosis/);
  const { differential } = seen.structuredContent as { differential: { conditions: Record<string, unknown> } };
  expect(Object.values(differential.conditions)[0]).toMatchObject({ probability: expect.any(Number) });
  const { bundle } = (await told(client, "export_fhir", { consultation })) as {
    bundle: { entry: { resource: { resourceType: string } }[] };
  };
  expect(bundle.entry.map(({ resource }) => resource.resourceType)).toContain("RiskAssessment");
  const patient = await overHttp(url, tokens.ann);
  await expect(call(patient, "differential", { consultation })).rejects.toThrow(/differential/);
});

test("what the record says is not asked again; what it does not say clearly is named", async () => {
  const { url, tokens } = await surgery();
  const client = await overHttp(url, tokens.ann);
  const entry = [
    { resource: { resourceType: "Patient", gender: "female", birthDate: "1990-01-01" } },
    {
      resource: {
        resourceType: "Condition",
        clinicalStatus: { coding: [{ code: "active" }] },
        verificationStatus: { coding: [{ code: "confirmed" }] },
        code: { coding: [{ system: "http://hl7.org/fhir/sid/icd-10", code: "E11" }], text: "Type 2 diabetes" },
      },
    },
    { resource: { resourceType: "Condition", code: { text: "Something unheard of" } } },
  ];
  const record = { resourceType: "Bundle", type: "collection", entry };
  const answer = await told(client, "start_consultation", { consent: true, record });
  expect(answer.record).toMatchObject({
    findings: [{ name: expect.stringMatching(/diabetes/i), state: "present" }],
    notUnderstood: [{ resourceType: "Condition", place: "entry[2]" }],
  });
  const { consultation } = answer;
  const { messages } = (await told(client, "read_transcript", { consultation })) as { messages: object[] };
  expect(messages[0]).toMatchObject({ type: "opened", sex: "female", age: expect.any(Number) });
  const people = [...entry, { resource: { resourceType: "Patient", id: "other" } }];
  const several = { resourceType: "Bundle", type: "collection", entry: people };
  expect(await refused(client, "start_consultation", { consent: true, record: several })).toBe("bad-message");
});

test("the same id is said once and answered as before, by any server over the store", async () => {
  const store = memoryStore();
  const one = await surgery({ store });
  const client = await overHttp(one.url, one.tokens.ann);
  const consultation = await started(client);
  const said = { consultation, text: COMPLAINT, id: "m-1" };
  const first = await told(client, "answer", said);
  const two = await surgery({ store });
  const other = await overHttp(two.url, two.tokens.ann);
  expect(await told(other, "answer", said)).toEqual({ ...first, repeated: true });
  expect(await told(client, "answer", said)).toEqual({ ...first, repeated: true });
  const next = await told(other, "answer", { consultation, text: "no", id: "m-2" });
  expect(next).toMatchObject({ repeated: false });
});

test("another holder's consultation does not exist, nor does one that was deleted", async () => {
  const { url, tokens } = await surgery();
  const ann = await overHttp(url, tokens.ann);
  const bob = await overHttp(url, tokens.bob);
  const consultation = await started(ann);
  const tools = ["triage", "export_fhir", "read_transcript", "delete_consultation"];
  for (const name of tools) expect(await refused(bob, name, { consultation }), name).toBe("not-found");
  expect(await refused(bob, "answer", { consultation, text: "hello" })).toBe("not-found");
  expect(await told(ann, "delete_consultation", { consultation })).toEqual({ consultation, deleted: true });
  for (const name of tools) expect(await refused(ann, name, { consultation }), name).toBe("not-found");
});

test("after its end a consultation says so", async () => {
  const { url, tokens } = await surgery();
  const client = await overHttp(url, tokens.ann);
  const consultation = await started(client);
  await told(client, "answer", { consultation, text: EMERGENCY });
  const after = await told(client, "answer", { consultation, text: "hello?" });
  expect(after).toMatchObject({ ended: true, suggestions: [], text: expect.stringContaining("has ended") });
});

test("nobody gets in without a token", async () => {
  const { url } = await surgery();
  await expect(overHttp(url)).rejects.toThrow(/401|Unauthorized/i);
  await expect(overHttp(url, "forged")).rejects.toThrow(/401|Unauthorized/i);
});
