/** A patient answers from one case. What it says is text; what it means is coded findings, for agents that want them. */
import type { Ask, Examine, ObservedFinding } from "../src/index.ts";

export interface Utterance {
  readonly text: string;
  /** What the words mean, where the patient can say so in codes. */
  readonly observed: readonly ObservedFinding[];
}

export interface Reply extends Utterance {
  /** False where the patient did not understand the question. */
  readonly understood: boolean;
  /** True where the text states facts chosen for the question rather than answering it: "no" in it may be about another thing. */
  readonly statement?: boolean;
}

export interface Patient {
  /** The complaint. Nothing else is volunteered. */
  open(): Promise<Utterance>;
  answer(act: Ask | Examine): Promise<Reply>;
}

/** A patient that also states findings in codes, without words. */
export interface CodedPatient {
  truth(finding: string): ObservedFinding;
}
