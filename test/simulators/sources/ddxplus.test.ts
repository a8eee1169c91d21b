import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Case as CaseSchema } from "../../../simulators/case.ts";
import { type Case, CaseError, type SourceOptions } from "../../../simulators/index.ts";
import { openDdxplus } from "../../../simulators/sources/ddxplus.ts";
import {
  csvOf,
  type DdxplusFiles,
  ddxplusDirectory,
  HEADER,
  OTHER_PATIENT,
  PATIENT,
  rowOf,
} from "../../fixtures/ddxplus-files.ts";
import { memoryInUse } from "../../fixtures/memory.ts";
import { allCases, DDXPLUS, ddxplusIsMissing } from "../../fixtures/sources.ts";

const open = async (patients: DdxplusFiles["patients"], options?: SourceOptions) =>
  openDdxplus(await ddxplusDirectory({ patients }), options);

describe("a row is a case", () => {
  test("with evidences as findings, the condition as label, the list as differential", async () => {
    const [one] = await allCases(await open([PATIENT]));
    expect(one).toMatchObject({
      id: "patients:2",
      age: 50,
      sex: "male",
      opening: ["E_1"],
      findings: [
        { finding: "E_1", state: "present" },
        { finding: "E_2", state: "present" },
        { finding: "E_3", state: "present", values: ["V_1", "V_2"] },
        { finding: "E_4", state: "present", values: ["5"] },
      ],
      unlisted: "absent",
      label: { condition: "pneumonia", name: "Pneumonia" },
      differential: {
        entries: [{ condition: "pneumonia", probability: 0.75 }, { condition: "laryngospasm" }],
        other: 0,
      },
    });
  });

  test("where the value that means no is absence", async () => {
    const [one] = await allCases(await open([OTHER_PATIENT]));
    expect(one!.findings).toContainEqual({ finding: "E_3", state: "absent" });
    expect(one!.label).toMatchObject({ condition: "laryngospasm", name: "Laryngospasm" });
  });

  test("the same, where an evidence or a value is listed again", async () => {
    const again = "['E_1', 'E_1', 'E_3_@_V_1', 'E_3_@_V_1']";
    const [one] = await allCases(await open([{ ...PATIENT, EVIDENCES: again }]));
    expect(one!.findings).toEqual([
      { finding: "E_1", state: "present" },
      { finding: "E_3", state: "present", values: ["V_1"] },
    ]);
  });

  test("that fits the schema of cases", async () => {
    for (const one of await allCases(await open([PATIENT, OTHER_PATIENT]))) expect(CaseSchema.parse(one)).toEqual(one);
  });

  test("whose fingerprint is the same in any file and place, and another one's for any change", async () => {
    const fingerprints = async (...rows: (typeof PATIENT)[]): Promise<unknown[]> =>
      (await allCases(await open(rows))).map(({ fingerprint }) => fingerprint);
    const [one, other] = await fingerprints(PATIENT, OTHER_PATIENT);
    expect(await fingerprints(OTHER_PATIENT, PATIENT)).toEqual([other, one]);
    expect(await fingerprints({ ...PATIENT, AGE: "51" })).not.toEqual([one]);
    // The differential is what a head is trained to give: it does not tell patients apart.
    expect(await fingerprints({ ...PATIENT, DIFFERENTIAL_DIAGNOSIS: "[['Pneumonia', 1.0]]" })).toEqual([one]);
  });

  test("read from a directory, or from one CSV file in it", async () => {
    const directory = await ddxplusDirectory();
    await writeFile(join(directory, "more.csv"), csvOf(OTHER_PATIENT));
    expect((await openDdxplus(join(directory, "more.csv"))).name).toMatch(/more\.csv$/);
    expect((await allCases(await openDdxplus(join(directory, "more.csv")))).map(({ id }) => id)).toEqual(["more:2"]);
    expect(await allCases(await openDdxplus(directory))).toHaveLength(2);
  });

  test("as often as it is asked for", async () => {
    const source = await open([PATIENT, OTHER_PATIENT]);
    expect(await allCases(source)).toEqual(await allCases(source));
  });

  test("whatever the line ends and the byte order mark", async () => {
    const plain = await allCases(await open([PATIENT, OTHER_PATIENT]));
    const text = csvOf(PATIENT, OTHER_PATIENT);
    for (const written of [text.replaceAll("\n", "\r\n"), `\uFEFF${text}`, text.trimEnd()]) {
      expect(await allCases(await open(written))).toEqual(plain);
    }
  });
});

