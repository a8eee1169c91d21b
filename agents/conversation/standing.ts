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
  const draft = draftOf(standing);
  for (let seq = standing.seq; seq < events.length; seq++) {
    const event = events[seq]!;
    take(draft, event);
    draft.seq = event.seq + 1;
    draft.time = event.time;
  }
  return draft;
}

/** Whether a cached standing belongs to the list: the list wins where they disagree. */
export function fits(standing: Standing, events: readonly ConsultationEvent[]): boolean {
  const last = events[standing.seq - 1];
  return last !== undefined && last.consultation === standing.consultation && last.time === standing.time;
}

/** The standing with one more fact. */
export function advance(standing: Standing, event: EventBody): Standing {
  const draft = draftOf(standing);
  take(draft, event);
  return draft;
}

/** A standing while facts are folded in: a list of many is copied once, not once a fact. */
type Draft = { -readonly [Member in keyof Standing]: Standing[Member] } & {
  told: ObservedFinding[];
  asked: string[];
  redFlags: string[];
};

const draftOf = (standing: Standing): Draft => ({
  ...standing,
  told: [...standing.told],
  asked: [...standing.asked],
  redFlags: [...standing.redFlags],
});

function take(draft: Draft, event: EventBody): void {
  switch (event.type) {
    case "opened":
      draft.intake = event.intake;
      break;
    case "patient-said":
      draft.messages++;
      if (draft.question) draft.question = { ...draft.question, tries: draft.question.tries + 1 };
      break;
    case "agent-asked":
    case "agent-examined":
      draft.turns = event.turn;
      if (event.finding) draft.asked.push(event.finding);
      draft.question = { finding: event.finding, text: event.text, tries: 0 };
      break;
    case "finding-observed":
    case "finding-corrected":
      draft.told.push(event.observed);
      break;
    case "red-flag-raised":
      draft.redFlags.push(event.rule);
      break;
    case "concluded":
    case "handed-off":
    case "abandoned":
      draft.ended = true;
      break;
    case "model-called":
      draft.spending = spend(draft.spending, event);
      break;
    case "reviewed":
      if (event.decision !== "returned") break;
      draft.ended = false;
      // What follows answers the clinician, whose question is about no known finding.
      delete draft.question;
      break;
    case "consented":
    case "attachment-received":
    case "agent-said":
    case "fell-back":
    case "notified":
      break;
    default:
      event satisfies never;
  }
}

/** The latest word on each finding. */
export function knownOf({ intake, told }: Standing): Map<string, ObservedFinding> {
  const known = new Map<string, ObservedFinding>();
  for (const observed of intake.findings) known.set(observed.finding, observed);
  for (const observed of told) known.set(observed.finding, observed);
  return known;
}

/** What `core` believes at a standing. */
export function beliefOf<Belief>(core: AgentCore<Belief>, { consultation: id, intake, told }: Standing): Belief {
  return believed(core, { id, intake }, told);
}
