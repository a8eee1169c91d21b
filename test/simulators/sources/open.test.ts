import { describe, expect, test } from "vitest";
import { CaseError, openCaseSource, SOURCE_FORMS } from "../../../simulators/index.ts";
import { clinic } from "../../fixtures/clinic.ts";
import { ddxplusDirectory } from "../../fixtures/ddxplus-files.ts";
import { allCases } from "../../fixtures/sources.ts";
import { AGENTCLINIC_ROW, fileOf, linesOf, MEDIQ_ROW, OWN_ROW, PHENOPACKET_ROW } from "./fixtures.ts";

describe("a case source by its name", () => {
  test("starter: sampled, as many as asked for, from its seed", async () => {
    const source = await openCaseSource("starter", { count: 5, seed: 2 });
    expect(source.base?.id).toBe("starter");
    const cases = await allCases(source);
    expect(cases).toHaveLength(5);
    expect(await allCases(await openCaseSource("starter", { count: 5, seed: 2 }))).toEqual(cases);
    expect(await allCases(await openCaseSource("starter"))).toHaveLength(100);
  });

  test("ddxplus:DIR", async () => {
    const directory = await ddxplusDirectory();
    const source = await openCaseSource(`ddxplus:${directory}`);
    expect(source).toMatchObject({ name: `ddxplus:${directory}`, base: { id: "ddxplus" } });
    expect(await allCases(source)).toHaveLength(2);
  });

  test("agentclinic:FILE, mediq:FILE, phenopackets:FILE", async () => {
    const rows = { agentclinic: AGENTCLINIC_ROW, mediq: MEDIQ_ROW, phenopackets: PHENOPACKET_ROW };
    for (const [format, row] of Object.entries(rows)) {
      const name = `${format}:${await fileOf(linesOf(row))}`;
      const source = await openCaseSource(name);
      expect(source.name).toBe(name);
      expect(await allCases(source)).toHaveLength(1);
    }
  });

  test("FILE.jsonl, checked against the base it is said to be coded in", async () => {
    const file = await fileOf(linesOf(OWN_ROW));
    expect(await allCases(await openCaseSource(file))).toHaveLength(1);
    await expect(openCaseSource(file, { base: clinic }).then(allCases)).rejects.toThrow(/no finding sore-throat/);
  });

  test("any other name is refused with the forms there are", async () => {
    for (const name of ["", "starter2", "ddxplus", "ddxplus:", "patients.csv", "mimic:file.csv"]) {
      await expect(openCaseSource(name), name).rejects.toThrow(SOURCE_FORMS);
      await expect(openCaseSource(name), name).rejects.toThrow(CaseError);
    }
  });

  test("a missing file is one clear error, whatever the form", async () => {
    for (const name of [
      "ddxplus:no/dir",
      "ddxplus:no/x.csv",
      "agentclinic:no.jsonl",
      "mediq:no",
      "phenopackets:no",
      "no.jsonl",
    ]) {
      await expect(openCaseSource(name).then(allCases), name).rejects.toThrow(/no such file/);
    }
  });
});
