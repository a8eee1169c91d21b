/**
 * A patient whose words are a language model's: it words what the scripted patient of the same case would say, and is
 * checked sentence by sentence. What is not borne out by the case is left out; where nothing is left that answers, or
 * the call fails, the scripted words are said. What it means in codes is the case's truth, whatever the model says.
 */
import {
  AnamnesisError,
  type Ask,
  type Examine,
  type Finding,
  isTold,
  type KnowledgeBase,
  type Lexicon,
  type ObservedFinding,
  polarityOf,
  type Speaker,
  seededRandom,
} from "../../../src/index.ts";
import type { CodedPatient, Patient, Reply, Utterance } from "../../patient.ts";
import { type PatientOptions, patientFor } from "../../patients.ts";
import { asksForDiagnosis } from "../hearing.ts";
import { Persona } from "../persona.ts";
import { NO_SUCH_WORD } from "../scripted.ts";
import { type Brief, type Exchange, type Fact, factsOf, mannerOf, speakerTurns } from "./brief.ts";
import { type Checked, type Grounding, groundingOf } from "./grounding.ts";
import { spokenWords } from "./words.ts";

export interface LanguageModelPatientOptions extends PatientOptions {
  /** What the case is coded in; for a narrative case, what its facts and the model's words are read with. */
  readonly base: KnowledgeBase;
  /** `buildLexicon(base.findings)`. */
  readonly lexicon: Lexicon;
  readonly speaker: Speaker;
  /** Once it is set, the scripted words are said. */
  readonly signal?: AbortSignal | undefined;
}

/** How a model kept to its part. */
export interface SpeechCounts {
  /** Replies that it was asked for. */
  readonly replies: number;
  /** Sentences that it gave. */
  readonly sentences: number;
  /** Of them those left out, since the case does not bear them out or nobody had asked. */
  readonly ungrounded: number;
  /** Replies of which nothing was left that answers; the scripted words were said. */
  readonly replaced: number;
  /** Replies for which the call failed; the scripted words were said. */
  readonly failed: number;
}

export type LanguageModelPatient = Patient & CodedPatient & { readonly counts: SpeechCounts };

const OPENING_QUESTION = "What brings you here today?";
/** How many findings a reply may tell that were not asked for: by a talkative patient; to a question about anything. */
const VOLUNTEERED = 2;
const TOLD_OPENLY = 1;

/** What holds for all of an episode. */
interface Setting {
  readonly opening: Utterance;
  readonly grounding: Grounding;
  readonly brief: Brief;
}

const NO_DIAGNOSIS: Reply = {
  text: "I don't know what it is. I was hoping you could tell me.",
  observed: [],
  understood: true,
  statement: true,
};