describe("a bad row is refused with file, line and field", () => {
  const refused: [what: string, row: Record<string, string>, code: string, field: string, message: RegExp][] = [
    ["an unknown pathology", { PATHOLOGY: "Gout" }, "unknown-condition", "PATHOLOGY", /no condition "Gout"/],
    ["an unknown evidence", { EVIDENCES: "['E_1', 'E_77']" }, "unknown-finding", "EVIDENCES", /no evidence E_77/],
    ["an unknown value", { EVIDENCES: "['E_1', 'E_3_@_V_9']" }, "unknown-value", "EVIDENCES", /no value V_9/],
    ["a value for yes or no", { EVIDENCES: "['E_1_@_V_1']" }, "wrong-shape", "EVIDENCES", /takes no value/],
    ["no value for a choice", { EVIDENCES: "['E_1', 'E_3']" }, "wrong-shape", "EVIDENCES", /needs a value/],
    ["two values for one choice", { EVIDENCES: "['E_1', 'E_4_@_5', 'E_4_@_10']" }, "wrong-shape", "EVIDENCES", /E_4/],
    ["no list of evidences", { EVIDENCES: "E_1" }, "bad-value", "EVIDENCES", /expected a Python list/],
    ["a list that is cut off", { EVIDENCES: "['E_1', 'E_2" }, "bad-value", "EVIDENCES", /./],
    ["numbers in the list", { EVIDENCES: "['E_1', 2]" }, "bad-value", "EVIDENCES", /list of strings/],
    ["no evidence", { EVIDENCES: "[]" }, "unknown-finding", "INITIAL_EVIDENCE", /E_1/],
    ["a strange initial evidence", { INITIAL_EVIDENCE: "E_5" }, "unknown-finding", "INITIAL_EVIDENCE", /E_5/],
    ["an age that is none", { AGE: "old" }, "bad-value", "AGE", /years from 0 to 130/],
    ["an age of NaN", { AGE: "NaN" }, "bad-value", "AGE", /NaN/],
    ["an age beyond all", { AGE: "131" }, "bad-value", "AGE", /131/],
    ["a negative age", { AGE: "-3" }, "bad-value", "AGE", /-3/],
    ["no age", { AGE: "" }, "bad-value", "AGE", /""/],
    ["another sex", { SEX: "X" }, "bad-value", "SEX", /F or M/],
    [
      "a probability above 1",
      { DIFFERENTIAL_DIAGNOSIS: "[['Pneumonia', 1.5]]" },
      "bad-value",
      "DIFFERENTIAL_DIAGNOSIS",
      /1.5/,
    ],
    [
      "a negative probability",
      { DIFFERENTIAL_DIAGNOSIS: "[['Pneumonia', -0.5]]" },
      "bad-value",
      "DIFFERENTIAL_DIAGNOSIS",
      /-0.5/,
    ],
    [
      "a probability of nan",
      { DIFFERENTIAL_DIAGNOSIS: "[['Pneumonia', nan]]" },
      "bad-value",
      "DIFFERENTIAL_DIAGNOSIS",
      /./,
    ],
    [
      "probabilities that do not sum to 1",
      { DIFFERENTIAL_DIAGNOSIS: "[['Pneumonia', 0.5]]" },
      "not-summing",
      "DIFFERENTIAL_DIAGNOSIS",
      /0.500/,
    ],
    [
      "an unknown pathology in the list",
      { DIFFERENTIAL_DIAGNOSIS: "[['Gout', 1.0]]" },
      "unknown-condition",
      "DIFFERENTIAL_DIAGNOSIS",
      /Gout/,
    ],
    [
      "a condition twice in the list",
      { DIFFERENTIAL_DIAGNOSIS: "[['Pneumonia', 0.5], ['Pneumonia', 0.5]]" },
      "duplicate",
      "DIFFERENTIAL_DIAGNOSIS",
      /twice/,
    ],
    ["no list", { DIFFERENTIAL_DIAGNOSIS: "" }, "bad-value", "DIFFERENTIAL_DIAGNOSIS", /./],
    [
      "an entry of the list that is none",
      { DIFFERENTIAL_DIAGNOSIS: "[['Pneumonia', 0.995], ['Larygospasm' 0.005]]" },
      "bad-value",
      "DIFFERENTIAL_DIAGNOSIS",
      /./,
    ],
    [
      "words around the list",
      { DIFFERENTIAL_DIAGNOSIS: "perhaps [['Pneumonia', 1.0]]" },
      "bad-value",
      "DIFFERENTIAL_DIAGNOSIS",
      /./,
    ],
  ];
  for (const [what, row, code, field, message] of refused) {
    test(what, async () => {
      const directory = await ddxplusDirectory({ patients: [OTHER_PATIENT, { ...PATIENT, ...row }] });
      const error = await openDdxplus(directory)
        .then(allCases)
        .then(
          () => undefined,
          (thrown: unknown) => thrown as CaseError,
        );
      expect(error).toBeInstanceOf(CaseError);
      expect(error).toMatchObject({ code, fault: "input", place: { file: join(directory, "patients.csv"), line: 3 } });
      expect(error!.message).toMatch(message);
      expect(error!.message).toContain(`patients.csv:3: ${field}`);
      expect(error!.message).toContain("--skip-bad");
    });
  }
});

