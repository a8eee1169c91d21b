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
  urgenciesOf,
} from "../src/index.ts";
import { type Course, type CourseRules, concludeRanking, type EpisodeEnd, episodeCourse } from "./course.ts";
import { EpisodeError } from "./errors.ts";
import { conditionNames, labelCondition, openLabel } from "./labels.ts";
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
  const parsed = EnvironmentOptions.safeParse(options);
  if (!parsed.success) throw new EpisodeError("bad-options", z.prettifyError(parsed.error));
  const { budget, formatFailures, persona, normal, reward } = parsed.data;
  const lexicon: Lexicon = buildLexicon(base.findings);
  const names = conditionNames(base);
  const urgencies = urgenciesOf(base);
  const rules: CourseRules = { budget, formatFailures, rewardOf: composeReward(reward), urgencies };
  let running: Running | undefined;

  const observe = (text: string, { course: { turns } }: Running): Observation => ({
    text,
    turns,
    left: Math.max(0, budget - turns),
  });

  const finish = (now: Running, end: EpisodeEnd, text: string, conclusion?: Conclude): Step => {
    running = undefined;
    const { total, components } = now.course.finish(end, conclusion).reward;
    return {
      observation: observe(text, now),
      reward: total,
      done: true,
      end,
      components,
      ...(conclusion && { conclusion }),
    };
  };

  const refuse = (now: Running, { reason }: ParseFailure): Step => {
    const text = `Not understood: ${PARSE_FAILURES[reason]}.`;
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
    async reset(chosen, seed) {
      const patient = patientFor({ case: chosen, base, lexicon, persona, seed, normal });
      const label = labelCondition(chosen.label, names) ?? openLabel(chosen.label.name);
      const { text, observed } = await patient.open();
      const opening = observed.map(({ finding }) => finding);
      running = { case: chosen, patient, label, course: episodeCourse(rules, chosen, label, opening) };
      return observe(`${introduction(chosen)}${text}`, running);
    },
    async step(action) {
      if (!running) throw new EpisodeError("no-episode", "no episode is running; call reset first");
      const move = parseMove(action);
      if (move.type === "parse-failure") return refuse(running, move);
      if (move.type !== "diagnosis") return inquire(running, move);
      return finish(running, "concluded", "The consultation is over.", conclude(running, move));
    },
  };
}

/** "A 34-year-old woman. " */
function introduction({ age, sex }: Case): string {
  if (age === undefined && sex === undefined) return "";
  const years =
    age === undefined ? "" : age < 2 ? `${Math.round(age * 12)}-month-old ` : `${Math.floor(age)}-year-old `;
  const person = sex === undefined ? "person" : sex;
  return `Patient: ${years}${person}. `;
}
