/**
 * The multi-turn consultation in words: the policy writes the text protocol through its model's chat template, the
 * patient answers as text. Ids are only ever added at the end; what a patient says can never form a control token.
 */
import { z } from "zod";
import {
  type ConsultationEnvironment,
  consultationEnvironments,
  EnvironmentOptions,
  type Observation,
} from "../../environments/index.ts";
import type { Case } from "../../simulators/index.ts";
import { type Act, type KnowledgeBase, type Move, renderMove } from "../../src/index.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import { type ChatGlue, chatGlue } from "./chat-glue.ts";
import { outcomeOf } from "./consultation.ts";
import { TaskError } from "./errors.ts";
import type { Dialogue, Task } from "./types.ts";

export const TextOptions = EnvironmentOptions.extend({
  /** Tokens of one turn of the policy at most. */
  turnTokens: z.int().min(1).max(100_000).default(128),
  /** Tokens of a dialogue at most, instructions included; the model's context may allow fewer. */
  maxTokens: z.int().min(2).max(10_000_000).default(4096),
  /** Whether the instructions list the conditions by name. */
  listConditions: z.boolean().default(true),
  /** What else the chat template asks for. */
  template: z.record(z.string(), z.unknown()).default({}),
});
export type TextOptions = z.input<typeof TextOptions>;

/** How a policy's part of a consultation is put in tokens. */
export interface TextLanguage extends Pick<ChatGlue, "end" | "follow"> {
  /** What stands before the policy's first turn, given the first observation's words. */
  open(first: string): number[];
  /** What a turn says. */
  read(turn: readonly number[]): string;
  /** A turn in which the policy would write this. */
  write(move: Move): number[];
}

/** Said after the last answer. */
const NONE_LEFT = "No questions are left. Give your diagnosis.";
/** Conditions of a conclusion that are written down, likeliest first. */
const LISTED = 5;

/** Throws `TaskError`: `bad-options`, `bad-language`, `not-prefix-preserving`. */
export function textConsultation(base: KnowledgeBase, tokenizer: Tokenizer, options: TextOptions = {}): Task {
  const { turnTokens, maxTokens, listConditions, template, ...rules } = textOptions(options);
  const language = textLanguage(base, tokenizer, { ...rules, listConditions, template });
  const environment = consultationEnvironments(base, rules);
  return {
    name: "consultation",
    turn: { maxTokens: turnTokens, ...(language.end !== tokenizer.endToken && { stop: [language.end] }) },
    maxTokens,
    start: (chosen, seed) => textDialogue(environment(), chosen, seed, language),
    express(act) {
      const move = moveOf(act, base);
      return move && language.write(move);
    },
    transcribe: (tokens) => tokenizer.decode(tokens, { keepSpecial: true }),
  };
}

export function textLanguage(base: KnowledgeBase, tokenizer: Tokenizer, options: TextOptions = {}): TextLanguage {
  const { budget, listConditions, template } = textOptions(options);
  const glue = chatGlue(tokenizer, template);
  const instructions = instructionsFor(budget, listConditions ? base.conditions.map(({ name }) => name) : []);
  return {
    end: glue.end,
    open: (first) => glue.open(instructions, first),
    follow: glue.follow,
    read: (turn) => tokenizer.decode(turn),
    write: (move) => [...tokenizer.encodeText(renderMove(move)), glue.end],
  };
}

/** An observation's words, as the policy is told them. */
export function told({ text, left }: Pick<Observation, "text" | "left">): string {
  const said = text.trim();
  return left > 0 ? said : `${said} ${NONE_LEFT}`;
}

/** Options with their defaults. Throws `bad-options`. */
function textOptions(options: TextOptions): z.output<typeof TextOptions> {
  const parsed = TextOptions.safeParse(options);
  if (parsed.success) return parsed.data;
  throw new TaskError("bad-options", z.prettifyError(parsed.error));
}

function textDialogue(
  environment: ConsultationEnvironment,
  chosen: Case,
  seed: number,
  language: TextLanguage,
): Dialogue {
  return {
    open: async () => language.open(told(await environment.reset(chosen, seed))),
    async hear(turn) {
      const { done, observation } = await environment.step(language.read(turn));
      if (done) return { done, outcome: outcomeOf(environment.finished!) };
      return { done, tokens: language.follow(turn, told(observation)) };
    },
    cut: (stop) => ({ ...outcomeOf(environment.abandon()), stop }),
  };
}

function instructionsFor(budget: number, conditions: readonly string[]): string {
  const parts = [
    "You take the history of a patient and name what they may have.",
    "In each turn write exactly one of <ask>a question</ask>, <examine>an examination or a test</examine>, or <diagnosis>one condition a line, likeliest first</diagnosis>; you may think before it, in <think></think>.",
    `You have ${budget} questions and examinations.`,
  ];
  if (conditions.length > 0) parts.push(`The conditions: ${conditions.join("; ")}.`);
  return parts.join(" ");
}

function moveOf(act: Act, base: KnowledgeBase): Move | undefined {
  switch (act.type) {
    case "ask":
    case "examine": {
      const text = act.text ?? base.findings.find(({ id }) => id === act.finding)?.question;
      return text === undefined ? undefined : { type: act.type, text };
    }
    case "conclude": {
      const nameOf = (id: string): string => base.conditions.find((condition) => condition.id === id)?.name ?? id;
      const ranked = act.differential.entries.slice(0, LISTED).map(({ condition }) => nameOf(condition));
      return ranked.length > 0 ? { type: "diagnosis", ranked } : undefined;
    }
    case "hand-off":
      return undefined;
    default:
      return act satisfies never;
  }
}
