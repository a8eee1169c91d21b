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
import { type Case, type CaseSource, type Patient, type Persona, patientFor } from "../../simulators/index.ts";
import {
  type AgentCore,
  buildLexicon,
  type Conclude,
  type Diagnostician,
  type KnowledgeBase,
  type Lexicon,
  replay,
  Scoreboard,
  type ScoredCase,
  steppingClock,
} from "../../src/index.ts";
import type { AgentFor, Goal } from "../agents.ts";
import { addSpeech, type Cast, NOTHING_SAID, type Speech } from "../patients.ts";
import type { Examinee } from "./examinee.ts";
import { grouping } from "./groups.ts";
import type { EvaluationResult } from "./result.ts";

export interface EvaluationSettings {
  readonly source: CaseSource;
  readonly base: KnowledgeBase;
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

/** Who is evaluated: an agent's core, or one that takes its time. */
export type EvaluationOptions = EvaluationSettings &
  ({ readonly agentFor: AgentFor } | { readonly examinee: Examinee });

export async function evaluate(options: EvaluationOptions): Promise<EvaluationResult> {
  const { source, base, budget, cast, limit = Number.POSITIVE_INFINITY, signal, onProgress } = options;
  const scoreboard = new Scoreboard(budget);
  const { run, atOnce, versions, readsTwice } = consultations(options);
  const lenient = readsTwice ? new Scoreboard(budget) : undefined;
  const groupsOf = grouping(base);
  const names = conditionNames(base);
  let outside = 0;
  let masked = 0;
  let wasted = 0;
  let speech = NOTHING_SAID;
  const started = performance.now();
  const underWay: { chosen: Case; condition: string | undefined; finished: Promise<Finished> }[] = [];

  /** Scores the consultation that was begun first; those begun later wait their turn. */
  const score = async (): Promise<void> => {
    const { chosen, condition, finished } = underWay.shift()!;
    const { speech: said, lenient: mended = undefined, ...scored } = await finished;
    // A talk that was broken off is no consultation.
    if (signal?.aborted) return;
    if (condition === undefined) outside++;
    if (chosen.masked > 0) masked++;
    if (said) speech = addSpeech(speech, said);
    const groups = groupsOf(chosen, condition);
    scoreboard.add({ ...scored, groups });
    lenient?.add({ ...(mended ?? scored), groups });
    if (mended) wasted++;
    onProgress?.(scoreboard.n);
    // Cases that are drawn, not read, never leave the event loop a turn, and Ctrl-C would not be heard.
    if (scoreboard.n % 64 === 0) await setImmediate();
  };

  let begun = 0;
  if (limit > 0) {
    for await (const chosen of source.cases()) {
      if (signal?.aborted) break;
      const condition = labelCondition(chosen.label, names);
      const label = condition ?? openLabel(chosen.label.name);
      const finished = run(chosen, label);
      finished.catch(() => {});
      underWay.push({ chosen, condition, finished });
      begun++;
      if (underWay.length >= atOnce) await score();
      if (begun >= limit) break;
    }
    while (underWay.length > 0) await score();
  }
  const seconds = (performance.now() - started) / 1000;
  const { metrics, ci95, by, calibration, confusions, top1ByQuestions, n } = scoreboard.result();
  const mended = lenient?.result();
  return {
    agent: options.agent,
    goal: options.goal,
    cases: source.name,
    budget,
    seed: options.seed,
    versions,
    n,
    ...metrics,
    ...(mended && {
      top1_lenient: mended.metrics.top1,
      lenient: { mended: wasted, metrics: mended.metrics, ci95: mended.ci95 },
    }),
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

type Scored = Omit<ScoredCase, "groups">;

interface Finished extends Scored {
  /** Of a patient whose words are a model's. */
  readonly speech?: Speech | undefined;
  /** How it went when read leniently, where that makes a difference. */
  readonly lenient?: Scored | undefined;
}

interface Consultations {
  run(chosen: Case, label: string): Promise<Finished>;
  readonly atOnce: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly readsTwice: boolean;
}

function consultations(options: EvaluationOptions): Consultations {
  if ("agentFor" in options) {
    const { agentFor } = options;
    return { run: coreRunner(options, agentFor), atOnce: 1, versions: agentFor().versions, readsTwice: false };
  }
  const { examinee } = options;
  const { atOnce, versions } = examinee;
  return { run: examineeRunner(options, examinee), atOnce, versions, readsTwice: true };
}

/** Coded cases are interviewed without words; narrative ones, and patients whose words are a model's, need them. */
function coreRunner(options: EvaluationSettings, agentFor: AgentFor): Consultations["run"] {
  const { base, budget, seed, persona, cast, normal = false, signal } = options;
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  // Only consultations in words need it, and it takes its share of memory.
  let lexicon: Lexicon | undefined;
  const hasRules = base.redFlags.length > 0;
  return async (chosen, label) => {
    const core = agentFor(chosen.fingerprint);
    const played = cast?.(chosen);
    const patient = played?.patient ?? patientFor({ case: chosen, base, findings, persona, seed, normal });
    if (played || chosen.facts.length > 0) {
      lexicon ??= buildLexicon(base.findings);
      const scored = await inWords(core, patient, chosen, label, { base, lexicon, budget, signal });
      return { ...scored, speech: played?.speech() };
    }
    const { age, sex } = chosen;
    const intake = { age, sex, findings: chosen.opening.map((finding) => patient.truth(finding)) };
    const interview = { budget, seed: `${seed}:${chosen.id}`, redFlags: base.redFlags, label };
    const record = runInterview(core, patient, intake, interview);
    const learnt = new Set(intake.findings.map(({ finding }) => finding));
    for (const { finding } of record.turns) learnt.add(finding);
    return {
      ...givenOf(chosen, label),
      conclusion: record.conclusion,
      turns: record.turns.length,
      positives: countPositives(chosen, learnt),
      redFlag: hasRules ? record.redFlags.length > 0 : undefined,
      led: record.led,
    };
  };
}

/** Everything in words; a second time, read leniently, where the strict reading met a turn that was no good. */
function examineeRunner(options: EvaluationSettings, examinee: Examinee): Consultations["run"] {
  const { base, budget, seed, persona, cast, normal = false, signal } = options;
  const lexicon = buildLexicon(base.findings);
  return async (chosen, label) => {
    const played = cast?.(chosen);
    const meet = (agent: Diagnostician, speaker = played?.patient): Promise<Scored> => {
      const patient = speaker ?? patientFor({ case: chosen, base, lexicon, persona, seed, normal });
      return inWords(agent, patient, chosen, label, { base, lexicon, budget, signal });
    };
    const strict = await meet(examinee.strict);
    const speech = played?.speech();
    if (examinee.wasted(chosen.id) === 0 || signal?.aborted) return { ...strict, speech };
    return { ...strict, speech, lenient: await meet(examinee.lenient, cast?.(chosen).patient) };
  };
}

async function inWords(
  agent: AgentCore | Diagnostician,
  patient: Patient,
  chosen: Case,
  label: string,
  settings: Pick<ConsultOptions, "base" | "lexicon" | "budget" | "signal">,
): Promise<Scored> {
  const person = { age: chosen.age, sex: chosen.sex };
  const clock = steppingClock();
  const events = await consult(agent, patient, { ...settings, id: chosen.id, clock, person });
  const { turns, conclusion, redFlags, asked, findings } = replay(events);
  // Who asks in words alone names no finding; what the answer was understood as tells.
  const learnt = "next" in agent ? findings.keys() : asked;
  return {
    ...givenOf(chosen, label),
    conclusion: (conclusion as Conclude | undefined) ?? ABSTENTION,
    turns,
    positives: countPositives(chosen, new Set([...chosen.opening, ...learnt])),
    redFlag: settings.base.redFlags.length > 0 ? redFlags.length > 0 : undefined,
  };
}

function givenOf({ differential, urgency }: Case, label: string): Pick<Scored, "label" | "reference" | "urgency"> {
  return { label, reference: differential, urgency };
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
