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
  type Differential,
  type Examine,
  type KnowledgeBase,
  type Lexicon,
  type Move,
  PARSE_FAILURES,
  type ParseFailure,
  parseMove,
  rankDifferential,
  urgenciesOf,
  urgencyOf,
} from "../src/index.ts";
import { EpisodeError } from "./errors.ts";
import { conditionNames, labelCondition, openLabel } from "./labels.ts";
import { composeReward, type Episode, type Reward, RewardConfig } from "./rewards.ts";

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

export type EpisodeEnd = "concluded" | "budget" | "parse-failure";

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
  readonly asked: Set<string>;
  turns: number;
  repeats: number;
  formatFailures: number;
}

export function consultationEnvironment(
  base: KnowledgeBase,
  options: EnvironmentOptions = {},
): ConsultationEnvironment {
  const parsed = EnvironmentOptions.safeParse(options);
  if (!parsed.success) throw new EpisodeError("bad-options", z.prettifyError(parsed.error));
  const { budget, formatFailures, persona, normal, reward } = parsed.data;
  const rewardOf = composeReward(reward);
  const lexicon: Lexicon = buildLexicon(base.findings);
  const names = conditionNames(base);
  const urgencies = urgenciesOf(base);
  let running: Running | undefined;

  const observe = (text: string, { turns }: Running): Observation => ({
    text,
    turns,
    left: Math.max(0, budget - turns),
  });

  const finish = (now: Running, end: EpisodeEnd, text: string, conclusion?: Conclude): Step => {
    running = undefined;
    const { turns, repeats, formatFailures: failures, label } = now;
    const { differential: reference, urgency } = now.case;
    const episode: Episode = { conclusion, label, reference, urgency, turns, repeats, formatFailures: failures };
    const { total, components } = rewardOf(episode);
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
    now.formatFailures++;
    const text = `Not understood: ${PARSE_FAILURES[reason]}.`;
    if (now.formatFailures > formatFailures) return finish(now, "parse-failure", text);
    return { observation: observe(text, now), reward: 0, done: false };
  };

  const inquire = async (now: Running, act: Ask | Examine): Promise<Step> => {
    if (now.turns >= budget) return finish(now, "budget", "The time for questions is over.");
    now.turns++;
    const reply = await now.patient.answer(act);
    // The same question in other words is found by what it was understood as.
    const subject = reply.observed[0]?.finding ?? act.text!.toLowerCase();
    if (now.asked.has(subject)) now.repeats++;
    now.asked.add(subject);
    return { observation: observe(reply.text, now), reward: 0, done: false };
  };

  const conclude = (now: Running, { ranked }: Extract<Move, { type: "diagnosis" }>): Conclude => {
    const own = conditionNames({ conditions: [{ ...now.case.label, id: now.label }] });
    const idOf = (name: string): string => names.idOf(name) ?? own.idOf(name) ?? openLabel(name);
    const differential = rankedDifferential(ranked.map(idOf));
    const urgency = urgencyOf(differential, urgencies);
    return { type: "conclude", differential, abstained: false, ...(urgency && { urgency }) };
  };

  return {
    async reset(chosen, seed) {
      const patient = patientFor({ case: chosen, base, lexicon, persona, seed, normal });
      const label = labelCondition(chosen.label, names) ?? openLabel(chosen.label.name);
      const { text, observed } = await patient.open();
      const asked = new Set(observed.map(({ finding }) => finding));
      running = { case: chosen, patient, label, asked, turns: 0, repeats: 0, formatFailures: 0 };
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

/** A ranking as a differential: the weight of place k is 1/k. */
export function rankedDifferential(ranked: readonly string[]): Differential {
  const distinct = [...new Set(ranked)];
  return rankDifferential(
    distinct,
    distinct.map((_, index) => 1 / (index + 1)),
  );
}

/** "A 34-year-old woman. " */
function introduction({ age, sex }: Case): string {
  if (age === undefined && sex === undefined) return "";
  const years =
    age === undefined ? "" : age < 2 ? `${Math.round(age * 12)}-month-old ` : `${Math.floor(age)}-year-old `;
  const person = sex === undefined ? "person" : sex;
  return `Patient: ${years}${person}. `;
}