describe("a file that cannot be read as patients is refused", () => {
  const refusal = async (patients: DdxplusFiles["patients"], options?: SourceOptions): Promise<CaseError> => {
    const error = await open(patients, options)
      .then(allCases)
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    expect(error).toBeInstanceOf(CaseError);
    expect((error as CaseError).message).toContain("patients.csv");
    return error as CaseError;
  };

  test("empty, or a header alone; also when bad rows are skipped", async () => {
    expect(await refusal("")).toMatchObject({ code: "empty-file" });
    expect(await refusal(`${HEADER}\n`)).toMatchObject({ code: "empty-file" });
    expect(await refusal("", { skipBad: true })).toMatchObject({ code: "empty-file" });
  });

  test("a missing column, by name", async () => {
    expect((await refusal(csvOf(PATIENT).replace("PATHOLOGY", "DISEASE"))).message).toMatch(
      /column PATHOLOGY is missing/,
    );
  });

  test("a wrong encoding", async () => {
    expect((await refusal(Buffer.from(csvOf({ PATHOLOGY: "Pneumonié" }), "latin1"))).message).toMatch(/not UTF-8/);
    expect((await refusal(Buffer.from(csvOf(PATIENT), "utf16le"))).message).toMatch(/UTF-8|missing/);
  });

  test("a missing file, with the directory's form", async () => {
    expect((await refusal(null)).message).toMatch(/no such file/);
    await expect(openDdxplus("no/such/directory")).rejects.toThrow(/no such file/);
    await expect(openDdxplus("no/such/patients.csv")).rejects.toThrow(CaseError);
  });

  test("a row of the wrong number of cells, with its line", async () => {
    const short = await refusal(`${csvOf(PATIENT)}50,M,Pneumonia\n`);
    expect(short.place?.line).toBe(3);
    const long = await refusal(`${csvOf(PATIENT)}${rowOf(PATIENT)},more\n`);
    expect(long.place?.line).toBe(3);
  });

  test("an absurdly long row, without reading it whole", async () => {
    const error = await refusal(`${csvOf(PATIENT)}50,M,"${"P".repeat(20_000_000)}`);
    expect(error.place?.line).toBe(3);
  });
});

describe("under skipBad", () => {
  test("bad rows are left out and counted, the first hundred with their reasons", async () => {
    const bad = { ...PATIENT, AGE: "old" };
    const source = await open([PATIENT, ...Array.from({ length: 130 }, () => bad), OTHER_PATIENT], { skipBad: true });
    for (const round of [1, 2]) {
      expect(await allCases(source), `round ${round}`).toHaveLength(2);
      expect(source.skippedCount).toBe(130);
      expect(source.skipped).toHaveLength(100);
    }
    expect(source.skipped[0]).toMatchObject({ line: 3, reason: expect.stringContaining("AGE") });
  });

  test("a row of the wrong number of cells is left out like any other", async () => {
    const source = await open(`${csvOf(PATIENT)}50,M,Pneumonia\n${rowOf(OTHER_PATIENT)}\n`, { skipBad: true });
    expect(await allCases(source)).toHaveLength(2);
    expect(source.skipped.map(({ line }) => line)).toEqual([3]);
  });
});

