import { describe, expect, test } from "vitest";
import { integrityFaults } from "../../../simulators/knowledge/integrity.ts";
import { KnowledgeBase } from "../../../src/index.ts";

const BASE = {
  id: "memory",
  version: "1",
  notice: "Written for a test.",
  findings: [
    { id: "pain", name: "pain", kind: "symptom", type: "binary", question: "Any pain?" },
    {
      id: "site",
      name: "site",
      kind: "symptom",
      type: "multiple",
      parent: "pain",
      question: "Where?",
      values: [
        { id: "head", name: "head" },
        { id: "belly", name: "belly" },
      ],
    },
  ],
  conditions: [
    {
      id: "c",
      name: "C",
      icd10: "R52",
      severity: 5,
      domain: "general",
      prior: 1,
      findings: { pain: 0.9, site: { head: 0.9, belly: 0.9 } },
    },
  ],
};

const faultsOf = (change: (base: KnowledgeBase) => void): string[] => {
  const base = KnowledgeBase.parse(BASE);
  change(base);
  return integrityFaults(base).map(({ code, path }) => `${code} ${path.join(".")}`);
};

describe("integrity of a base in memory", () => {
  test("a sound base has no fault; the values of a multiple finding need not sum to 1", () => {
    expect(faultsOf(() => {})).toEqual([]);
  });

  test("faults carry a path from the root of the base", () => {
    expect(
      faultsOf(({ conditions }) => {
        conditions[0]!.findings.itch = 0.5;
        conditions[0]!.findings.site = { foot: 0.5 };
      }),
    ).toEqual(["unknown-value conditions.0.findings.site.foot", "unknown-finding conditions.0.findings.itch"]);
  });

  test("a background is checked like a condition's own probabilities", () => {
    expect(
      faultsOf(({ findings }) => {
        findings[0]!.background = { yes: 0.1 };
        findings[1]!.background = 0.1;
      }),
    ).toEqual(["wrong-shape findings.0.background", "wrong-shape findings.1.background"]);
  });

  test("parents in a circle are found and do not hang the check", () => {
    expect(
      faultsOf(({ findings }) => {
        findings[0]!.parent = "site";
      }),
    ).toEqual(["wrong-type findings.0.parent", "cycle findings.0.parent", "cycle findings.1.parent"]);
  });

  test("ids that already mean something to plain objects are refused", () => {
    expect(
      faultsOf(({ findings }) => {
        findings[0]!.id = "constructor";
        findings[1]!.parent = "constructor";
      }),
    ).toContain("reserved-id findings.0.id");
  });

  test("a row whose every value has probability 0 is refused", () => {
    expect(
      faultsOf(({ conditions }) => {
        conditions[0]!.findings.site = { head: 0, belly: 0 };
      }),
    ).toEqual(["no-weight conditions.0.findings.site"]);
  });
});
