import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CaseError } from "../../../simulators/errors.ts";
import { checkKnowledgeBase, loadKnowledgeBase, STARTER_DIRECTORY } from "../../../simulators/knowledge/authored.ts";
import { formatFault } from "../../../simulators/knowledge/faults.ts";
import { type Edit, smallBase } from "./small-base.ts";

const FINDINGS = "findings/general.yaml";
const CONDITIONS = "conditions/respiratory.yaml";
const FLAGS = "red-flags.yaml";

/** The faults of the small base after `edits`, as lines, with files relative to the base. */
async function faultsAfter(...edits: Edit[]): Promise<string[]> {
  const directory = await smallBase(...edits);
  const { faults } = await checkKnowledgeBase(directory);
  return faults.map((fault) => formatFault(fault).replaceAll(`${directory}/`, ""));
}

describe("a sound knowledge base", () => {
  test("loads with its head, findings, conditions and rules", async () => {
    const base = await loadKnowledgeBase(await smallBase());
    expect(base).toMatchObject({ id: "small", version: "0.0.1" });
    expect(base.findings.map(({ id }) => id)).toEqual(["fever", "cough", "cough-type", "body-temperature"]);
    expect(base.conditions.map(({ id }) => id)).toEqual(["flu", "cold"]);
    expect(base.redFlags).toHaveLength(1);
  });

  test("is summed up in figures", async () => {
    const { summary } = await checkKnowledgeBase(await smallBase());
    expect(summary).toMatchObject({
      findings: 4,
      conditions: 2,
      redFlags: 1,
      findingsByType: { binary: 2, categorical: 1, numeric: 1 },
      conditionsByUrgency: { "self-care": 1, unknown: 1 },
      errors: 0,
      warnings: 0,
    });
  });

  test("may have Windows line ends and a byte order mark", async () => {
    const directory = await smallBase();
    const text = await readFile(join(directory, CONDITIONS), "utf8");
    await writeFile(join(directory, CONDITIONS), `\uFEFF${text.replaceAll("\n", "\r\n")}`);
    expect((await loadKnowledgeBase(directory)).conditions).toHaveLength(2);
  });
});