describe("any content gives cases or a CaseError", () => {
  const good = csvOf(PATIENT, OTHER_PATIENT);
  let directory: Promise<string> | undefined;
  const readOrRefuse = async (patients: string | Uint8Array, skipBad: boolean): Promise<void> => {
    directory ??= ddxplusDirectory();
    const file = join(await directory, "any.csv");
    await writeFile(file, patients);
    let cases: Case[];
    try {
      cases = await allCases(await openDdxplus(file, { skipBad }));
    } catch (error) {
      if (!(error instanceof CaseError)) throw error;
      expect(error.fault).toBe("input");
      return;
    }
    for (const one of cases) CaseSchema.parse(one);
  };
  const assert = (text: fc.Arbitrary<string | Uint8Array>, numRuns: number): Promise<void> =>
    fc.assert(fc.asyncProperty(text, fc.boolean(), readOrRefuse), { numRuns });

  test("random bytes", () => assert(fc.uint8Array({ maxLength: 300 }), 60));

  test("good files, cut anywhere", () =>
    assert(
      fc.nat(good.length).map((end) => good.slice(0, end)),
      60,
    ));

  test("good files with anything inserted anywhere", () => {
    const piece = fc.oneof(
      fc.constantFrom('"', "'", ",", "\n", "\r", "[", "]", "_@_", "\0", "\uFEFF", "E_", "nan"),
      fc.string(),
    );
    const inserted = fc
      .tuple(fc.nat(good.length), piece)
      .map(([at, text]) => good.slice(0, at) + text + good.slice(at));
    return assert(inserted, 200);
  });

  test("good rows with any cell replaced", () => {
    const token = fc.oneof(
      fc.constantFrom(
        "'E_1'",
        "'E_3_@_V_1'",
        "'E_3_@_V_0'",
        "'__proto__'",
        "'constructor'",
        "['Pneumonia', 1]",
        "[",
        "]",
      ),
      fc.string(),
    );
    const cell = fc.oneof(
      fc.string(),
      fc.array(token).map((all) => `[${all.join(", ")}]`),
    );
    const row = fc
      .tuple(fc.constantFrom(...Object.keys(PATIENT)), cell)
      .map(([key, text]) => csvOf({ ...PATIENT, [key]: text }));
    return assert(row, 200);
  });

  test("absurd cells, without taking long over them", async () => {
    const started = performance.now();
    for (const text of ["[", "['", "'", '"', "[[", "['a', ", "E_1_@_", " ", "1", "['Pneumonia', 1], "]) {
      for (const key of Object.keys(PATIENT)) {
        await readOrRefuse(csvOf({ ...PATIENT, [key]: text.repeat(Math.floor(300_000 / text.length)) }), false);
      }
    }
    expect(performance.now() - started).toBeLessThan(5000);
  }, 20_000);
});

test("fifty thousand patients are streamed in constant memory", async () => {
  const directory = await ddxplusDirectory({ patients: null });
  await writeFile(join(directory, "patients.csv"), `${HEADER}\n${`${rowOf(PATIENT)}\n`.repeat(50_000)}`);
  const source = await openDdxplus(directory);
  let read = 0;
  let early = 0;
  let late = 0;
  for await (const _ of source.cases()) {
    read++;
    if (read === 5000) early = memoryInUse();
    if (read === 49_000) late = memoryInUse();
  }
  expect(read).toBe(50_000);
  // Kept, 44,000 cases would take 50 MB and more.
  expect(late - early).toBeLessThan(8e6);
}, 20_000);

test("a reader that stops early leaves nothing open and nothing unhandled", async () => {
  const directory = await ddxplusDirectory({ patients: null });
  await writeFile(join(directory, "patients.csv"), `${HEADER}\n${`${rowOf(PATIENT)}\n`.repeat(5000)}`);
  const source = await openDdxplus(directory);
  for (let round = 0; round < 10; round++) for await (const { id } of source.cases()) if (id.endsWith(":4")) break;
  await new Promise((resolve) => setTimeout(resolve, 20));
  const open = process.getActiveResourcesInfo().filter((kind) => /FSReq|FileHandle/.test(kind));
  expect(open).toEqual([]);
});

test.skipIf(ddxplusIsMissing)(
  "the shared patients: 1,669 rows, 47 of the 49 conditions, none skipped, each with its list",
  async () => {
    const source = await openDdxplus(DDXPLUS, { skipBad: true });
    const labels = new Set<string>();
    const fingerprints = new Set<string>();
    let rows = 0;
    for await (const one of source.cases()) {
      rows++;
      labels.add(one.label.condition!);
      fingerprints.add(one.fingerprint!);
      expect(one.differential!.entries.length).toBeGreaterThan(0);
      expect(one.opening).toHaveLength(1);
    }
    expect([rows, labels.size, source.skippedCount]).toEqual([1669, 47, 0]);
    expect(source.base!.conditions).toHaveLength(49);
    expect(source.base!.findings).toHaveLength(223);
    expect(fingerprints.size).toBeGreaterThan(1660);
  },
);
