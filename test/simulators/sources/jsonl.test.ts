import { describe, expect, test } from "vitest";
import { openJsonl } from "../../../simulators/sources/jsonl.ts";
import { KnowledgeBase } from "../../../src/index.ts";
import { fileOf, linesOf, OWN_ROW, readAll } from "./fixtures.ts";

const binary = { kind: "symptom", type: "binary", question: "?" };
const BASE = KnowledgeBase.parse({
  id: "b",
  version: "1",
  notice: "Written for a test.",
  findings: [
    { ...binary, id: "sore-throat", name: "sore throat" },
    { ...binary, id: "fever", name: "fever" },
    { ...binary, id: "rash-location", name: "rash", type: "multiple", values: [{ id: "face", name: "face" }] },
  ],
  conditions: [
    { id: "cold", name: "Cold", icd10: "J00", severity: 5, domain: "ent", prior: 1, findings: { fever: 0.5 } },
  ],
});

const faultOf = async (change: object, base?: KnowledgeBase): Promise<string> => {
  const file = await fileOf(linesOf({ ...OWN_ROW, ...change }));
  const source = await openJsonl(file, base && { base });
  return readAll(source).then(
    () => "none",
    ({ message }: Error) => message.replace(`${file}:1: `, "").replace(/ \(mend the row.*/, ""),
  );
};

describe("the project's own format", () => {
  test("gives the case as it stands, with defaults filled in", async () => {
    const source = await openJsonl(await fileOf(linesOf(OWN_ROW)), { base: BASE });
    const [read] = await readAll(source);
    expect(read).toMatchObject({ ...OWN_ROW, unlisted: "absent", facts: [], masked: 0 });
    expect(source.base).toBe(BASE);
  });

  test("what a case says of itself must fit together", async () => {
    expect(await faultOf({ opening: ["cough"] })).toBe("opening[0]: cough is not among the case's findings");
    expect(await faultOf({ findings: [...OWN_ROW.findings, OWN_ROW.findings[0]] })).toBe(
      "findings[3]: sore-throat is listed twice",
    );
    const differential = { entries: [{ condition: "cold", probability: 0.5 }], other: 0.1 };
    expect(await faultOf({ differential })).toBe("differential: the probabilities sum to 0.600, not to 1");
    expect(await faultOf({ age: 200 })).toBe("age: 200 is above 130");
    expect(await faultOf({ sex: "x" })).toBe('sex: "x" is not one of female, male');
    expect(await faultOf({ extra: 1 })).toBe("extra: is not a field of the format");
    expect(await faultOf({ label: undefined })).toBe("label: is missing");
  });

  test("what it is coded in is checked where the knowledge base is given", async () => {
    const finding = (observed: object): object => ({ opening: [], findings: [observed] });
    expect(await faultOf(finding({ finding: "itch", state: "absent" }))).toBe("none");
    expect(await faultOf(finding({ finding: "itch", state: "absent" }), BASE)).toBe(
      "findings[0]: no finding itch in the knowledge base b; another is named with --knowledge",
    );
    expect(await faultOf(finding({ finding: "rash-location", state: "present", values: ["toe"] }), BASE)).toBe(
      "findings[0]: rash-location has no value toe",
    );
    expect(await faultOf(finding({ finding: "rash-location", state: "present" }), BASE)).toBe(
      "findings[0]: rash-location needs at least one value",
    );
    expect(await faultOf({ label: { condition: "gout", name: "Gout" } }, BASE)).toBe(
      "label.condition: no condition gout in the knowledge base b; another is named with --knowledge",
    );
  });

  test("open labels need not be in the knowledge base", async () => {
    expect(await faultOf({ label: { name: "Gout" } }, BASE)).toBe("none");
  });

  test("a label that the case's own texts name is masked here too", async () => {
    const row = { id: "x", facts: ["It was gout, they said."], label: { name: "Gout" } };
    const [read] = await readAll(await openJsonl(await fileOf(linesOf(row))));
    expect(read).toMatchObject({ facts: ["It was [withheld], they said."], masked: 1 });
  });
});
