/** Evaluates an agent over a case source: streams the cases, consults, scores. Memory does not grow with the cases. */

import { setImmediate } from "node:timers/promises";
import {
  ABSTENTION,
  type ConsultOptions,
  conditionNames,
  consult,
  labelCondition,
  openLabel,
  runInterview,
} from "../../environments/index.ts";
import { type Case, type CaseSource, type Persona, patientFor } from "../../simulators/index.ts";
import {
  type AgentCore,
  buildLexicon,
  type Conclude,
  type KnowledgeBase,
  type Lexicon,
  replay,
  Scoreboard,
  type ScoredCase,
  steppingClock,
} from "../../src/index.ts";
import type { AgentFor, Goal } from "../agents.ts";
import { addSpeech, type Cast, NOTHING_SAID } from "../patients.ts";
import { grouping } from "./groups.ts";
import type { EvaluationResult } from "./result.ts";

export interface EvaluationOptions {
  readonly source: CaseSource;
  readonly base: KnowledgeBase;
  readonly agentFor: AgentFor;
  readonly agent: string;
  readonly goal: Goal;
  readonly budget: number;
  readonly seed: number;
  readonly persona: Persona;
  /** Who plays the patients, in words. Default: scripted ones, asked in codes where the case has them. */
  readonly cast?: Cast | undefined;
  /** Score the first `limit` cases only. */
  readonly limit?: number | undefined;
  readonly normal?: boolean;
  readonly signal?: AbortSignal;
  /** Called after each consultation with the number finished. */
  readonly onProgress?: (finished: number) => void;
}

export async function evaluate(options: EvaluationOptions): Promise<EvaluationResult> {
  const { source, base, budget, cast, limit = Number.POSITIVE_INFINITY, signal, onProgress } = options;
  const scoreboard = new Scoreboard(budget);
  const run = consultationRunner(options);
  const groupsOf = grouping(base);
  const names = conditionNames(base);
  let outside = 0;
  let masked = 0;
  let speech = NOTHING_SAID;
  const started = performance.now();
  if (limit > 0) {
    for await (const patient of source.cases()) {
      if (signal?.aborted) break;
      const condition = labelCondition(patient.label, names);
      if (condition === undefined) outside++;
      if (patient.masked > 0) masked++;
      const label = condition ?? openLabel(patient.label.name);
      const played = cast?.(patient);
      const finished = await run(patient, label, played?.patient);
      // A talk that was broken off is no consultation.
      if (signal?.aborted) break;
      if (played) speech = addSpeech(speech, played.speech());
      scoreboard.add({ ...finished, groups: groupsOf(patient, condition) });
      onProgress?.(scoreboard.n);
      // Cases that are drawn, not read, never leave the event loop a turn, and Ctrl-C would not be heard.
      if (scoreboard.n % 64 === 0) await setImmediate();
      if (scoreboard.n >= limit) break;
    }
  }
  const seconds = (performance.now() - started) / 1000;
  const { metrics, ci95, by, calibration, confusions, top1ByQuestions, n } = scoreboard.result();
  return {
    agent: options.agent,
    goal: options.goal,
    cases: source.name,
    budget,
    seed: options.seed,
    versions: options.agentFor().versions,
    n,
    ...metrics,
    ci95,
    by,
    top1_by_questions: top1ByQuestions,
    calibration,
    confusions,
    labels_outside_knowledge: outside,
    masked,
    skipped: { count: source.skippedCount, rows: [...source.skipped] },
    repairs: source.repairs,
    ...(cast && { speech }),
    interrupted: signal?.aborted ?? false,
    seconds,
    consultations_per_second: seconds > 0 ? n / seconds : 0,
    peak_memory_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

type Finished = Omit<ScoredCase, "groups">;
type CastPatient = ReturnType<Cast>["patient"];

/** Coded cases are interviewed without words; narrative ones, and patients whose words are a model's, need them. */
function consultationRunner(
  options: EvaluationOptions,
): (patient: Case, label: string, played?: CastPatient) => Finished | Promise<Finished> {
  const { base, agentFor, budget, seed, persona, normal = false, signal } = options;
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  // Only consultations in words need it, and it takes its share of memory.
  let lexicon: Lexicon | undefined;
  const hasRules = base.redFlags.length > 0;
  return (chosen, label, played) => {
    const core = agentFor(chosen.fingerprint);
    const patient = played ?? patientFor({ case: chosen, base, findings, persona, seed, normal });
    const given = { label, reference: chosen.differential, urgency: chosen.urgency };
    if (played || chosen.facts.length > 0) {
      lexicon ??= buildLexicon(base.findings);
      return inWords(core, patient, chosen, given, { base, lexicon, budget, signal });
    }
    const { age, sex } = chosen;
    const intake = { age, sex, findings: chosen.opening.map((finding) => patient.truth(finding)) };
    const interview = { budget, seed: `${seed}:${chosen.id}`, redFlags: base.redFlags, label };
    const record = runInterview(core, patient, intake, interview);
    const learnt = new Set(intake.findings.map(({ finding }) => finding));
    for (const { finding } of record.turns) learnt.add(finding);
    return {
      ...given,
      conclusion: record.conclusion,
      turns: record.turns.length,
      positives: countPositives(chosen, learnt),
      redFlag: hasRules ? record.redFlags.length > 0 : undefined,
      led: record.led,
    };
  };
}

async function inWords(
  core: AgentCore,
  patient: ReturnType<typeof patientFor>,
  chosen: Case,
  given: Pick<Finished, "label" | "reference" | "urgency">,
  settings: Pick<ConsultOptions, "base" | "lexicon" | "budget" | "signal">,
): Promise<Finished> {
  const person = { age: chosen.age, sex: chosen.sex };
  const clock = steppingClock();
  const events = await consult(core, patient, { ...settings, id: chosen.id, clock, person });
  const { turns, conclusion, redFlags, asked } = replay(events);
  return {
    ...given,
    conclusion: (conclusion as Conclude | undefined) ?? ABSTENTION,
    turns,
    positives: countPositives(chosen, new Set([...chosen.opening, ...asked])),
    redFlag: settings.base.redFlags.length > 0 ? redFlags.length > 0 : undefined,
  };
}

/** Findings that the patient has, and those of them that were among the `learnt`. */
function countPositives({ findings }: Case, learnt: ReadonlySet<string>): { all: number; learnt: number } {
  let all = 0;
  let found = 0;
  for (const { finding, state } of findings) {
    if (state !== "present") continue;
    all++;
    if (learnt.has(finding)) found++;
  }
  return { all, learnt: found };
}
