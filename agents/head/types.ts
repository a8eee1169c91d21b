/**
 * What the differential head speaks of. A *reference differential* is what a rule engine or a panel would have listed;
 * the *head* learns which conditions it lists, given what is known of the patient. *Membership* is P(listed) of each
 * condition. *Evidence* is what is known of the findings. A *fold* is a part of the training patients that one of the
 * head's models was not trained on. Nothing here knows a label.
 */
import type { Intake, ObservedFinding, Sex } from "../../src/index.ts";

/** What is known of one patient; a belief is one. Statuses are those of `bayes/belief.ts`. */
export interface Evidence {
  readonly intake: { readonly age?: Intake["age"]; readonly sex?: Sex | undefined };
  /** By finding. */
  readonly status: Uint8Array;
  /** The outcomes told, by finding. */
  readonly values: ReadonlyMap<number, readonly number[]>;
}

/** A patient to learn from: everything about it is known, and what is not listed is absent. */
export interface Example {
  /** Recognises the patient later, so that no model that saw it scores it. */
  readonly fingerprint: string;
  readonly age?: number | undefined;
  readonly sex?: Sex | undefined;
  readonly findings: readonly ObservedFinding[];
  /** Ids of the conditions on the reference differential. */
  readonly listed: readonly string[];
}

/** P(listed) of each condition, and what that hangs on. */
export interface HeadModel {
  /** By finding, 0 to 1: how much the model's decisions hang on it. */
  readonly importance: Float64Array;
  /** P(listed), by condition. */
  membership(evidence: Evidence): Float64Array;
}

/** A trained head, ready to score. */
export interface Head {
  /** What fixes it: format, examples, size and seed of its training. */
  readonly version: string;
  /** By fold, the model that was trained without the fold's patients. */
  readonly folds: readonly HeadModel[];
  /** The mean of all models, for patients that none was trained on. */
  readonly all: HeadModel;
  /** The fold that a patient was held out in; undefined for patients the head was not trained on. */
  foldOf(fingerprint: string): number | undefined;
}
