import { describe, expect, test } from "vitest";
import { CaseError, integrityFaults, loadDdxplusKnowledge } from "../../../simulators/index.ts";
import { KnowledgeBase } from "../../../src/index.ts";
import {
  CONDITIONS,
  type DdxplusFiles,
  ddxplusDirectory,
  EVIDENCES,
  PROBABILITIES,
} from "../../fixtures/ddxplus-files.ts";
import { DDXPLUS, ddxplusIsMissing } from "../../fixtures/sources.ts";

const load = async (files?: DdxplusFiles) => loadDdxplusKnowledge(await ddxplusDirectory(files));

describe("the three files as one knowledge base", () => {
  test("with findings by type, parent and none", async () => {
    const { base } = await load();
    const [cough, , place, strength, smoking, night] = base.findings;
    expect(cough).toMatchObject({ id: "E_1", type: "binary", kind: "symptom", question: "Do you have a cough?" });
    expect(place).toMatchObject({ type: "multiple", parent: "E_2", none: "V_0" });
    expect(place!.values.map(({ name }) => name)).toEqual(["nowhere", "chest", "belly"]);
    expect(strength).toMatchObject({ type: "categorical", none: "0" });
    expect(strength!.values[1]).toMatchObject({ id: "5", name: "5 out of 10" });
    expect(smoking).toMatchObject({ kind: "antecedent" });
    expect(night).not.toHaveProperty("parent");
  });

  test("with conditions, their priors and probabilities", async () => {
    const { base, conditionIds } = await load();
    expect(base.conditions.map(({ id }) => id)).toEqual(["pneumonia", "laryngospasm"]);
    expect(base.conditions[0]).toMatchObject({ icd10: "J17, J18", severity: 3, prior: 0.7, findings: { E_1: 0.9 } });
    expect(conditionIds.get("Larygospasm")).toBe("laryngospasm");
  });

  test("with multi-choice rows a value each: none keeps its probability, what was never seen is left out", async () => {
    const { base } = await load();
    const row = base.conditions[0]!.findings.E_3 as Record<string, number>;
    expect(row.V_0).toBe(0.25);
    expect(row.V_1! + row.V_2!).toBeCloseTo(0.75, 9);
    expect(row.V_1).toBeGreaterThan(row.V_2!);
    expect(base.conditions[1]!.findings.E_3).toEqual({ V_0: 1 });
  });

  test("that fits the schema and itself", async () => {
    const { base } = await load();
    expect(KnowledgeBase.parse(base)).toEqual(base);
    expect(integrityFaults(base).filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("with each mending of a known defect listed", async () => {
    const { repairs } = await load();
    const list = repairs.join("\n");
    expect(list).toMatch(/E_6 names a base question E_99/);
    expect(list).toMatch(/"Larygospasm" is spelt "Laryngospasm"/);
    expect(list).toMatch(/ICD-10 of "Larygospasm" is J38.5/);
    expect(list).toMatch(/multi-choice rows/);
  });
});

describe("what is refused, with the file and the field", () => {
  const withRow = (row: object) => ({
    probabilities: {
      ...PROBABILITIES,
      Pneumonia: { prior: 0.7, findings: { ...PROBABILITIES.Pneumonia!.findings, ...row } },
    },
  });
  const [file, evidences, conditions] = [
    "conditional_probabilities.json",
    "release_evidences.json",
    "release_conditions.json",
  ];
  const field = (finding: string) => `Pneumonia.findings.${finding}`;
  const renamed = (name: string) => ({
    conditions: { ...CONDITIONS, [name]: { ...CONDITIONS.Pneumonia, condition_name: name } },
    probabilities: { ...PROBABILITIES, [name]: PROBABILITIES.Pneumonia },
  });

  const refused: [what: string, files: DdxplusFiles, file: string, message: RegExp][] = [
    ["a probability above 1", withRow({ E_1: 1.5 }), file!, /Pneumonia\.findings\.E_1/],
    ["a probability below 0", withRow({ E_1: -0.1 }), file!, /Pneumonia\.findings\.E_1/],
    ["a value's probability above 1", withRow({ E_4: { 0: 2, 5: -1, 10: 0 } }), file!, /Pneumonia\.findings\.E_4/],
    ["values that do not sum to 1", withRow({ E_4: { 0: 0.1, 5: 0.1, 10: 0.1 } }), file!, /sum to 0.300/],
    ["an unknown evidence", withRow({ E_77: 0.5 }), file!, /no evidence E_77/],
    ["an unknown value", withRow({ E_4: { 0: 0.5, 7: 0.5 } }), file!, /E_4 has no value 7/],
    ["one number for several values", withRow({ E_4: 0.5 }), file!, /expected a number a value/],
    ["a number a value for yes or no", withRow({ E_1: { 0: 0.5, 1: 0.5 } }), file!, /expected one number/],
    [
      "no probabilities for a condition",
      { probabilities: { Pneumonia: PROBABILITIES.Pneumonia } },
      file!,
      /Larygospasm/,
    ],
    ["a prior of 0", { probabilities: { ...PROBABILITIES, Pneumonia: { prior: 0, findings: {} } } }, file!, /prior/],
    ["NaN", { probabilities: '{"Pneumonia": {"prior": NaN}}' }, file!, /not JSON/],
    ["infinity", { probabilities: '{"Pneumonia": {"prior": 1e999, "findings": {}}}' }, file!, /prior/],
    ["an empty file", { evidences: "" }, evidences!, /not JSON/],
    ["another encoding", { conditions: Buffer.from('{"é": 1}', "latin1") }, conditions!, /not UTF-8/],
    ["a list instead of a mapping", { evidences: [] }, evidences!, /./],
    [
      "a severity that is none",
      { conditions: { P: { ...CONDITIONS.Pneumonia, severity: 9 } } },
      conditions!,
      /severity/,
    ],
    ["a condition without a name", { conditions: { P: { "icd10-id": "J18" } } }, conditions!, /condition_name/],
    [
      "an evidence of unknown type",
      { evidences: { E_1: { ...EVIDENCES.E_1, data_type: "X" } } },
      evidences!,
      /data_type/,
    ],
    ["no condition at all", { conditions: {} }, conditions!, /./],
    ["no evidence at all", { evidences: {}, probabilities: { ...withRow({}) } }, "", /./],
    ["the same evidence twice", { evidences: { ...EVIDENCES, E_7: EVIDENCES.E_5 } }, evidences!, /E_5/],
    [
      "an evidence whose name is no id",
      { evidences: { ...EVIDENCES, "E 7": { ...EVIDENCES.E_5, name: "E 7" } } },
      evidences!,
      /E 7/,
    ],
    [
      "choices without a choice",
      { evidences: { ...EVIDENCES, E_7: { ...EVIDENCES.E_4, name: "E_7", "possible-values": [] } } },
      evidences!,
      /E_7/,
    ],
    ["two conditions of the same id", renamed("PNEUMONIA!"), conditions!, /pneumonia/i],
    [
      "an unknown evidence of a condition",
      { conditions: { ...CONDITIONS, Pneumonia: { ...CONDITIONS.Pneumonia, symptoms: { E_77: {} } } } },
      conditions!,
      /E_77/,
    ],
    [
      "an ICD-10 code that is none",
      { conditions: { ...CONDITIONS, Pneumonia: { ...CONDITIONS.Pneumonia, "icd10-id": "?" } } },
      conditions!,
      /icd10/,
    ],
    [
      "a name that means something to plain objects",
      { conditions: { ...CONDITIONS, constructor: { ...CONDITIONS.Pneumonia, condition_name: "constructor" } } },
      file!,
      /constructor/,
    ],
  ];
  for (const [what, files, name, message] of refused) {
    test(what, async () => {
      const error = await load(files).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(CaseError);
      expect((error as CaseError).message).toMatch(message);
      expect((error as CaseError).message).toContain(name);
      expect((error as CaseError).fault).toBe("input");
    });
  }

  test("a missing directory, and a directory where a file is meant", async () => {
    await expect(loadDdxplusKnowledge("no/such/directory")).rejects.toThrow(/no such file; a DDXPlus directory holds/);
    const directory = await ddxplusDirectory();
    await expect(loadDdxplusKnowledge(`${directory}/patients.csv`)).rejects.toThrow(CaseError);
    expect(field("E_1")).toBe("Pneumonia.findings.E_1");
  });
});

test("a byte order mark in front of a file is no part of it", async () => {
  const { base } = await load({ evidences: `\uFEFF${JSON.stringify(EVIDENCES)}` });
  expect(base.findings).toHaveLength(6);
});

test.skipIf(ddxplusIsMissing)("the release: 49 conditions, 223 evidences, whole and in itself consistent", async () => {
  const { base, repairs } = await loadDdxplusKnowledge(DDXPLUS);
  expect(base.conditions).toHaveLength(49);
  expect(base.findings).toHaveLength(223);
  expect(KnowledgeBase.parse(base)).toEqual(base);
  expect(integrityFaults(base).filter(({ severity }) => severity === "error")).toEqual([]);
  expect(base.conditions.find(({ id }) => id === "sle")?.icd10).toBe("M32");
  expect(repairs.length).toBeGreaterThan(5);
});
