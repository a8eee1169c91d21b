import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alternativeNames, nameMatcher } from "../../simulators/naming.ts";

const finds = (name: string, text: string): boolean => nameMatcher([name]).find(text) !== undefined;

describe("finding the name of a condition", () => {
  test("whole words in any case", () => {
    expect(finds("Asthma", "it is asthma, I think")).toBe(true);
    expect(finds("Asthma", "an asthmatic aunt")).toBe(false);
    expect(finds("Gout", "without gouty signs")).toBe(false);
  });

  test("with or without possessive, hyphen, accent and plural", () => {
    expect(finds("Hirschsprung disease", "compatible with Hirschsprung’s disease")).toBe(true);
    expect(finds("Hirschsprung’s disease", "compatible with Hirschsprung disease")).toBe(true);
    expect(finds("Legg-Calvé-Perthes disease", "Legg Calve Perthes disease")).toBe(true);
    expect(finds("Hemorrhoids", "an internal hemorrhoid")).toBe(true);
    expect(finds("Hemorrhoid", "internal hemorrhoids")).toBe(true);
  });

  test("short forms in capitals match in capitals only", () => {
    expect(finds("AS", "as bad as ever")).toBe(false);
    expect(finds("PML", "indicative of PML.")).toBe(true);
  });

  test("the longer of two names is found", () => {
    expect(nameMatcher(["melanoma", "melanoma in situ"]).find("a melanoma in situ")).toBe("melanoma in situ");
  });

  test("a name with an abbreviation in parentheses is also called by either", () => {
    expect(alternativeNames("Benign positional vertigo (BPPV)")).toEqual(["Benign positional vertigo", "BPPV"]);
    expect(alternativeNames("Benign positional vertigo")).toEqual([]);
  });

  test("replaces every name and counts", () => {
    expect(nameMatcher(["flu", "PML"]).replace("Flu, flu or PML", "…")).toEqual({ text: "…, … or …", count: 3 });
  });

  test("never throws, whatever the name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (name, text) => {
        const { find, replace } = nameMatcher([name, ...alternativeNames(name)]);
        const found = find(text);
        if (found !== undefined) expect(replace(text, "").count).toBeGreaterThan(0);
      }),
    );
  });
});
