import { describe, expect, test } from "vitest";
import { conditionNames, labelCondition, openLabel } from "../../environments/index.ts";
import { Id, type KnowledgeBase } from "../../src/index.ts";
import { clinic } from "../fixtures/clinic.ts";
import { ddxplusCases, ddxplusIsMissing, starterCases } from "../fixtures/sources.ts";

const names = conditionNames(clinic);

describe("a name is found", () => {
  test("by id, name and synonym; case, accents, punctuation and possessives do not count", () => {
    const found = ["cold", "Common cold", "CORYZA", "common-cold", " Cóld! "].map(names.idOf);
    expect(new Set(found)).toEqual(new Set(["cold"]));
    expect(names.idOf("influenza")).toBeUndefined();
    expect(names.idOf("")).toBeUndefined();
  });

  test("as the condition's own before another one's synonym", () => {
    const [first, second] = clinic.conditions;
    const conditions = [{ ...first!, synonyms: ["Pneumonia"] }, second!];
    expect(conditionNames({ conditions }).idOf("pneumonia")).toBe("pneumonia");
  });

  const expectOwnNames = (base: KnowledgeBase): void => {
    const known = conditionNames(base);
    for (const { id, name } of base.conditions) {
      expect(known.idOf(id)).toBe(id);
      expect(known.idOf(name), name).toBe(id);
    }
  };

  test("in the starter base, each by its own", async () => {
    expectOwnNames((await starterCases(0)).base);
  });

  test.skipIf(ddxplusIsMissing)("in DDXPlus, each by its own", async () => {
    expectOwnNames((await ddxplusCases(1)).base);
  });
});

describe("the condition of a label", () => {
  test("is its own id, else found by its name, what stands in parentheses, or a synonym", () => {
    expect(labelCondition({ condition: "measles", name: "whatever", synonyms: [] }, names)).toBe("measles");
    expect(labelCondition({ name: "Pneumonia", synonyms: [] }, names)).toBe("pneumonia");
    expect(labelCondition({ name: "Rubeola (Measles)", synonyms: [] }, names)).toBe("measles");
    expect(labelCondition({ name: "Chest trouble", synonyms: ["lung infection"] }, names)).toBe("pneumonia");
    expect(labelCondition({ name: "Gout", synonyms: ["podagra"] }, names)).toBeUndefined();
  });
});

test("an open label is an id for any name", () => {
  expect(openLabel("Crohn’s disease")).toBe("crohn-disease");
  expect(openLabel("Guillain–Barré syndrome")).toBe("guillain-barre-syndrome");
  for (const name of ["", "???", "a".repeat(500), "x=1, y<2"]) expect(Id.safeParse(openLabel(name)).success).toBe(true);
});
