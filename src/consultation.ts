/** The consultation as a fold over its events: what is known, what was asked, how it ended. Two folds of one list agree. */
import type { Act, Conclude } from "./acts.ts";
import { type ConsultationEvent, checkSequence } from "./events.ts";
import type { AgentCore } from "./ports.ts";
import { NOTHING_SPENT, type Spending, spend } from "./spending.ts";
import { urgencyWithFlags } from "./triage.ts";
import type { Intake, ObservedFinding, Urgency } from "./vocabulary.ts";

export interface Consultation {
  readonly id: string;
  readonly intake: Intake;
  /** The latest word on each finding, in the order in which they were first observed. */
  readonly findings: ReadonlyMap<string, ObservedFinding>;
  /** Findings asked about or examined, in order; questions without a known finding are not listed. */
  readonly asked: readonly string[];
  /** Questions and examinations so far. */
  readonly turns: number;
  readonly redFlags: readonly { rule: string; urgency: Urgency; message: string }[];
  /** The agent's own, whatever a clinician made of it. */
  readonly conclusion?: Conclude;
  /** The last review. */
  readonly review?: Extract<ConsultationEvent, { type: "reviewed" }>;
  /** What language models cost so far. */
  readonly spending: Spending;
  /** How it ended, if it has; a consultation that a clinician returned goes on. */
  readonly ended?: "concluded" | "handed-off" | "abandoned";
}

/** Rebuilds a consultation from its events. Throws `event-order` on a list that is not one consultation's. */
export function replay(events: readonly ConsultationEvent[]): Consultation {
  checkSequence(events);
  const findings = new Map<string, ObservedFinding>();
  const asked: string[] = [];
  const redFlags: { rule: string; urgency: Urgency; message: string }[] = [];
  let intake: Intake = { findings: [] };
  let turns = 0;
  let conclusion: Conclude | undefined;
  let ended: Consultation["ended"];
  let review: Consultation["review"];
  let spending = NOTHING_SPENT;
  for (const event of events) {
    switch (event.type) {
      case "opened":
        intake = event.intake;
        for (const observed of intake.findings) findings.set(observed.finding, observed);
        break;
      case "agent-asked":
      case "agent-examined":
        turns = event.turn;
        if (event.finding) asked.push(event.finding);
        break;
      case "finding-observed":
      case "finding-corrected":
        findings.set(event.observed.finding, event.observed);
        break;
      case "red-flag-raised":
        redFlags.push({ rule: event.rule, urgency: event.urgency, message: event.message });
        break;
      case "concluded":
        conclusion = event.conclusion;
        ended = "concluded";
        break;
      case "handed-off":
        ended = "handed-off";
        break;
      case "abandoned":
        ended = "abandoned";
        break;
      case "model-called":
        spending = spend(spending, event);
        break;
      case "reviewed":
        review = event;
        if (event.decision !== "returned") break;
        conclusion = undefined;
        ended = undefined;
        break;
      case "consented":
      case "patient-said":
      case "attachment-received":
      case "agent-said":
      case "fell-back":
      case "notified":
        break;
      default:
        event satisfies never;
    }
  }
  return {
    id: events[0]!.consultation,
    intake,
    findings,
    asked,
    turns,
    redFlags,
    spending,
    ...(conclusion && { conclusion }),
    ...(ended && { ended }),
    ...(review && { review }),
  };
}

/** What `core` believes of a consultation after it was `told` this, in order. */
export function believed<Belief>(
  core: AgentCore<Belief>,
  { id, intake }: Pick<Consultation, "id" | "intake">,
  told: readonly ObservedFinding[],
): Belief {
  const before = core.open(intake, id);
  return core.observeAll?.(before, told) ?? told.reduce((belief, each) => core.observe(belief, each), before);
}

/**
 * The act of `core` at the end of a consultation's list: the belief is folded from the events, then asked. A conclusion
 * is as urgent as the most urgent flag raised.
 */
export function nextAct<Belief>(core: AgentCore<Belief>, events: readonly ConsultationEvent[], budget: number): Act {
  const consultation = replay(events);
  const told = events.flatMap((event) =>
    event.type === "finding-observed" || event.type === "finding-corrected" ? [event.observed] : [],
  );
  const belief = believed(core, consultation, told);
  const act = core.decide(belief, { asked: consultation.turns, budget });
  if (act.type !== "conclude") return act;
  const urgency = urgencyWithFlags(act.urgency, consultation.redFlags);
  return { ...act, ...(urgency && { urgency }) };
}
