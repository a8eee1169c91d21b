/**
 * Questions in words, for a chat model: the question is rendered, and the answer is a `<diagnosis>` of the text protocol
 * with one name a line. Works for any case set, coded or narrative, with a knowledge base or without.
 */
import { z } from "zod";
import { openLabel } from "../../environments/index.ts";
import { parseMove, renderMove } from "../../src/index.ts";
import { type ChatGlue, chatGlue } from "../dialogues/chat-glue.ts";
import type { Dialogue, Task } from "../dialogues/types.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import type { Catalogue } from "./catalogue.ts";
import { CurriculumError } from "./errors.ts";
import type { LookAlikes } from "./look-alikes.ts";
import { type QuestionCourse, QuestionRules, questionCourses } from "./question-course.ts";
import { type Question, type QuestionKind, QuestionOptions, questionMaker } from "./questions.ts";
import { renderQuestion } from "./rendering.ts";
import { above } from "./right-answers.ts";

export const TextQuestionOptions = QuestionOptions.extend({
  ...QuestionRules.shape,
  /** Tokens of one turn of the policy at most. */
  turnTokens: z.int().min(1).max(100_000).default(128),
  /** Tokens of a dialogue at most, instructions included; the model's context may allow fewer. */
  maxTokens: z.int().min(2).max(10_000_000).default(4096),
  /** What else the chat template asks for. */
  template: z.record(z.string(), z.unknown()).default({}),
});
export type TextQuestionOptions = z.input<typeof TextQuestionOptions>;

const TASK_NAMES: Readonly<Record<QuestionKind, string>> = {
  single: "choice",
  multiple: "multiple-choice",
  list: "list",
};

const REFUSED = "That is no answer.";

/** Throws `bad-options`, and what `chatGlue` throws. `lookAlikes`: by default, by similarity alone. */
export function textQuestions(
  catalogue: Catalogue,
  tokenizer: Tokenizer,
  options: TextQuestionOptions = {},
  lookAlikes?: LookAlikes,
): Task {
  const parsed = TextQuestionOptions.safeParse(options);
  if (!parsed.success) throw new CurriculumError("bad-options", z.prettifyError(parsed.error));
  const { turnTokens, maxTokens, template, formatFailures, reward: _, ...asked } = parsed.data;
  const { kind, answers, posterior } = asked;
  const glue = chatGlue(tokenizer, template);
  const make = questionMaker({ catalogue, lookAlikes }, asked);
  const course = questionCourses(kind, catalogue.base, { formatFailures, reward: options.reward });
  const instructions = instructionsFor(kind, answers);
  const most = kind === "single" ? 1 : kind === "list" ? answers : asked.options;

  return {
    name: TASK_NAMES[kind],
    turn: { maxTokens: turnTokens, ...(glue.end !== tokenizer.endToken && { stop: [glue.end] }) },
    maxTokens,
    start(chosen, seed) {
      const question = make(chosen, seed);
      const text = renderQuestion(question, catalogue.base);
      const language: QuestionLanguage = {
        open: () => glue.open(instructions, text),
        follow: glue.follow,
        read: (turn) => readAnswers(tokenizer.decode(turn), question, catalogue, most),
      };
      return textDialogue(course(question, chosen), language, instructions);
    },
    express(act) {
      if (act.type !== "conclude" || kind === "multiple") return undefined;
      const ranked = above(act.differential.entries, posterior).slice(0, most).map(catalogue.nameOf);
      return ranked.length > 0
        ? [...tokenizer.encodeText(renderMove({ type: "diagnosis", ranked })), glue.end]
        : undefined;
    },
    transcribe: (tokens) => tokenizer.decode(tokens, { keepSpecial: true }),
  };
}

interface QuestionLanguage extends Pick<ChatGlue, "follow"> {
  open(): number[];
  /** Undefined where a turn is no answer. */
  read(turn: readonly number[]): readonly string[] | undefined;
}

function textDialogue(course: QuestionCourse, language: QuestionLanguage, instructions: string): Dialogue {
  return {
    open: language.open,
    hear(turn) {
      const ranked = language.read(turn);
      if (ranked) return { done: true, outcome: course.conclude(ranked) };
      const outcome = course.refuse();
      if (outcome) return { done: true, outcome };
      return { done: false, tokens: language.follow(turn, `${REFUSED} ${instructions}`) };
    },
    cut: course.cut,
  };
}

/**
 * The conditions that a text names, in its order, options also by their letters; undefined where it is no answer: another act, more names than are
 * allowed, one condition twice, or what is no option. A list may name what nobody knows: that is a wrong answer.
 */
export function readAnswers(
  text: string,
  { options }: Question,
  { conditionOf }: Catalogue,
  most: number,
): string[] | undefined {
  const move = parseMove(text);
  if (move.type !== "diagnosis" || move.ranked.length > most) return undefined;
  const offered = new Map(options.map(({ name, condition }) => [openLabel(name), condition]));
  const idOf = (line: string): string | undefined => {
    const letter = /^([A-Z])[.)]?$/.exec(line)?.[1];
    if (letter) return options[letter.charCodeAt(0) - "A".charCodeAt(0)]?.condition;
    const name = options.length > 0 ? line.replace(/^[A-Z][.)]\s+/, "") : line;
    const known = offered.get(openLabel(name)) ?? conditionOf({ name, synonyms: [] });
    if (options.length === 0) return known ?? openLabel(name);
    return options.some(({ condition }) => condition === known) ? known : undefined;
  };
  const ids = move.ranked.map(idOf);
  const distinct = new Set(ids);
  return distinct.has(undefined) || distinct.size < ids.length ? undefined : (ids as string[]);
}

function instructionsFor(kind: QuestionKind, answers: number): string {
  const what: Readonly<Record<QuestionKind, string>> = {
    single: "Which one of the options does this patient most likely have? Write its name",
    multiple: "Which of the options may this patient well have? Write their names, one a line",
    list: `What may this patient well have? Write at most ${answers} conditions, one a line`,
  };
  return `${what[kind]}, within <diagnosis></diagnosis>; you may think before it, in <think></think>.`;
}
