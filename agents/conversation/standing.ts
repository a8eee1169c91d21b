/** How a consultation stands, as plain data: a fold over its events that can be cached, advanced and rebuilt. */
import {
  type AgentCore,
  believed,
  type ConsultationEvent,
  checkSequence,
  type EventBody,
  type Intake,
  NOTHING_SPENT,
  type ObservedFinding,
  type Spending,
  spend,
} from "../../src/index.ts";

export interface Standing {
  readonly consultation: string;
  /** How many events are folded in, and the time of the last one: tells whether a cached standing fits a list. */
  readonly seq: number;
  readonly time: string;
  readonly intake: Intake;
  /** Everything told since the opening, in order; the latest word counts. */
  readonly told: readonly ObservedFinding[];
  /** Questions and examinations so far. */
  readonly turns: number;
  /** Findings asked about, in order. */
  readonly asked: readonly string[];
  /** What was asked last. `tries` counts the messages since. */
  readonly question?: { readonly finding?: string | undefined; readonly text: string; readonly tries: number };
  /** Messages of the person so far. */
  readonly messages: number;
  /** Rules that were raised. */
  readonly redFlags: readonly string[];
  /** What language models cost so far. */
  readonly spending: Spending;
  readonly ended: boolean;
}

const NOTHING: Omit<Standing, "consultation"> = {
  seq: 0,
  time: "",
  intake: { findings: [] },
  told: [],
  turns: 0,
  asked: [],
  messages: 0,
  redFlags: [],
  spending: NOTHING_SPENT,
  ended: false,
};

/** The standing after `events`. Throws `event-order` on a list that is not one consultation's. */
export function standingOf(events: readonly ConsultationEvent[]): Standing {
  checkSequence(events);
  return catchUp({ consultation: events[0]!.consultation, ...NOTHING }, events);
}

/** `standing` advanced by those events of the list that it has not seen. */
export function catchUp(standing: Standing, events: readonly ConsultationEvent[]): Standing {
  return events
    .slice(standing.seq)
    .reduce((now, event) => ({ ...advance(now, event), seq: event.seq + 1, time: event.time }), standing);
}

/** Whether a cached standing belongs to the list: the list wins where they disagree. */
export function fits(standing: Standing, events: readonly ConsultationEvent[]): boolean {
  const last = events[standing.seq - 1];
  return last !== undefined && last.consultation === standing.consultation && last.time === standing.time;
}

/** The standing with one more fact. */
export function advance(standing: Standing, event: EventBody): Standing {
  switch (event.type) {
    case "opened":
      return { ...standing, intake: event.intake };
    case "patient-said": {
      const { question } = standing;
      const asked = question && { ...question, tries: question.tries + 1 };
      return { ...standing, messages: standing.messages + 1, ...(asked && { question: asked }) };
    }
    case "agent-asked":
    case "agent-examined":
      return {
        ...standing,
        turns: event.turn,
        asked: event.finding ? [...standing.asked, event.finding] : standing.asked,
        question: { finding: event.finding, text: event.text, tries: 0 },
      };
    case "finding-observed":
    case "finding-corrected":
      return { ...standing, told: [...standing.told, event.observed] };
    case "red-flag-raised":
      return { ...standing, redFlags: [...standing.redFlags, event.rule] };
    case "concluded":
    case "handed-off":
    case "abandoned":
      return { ...standing, ended: true };
    case "model-called":
      return { ...standing, spending: spend(standing.spending, event) };
    case "consented":
    case "agent-said":
    case "fell-back":
    case "reviewed":
      return standing;
    default:
      return event satisfies never;
  }
}

/** The latest word on each finding. */
export function knownOf({ intake, told }: Standing): Map<string, ObservedFinding> {
  return new Map([...intake.findings, ...told].map((observed) => [observed.finding, observed]));
}

/** What `core` believes at a standing. */
export function beliefOf<Belief>(core: AgentCore<Belief>, { consultation: id, intake, told }: Standing): Belief {
  return believed(core, { id, intake }, told);
}
