/**
 * The symbols of a closed language over one knowledge base: one token an act and an answer. `ask:cough` asks,
 * `dx:pneumonia` concludes; `yes`, `no`, `unknown` and `=VALUE` answer. A case opens with age, sex and the findings that
 * the patient came with, each as its question with its answer.
 */
import {
  AGE_GROUPS,
  type AgeGroup,
  ageGroupOf,
  type Finding,
  type Intake,
  isTold,
  type KnowledgeBase,
  type ObservedFinding,
  Sex,
} from "../../src/index.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import { TaskError } from "./errors.ts";

const NOT_KNOWN = "unknown";

/** What stands in a dialogue besides acts and answers. */
const MARKS = {
  /** Before the options of a question, and before the policy's list. */
  options: "options",
  list: "list",
  /** The end of a list. */
  end: "end",
  /** No question is left: conclude. */
  conclude: "conclude-now",
  /** What was written is no act. */
  refused: "no-act",
} as const;

export type Mark = keyof typeof MARKS;

export type SymbolMeaning =
  | { readonly type: "ask"; readonly finding: string }
  | { readonly type: "diagnosis"; readonly condition: string }
  | { readonly type: "end" };

export interface Symbols {
  /** Every token of the language, in a fixed order: the corpus of a tokenizer of kind `symbols`. */
  readonly words: readonly string[];
  readonly size: number;
  mark(mark: Mark): number;
  ask(finding: string): number;
  diagnosis(condition: string): number;
  /** The tokens of an answer: one, or one a value. */
  answer(observed: ObservedFinding): readonly number[];
  /** Age, sex, and what the patient came with. */
  intake(intake: Intake): readonly number[];
  /** Undefined for a token that is no act. */
  meaning(token: number): SymbolMeaning | undefined;
  word(token: number): string;
  /** A dialogue as a person reads it: a line for what the case opens with, and one for each act with its answer. */
  transcript(tokens: ArrayLike<number>): string;
}

/** The language's words, before a tokenizer gives them ids. */
export function symbolWords(base: KnowledgeBase): string[] {
  const values = base.findings.flatMap((finding) => finding.values.map(({ id }) => `=${id}`));
  return [
    ...Object.values(MARKS),
    ...[...Object.keys(AGE_GROUPS), NOT_KNOWN].map((group) => `age:${group}`),
    ...[...Sex.options, NOT_KNOWN].map((sex) => `sex:${sex}`),
    "yes",
    "no",
    NOT_KNOWN,
    ...new Set(values),
    ...base.findings.filter(({ kind }) => isTold(kind)).map(({ id }) => `ask:${id}`),
    ...base.conditions.map(({ id }) => `dx:${id}`),
  ];
}

/** Throws `bad-language` where the tokenizer does not hold the language of this knowledge base. */
export function symbolsOf(base: KnowledgeBase, tokenizer: Pick<Tokenizer, "idOf">): Symbols {
  const words = symbolWords(base);
  const ids = new Map<string, number>();
  const spelled = new Map<number, string>();
  for (const word of words) {
    const id = tokenizer.idOf(word);
    if (id === undefined) {
      throw new TaskError(
        "bad-language",
        `the model's tokenizer has no token ${word}: it was made for another knowledge base`,
      );
    }
    ids.set(word, id);
    spelled.set(id, word);
  }
  const findings = new Map(base.findings.map((finding) => [finding.id, finding]));
  const meanings = new Map<number, SymbolMeaning>([[ids.get(MARKS.end)!, { type: "end" }]]);
  for (const word of words) {
    const [, kind, id] = /^(ask|dx):(.+)$/.exec(word) ?? [];
    if (kind === "ask") meanings.set(ids.get(word)!, { type: "ask", finding: id! });
    if (kind === "dx") meanings.set(ids.get(word)!, { type: "diagnosis", condition: id! });
  }
  const idOf = (word: string): number => {
    const id = ids.get(word);
    if (id === undefined) throw new TaskError("bad-language", `the language has no word ${word}`);
    return id;
  };
  const [yes, no, unknown] = ["yes", "no", NOT_KNOWN].map((word) => [idOf(word)]) as [number[], number[], number[]];

  const answer = (observed: ObservedFinding): readonly number[] => {
    if (observed.state === "unknown") return unknown;
    if (observed.state === "absent") return no;
    const finding = findings.get(observed.finding)!;
    const values = finding.type === "numeric" ? intervalsOf(finding, observed) : observed.values;
    return values && values.length > 0 ? values.map((value) => idOf(`=${value}`)) : yes;
  };

  return {
    words,
    size: words.length,
    mark: (mark) => idOf(MARKS[mark]),
    ask: (finding) => idOf(`ask:${finding}`),
    diagnosis: (condition) => idOf(`dx:${condition}`),
    answer,
    intake({ age, sex, findings: stated }) {
      const group: AgeGroup | typeof NOT_KNOWN = age === undefined ? NOT_KNOWN : ageGroupOf(age);
      const person = [idOf(`age:${group}`), idOf(`sex:${sex ?? NOT_KNOWN}`)];
      return [...person, ...stated.flatMap((each) => [idOf(`ask:${each.finding}`), ...answer(each)])];
    },
    meaning: (token) => meanings.get(token),
    word: (token) => spelled.get(token) ?? `#${token}`,
    transcript: (tokens) =>
      Array.from(tokens, (token) => spelled.get(token) ?? `#${token}`)
        .join(" ")
        .replace(/ (?=ask:|dx:)/g, "\n"),
  };
}

function intervalsOf(finding: Finding, { number, values }: ObservedFinding): readonly string[] | undefined {
  if (number === undefined) return values;
  const inside = finding.values.find(
    ({ from, below }) => number >= (from ?? Number.NEGATIVE_INFINITY) && number < (below ?? Number.POSITIVE_INFINITY),
  );
  return inside && [inside.id];
}
