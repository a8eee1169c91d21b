/** What a clinician decided, in the export: valid R4 for both audiences, and told to clinicians alone. */
import { expect, test } from "vitest";
import { type Bundle, fhirBundle, type Resource } from "../../../apps/fhir/index.ts";
import { summaryText } from "../../../apps/handover/soap.ts";
import { type ConsultationEvent, type EventBody, eventAt } from "../../../src/index.ts";
import { base, talked } from "./consultations.ts";
import { faultsOf, looseReferences } from "./official.ts";

const only = (bundle: Bundle, type: string): Resource =>
  bundle.entry.find(({ resource }) => resource.resourceType === type)!.resource;
const count = (bundle: Bundle, type: string): number =>
  bundle.entry.filter(({ resource }) => resource.resourceType === type).length;

async function reviewed(...bodies: readonly EventBody[]): Promise<ConsultationEvent[]> {
  const events = await talked("flagged", "crushing chest pain and I am in a cold sweat");
  for (const body of bodies)
    events.push(eventAt({ consultation: "flagged", seq: events.length, time: "2026-01-01T10:00:00.000Z" }, body));
  for (const audience of ["clinician", "patient"] as const) {
    const bundle = fhirBundle(events, base, { audience });
    expect(faultsOf(bundle)).toEqual([]);
    expect(looseReferences(bundle)).toEqual([]);
  }
  return events;
}

const asked = (events: readonly ConsultationEvent[]): Bundle => fhirBundle(events, base, { audience: "clinician" });
const head = { type: "reviewed", reviewer: "dr-grey" } as const;

test("an impression says whether a clinician confirmed it; the conditions stay a differential", async () => {
  const before = asked(await reviewed());
  expect(only(before, "ClinicalImpression").description).toContain("not reviewed by a clinician");
  const after = asked(await reviewed({ ...head, decision: "confirmed", note: "seen" }));
  expect(only(after, "ClinicalImpression").description).toBe(
    "History taken by a software agent; confirmed by a clinician.",
  );
  expect(only(after, "Condition")).toMatchObject({ verificationStatus: { coding: [{ code: "differential" }] } });
  expect(count(after, "Provenance")).toBe(count(before, "Provenance") + 1);
  expect(JSON.stringify(after)).toContain("confirmed: seen");
});

test("an edit counts: the clinician's ranking, urgency and summary, under the clinician's name", async () => {
  const [first, second] = base.conditions;
  const note = { subjective: "s", objective: "o", assessment: "a", plan: "p" };
  const entries = [
    { condition: second!.id, probability: 0.6 },
    { condition: first!.id, probability: 0.3 },
  ];
  const events = await reviewed({
    ...head,
    decision: "edited",
    summary: summaryText(note),
    conclusion: {
      type: "conclude",
      differential: { entries, other: 0.1 },
      urgency: "consultation",
      abstained: false,
    },
  });
  const bundle = asked(events);
  expect(only(bundle, "ClinicalImpression")).toMatchObject({
    description: "History taken by a software agent; edited by a clinician.",
    summary: summaryText(note),
  });
  expect(count(bundle, "Condition")).toBe(2);
  expect(only(bundle, "RiskAssessment")).toMatchObject({
    performer: { display: "dr-grey" },
    prediction: [{ probabilityDecimal: 60 }, { probabilityDecimal: 30 }, { probabilityDecimal: 10 }],
  });
  expect(only(bundle, "RiskAssessment")).not.toHaveProperty("method");
  const told = fhirBundle(events, base);
  expect(JSON.stringify(told)).not.toMatch(/dr-grey|edited|by a clinician|consultation within/);
  expect(only(told, "ClinicalImpression").summary).not.toContain("SUBJECTIVE");
});

test("a consultation that was returned goes on: no impression until it ends again", async () => {
  const events = await reviewed(
    { ...head, decision: "returned" },
    { type: "agent-said", text: "Since when does it hurt?" },
  );
  const bundle = asked(events);
  expect(count(bundle, "ClinicalImpression")).toBe(0);
  expect(only(bundle, "Encounter").status).toBe("in-progress");
  expect(JSON.stringify(bundle)).toContain('"returned"');
});

test("a review of conditions that another knowledge base holds is refused", async () => {
  const differential = { entries: [{ condition: "plague", probability: 1 }], other: 0 };
  const conclusion = { type: "conclude", differential, abstained: false } as const;
  const events = await talked("flagged", "crushing chest pain and I am in a cold sweat");
  const place = { consultation: "flagged", seq: events.length, time: "2026-01-01T10:00:00.000Z" };
  events.push(eventAt(place, { ...head, decision: "edited", conclusion: structuredClone(conclusion) }));
  expect(() => asked(events)).toThrow(/plague/);
});
