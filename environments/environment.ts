/**
 * The multi-turn environment: a policy writes the text protocol, a simulated patient answers in words, and the
 * conclusion earns the terminal reward. One instance runs one episode at a time.
 */
import { z } from "zod";
import { type Case, type Patient, Persona, patientFor } from "../simulators/index.ts";
import {
  type Ask,
  buildLexicon,
  type Conclude,
  type Examine,
  type KnowledgeBase,
  type Lexicon,
  type Move,
  PARSE_FAILURES,
  type ParseFailure,
  parseMove,
  type Urgency,
  urgenciesOf,
} from "../src/index.ts";
import {
  type Course,
  type CourseRules,
  concludeRanking,
  type EpisodeEnd,
  episodeCourse,
  type Finish,
} from "./course.ts";
import { EpisodeError } from "./errors.ts";
import { type ConditionNames, conditionNames, labelCondition, openLabel } from "./labels.ts";
import { composeReward, type Reward, RewardConfig } from "./rewards.ts";

export const EnvironmentOptions = z.strictObject({
  /** The most questions and examinations; one more ends the episode without a conclusion. */
  budget: z.int().min(0).max(1000).default(20),
  /** Texts that the parser may refuse before the episode ends. */
  formatFailures: z.int().min(0).default(2),
  persona: Persona.prefault({}),
  /** Examinations that a case does not hold are normal rather than unavailable. */
  normal: z.boolean().default(false),
  reward: RewardConfig.prefault({}),
});
export type EnvironmentOptions = z.input<typeof EnvironmentOptions>;

/** What the policy sees. */
export interface Observation {
  readonly text: string;
  /** Questions and examinations put so far, and how many are left. */
  readonly turns: number;
  readonly left: number;
}

export interface Step {
  readonly observation: Observation;
  /** 0 until the end, then the terminal reward. */
  readonly reward: number;
  readonly done: boolean;
  /** At the end: why, the terms of the reward, and what was concluded. */
  readonly end?: EpisodeEnd;
  readonly components?: Reward["components"];
  readonly conclusion?: Conclude;
}

export interface ConsultationEnvironment {
  /** Opens an episode over `patient`'s case; what the patient says depends on the seed alone. */
  reset(patient: Case, seed: number): Promise<Observation>;
  /** Plays a text of the protocol. Throws `no-episode` before `reset` and after the end. */
  step(action: string): Promise<Step>;
  /** How the episode ended, label and all: for whoever pays, never for the policy. Undefined until it has. */
  readonly finished: Finish | undefined;
  /** Ends the episode from outside, without a conclusion. Throws `no-episode` before `reset`. */
  abandon(): Finish;
}

interface Running {
  readonly case: Case;
  readonly patient: Patient;
  readonly label: string;
  readonly course: Course;
}

export function consultationEnvironment(
  base: KnowledgeBase,
  options: EnvironmentOptions = {},
): ConsultationEnvironment {
  return consultationEnvironments(base, options)();
}

/** Gives environments alike, which share what is costly to build: for many episodes at once. */
export function consultationEnvironments(
  base: KnowledgeBase,
  options: EnvironmentOptions = {},
): () => ConsultationEnvironment {
  const parsed = EnvironmentOptions.safeParse(options);
  if (!parsed.success) throw new EpisodeError("bad-options", z.prettifyError(parsed.error));
  const { budget, formatFailures, persona, normal, reward } = parsed.data;
  const lexicon: Lexicon = buildLexicon(base.findings);
  const names = conditionNames(base);
  const urgencies = urgenciesOf(base);
  const rules: CourseRules = { budget, formatFailures, rewardOf: composeReward(reward), urgencies };
  const own: Shared = { base, lexicon, names, urgencies, rules, persona, normal };
  return () => environmentOver(own);
}

interface Shared {
  readonly base: KnowledgeBase;
  readonly lexicon: Lexicon;
  readonly names: ConditionNames;
  readonly urgencies: ReadonlyMap<string, Urgency>;
  readonly rules: CourseRules;
  readonly persona: Persona;
  readonly normal: boolean;
}

function environmentOver({ base, lexicon, names, urgencies, rules, persona, normal }: Shared): ConsultationEnvironment {
  let running: Running | undefined;
  let finished: Finish | undefined;

  const observe = (text: string, { course: { turns } }: Running): Observation => ({
    text,
    turns,
    left: Math.max(0, rules.budget - turns),
  });

  const close = (now: Running, end: EpisodeEnd, conclusion?: Conclude): Finish => {
    running = undefined;
    finished = now.course.finish(end, conclusion);
    return finished;
  };

  const finish = (now: Running, end: EpisodeEnd, text: string, conclusion?: Conclude): Step => {
    const { reward } = close(now, end, conclusion);
    return {
      observation: observe(text, now),
      reward: reward.total,
      done: true,
      end,
      components: reward.components,
      ...(conclusion && { conclusion }),
    };
  };

  const refuse = (now: Running, { reason }: ParseFailure): Step => {
    const text = notUnderstood(reason);
    if (!now.course.refuse()) return finish(now, "parse-failure", text);
    return { observation: observe(text, now), reward: 0, done: false };
  };

  const inquire = async (now: Running, act: Ask | Examine): Promise<Step> => {
    if (!now.course.ask()) return finish(now, "budget", "The time for questions is over.");
    const reply = await now.patient.answer(act);
    // The same question in other words is found by what it was understood as.
    now.course.heard(reply.observed[0]?.finding ?? act.text!.toLowerCase());
    return { observation: observe(reply.text, now), reward: 0, done: false };
  };

  const conclude = (now: Running, { ranked }: Extract<Move, { type: "diagnosis" }>): Conclude => {
    const own = conditionNames({ conditions: [{ ...now.case.label, id: now.label }] });
    const idOf = (name: string): string => names.idOf(name) ?? own.idOf(name) ?? openLabel(name);
    return concludeRanking(ranked.map(idOf), urgencies);
  };

  return {
    get finished() {
      return finished;
    },
    async reset(chosen, seed) {
      const patient = patientFor({ case: chosen, base, lexicon, persona, seed, normal });
      const label = labelCondition(chosen.label, names) ?? openLabel(chosen.label.name);
      // Begun before the patient speaks, so that a patient who fails to can be given up.
      const now: Running = {
        case: chosen,
        patient,
        label,
        course: episodeCourse(rules, chosen, label, chosen.opening),
      };
      running = now;
      finished = undefined;
      const { text } = await patient.open();
      return observe(`${introduction(chosen)}${text}`, now);
    },
    async step(action) {
      if (!running) throw new EpisodeError("no-episode", "no episode is running; call reset first");
      const move = parseMove(action);
      if (move.type === "parse-failure") return refuse(running, move);
      if (move.type !== "diagnosis") return inquire(running, move);
      return finish(running, "concluded", "The consultation is over.", conclude(running, move));
    },
    abandon() {
      if (!running) throw new EpisodeError("no-episode", "no episode is running; call reset first");
      return close(running, "budget");
    },
  };
}

/** What a policy is told whose text is no move. */
export function notUnderstood(reason: ParseFailure["reason"]): string {
  return `Not understood: ${PARSE_FAILURES[reason]}.`;
}

/** "Patient: 34-year-old female. " */
export function introduction({ age, sex }: Pick<Case, "age" | "sex">): string {
  if (age === undefined && sex === undefined) return "";
  const years =
    age === undefined ? "" : age < 2 ? `${Math.round(age * 12)}-month-old ` : `${Math.floor(age)}-year-old `;
  const person = sex === undefined ? "person" : sex;
  return `Patient: ${years}${person}. `;
}
