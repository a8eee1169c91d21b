import { describe, expect, test } from "vitest";
import { openAgentClinic } from "../../../simulators/sources/agentclinic.ts";
import { openMediq } from "../../../simulators/sources/mediq.ts";
import { openPhenopackets } from "../../../simulators/sources/phenopackets.ts";
import {
  AGENTCLINIC_ROW,
  fileOf,
  linesOf,
  MEDIQ_ROW,
  type Open,
  PHENOPACKET_ROW,
  readAll,
  sharedData,
} from "./fixtures.ts";

const only = async (open: Open, row: unknown) => (await readAll(await open(await fileOf(linesOf(row)))))[0]!;

describe("an AgentClinic case", () => {
  test("tells its facts verbatim, a sentence each, its label masked", async () => {
    const read = await only(openAgentClinic, AGENTCLINIC_ROW);
    expect(read.facts).toEqual([
      "He fell from a chair.",
      "Dr. Ames saw him at 2.5 hours.",
      "He cries since.",
      "Swollen ankle",
      "Limping",
      "Crying",
      "A [withheld] last year.",
      "Lives with his parents.",
      "Current Medications: Vitamin D",
    ]);
    expect(read).toMatchObject({ sex: "male", complaint: "Swollen ankle", masked: 2, unlisted: "unknown" });
    expect(read.age).toBeCloseTo(8 / 12);
    expect(read.label).toEqual({ name: "Sprained ankle (SA)", synonyms: ["Sprained ankle", "SA"] });
  });

  test("measures what its examination and tests hold", async () => {
    const { measurements } = await only(openAgentClinic, AGENTCLINIC_ROW);
    expect(measurements).toEqual([
      { name: "Vital Signs: Temperature", result: "36.9 °C" },
      { name: "Vital Signs: Normal", result: "true" },
      { name: "Ankle: Tests", result: "Drawer test negative; Squeeze test negative" },
      { name: "X ray: Findings", result: "No fracture, suggestive of [withheld]." },
    ]);
  });

  test("says nothing of the objective for the doctor", async () => {
    expect(JSON.stringify(await only(openAgentClinic, AGENTCLINIC_ROW))).not.toContain("Find the");
  });

  test("has the same id in any file", async () => {
    const [a, b] = [await only(openAgentClinic, AGENTCLINIC_ROW), await only(openAgentClinic, AGENTCLINIC_ROW)];
    expect(a.id).toBe(b.id);
  });
});

describe("a MediQ case", () => {
  test("tells its facts without their numbers and opens with the first that says why", async () => {
    const read = await only(openMediq, MEDIQ_ROW);
    expect(read).toMatchObject({
      id: "imedqa-7",
      age: 51,
      sex: "male",
      complaint: "His toes itch in the cold.",
      domain: "dermatology",
      label: { name: "Chilblains" },
      options: ["Chilblains", "Frostbite", "Eczema", "Psoriasis"],
      masked: 1,
    });
    expect(read.facts.at(-1)).toBe("A friend said it looks like [withheld].");
  });

  test("is left out and counted where the question asks for something else", async () => {
    const other = { ...MEDIQ_ROW, id: 8, question: "Which of the following is the best treatment?" };
    const source = await openMediq(await fileOf(linesOf(MEDIQ_ROW, other)));
    expect(await readAll(source)).toHaveLength(1);
    expect(source.repairs).toEqual(["1 questions left out: they do not ask for a diagnosis"]);
    expect(source.skippedCount).toBe(0);
  });

  test("whose answer goes by another name than the option keeps both names", async () => {
    const read = await only(openMediq, { ...MEDIQ_ROW, answer: 'Perniosis\n"' });
    expect(read.label).toEqual({ name: "Chilblains", synonyms: ["Perniosis"] });
  });
});

describe("a phenopacket", () => {
  test("has coded findings, present and absent, the rest unknown", async () => {
    const read = await only(openPhenopackets, PHENOPACKET_ROW);
    expect(read).toMatchObject({
      id: "phenopacket-PMID_1",
      age: 1.5,
      sex: "female",
      opening: ["HP:0000348"],
      complaint: "High forehead.",
      unlisted: "unknown",
      label: { name: "Tall-forehead syndrome", synonyms: ["OMIM:1"] },
    });
    expect(read.findings.map(({ finding, state }) => `${finding} ${state}`)).toEqual([
      "HP:0000494 absent",
      "HP:0000348 present",
      "HP:0002353 absent",
    ]);
    expect(read.facts).toEqual(["No downslanted eyes.", "High forehead.", "No EEG abnormality."]);
  });

  test("that contradicts itself is a bad row", async () => {
    const [, observed] = PHENOPACKET_ROW.features;
    const row = { ...PHENOPACKET_ROW, features: [observed, { ...observed, excluded: true }] };
    await expect(only(openPhenopackets, row)).rejects.toThrow(/features\[1\]: High forehead .* both/);
  });
});

describe("the shared data", () => {
  const sets: [name: string, open: Open, cases: number, masked: number, repairs: string[]][] = [
    ["agentclinic/medqa.jsonl", openAgentClinic, 76, 15, []],
    [
      "mediq/icraftmd.jsonl",
      openMediq,
      93,
      0,
      ["1 answers differ from the option that they mark: both names are kept"],
    ],
    [
      "mediq/imedqa.jsonl",
      openMediq,
      82,
      0,
      ["776 questions left out: they do not ask for a diagnosis", "2 answers ended in a stray quotation mark"],
    ],
    ["phenopackets/cases.jsonl", openPhenopackets, 451, 0, ["1 disease names ended in a stray bracket"]],
  ];
  for (const [name, open, count, masked, repairs] of sets) {
    const { file, missing } = sharedData(name);
    test.skipIf(missing)(`${name}: ${count} cases, ${masked} of them masked`, async () => {
      const source = await open(file);
      const cases = await readAll(source);
      expect(cases).toHaveLength(count);
      expect(cases.filter((read) => read.masked > 0)).toHaveLength(masked);
      expect(cases.every(({ complaint, facts }) => complaint && facts.length > 0)).toBe(true);
      expect(source.repairs).toEqual(repairs);
      expect(source.skippedCount).toBe(0);
    });
  }
});
