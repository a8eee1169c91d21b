/**
 * Questions from labelled cases. A *single* question has one right option among its look-alikes, a *multiple* one may
 * have several, a *list* shows no options: name what it may be. Nothing that is shown of the patient names the label.
 */
import { z } from "zod";
import { alternativeNames, type Case, type Label, nameMatcher } from "../../simulators/index.ts";
import {
  type Finding,
  type Intake,
  type ObservedFinding,
  type Random,
  seededRandom,
  shuffled,
} from "../../src/index.ts";
import { type Cases, type Catalogue, casesOf, catalogueOf } from "./catalogue.ts";
import { CurriculumError } from "./errors.ts";
import { type LookAlikes, lookAlikes } from "./look-alikes.ts";
import { optionPools } from "./option-pools.ts";
import { rightAnswers } from "./right-answers.ts";

export const QUESTION_KINDS = ["single", "multiple", "list"] as const;
export type QuestionKind = (typeof QUESTION_KINDS)[number];

export interface Option {
  readonly condition: string;
  readonly name: string;
}

/** What is known of the patient, in codes and in the case's own words. */
export interface Shown {
  /** Age, sex, complaint, and findings: those of the opening first. */
  readonly intake: Intake;
  /** Facts and results of a narrative case, verbatim. */
  readonly facts: readonly string[];
}

export interface Question {
  /** Of its case. */
  readonly id: string;
  readonly kind: QuestionKind;
  readonly shown: Shown;
  /** In the order shown, the right ones among them; empty for a list. */
  readonly options: readonly Option[];
  /** Ids of the right answers, likeliest first; one or more. */
  readonly answers: readonly string[];
}

const share = z.number().min(0).lt(1);

/** What a list names at most, and so the most right answers: shares of 1/k stay above what counts as listed. */
export const MOST_ANSWERS = 25;

export const QuestionOptions = z.strictObject({
  kind: z.enum(QUESTION_KINDS).default("single"),
  /** Options of a single or multiple question, 2 to 26; fewer where the set has no more that fit the patient. */
  options: z.int().min(2).max(26).default(6),
  /** Findings (and facts) shown besides the opening; null: all. Default: all for a single question, none for others. */
  findings: z.int().min(0).max(10_000).nullable().optional(),
  /** Right answers at most, 1 to 25; a multiple question has a wrong option where there is one. */
  answers: z.int().min(1).max(MOST_ANSWERS).default(6),
  /** A condition is a right answer above this probability in the case's reference differential. From 0, below 1. */
  share: share.default(0.1),
  /** The same in the posterior given what is shown, for cases without a reference. */
  posterior: share.default(0.1),
});
export type QuestionOptions = z.input<typeof QuestionOptions>;

export interface QuestionParts {
  readonly catalogue: Catalogue;
  /** Default: by the catalogue's similarity alone. */
  readonly lookAlikes?: LookAlikes | undefined;
  /** Which findings may be shown. Default: any that the knowledge base has. */
  readonly shows?: ((finding: Finding) => boolean) | undefined;
}

/** The same case and seed, the same question. Throws `unknown-label`, `too-few-conditions`. */
export type QuestionMaker = (chosen: Case, seed: number) => Question;

/** Throws `bad-options`. */
export function questionMaker(parts: QuestionParts, options: QuestionOptions = {}): QuestionMaker {
  const settings = questionSettings(options);
  const { kind } = settings;
  const { catalogue } = parts;
  const { base } = catalogue;
  const show = shower(parts, settings.findings);
  const right = rightAnswers(base, settings);
  let pools: ReturnType<typeof optionPools> | undefined;
  const wrongOptions = (answers: ReadonlySet<string>, count: number, shown: Shown, random: Random) => {
    const { similarity } = catalogue;
    pools ??= optionPools(similarity.conditions, parts.lookAlikes ?? lookAlikes(similarity), settings.options, base);
    const wrong = pools.wrong(answers, count, shown.intake, random);
    // Where hardly anything fits, everything may be right.
    if (wrong.length + answers.size > 1) return wrong;
    throw new CurriculumError("too-few-conditions", "a question with options needs two conditions or more");
  };

  return (chosen, seed) => {
    const { id } = chosen;
    const label = labelOf(catalogue, chosen);
    const shown = show(chosen, seededRandom("question", seed, id, "shown"));
    const likely = kind === "single" ? [label] : right(chosen, label, shown.intake);
    if (kind === "list") return { id, kind, shown, options: [], answers: likely.slice(0, settings.answers) };
    const answers = likely.slice(0, Math.min(settings.answers, settings.options - 1));
    const random = seededRandom("question", seed, id, "options");
    const wrong = wrongOptions(new Set(likely), settings.options - answers.length, shown, random);
    const listed = shuffled(random, [...answers, ...wrong]);
    const named = listed.map((condition) => ({ condition, name: catalogue.nameOf(condition) }));
    return { id, kind, shown, options: named, answers };
  };
}