export function languageModelPatient(options: LanguageModelPatientOptions): LanguageModelPatient {
  const { case: patient, base, lexicon, persona = Persona.parse({}), seed, speaker, signal } = options;
  const { findings } = lexicon;
  const scripted = patientFor(options);
  const isNarrative = patient.facts.length > 0;
  const truth = isNarrative ? narrativeTruth(patient.facts, lexicon, scripted) : scripted.truth;
  const all: readonly Fact[] = isNarrative ? patient.facts : factsOf(patient, findings, truth, persona, seed);
  const counts = { replies: 0, sentences: 0, ungrounded: 0, replaced: 0, failed: 0 };
  const known = new Set(patient.opening);
  const said: Exchange[] = [];
  const replies = new Map<string, Reply>();
  let setting: Promise<Setting> | undefined;

  const set = async (): Promise<Setting> => {
    const opening = await scripted.open();
    const facts = all.map(factText);
    const grounding = groundingOf({ case: patient, base, lexicon, truth, complaint: opening.text, facts });
    const { age, sex } = patient;
    const brief: Brief = {
      person: { age, sex },
      manner: mannerOf(persona, age),
      complaint: opening.text,
      facts: all.filter((fact) => !grounding.namesLabel(factText(fact))),
    };
    return { opening, grounding, brief };
  };
  const scene = (): Promise<Setting> => {
    setting ??= set();
    return setting;
  };

  /** What the model says to `question`, as far as it is grounded; undefined where it could not be asked. */
  async function speak(
    question: string,
    answer: string | undefined,
    asked: Finding | undefined,
  ): Promise<Checked | undefined> {
    const { brief, grounding } = await scene();
    const turns = speakerTurns(brief, said, question, answer);
    if (signal?.aborted) return undefined;
    counts.replies++;
    let text: string;
    try {
      text = await speaker.speak(turns, {
        seed: seededRandom(seed, patient.id, question, "speech").bits() >>> 1,
        signal,
      });
    } catch (error) {
      if (signal?.aborted) return undefined;
      if (!(error instanceof AnamnesisError)) throw error;
      counts.failed++;
      return undefined;
    }
    const extra = persona.verbosity === "verbose" ? VOLUNTEERED : asked || answer !== undefined ? 0 : TOLD_OPENLY;
    const checked = grounding.check(spokenWords(text), { asked, scripted: answer, known, extra });
    counts.sentences += checked.kept.length + checked.faults.length;
    counts.ungrounded += checked.faults.length;
    return checked;
  }

  /** The model's words in place of the scripted ones, where they hold what these hold. */
  async function reworded(question: string, reply: Reply, asked: Finding | undefined): Promise<Reply> {
    const { grounding } = await scene();
    const checked = await speak(question, reply.understood ? reply.text : undefined, asked);
    if (!checked) return reply;
    const text = checked.kept.join(" ");
    if (!reply.understood && polarityOf(text) === "unsure") return { ...reply, text };
    const isAnswer = asked && reply.observed.length > 0 ? grounding.answers(asked, text) : checked.tells;
    if (!isAnswer) {
      counts.replaced++;
      return reply;
    }
    if (isNarrative && reply.observed.length === 0) return { text, observed: [], understood: true, statement: true };
    const more = checked.told.filter(({ finding }) => finding !== asked?.id && !known.has(finding));
    const observed = [...reply.observed, ...more];
    return asked ? { text, observed, understood: true } : { text, observed, understood: true, statement: true };
  }

  async function answer(act: Ask | Examine): Promise<Reply> {
    const reply = await scripted.answer(act);
    const asked = findings.get(reply.observed[0]?.finding ?? act.finding ?? "");
    const question = act.text ?? asked?.question ?? act.finding ?? "";
    // What is measured the patient does not tell, and who does not know a word is not helped by a model that does.
    if (act.type === "examine" || (asked && !isTold(asked.kind)) || reply.text === NO_SUCH_WORD) return reply;
    if (!reply.understood && asksForDiagnosis(question)) return NO_DIAGNOSIS;
    // A question that names a condition, whichever, has the scripted answer: no prompt may hold the label, and no
    // change of voice may tell that a question held it.
    const { grounding } = await scene();
    if (grounding.namesCondition(question)) return reply;
    const key = asked ? asked.id : question.toLowerCase();
    const before = replies.get(key);
    if (before) return before;
    const now = await reworded(question, reply, asked);
    for (const { finding } of now.observed) known.add(finding);
    replies.set(key, now);
    said.push({ question, reply: now.text });
    return now;
  }

  async function open(): Promise<Utterance> {
    const { opening } = await scene();
    const checked = await speak(OPENING_QUESTION, opening.text, undefined);
    if (!checked) return opening;
    const text = checked.kept.join(" ");
    const heard = new Map(lexicon.mentions(text).map((observed) => [observed.finding, observed.state]));
    const holds = lexicon.mentions(opening.text).every(({ finding, state }) => heard.get(finding) === state);
    if (checked.tells && holds) return { ...opening, text };
    counts.replaced++;
    return opening;
  }

  let opened: Promise<Utterance> | undefined;
  return {
    truth: scripted.truth,
    open() {
      opened ??= open();
      return opened;
    },
    answer,
    get counts() {
      return { ...counts };
    },
  };
}

/** What a narrative case's facts state, read with the lexicon; what they do not state follows the case. */
function narrativeTruth(facts: readonly string[], lexicon: Lexicon, scripted: CodedPatient): CodedPatient["truth"] {
  const stated = new Map<string, ObservedFinding>();
  for (const observed of facts.flatMap((fact) => lexicon.mentions(fact))) {
    if (!stated.has(observed.finding)) stated.set(observed.finding, observed);
  }
  return (finding) => {
    const listed = scripted.truth(finding);
    return listed.state === "present" ? listed : (stated.get(finding) ?? listed);
  };
}

const factText = (fact: Fact): string => (typeof fact === "string" ? fact : `${fact.question} ${fact.answer}`);
