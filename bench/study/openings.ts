/**
 * Why a policy can beat the Bayesian agent: the agent's own questions, answered once, and concluded from in four ways, by
 * what the conclusion knows of the patients: how they open, and how often they deny. `node bench/study/openings.ts`
 */
import { join } from "node:path";
import { bayesAgent } from "../../agents/index.ts";
import { type InterviewRecord, runInterview } from "../../environments/index.ts";
import { openCases, readConfig } from "../../gpu-trainer/index.ts";
import { type Case, caseSampler, Persona, patientFor } from "../../simulators/index.ts";
import {
  buildLikelihoodModel,
  type KnowledgeBase,
  type LikelihoodModel,
  type ObservedFinding,
  outcomesOf,
  probabilityOf,
} from "../../src/index.ts";

const DENIAL = 0.2;
const PATIENTS = 10_000;
/** The fresh patients of `evaluate --seed 5`, and others that openings are counted on. */
const SERIES = { seed: 5, patients: 2 ** 31 + 11 + 5, openings: 99, counted: 400_000 };

const config = await readConfig(join(import.meta.dirname, "../../examples/train/denial.yaml"));
const { base } = await openCases(config.cases, config.seed);
const { budget } = config.episode;
const sample = caseSampler(base);
const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
const plain = buildLikelihoodModel(base);
const denying = buildLikelihoodModel(deniedAt(DENIAL));
const width = plain.conditions.length;

/** The knowledge base in which every binary finding is told so much less often. */
function deniedAt(denial: number): KnowledgeBase {
  return {
    ...base,
    findings: base.findings.map((finding) =>
      finding.type === "binary" && typeof finding.background !== "object" && finding.background !== undefined
        ? { ...finding, background: probabilityOf(finding.background) * (1 - denial) }
        : finding,
    ),
    conditions: base.conditions.map((condition) => ({
      ...condition,
      findings: Object.fromEntries(
        Object.entries(condition.findings).map(([id, likelihood]) => [
          id,
          typeof likelihood === "object" ? likelihood : probabilityOf(likelihood) * (1 - denial),
        ]),
      ),
    })),
  };
}

const openingOf = ({ opening }: Pick<Case, "opening">): string => [...opening].sort().join();

/** How often patients of each condition open with each set of findings. */
const openings = new Map<string, Float64Array>();
const seen = new Float64Array(width);
for (let i = 0; i < SERIES.counted; i++) {
  const drawn = sample(SERIES.openings, i);
  const condition = plain.conditions.indexOf(drawn.label.condition!);
  const row = openings.get(openingOf(drawn)) ?? new Float64Array(width);
  row[condition]!++;
  seen[condition]!++;
  openings.set(openingOf(drawn), row);
}

/** The likeliest condition by Bayes' rule; a child finding counts where its parent is present. */
function concluded(
  chosen: Case,
  { intake, turns }: InterviewRecord,
  model: LikelihoodModel,
  knowsOpenings: boolean,
): string {
  const logWeights = plain.prior(chosen.age, chosen.sex).map(Math.log);
  const states = new Map<string, ObservedFinding["state"]>();
  const tell = (told: LikelihoodModel, observed: ObservedFinding): void => {
    const entry = told.findings[told.indexOf.get(observed.finding)!]!;
    const parent = entry.finding.parent;
    states.set(observed.finding, observed.state);
    if (parent !== undefined && states.get(parent) !== "present") return;
    for (const outcome of outcomesOf(entry, observed) ?? []) {
      for (let c = 0; c < width; c++) logWeights[c]! += Math.log(entry.share[outcome * width + c]!);
    }
  };
  if (knowsOpenings) {
    const row = openings.get(openingOf(chosen));
    for (let c = 0; c < width; c++) logWeights[c]! += Math.log(((row?.[c] ?? 0) + 0.05) / (seen[c]! + 1));
    for (const { finding, state } of intake.findings) states.set(finding, state);
  } else for (const observed of intake.findings) tell(plain, observed);
  for (const observed of turns) if (!chosen.opening.includes(observed.finding)) tell(model, observed);
  return plain.conditions[logWeights.indexOf(Math.max(...logWeights))]!;
}

const core = bayesAgent(base, { minGain: 0, redFlagRisk: 1 });
for (const denial of [0, DENIAL]) {
  const persona = Persona.parse({ denial });
  const right = { "as shipped": 0, "knows the denials": 0, "knows the openings": 0, "knows both": 0 };
  for (let i = 0; i < PATIENTS; i++) {
    const chosen = sample(SERIES.patients, i);
    const patient = patientFor({ case: chosen, base, findings, persona, seed: SERIES.seed });
    const intake = { age: chosen.age, sex: chosen.sex, findings: chosen.opening.map(patient.truth) };
    const record = runInterview(core, patient, intake, { budget, seed: chosen.id, redFlags: [] });
    const isRight = (model: LikelihoodModel, knowsOpenings: boolean): number =>
      Number(concluded(chosen, record, model, knowsOpenings) === chosen.label.condition);
    right["as shipped"] += isRight(plain, false);
    right["knows the denials"] += isRight(denying, false);
    right["knows the openings"] += isRight(plain, true);
    right["knows both"] += isRight(denying, true);
  }
  const shares = Object.entries(right).map(([name, count]) => `${name} ${(count / PATIENTS).toFixed(3)}`);
  process.stdout.write(`denial ${denial}: ${shares.join(", ")}\n`);
}
