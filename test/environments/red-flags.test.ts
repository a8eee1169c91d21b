import { beforeAll, describe, expect, test } from "vitest";
import { bayesAgent } from "../../agents/index.ts";
import { runInterview } from "../../environments/index.ts";
import { type Case, caseSampler, loadKnowledgeBase, patientFor, STARTER_DIRECTORY } from "../../simulators/index.ts";
import { type KnowledgeBase, urgencyLevel } from "../../src/index.ts";

/** Draws patients until there are enough of both kinds, the same ones each time. */
const EMERGENCIES = 400;
const OTHERS = 1500;
const SEED = 2;

describe("red flags on patients of the starter base, with the agent's own questions", () => {
  let base: KnowledgeBase;
  let flaggedShare: (patients: readonly Case[]) => number;
  const emergencies: Case[] = [];
  const others: Case[] = [];

  beforeAll(async () => {
    base = await loadKnowledgeBase(STARTER_DIRECTORY);
    const sample = caseSampler(base);
    for (let i = 0; emergencies.length < EMERGENCIES || others.length < OTHERS; i++) {
      const drawn = sample(SEED, i);
      const level = urgencyLevel(drawn.urgency!);
      if (level <= urgencyLevel("emergency") && emergencies.length < EMERGENCIES) emergencies.push(drawn);
      if (level >= urgencyLevel("consultation") && others.length < OTHERS) others.push(drawn);
    }
    const core = bayesAgent(base);
    const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
    const isFlagged = (drawn: Case): boolean => {
      const patient = patientFor({ case: drawn, base, findings, seed: SEED });
      const { age, sex } = drawn;
      const intake = { age, sex, findings: drawn.opening.map((finding) => patient.truth(finding)) };
      const record = runInterview(core, patient, intake, { budget: 30, seed: drawn.id, redFlags: base.redFlags });
      return record.redFlags.length > 0;
    };
    flaggedShare = (patients) => patients.filter(isFlagged).length / patients.length;
  });

  test("are raised in nearly all emergencies", () => {
    expect(flaggedShare(emergencies)).toBeGreaterThanOrEqual(0.975);
  });

  test("are seldom raised in patients who can wait", () => {
    expect(flaggedShare(others)).toBeLessThanOrEqual(0.06);
  });
});