export type QuestionSettings = z.output<typeof QuestionOptions> & { readonly findings: number | null };

export function questionSettings(options: QuestionOptions): QuestionSettings {
  const parsed = QuestionOptions.safeParse(options);
  if (!parsed.success) throw new CurriculumError("bad-options", z.prettifyError(parsed.error));
  const { findings = parsed.data.kind === "single" ? null : 0 } = parsed.data;
  return { ...parsed.data, findings };
}

/** Questions of any labelled case set, one a case, in its order. A set without probabilities is read through first. */
export async function* questionsOf(
  cases: Cases,
  options: QuestionOptions & { readonly seed?: number } = {},
): AsyncGenerator<Question> {
  const { seed = 0, ...asked } = options;
  const again = "cases" in cases ? cases : await kept(cases);
  const make = questionMaker({ catalogue: await catalogueOf(again) }, asked);
  for await (const each of casesOf(again)) yield make(each, seed);
}

/** What can be read once only is kept, to be read again. */
async function kept(cases: AsyncIterable<Case>): Promise<AsyncIterable<Case>> {
  const all: Case[] = [];
  for await (const each of cases) all.push(each);
  return {
    async *[Symbol.asyncIterator]() {
      yield* all;
    },
  };
}

function labelOf({ base, conditionOf }: Catalogue, { id, label }: Case): string {
  const condition = conditionOf(label);
  if (condition !== undefined) return condition;
  const where = base ? `knowledge base ${base.id}` : "the case set";
  const advice = "leave the case out, or make questions of its set without the knowledge base";
  throw new CurriculumError("unknown-label", `case ${id}: ${where} has no condition "${label.name}"; ${advice}`);
}

/** The opening and `further` findings and facts, drawn by chance and kept in the case's order. */
function shower({ catalogue, shows = () => true }: QuestionParts, further: number | null) {
  const { base } = catalogue;
  const findings = base && new Map(base.findings.map((finding) => [finding.id, finding]));
  const isShown = ({ finding: id, state }: ObservedFinding): boolean => {
    const finding = findings?.get(id);
    return state !== "unknown" && (finding ? shows(finding) : !findings);
  };
  const some = <T>(random: Random, items: readonly T[]): readonly T[] => {
    if (further === null || items.length <= further) return items;
    const drawn = new Set(shuffled(random, [...items.keys()]).slice(0, further));
    return items.filter((_, i) => drawn.has(i));
  };
  return (chosen: Case, random: Random): Shown => {
    const { age, sex, complaint, opening } = chosen;
    const tellable = tellableBeside(chosen.label);
    const isNarrative = chosen.facts.length > 0;
    const listed = isNarrative && !base ? [] : chosen.findings.filter(isShown);
    const opens = ({ finding }: ObservedFinding): boolean => opening.includes(finding);
    const told = listed.filter((observed) => !opens(observed));
    const results = chosen.measurements.map(({ name, result }) => `${name}: ${result}`);
    const facts = [...chosen.facts.filter((fact) => fact !== complaint), ...results].filter(tellable);
    return {
      intake: {
        ...(age !== undefined && { age }),
        ...(sex && { sex }),
        ...(complaint !== undefined && tellable(complaint) && { complaint }),
        findings: [...listed.filter(opens), ...some(random, told)],
      },
      facts: some(random, facts),
    };
  };
}

/** Sources mask the label; a text that names it all the same is not shown, as no patient would tell it. */
function tellableBeside({ name, synonyms }: Label): (text: string) => boolean {
  let names: ReturnType<typeof nameMatcher> | undefined;
  return (text) => {
    names ??= nameMatcher([name, ...alternativeNames(name), ...synonyms]);
    return names.find(text) === undefined;
  };
}
