/** Patients whose words are a language model's, one for each case, and what their talk came to. */
import type { Caller } from "../agents/index.ts";
import {
  type Case,
  type LanguageModelPatient,
  languageModelPatient,
  type Persona,
  type SpeechCounts,
} from "../simulators/index.ts";
import { type KnowledgeBase, type Lexicon, NOTHING_SPENT, type Speaker, type Spending, spend } from "../src/index.ts";

/** How the model kept to its part, and what it cost. */
export interface Speech extends SpeechCounts {
  readonly spent: Spending;
}

export interface CastOptions {
  readonly call: Caller;
  readonly base: KnowledgeBase;
  readonly lexicon: Lexicon;
  readonly persona: Persona;
  readonly seed: number;
  /** Examinations that a case does not hold are normal rather than unavailable. Default false. */
  readonly normal?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Gives the patient of a case. */
export type Cast = (chosen: Case) => { readonly patient: LanguageModelPatient; speech(): Speech };

export function castOfModel({ call, ...options }: CastOptions): Cast {
  return (chosen) => {
    let spent = NOTHING_SPENT;
    const speaker: Speaker = {
      speak: (turns, context) =>
        call(
          turns.map(({ role, text }) => [ROLES[role], text] as const),
          {
            ...context,
            consultation: chosen.id,
            part: "patient",
            longest: LONGEST_REPLY,
            report: (event) => {
              if (event.type === "model-called") spent = spend(spent, event);
            },
          },
        ),
    };
    const patient = languageModelPatient({ ...options, case: chosen, speaker });
    return { patient, speech: () => ({ ...patient.counts, spent }) };
  };
}

export const NOTHING_SAID: Speech = {
  replies: 0,
  sentences: 0,
  ungrounded: 0,
  replaced: 0,
  failed: 0,
  spent: NOTHING_SPENT,
};

/** Two patients' talk in one account. */
export function addSpeech(a: Speech, b: Speech): Speech {
  return {
    replies: a.replies + b.replies,
    sentences: a.sentences + b.sentences,
    ungrounded: a.ungrounded + b.ungrounded,
    replaced: a.replaced + b.replaced,
    failed: a.failed + b.failed,
    spent: {
      calls: a.spent.calls + b.spent.calls,
      input: a.spent.input + b.spent.input,
      output: a.spent.output + b.spent.output,
      cost: a.spent.cost + b.spent.cost,
    },
  };
}

/** One line for a person. */
export function speechLine({ replies, sentences, ungrounded, replaced, failed, spent }: Speech): string {
  const said = `patient's model: ${replies} replies, ${sentences} sentences, ${ungrounded} not borne out by the case`;
  return `${said}, ${replaced} replies replaced, ${failed} failed, ${spent.input + spent.output} tokens`;
}

const ROLES = { system: "system", user: "human", assistant: "ai" } as const;
/** Of a reply no more than this is read, in characters. */
const LONGEST_REPLY = 4_000;