describe("each fault is named with file, line and field", () => {
  const cases: [what: string, edit: Edit, expected: string][] = [
    [
      "an unknown finding",
      [CONDITIONS, "    fever: usually", "    fevr: usually"],
      `${CONDITIONS}:11: flu.findings.fevr: no finding fevr`,
    ],
    [
      "an unknown value",
      [CONDITIONS, "wet: rarely", "moist: rarely"],
      `${CONDITIONS}:13: flu.findings.cough-type.moist: cough-type has no value moist: it has dry, wet`,
    ],
    [
      "a word that is no band",
      [CONDITIONS, "cough: often", "cough: oftn"],
      `${CONDITIONS}:12: flu.findings.cough: "oftn" is not one of always, nearly-always, usually, often, sometimes, occasionally, rarely, very-rarely, almost-never`,
    ],
    [
      "a probability above 1",
      [CONDITIONS, "cough: 0.7", "cough: 1.7"],
      `${CONDITIONS}:23: cold.findings.cough: 1.7 is above 1`,
    ],
    [
      "a probability that is no number",
      [CONDITIONS, "cough: 0.7", "cough: .nan"],
      `${CONDITIONS}:23: cold.findings.cough: NaN is not a finite number`,
    ],
    [
      "a row that does not sum to 1",
      [CONDITIONS, "normal: 0.2", "normal: 0.4"],
      `${CONDITIONS}:14: flu.findings.body-temperature: the probabilities of body-temperature sum to 1.200, not to 1`,
    ],
    [
      "a map for a binary finding",
      [CONDITIONS, "fever: rarely", "fever: { yes: rarely }"],
      `${CONDITIONS}:24: cold.findings.fever: fever is binary: give one number or band, not one a value`,
    ],
    [
      "a band for a categorical finding",
      [CONDITIONS, "{ dry: usually, wet: rarely }", "usually"],
      `${CONDITIONS}:13: flu.findings.cough-type: cough-type is categorical: give each value a number or band`,
    ],
    ["an id used twice", [CONDITIONS, "- id: cold", "- id: flu"], `${CONDITIONS}:15: flu.id: the id flu is used twice`],
    ["a key given twice", [CONDITIONS, "cough: often", "fever: often"], `${CONDITIONS}:12: this key is given twice`],
    ["a missing field", [CONDITIONS, "  icd10: J00\n", ""], `${CONDITIONS}:15: cold.icd10: is missing`],
    [
      "a field that is not of the format",
      [CONDITIONS, "severity: 5", "severity: 5\n  sevrity: 5"],
      `${CONDITIONS}:19: cold.sevrity: is not a field of the format`,
    ],
    ["a wrong ICD-10 code", [CONDITIONS, "J11.1", "j11"], `${CONDITIONS}:4: flu.icd10: an ICD-10 code such as J02.0`],
    [
      "a severity out of range",
      [CONDITIONS, "severity: 4", "severity: 6"],
      `${CONDITIONS}:5: flu.severity: 6 is above 5`,
    ],
    [
      "a rare complaint",
      [CONDITIONS, "fever: usually", "fever: occasionally"],
      `${CONDITIONS}:9: flu.complaints[0]: the complaint fever has a probability of 0.15 here, give it at least 0.35`,
    ],
    [
      "a complaint that is not binary",
      [CONDITIONS, "complaints: [cough]", "complaints: [cough-type]"],
      `${CONDITIONS}:21: cold.complaints[0]: the complaint cough-type must be a binary finding`,
    ],
    [
      "a parent that is not binary",
      [FINDINGS, "parent: cough", "parent: body-temperature"],
      `${FINDINGS}:21: cough-type.parent: the parent body-temperature must be binary`,
    ],
    [
      "a parent that does not exist",
      [FINDINGS, "parent: cough", "parent: caugh"],
      `${FINDINGS}:21: cough-type.parent: no finding caugh`,
    ],
    [
      "its own parent",
      [FINDINGS, "parent: cough", "parent: cough-type"],
      `${FINDINGS}:21: cough-type.parent: cough-type is its own ancestor`,
    ],
    [
      "intervals with a gap",
      [FINDINGS, "from: 38", "from: 39"],
      `${FINDINGS}:35: body-temperature.values[1].from: high begins at 39, but must begin where normal ends (38)`,
    ],
    [
      "intervals that do not cover the line",
      [FINDINGS, "below: 38 }", "from: 34, below: 38 }"],
      `${FINDINGS}:34: body-temperature.values[0].from: normal is the first interval: leave out \`from\`, it begins at -infinity`,
    ],
    [
      "a `none` value that does not exist",
      [FINDINGS, "parent: cough", "parent: cough\n  none: nothing"],
      `${FINDINGS}:22: cough-type.none: cough-type has no value nothing`,
    ],
    [
      "the same question twice",
      [FINDINGS, "Do you cough?", "have you had a temperature"],
      `${FINDINGS}:16: cough.question: fever asks the same question`,
    ],
    [
      "a question that names a condition",
      [FINDINGS, "Do you cough?", "Do you cough as with the flu, that is influenza?"],
      `${FINDINGS}:16: cough.question: names a condition: "influenza"`,
    ],
    [
      "an answer that names a condition by a synonym",
      [FINDINGS, "Yes, I have been burning up.", "It feels like la Grippe."],
      `${FINDINGS}:9: fever.answers.present[0]: names a condition: "Grippe"`,
    ],
    [
      "a rule term of an unknown finding",
      [FLAGS, "[fever,", "[feverish,"],
      `${FLAGS}:4: very-hot.when.all[0]: no finding feverish`,
    ],
    [
      "a rule that compares a binary finding",
      [FLAGS, "[fever,", "[fever>=39,"],
      `${FLAGS}:4: very-hot.when.all[0]: fever is binary, only numeric findings are compared with >=`,
    ],
    [
      "a rule that takes a number for present",
      [FLAGS, "body-temperature>=40", "body-temperature"],
      `${FLAGS}:4: very-hot.when.all[1]: body-temperature is numeric: write body-temperature>=NUMBER`,
    ],
    [
      "a rule without any term",
      [FLAGS, "all: [fever, body-temperature>=40]", "sex: female"],
      `${FLAGS}:3: very-hot.when: the rule has no term that must hold: it would fire on everybody`,
    ],
    [
      "a rule that asks for more than there is",
      [FLAGS, "all: [fever, body-temperature>=40]", "atLeast: { n: 3, of: [fever, cough] }"],
      `${FLAGS}:4: very-hot.when.atLeast.n: asks for 3 of 2 terms: the rule can never fire`,
    ],
    [
      "a version that is no text",
      ["knowledge-base.yaml", "0.0.1", "1"],
      "knowledge-base.yaml:2: version: expected string, received number",
    ],
  ];
  for (const [what, edit, expected] of cases) {
    test(what, async () => {
      const faults = await faultsAfter(edit);
      expect(
        faults.some((fault) => fault.startsWith(expected)),
        faults.join("\n"),
      ).toBe(true);
    });
  }

  test("a finding that nothing uses is a warning, and the base is still there", async () => {
    const extra = "- id: itch\n  name: itch\n  kind: symptom\n  type: binary\n  question: Does it itch?\n- id: cough\n";
    const { base, faults } = await checkKnowledgeBase(await smallBase([FINDINGS, "- id: cough\n", extra]));
    expect(faults.map(({ severity, code }) => [severity, code])).toEqual([["warning", "unused-finding"]]);
    expect(base?.findings).toHaveLength(5);
  });

  test("a child whose parent hardly occurs in the condition", async () => {
    const faults = await faultsAfter(
      [CONDITIONS, "    cough: often", "    cough: rarely"],
      [CONDITIONS, "complaints: [fever, cough]", "complaints: [fever]"],
    );
    const line = `${CONDITIONS}:13: flu.findings.cough-type: cough-type is asked only when cough is present`;
    expect(faults).toEqual([expect.stringContaining(line)]);
  });

  test("a text with an unquoted comma in braces, with the advice to quote it", async () => {
    const faults = await faultsAfter([FINDINGS, "name: below 38 °C,", "name: cool, or normal,"]);
    expect(faults.join()).toContain("or normal: is not a field of the format (quote a text that holds a comma)");
  });

  test("several at once, without faults that only follow from another", async () => {
    const faults = await faultsAfter([FINDINGS, "kind: symptom", "kind: symptoms"], [CONDITIONS, "J11.1", "x"]);
    expect(faults).toEqual([
      `${FINDINGS}:4: fever.kind: "symptoms" is not one of symptom, antecedent, sign, test, image`,
      `${CONDITIONS}:4: flu.icd10: an ICD-10 code such as J02.0`,
    ]);
  });

  test("bad syntax, by the line of the parser, while the other files are still checked", async () => {
    const faults = await faultsAfter([FINDINGS, "[feeling hot]", "[feeling hot"], [CONDITIONS, "J11.1", "x"]);
    expect(faults[0]).toMatch(/^findings\/general.yaml:\d+: /);
    expect(faults).toContain(`${CONDITIONS}:4: flu.icd10: an ICD-10 code such as J02.0`);
    expect(faults.filter((fault) => fault.includes("no finding"))).toEqual([]);
  });
});

