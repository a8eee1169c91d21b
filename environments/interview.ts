/**
 * The quick way through a consultation: an agent's core against a coded patient, nothing said in words. Its record is
 * compact; `transcribe` rebuilds the events from it. Evaluation by the hundred thousand runs here.
 */

import type { CodedPatient } from "../simulators/index.ts";
import {
  type Act,
  type AgentCore,
  type Ask,
  type Conclude,
  type Examine,
  flagOfConclusion,
  type Intake,
  type ObservedFinding,
  type RedFlagRule,
  raisedRedFlags,
  type Urgency,
  urgencyWithFlags,
} from "../src/index.ts";

export interface InterviewOptions {
  /** The most questions and examinations. */
  readonly budget: number;
  /** Names the agent's chance. */
  readonly seed: string;
  readonly redFlags: readonly RedFlagRule[];
  /** Stop at the first red flag, or only record it. Default record. */
  readonly onRedFlag?: "stop" | "record";
  /** With it, the record tells whether this condition led after each question. */
  readonly label?: string | undefined;
}

export interface InterviewRecord {
  readonly intake: Intake;
  /** What was asked, in order, with what was learnt. */
  readonly turns: readonly ObservedFinding[];
  /** Rules that held, with the number of turns after which each first did. */
  readonly redFlags: readonly { readonly rule: RedFlagRule; readonly turn: number }[];
  readonly conclusion: Conclude;
  /** Why the agent handed off, where it did; the conclusion then abstains. */
  readonly handOff?: string;
  /** Whether `label` led, first with nothing asked. */
  readonly led?: readonly boolean[];
}

export function runInterview<Belief>(
  core: AgentCore<Belief>,
  patient: CodedPatient,
  intake: Intake,
  { budget, seed, redFlags, onRedFlag = "record", label }: InterviewOptions,
): InterviewRecord {
  const turns: ObservedFinding[] = [];
  const flags = new Map<string, { rule: RedFlagRule; turn: number }>();
  const known = new Map(intake.findings.map((observed) => [observed.finding, observed]));
  const checkFlags = (): boolean => {
    if (redFlags.length === 0) return false;
    for (const rule of raisedRedFlags(redFlags, intake, known)) {
      if (!flags.has(rule.id)) flags.set(rule.id, { rule, turn: turns.length });
    }
    return onRedFlag === "stop" && flags.size > 0;
  };
  let belief = core.open(intake, seed);
  const led: boolean[] | undefined = label !== undefined && core.leading ? [core.leading(belief) === label] : undefined;
  let stopped = checkFlags();
  for (;;) {
    const left = stopped ? 0 : budget - turns.length;
    const decided = core.decide(belief, { asked: turns.length, budget: turns.length + left });
    const act = left <= 0 && isInquiry(decided) ? ABSTENTION : decided;
    if (!isInquiry(act)) {
      const flag = act.type === "conclude" ? flagOfConclusion(act.urgency, raised(flags)) : undefined;
      if (flag) flags.set(flag.id, { rule: flag, turn: turns.length });
      return {
        intake,
        turns,
        redFlags: [...flags.values()],
        conclusion: concludedUnder(act.type === "conclude" ? act : ABSTENTION, raised(flags), stopped),
        ...(act.type === "hand-off" && { handOff: act.reason }),
        ...(led && { led }),
      };
    }
    const observed = patient.truth(act.finding!);
    turns.push(observed);
    known.set(observed.finding, observed);
    belief = core.observe(belief, observed);
    led?.push(core.leading!(belief) === label);
    stopped = checkFlags();
  }
}

const raised = (flags: ReadonlyMap<string, { readonly rule: RedFlagRule }>): RedFlagRule[] =>
  [...flags.values()].map(({ rule }) => rule);

/** Who asks on when nothing is left has concluded nothing. */
const isInquiry = (act: Act): act is Ask | Examine => act.type === "ask" || act.type === "examine";

/** A conclusion as it is told: as urgent as the most urgent flag raised, and with the reason where one stopped it. */
export function concludedUnder(
  conclusion: Conclude,
  flags: Iterable<{ urgency: Urgency }>,
  stopped: boolean,
): Conclude {
  const urgency = urgencyWithFlags(conclusion.urgency, flags);
  return { ...conclusion, ...(urgency && { urgency }), ...(stopped && { reason: "red-flag" as const }) };
}

/** What stands for a conclusion where the agent gave none. */
export const ABSTENTION: Conclude = { type: "conclude", differential: { entries: [], other: 1 }, abstained: true };
