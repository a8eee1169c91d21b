/**
 * What the simulators speak of. A *case* is a labelled patient; a *case source* is a stream of them, with the
 * knowledge base they are coded in, if any. Cases hold the label, so nothing of this room may reach an agent.
 */
import { z } from "zod";
import { Age, Differential, Id, type KnowledgeBase, ObservedFinding, Sex, Urgency } from "../src/index.ts";

export const Label = z.strictObject({
  /** The condition's id where the label is in a knowledge base; narrative cases have open labels without one. */
  condition: Id.optional(),
  name: z.string().trim().min(1),
  synonyms: z.array(z.string().min(1)).default([]),
});
export type Label = z.infer<typeof Label>;

/** An examination or test of a narrative case with its result, verbatim. */
export const Measurement = z.strictObject({ name: z.string().min(1), result: z.string().min(1) });
export type Measurement = z.infer<typeof Measurement>;

export const Case = z.strictObject({
  id: z.string().min(1).max(200),
  age: Age.optional(),
  sex: Sex.optional(),
  /** What the patient opens with, in words. */
  complaint: z.string().min(1).max(20_000).optional(),
  /** Findings known at the opening, each listed in `findings` (the initial evidence of coded cases). */
  opening: z.array(Id).default([]),
  findings: z.array(ObservedFinding).default([]),
  /** What a finding that is not listed is: coded cases are closed worlds (`absent`), published ones are not. */
  unlisted: z.enum(["absent", "unknown"]).default("absent"),
  /** Facts of a narrative case, verbatim, one statement each. */
  facts: z.array(z.string().min(1)).default([]),
  measurements: z.array(Measurement).default([]),
  attachments: z.array(z.strictObject({ kind: z.string().min(1), uri: z.string().min(1) })).default([]),
  label: Label,
  /** The reference differential, where the source has one. */
  differential: Differential.optional(),
  /** The choices of a multiple-choice source. */
  options: z.array(z.string().min(1)).default([]),
  urgency: Urgency.optional(),
  domain: z.string().min(1).optional(),
  split: z.string().min(1).optional(),
  /** Digest of the content, for sources without ids: recognises the same patient in another file. */
  fingerprint: z.string().min(1).optional(),
  /** How many times the label was masked in the case's own texts. */
  masked: z.int().min(0).default(0),
});
export type Case = z.infer<typeof Case>;

/** A row that was left out under `skipBad`, and why. */
export interface SkippedRow {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

export interface CaseSource {
  /** As the user wrote it, for example `ddxplus:DIR`. */
  readonly name: string;
  /** What coded cases are coded in. */
  readonly base?: KnowledgeBase;
  /** Defects of the data that the loader mended, one line each. */
  readonly repairs: readonly string[];
  /** Rows left out so far; grows while `cases` is read. At most the first 100 are kept, `skippedCount` counts all. */
  readonly skipped: readonly SkippedRow[];
  readonly skippedCount: number;
  /** Streams the cases from the beginning, in constant memory. Throws `CaseError` on a bad row unless skipping. */
  cases(): AsyncIterable<Case>;
}

export interface SourceOptions {
  /** Leave bad rows out and count them. Default false: the first bad row is an error. */
  readonly skipBad?: boolean;
  /** Seed of sampled sources. Default 0. */
  readonly seed?: number;
  /** How many cases a sampled source gives. Default 100. */
  readonly count?: number;
}
