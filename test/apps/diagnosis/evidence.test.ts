import { describe, expect, test } from "vitest";
import { faultOf, presentedOf } from "../../../apps/diagnosis/evidence.ts";
import type { DiagnosisRequest } from "../../../apps/diagnosis/types.ts";
import { asking, reasoner } from "./starter.ts";

const presented = (request: DiagnosisRequest) => presentedOf(request, reasoner.findings);
const known = (...evidence: string[]) => Object.fromEntries(presented(asking(...evidence)).known);

describe("evidence", () => {
  test("that was not asked for opens the interview, the rest answers questions, in order", () => {
    const { intake, told } = presented({
      ...asking(),
      age: { value: 18, unit: "month" },
      evidence: [
        { id: "fever", choice_id: "present", source: "question" },
        { id: "cough", choice_id: "present", source: "initial" },
        { id: "sick-contact", choice_id: "absent", source: "predefined" },
        { id: "rash", choice_id: "unknown" },
      ],
    });
    expect(intake).toMatchObject({ age: 1.5, sex: "female" });
    expect(intake.findings).toEqual([
      { finding: "cough", state: "present" },
      { finding: "sick-contact", state: "absent" },
    ]);
    expect(told).toEqual([
      { finding: "fever", state: "present" },
      { finding: "rash", state: "unknown" },
    ]);
  });

  test("names a value in its id, or beside it", () => {
    const dry = { finding: "cough-type", state: "present", values: ["dry"] };
    expect(known("cough-type=dry")["cough-type"]).toEqual(dry);
    const beside = { id: "cough-type", choice_id: "present" as const, values: ["dry"] };
    expect(presented({ ...asking(), evidence: [beside] }).known.get("cough-type")).toEqual(dry);
  });

  test("item by item of a group is one finding, with the values that are present", () => {
    const [first, second, ...rest] = reasoner.findings.get("rash-location")!.values.map(({ id }) => id);
    const items = [first, second].map((id) => `rash-location=${id}`);
    expect(known(...items, ...rest.map((id) => `-rash-location=${id}`))).toEqual({
      "rash-location": { finding: "rash-location", state: "present", values: [first, second] },
    });
  });

  test("that denies some values of a finding leaves it unknown; that denies all of them, absent", () => {
    const values = reasoner.findings.get("cough-type")!.values.map(({ id }) => `-cough-type=${id}`);
    expect(known(values[0]!)["cough-type"]).toEqual({ finding: "cough-type", state: "unknown" });
    expect(known(...values)["cough-type"]).toEqual({ finding: "cough-type", state: "absent" });
  });
});

describe("is refused with its place, where it", () => {
  const item = (evidence: object) => () => presented({ ...asking("fever"), evidence: [evidence] as never });
  const refusals: [string, () => unknown, RegExp][] = [
    ["is no finding", () => presented(asking("cough", "fevre")), /^evidence\.1\.id: no such finding/],
    ["is no value", () => presented(asking("cough-type=blue")), /^evidence\.0\.id: cough-type has no such value/],
    ["has no values", () => presented(asking("fever=high")), /^evidence\.0\.id: fever has no such value/],
    ["stands twice", () => presented(asking("cough", "fever", "-cough")), /^evidence\.2\.id: cough stands twice/],
    ["is said in both ways", () => presented(asking("cough-type=dry", "?cough-type")), /^evidence\.1\.id: .*twice/],
    [
      "has one value at a time",
      () => presented(asking("cough-type=dry", "cough-type=barking")),
      /^evidence\.0\.values: cough-type has one value/,
    ],
    [
      "is a detail of what is absent",
      () => presented(asking("-cough", "cough-type=dry")),
      /^evidence\.1\.choice_id: cough-type is a detail of cough/,
    ],
    [
      "is not for such a person",
      () => presented(asking("testicular-pain")),
      /^evidence\.0\.id: testicular-pain does not apply/,
    ],
    ["lacks its value", () => presented(asking("cough-type")), /^evidence\.0\.values: say which value/],
    ["lacks its number", () => presented(asking("body-temperature")), /^evidence\.0\.number: .* needs a number/],
    ["is measured", () => presented(asking("-body-temperature")), /^evidence\.0\.choice_id: .* is measured/],
    [
      "is no such measurement",
      item({ id: "body-temperature", choice_id: "present", number: 379 }),
      /^evidence\.0\.number: body-temperature lies between 34 and 42.5/,
    ],
    ["is not measured", item({ id: "fever", choice_id: "present", number: 39 }), /^evidence\.0\.number: fever is not/],
    [
      "is absent, with values",
      item({ id: "rash-type", choice_id: "absent", values: ["x"] }),
      /only where it is present/,
    ],
  ];
  test.each(refusals)("%s", (_, present, message) => {
    expect(present).toThrow(message);
    expect(present).toThrow(expect.objectContaining({ code: "bad-message", status: 400 }));
  });

  test("holds words: they are not repeated", () => {
    expect(() => presented(asking("my-secret"))).not.toThrow(/secret/);
  });
});

test("a finding with values and none of them is absent, not both", () => {
  const travel = {
    id: "travel",
    name: "travel",
    kind: "antecedent" as const,
    type: "multiple" as const,
    question: "Where did you travel?",
    synonyms: [],
    values: ["nowhere", "asia", "africa"].map((id) => ({ id, name: id, synonyms: [] })),
    none: "nowhere",
  };
  const findings = new Map([["travel", travel]]);
  const known = (...evidence: string[]) => presentedOf(asking(...evidence), findings).known.get("travel");
  expect(known("travel=nowhere", "-travel=asia")).toEqual({ finding: "travel", state: "absent" });
  expect(known("-travel=asia", "-travel=africa")).toEqual({ finding: "travel", state: "absent" });
  expect(() => known("travel=nowhere", "travel=asia")).toThrow(/none, and others/);
  expect(faultOf(travel, { finding: "travel", state: "present", values: ["asia"] }, { sex: "male", age: 3 })).toBe(
    undefined,
  );
});
