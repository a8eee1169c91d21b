/**
 * Questions in symbols. A choice shows what is known of the patient and the options; the policy samples one condition. A
 * list takes one condition a turn until the mark of its end.
 */
import type { Case } from "../../simulators/index.ts";
import { isTold, type KnowledgeBase } from "../../src/index.ts";
import type { Symbols } from "../dialogues/symbols.ts";
import type { Dialogue, Heard, Outcome, Task } from "../dialogues/types.ts";
import { knowledgeCatalogue } from "./catalogue.ts";
import type { LookAlikes } from "./look-alikes.ts";
import { type QuestionCourse, type QuestionRules, questionCourses } from "./question-course.ts";
import {
  type Question,
  type QuestionKind,
  type QuestionMaker,
  type QuestionOptions,
  type QuestionSettings,
  questionMaker,
  questionSettings,
} from "./questions.ts";
import { above } from "./right-answers.ts";

export interface SymbolicQuestionOptions extends Omit<QuestionOptions, "kind">, QuestionRules {
  /** Default: by similarity alone. */
  readonly lookAlikes?: LookAlikes | undefined;
}

/** One right option among its look-alikes. */
export function symbolicChoice(base: KnowledgeBase, symbols: Symbols, options: SymbolicQuestionOptions = {}): Task {
  return symbolicQuestions("choice", "single", base, symbols, options);
}

/** Several right options: the policy lists them. `correct` where the set is right. */
export function symbolicMultipleChoice(
  base: KnowledgeBase,
  symbols: Symbols,
  options: SymbolicQuestionOptions = {},
): Task {
  return symbolicQuestions("multiple-choice", "multiple", base, symbols, options);
}

/** The differential from the first message: the policy lists what it may be, at most `answers` conditions. */
export function symbolicList(base: KnowledgeBase, symbols: Symbols, options: SymbolicQuestionOptions = {}): Task {
  return symbolicQuestions("list", "list", base, symbols, options);
}

function symbolicQuestions(
  name: string,
  kind: QuestionKind,
  base: KnowledgeBase,
  symbols: Symbols,
  { lookAlikes, reward, formatFailures = 2, ...rest }: SymbolicQuestionOptions,
): Task {
  const settings = questionSettings({ ...rest, kind });
  const catalogue = knowledgeCatalogue(base);
  const make = questionMaker({ catalogue, lookAlikes, shows: ({ kind }) => isTold(kind) }, { ...rest, kind });
  const asked = remembering(make);
  const several = kind !== "single";
  const course = questionCourses(kind, base, { formatFailures, reward });
  const most = kind === "list" ? settings.answers : settings.options;
  return {
    name,
    turn: { maxTokens: 1 },
    maxTokens: promptTokens(base, settings) + (several ? most + 1 : 1) + 2 * formatFailures,
    start(chosen, seed) {
      const question = asked(chosen, seed);
      return questionDialogue(question, course(question, chosen), symbols, most);
    },
    express(act) {
      if (act.type !== "conclude" || kind === "multiple") return undefined;
      const likely = above(act.differential.entries, settings.posterior).slice(0, several ? most : 1);
      return likely.length > 0
        ? [...likely.map(symbols.diagnosis), ...(several ? [symbols.mark("end")] : [])]
        : undefined;
    },
    transcribe: (tokens) => Array.from(tokens, symbols.word).join(" "),
  };
}

/** A group asks the same question several times, one after another. */
function remembering(make: QuestionMaker): QuestionMaker {
  let last: { chosen: Case; seed: number; question: Question } | undefined;
  return (chosen, seed) => {
    if (last?.chosen !== chosen || last.seed !== seed) last = { chosen, seed, question: make(chosen, seed) };
    return last.question;
  };
}

function questionDialogue(question: Question, course: QuestionCourse, symbols: Symbols, most: number): Dialogue {
  const { kind, shown, options } = question;
  const offered = new Set(options.map(({ condition }) => condition));
  const named: string[] = [];

  const over = (outcome: Outcome): Heard => ({ done: true, outcome });
  const refuse = (): Heard => {
    const outcome = course.refuse();
    return outcome ? over(outcome) : { done: false, tokens: [symbols.mark("refused")] };
  };
  const take = (token: number): Heard => {
    const act = symbols.meaning(token);
    if (act?.type === "end" && named.length > 0) return over(course.conclude(named));
    if (act?.type !== "diagnosis" || (offered.size > 0 && !offered.has(act.condition))) return refuse();
    if (kind === "single") return over(course.conclude([act.condition]));
    if (named.includes(act.condition)) return refuse();
    if (named.length === most) return over(course.cut("truncated"));
    named.push(act.condition);
    return { done: false, tokens: [] };
  };

  return {
    open: () => [
      ...symbols.intake(shown.intake),
      ...(options.length > 0
        ? [symbols.mark("options"), ...options.map(({ condition }) => symbols.diagnosis(condition))]
        : []),
      ...(kind === "single" ? [] : [symbols.mark("list")]),
    ],
    hear(turn) {
      const tokens: number[] = [];
      for (const token of turn) {
        const heard = take(token);
        if (heard.done) return heard;
        tokens.push(...heard.tokens);
      }
      return { done: false, tokens };
    },
    cut: course.cut,
  };
}

/** Findings that a patient opens with at most, as far as the length of a dialogue is concerned. */
const OPENING = 8;

/** What stands before the first turn, at most. */
function promptTokens({ findings }: KnowledgeBase, settings: QuestionSettings): number {
  const told = findings.filter(({ kind }) => isTold(kind));
  const longest = told.map(({ type, values }) => 1 + (type === "multiple" ? values.length : 1)).sort((a, b) => b - a);
  const shown = settings.findings === null ? longest : longest.slice(0, OPENING + settings.findings);
  const person = 2;
  const marks = 2;
  return person + marks + settings.options + shown.reduce((sum, each) => sum + each, 0);
}