describe("what is no knowledge base at all", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "anamnesis-no-base-"));
    await writeFile(join(folder, "file"), "");
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("a missing directory, a file, an empty directory: one clear error each", async () => {
    await expect(loadKnowledgeBase(join(folder, "nowhere"))).rejects.toThrow(/nowhere: no such directory/);
    await expect(loadKnowledgeBase(join(folder, "file"))).rejects.toThrow(/is a file, expected the directory/);
    await expect(loadKnowledgeBase(folder)).rejects.toThrow(/knowledge-base.yaml: no such file/);
  });

  test("a file in another encoding", async () => {
    const directory = await smallBase();
    await writeFile(join(directory, FINDINGS), Buffer.from("- id: fi\xe8vre\n", "latin1"));
    await expect(loadKnowledgeBase(directory)).rejects.toThrow(/general.yaml: is not UTF-8/);
  });

  test("nesting without end, aliases without end, an empty file, a mapping for a list", async () => {
    const bombs = [
      "[".repeat(50_000),
      "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]\n",
      "",
      "id: fever\n",
      "- &x [*x]\n",
    ];
    for (const bomb of bombs) {
      const directory = await smallBase();
      await writeFile(join(directory, FINDINGS), bomb);
      await expect(loadKnowledgeBase(directory)).rejects.toThrow(CaseError);
    }
  });

  test("any damage to a file gives faults or a sound base, never another error", async () => {
    const directory = await smallBase();
    const files = [FINDINGS, CONDITIONS, FLAGS, "knowledge-base.yaml"];
    const texts = await Promise.all(files.map((file) => readFile(join(directory, file), "utf8")));
    const scrap = fc.oneof(
      fc.string(),
      fc.constantFrom("- ", ": ", "&a ", "*a", "{", "]", "\n", "'", "!!x ", ".nan", "\t", "---\n"),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(3), fc.nat(1200), fc.nat(20), scrap, async (which, at, gone, inserted) => {
        const text = texts[which]!;
        const cut = at % text.length;
        await writeFile(join(directory, files[which]!), text.slice(0, cut) + inserted + text.slice(cut + gone));
        const { base, faults } = await checkKnowledgeBase(directory);
        await writeFile(join(directory, files[which]!), text);
        expect(base !== undefined || faults.some(({ severity }) => severity === "error")).toBe(true);
        expect(faults.every(({ place }) => place?.file)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("lists the first ten faults and counts the others", async () => {
    const directory = await smallBase();
    const rows = Array.from({ length: 14 }, (_, i) => `- id: f${i}\n  name: f\n`).join("");
    await writeFile(join(directory, FINDINGS), rows);
    const error = await loadKnowledgeBase(directory).catch((thrown: unknown) => thrown as CaseError);
    expect(error).toMatchObject({ code: "bad-knowledge-base", fault: "input" });
    expect((error as CaseError).message).toMatch(/has \d+ faults:\n(.*\n){10}.*and \d+ more$/);
  });
});

describe("the starter knowledge base", () => {
  test("has no fault", async () => {
    const { faults, summary } = await checkKnowledgeBase(relative(process.cwd(), STARTER_DIRECTORY));
    expect(faults.map(formatFault)).toEqual([]);
    expect(summary.conditions).toBeGreaterThanOrEqual(60);
    expect(summary.findings).toBeGreaterThanOrEqual(200);
    expect(summary.redFlags).toBeGreaterThanOrEqual(20);
    expect(Object.keys(summary.conditionsByDomain)).toHaveLength(8);
    const { rare = 0, "very-rare": veryRare = 0 } = summary.conditionsByPrior;
    expect(rare + veryRare).toBeGreaterThanOrEqual(15);
    expect(summary.conditionsByUrgency.unknown ?? 0).toBe(0);
  });
});
