import { beforeAll, describe, expect, test } from "vitest";
import {
  caseSampler,
  integrityFaults,
  loadKnowledgeBase,
  STARTER_DIRECTORY,
  sliceKnowledge,
} from "../../../simulators/index.ts";
import { isTold, type KnowledgeBase, parseTerm } from "../../../src/index.ts";

const CONDITIONS = ["common-cold", "influenza", "pneumonia", "asthma", "heart-failure"];

describe("a slice of the starter knowledge base", () => {
  let base: KnowledgeBase;
  let slice: KnowledgeBase;
  beforeAll(async () => {
    base = await loadKnowledgeBase(STARTER_DIRECTORY);
    slice = sliceKnowledge(base, { conditions: CONDITIONS, findings: 16 });
  });

  test("is a knowledge base by itself, with no more than was asked for", () => {
    expect(integrityFaults(slice)).toEqual([]);
    expect(slice.conditions.map(({ id }) => id).sort()).toEqual([...CONDITIONS].sort());
    expect(slice.findings).toHaveLength(16);
    expect(slice.findings.every(({ kind }) => isTold(kind))).toBe(true);
  });

  test("keeps a complaint of every condition, so that every patient has something to open with", () => {
    for (const { complaints } of slice.conditions) expect(complaints).not.toHaveLength(0);
    const sample = caseSampler(slice);
    for (let i = 0; i < 200; i++) expect(sample(1, i).opening).not.toHaveLength(0);
  });

  test("keeps what tells its conditions apart: more findings, no less information", () => {
    const wider = new Set(sliceKnowledge(base, { conditions: CONDITIONS, findings: 30 }).findings.map(({ id }) => id));
    for (const { id } of slice.findings) expect(wider).toContain(id);
    expect(slice.findings.map(({ id }) => id)).toContain("wheeze");
  });

  test("keeps no question without its parent, and no rule that looks at what is gone", () => {
    const kept = new Set(slice.findings.map(({ id }) => id));
    for (const { parent } of slice.findings) if (parent !== undefined) expect(kept).toContain(parent);
    for (const { when } of slice.redFlags) {
      for (const term of [...when.all, ...(when.any ?? []), ...(when.atLeast?.of ?? []), ...(when.unless ?? [])]) {
        expect(kept).toContain(parseTerm(term).finding);
      }
    }
  });

  test("refuses conditions that do not exist, a single one, and too few findings for their complaints", () => {
    const sliced =
      (conditions: string[], findings = 20) =>
      () =>
        sliceKnowledge(base, { conditions, findings });
    expect(sliced(["common-cold", "lycanthropy"])).toThrow("lycanthropy");
    expect(sliced(["common-cold"])).toThrow("two conditions or more");
    expect(sliced(CONDITIONS, 1)).toThrow("complaints");
  });
});
