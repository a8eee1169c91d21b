/**
 * What one consultation scores, named as the literature names it. Lists are compared as the DDXPlus authors do
 * (Fansi Tchango et al., NeurIPS 2022): both are cut at a probability above 0.01, then recall (DDR), precision (DDP)
 * and their harmonic mean (DDF1) are taken a patient.
 */
import type { Conclude } from "../acts.ts";
import { type Differential, rankOf } from "../differential.ts";
import { urgencyLevel } from "../triage.ts";
import type { Urgency } from "../vocabulary.ts";

/** Entries at or below this probability do not count as listed. */
export const LISTED_ABOVE = 0.01;

export interface FinishedConsultation {
  readonly conclusion: Conclude;
  /** The patient's condition. */
  readonly label: string;
  /** What a reference would have listed, where the source has it. */
  readonly reference?: Differential | undefined;
  /** Questions and examinations put by the agent. */
  readonly turns: number;
  /** Findings that the patient has, and how many of them the agent learnt (the opening ones counted). */
  readonly positives: { readonly all: number; readonly learnt: number };
  readonly urgency?: Urgency | undefined;
  /** Whether any red flag was raised; undefined where the knowledge base has no rules. */
  readonly redFlag?: boolean | undefined;
}

export const SCORES = [
  "top1",
  "top3",
  "top5",
  "ddr",
  "ddp",
  "ddf1",
  "il",
  "per",
  "brier",
  "safe",
  "over_triage",
  "red_flag_recall",
  "red_flag_false_alarms",
  "abstained",
] as const;
export type ScoreName = (typeof SCORES)[number];

/** A score is missing where the case gives nothing to compare with. */
export type Scores = Partial<Record<ScoreName, number>>;

/** `il` counts the initial evidence as one question, as the published tables do. */
export function scoreConsultation(consultation: FinishedConsultation): Scores {
  const { conclusion, label, reference, turns, positives } = consultation;
  const rank = rankOf(conclusion.differential, label) ?? Number.POSITIVE_INFINITY;
  return {
    top1: Number(rank <= 1),
    top3: Number(rank <= 3),
    top5: Number(rank <= 5),
    il: turns + 1,
    ...(positives.all > 0 && { per: positives.learnt / positives.all }),
    brier: brier(conclusion.differential, label),
    abstained: Number(conclusion.abstained),
    ...(reference && compareLists(conclusion.differential, reference)),
    ...scoreUrgency(consultation),
  };
}

/** Recall, precision and F1 of the listed conditions of `predicted` against those of `reference`. */
export function compareLists(
  predicted: Differential,
  reference: Differential,
): { ddr: number; ddp: number; ddf1: number } {
  const listed = listedConditions(predicted);
  const wanted = listedConditions(reference);
  let shared = 0;
  for (const condition of listed) if (wanted.has(condition)) shared++;
  const ddr = wanted.size > 0 ? shared / wanted.size : 0;
  const ddp = listed.size > 0 ? shared / listed.size : 0;
  return { ddr, ddp, ddf1: shared > 0 ? (2 * ddr * ddp) / (ddr + ddp) : 0 };
}

function listedConditions({ entries }: Differential): Set<string> {
  const listed = new Set<string>();
  for (const { condition, probability } of entries) if (probability > LISTED_ABOVE) listed.add(condition);
  return listed;
}

/** Multi-class Brier score, *other* counted as one more class: 0 is best, 2 worst. */
function brier({ entries, other }: Differential, label: string): number {
  let sum = other * other + 1;
  for (const { condition, probability } of entries) {
    sum += probability * probability - (condition === label ? 2 * probability : 0);
  }
  return sum;
}

/** Safe: at most one level less urgent than the reference (Gilbert et al., BMJ Open 2020). */
function scoreUrgency({ conclusion, urgency, redFlag }: FinishedConsultation): Scores {
  if (!urgency) return {};
  const reference = urgencyLevel(urgency);
  const emergency = reference <= 1;
  const scores: Scores = {};
  // Who gives no urgency sends nobody anywhere: that is the mildest advice, not none.
  const given = urgencyLevel(conclusion.urgency ?? "self-care");
  scores.safe = Number(given <= reference + 1);
  scores.over_triage = Number(given < reference - 1);
  if (redFlag !== undefined && emergency) scores.red_flag_recall = Number(redFlag);
  if (redFlag !== undefined && reference >= 3) scores.red_flag_false_alarms = Number(redFlag);
  return scores;
}
