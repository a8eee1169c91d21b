/** Labelled utterances: what a person typed and what it means, and how far an understanding agrees with that. */
import { z } from "zod";
import { drawResamples, type Interval, interval } from "../metrics/bootstrap.ts";
import { Id, ObservedFinding } from "../vocabulary.ts";

const Intent = z.enum(["answer", "question", "small-talk", "crisis", "other-language", "empty", "too-long"]);

export const Utterance = z.strictObject({
  id: z.string().min(1),
  /** What the utterance is there to try, for example `negation`. */
  kind: z.string().min(1),
  text: z.string(),
  context: z
    .strictObject({ asked: Id.optional(), known: z.array(ObservedFinding).optional(), age: z.number().optional() })
    .default({}),
  intent: Intent,
  observed: z.array(ObservedFinding),
  corrections: z.array(ObservedFinding).default([]),
});
export type Utterance = z.infer<typeof Utterance>;

/** What was understood of one utterance. */
export interface Understanding {
  readonly observed: readonly ObservedFinding[];
  readonly corrections: readonly ObservedFinding[];
  readonly intent: string;
}

export interface Agreement {
  readonly n: number;
  /** Labelled facts (finding, state and value; one a line of `observed` and `corrections`). */
  readonly facts: number;
  /** Of what was understood, the share that is labelled; null where nothing was understood. */
  readonly precision: number | null;
  /** Of what is labelled, the share that was understood; null where nothing is labelled. */
  readonly recall: number | null;
  /** Micro-averaged: 2 · right / (labelled + understood). */
  readonly f1: number | null;
  /** Share of utterances whose intent is right. */
  readonly intent: number;
  /** Share of utterances with facts, a right intent and corrections told from news all right. */
  readonly exact: number;
}

export interface Miss {
  readonly utterance: Utterance;
  readonly understood: Understanding;
  /** Labelled and not understood. */
  readonly missed: readonly string[];
  /** Understood and not labelled. */
  readonly extra: readonly string[];
}

export interface UnderstandingScore extends Agreement {
  /** Bootstrap 95 % intervals over utterances. */
  readonly intervals: Readonly<Record<"precision" | "recall" | "f1" | "intent" | "exact", Interval | null>>;
  readonly byKind: Readonly<Record<string, Agreement>>;
  readonly misses: readonly Miss[];
}

/** A fact as text: `fever`, `-fever`, `?fever`, `onset=days`, `body-temperature:39`. */
export function factText({ finding, state, values, number }: ObservedFinding): string {
  const sign = state === "absent" ? "-" : state === "unknown" ? "?" : "";
  const value = values ? `=${[...values].sort().join("+")}` : number === undefined ? "" : `:${number}`;
  return `${sign}${finding}${value}`;
}

interface Tally {
  readonly right: number;
  readonly labelled: number;
  readonly understood: number;
  readonly intent: number;
  readonly exact: number;
}

/** Scores an understanding of `utterances`. A fact counts whether told as news or as correction; `exact` minds both. */
export function scoreUnderstanding(
  utterances: readonly Utterance[],
  understandOne: (utterance: Utterance) => Understanding,
): UnderstandingScore {
  const misses: Miss[] = [];
  const tallies = utterances.map((utterance): Tally => {
    const understood = understandOne(utterance);
    const wanted = [...utterance.observed, ...utterance.corrections].map(factText);
    const got = [...understood.observed, ...understood.corrections].map(factText);
    const missed = wanted.filter((fact) => !got.includes(fact));
    const extra = got.filter((fact) => !wanted.includes(fact));
    const intent = understood.intent === utterance.intent;
    const corrected = sameFacts(utterance.corrections, understood.corrections);
    const exact = missed.length === 0 && extra.length === 0 && intent && corrected;
    if (!exact) misses.push({ utterance, understood, missed, extra });
    return {
      right: wanted.length - missed.length,
      labelled: wanted.length,
      understood: got.length,
      intent: Number(intent),
      exact: Number(exact),
    };
  });
  const kinds = [...new Set(utterances.map(({ kind }) => kind))];
  const byKind = kinds.map((kind): [string, Agreement] => [
    kind,
    agreementOf(tallies.filter((_, i) => utterances[i]!.kind === kind)),
  ]);
  return { ...agreementOf(tallies), intervals: intervalsOf(tallies), byKind: Object.fromEntries(byKind), misses };
}

function sameFacts(a: readonly ObservedFinding[], b: readonly ObservedFinding[]): boolean {
  const text = (facts: readonly ObservedFinding[]): string => facts.map(factText).sort().join(" ");
  return text(a) === text(b);
}

function agreementOf(tallies: readonly Tally[]): Agreement {
  const sum = (name: keyof Tally): number => tallies.reduce((total, tally) => total + tally[name], 0);
  const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);
  const [right, labelled, understood] = [sum("right"), sum("labelled"), sum("understood")];
  return {
    n: tallies.length,
    facts: labelled,
    precision: share(right, understood),
    recall: share(right, labelled),
    f1: share(2 * right, labelled + understood),
    intent: share(sum("intent"), tallies.length) ?? 0,
    exact: share(sum("exact"), tallies.length) ?? 0,
  };
}

function intervalsOf(tallies: readonly Tally[]): UnderstandingScore["intervals"] {
  const resampling = drawResamples(tallies.length);
  const of = (...names: (keyof Tally)[]): Float64Array[] =>
    names.map((name) => {
      const totals = new Float64Array(Math.max(1, resampling.blocks));
      tallies.forEach((tally, i) => {
        totals[i % totals.length]! += tally[name];
      });
      return totals;
    });
  const bounds = (totals: Float64Array[], statistic: (sums: Float64Array) => number): Interval | null =>
    tallies.length > 0 ? (interval(resampling, totals, statistic) ?? null) : null;
  const each = new Float64Array(Math.max(1, resampling.blocks));
  tallies.forEach((_, i) => {
    each[i % each.length]! += 1;
  });
  return {
    precision: bounds(of("right", "understood"), ([right, got]) => right! / got!),
    recall: bounds(of("right", "labelled"), ([right, wanted]) => right! / wanted!),
    f1: bounds(of("right", "labelled", "understood"), ([right, wanted, got]) => (2 * right!) / (wanted! + got!)),
    intent: bounds([...of("intent"), each], ([right, n]) => right! / n!),
    exact: bounds([...of("exact"), each], ([right, n]) => right! / n!),
  };
}
