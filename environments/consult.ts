/** A consultation in words: agent and patient take turns, and every fact becomes an event of one list. */

import type { Patient, Reply } from "../simulators/index.ts";
import {
  type Act,
  type AgentCore,
  type Ask,
  type Clock,
  type ConsultationEvent,
  type Diagnostician,
  type EventBody,
  EventLog,
  type Examine,
  type Finding,
  flagOfConclusion,
  type Intake,
  type KnowledgeBase,
  type Lexicon,
  type ObservedFinding,
  type RedFlagRule,
  raisedRedFlags,
  readAnswer,
} from "../src/index.ts";
import { ABSTENTION, concludedUnder } from "./interview.ts";

export interface ConsultOptions {
  readonly id: string;
  readonly clock: Clock;
  readonly base: KnowledgeBase;
  /** Built from the base's findings; reads what a patient without codes says. */
  readonly lexicon: Lexicon;
  readonly budget: number;
  /** Stop at the first red flag, or only record it. Default record. */
  readonly onRedFlag?: "stop" | "record";
  /** What is known before the first word, besides the complaint. */
  readonly person: Pick<Intake, "age" | "sex">;
  /** What the person agreed to before the first question, where a person is asked. */
  readonly consent?: string;
  /** Called with each event as it happens. */
  readonly onEvent?: (event: ConsultationEvent) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Runs one consultation to its end, or to the signal (`abandoned`), and returns its events. */
export async function consult<Belief>(
  agent: AgentCore<Belief> | Diagnostician,
  patient: Patient,
  options: ConsultOptions,
): Promise<ConsultationEvent[]> {
  const { base, lexicon, onRedFlag = "record", signal } = options;
  const log = new EventLog(options.id, options.clock);
  const { findings } = lexicon;
  const record = (body: EventBody): void => {
    const event = log.append(body);
    options.onEvent?.(event);
  };

  const opening = await patient.open();
  const stated = opening.observed.filter(({ finding }) => findings.has(finding));
  const heard = stated.length > 0 ? stated : lexicon.mentions(opening.text);
  const intake: Intake = { ...options.person, complaint: opening.text, findings: [...heard] };
  const known = new Map(intake.findings.map((observed) => [observed.finding, observed]));
  const flags = new Map<string, RedFlagRule>();
  record({ type: "opened", intake, versions: { ...agent.versions } });
  if (options.consent !== undefined) record({ type: "consented", disclaimer: options.consent });
  record({ type: "patient-said", text: opening.text });

  const mind = "next" in agent ? asDiagnostician(agent, log.events, signal) : asCore(agent, intake, options.id);
  const learn = (observed: ObservedFinding): void => {
    record({ type: "finding-observed", observed });
    known.set(observed.finding, observed);
    mind.observe(observed);
  };
  const raise = (rule: RedFlagRule): void => {
    if (flags.has(rule.id)) return;
    flags.set(rule.id, rule);
    record({ type: "red-flag-raised", rule: rule.id, urgency: rule.urgency, message: rule.message });
  };
  const checkFlags = (): void => raisedRedFlags(base.redFlags, intake, known).forEach(raise);

  checkFlags();
  for (let turn = 0; ; turn++) {
    const stop = onRedFlag === "stop" && flags.size > 0;
    const act = await unlessAborted(() => mind.decide(turn, stop ? 0 : options.budget - turn), signal);
    if (!act) {
      record({ type: "abandoned", reason: "interrupted" });
      return log.events;
    }
    if (act.type === "conclude") {
      const flag = flagOfConclusion(act.urgency, flags.values());
      if (flag) raise(flag);
      record({ type: "concluded", conclusion: concludedUnder(act, flags.values(), stop) });
      return log.events;
    }
    if (act.type === "hand-off") {
      record({ type: "handed-off", reason: act.reason });
      return log.events;
    }
    if (stop || turn >= options.budget) {
      // Who asks on when nothing is left has concluded nothing.
      const conclusion = { ...ABSTENTION, reason: "budget" as const };
      record({ type: "concluded", conclusion: concludedUnder(conclusion, flags.values(), stop) });
      return log.events;
    }
    const asked = inWords(act, findings);
    const { finding, text } = asked;
    const said = { turn: turn + 1, text: text!, ...(finding && { finding }) };
    record(asked.type === "ask" ? { type: "agent-asked", ...said } : { type: "agent-examined", ...said });
    const reply = await patient.answer(asked);
    record({ type: "patient-said", text: reply.text });
    for (const observed of understood(reply, asked, lexicon)) {
      if (observed.finding === finding || !known.has(observed.finding)) learn(observed);
    }
    checkFlags();
  }
}

/** Undefined where the signal came before the answer. */
async function unlessAborted<T>(ask: () => T | Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (signal?.aborted) return undefined;
  try {
    return await ask();
  } catch (error) {
    if (!signal?.aborted) throw error;
    return undefined;
  }
}

/** An agent in one consultation. */
interface Mind {
  observe(observed: ObservedFinding): void;
  decide(asked: number, left: number): Act | Promise<Act>;
}

function asCore<Belief>(core: AgentCore<Belief>, intake: Intake, id: string): Mind {
  let belief = core.open(intake, id);
  return {
    observe(observed) {
      belief = core.observe(belief, observed);
    },
    decide: (asked, left) => core.decide(belief, { asked, budget: asked + left }),
  };
}

/** Whoever reads the list of events need not be told what is in it. */
function asDiagnostician(
  agent: Diagnostician,
  events: readonly ConsultationEvent[],
  signal: AbortSignal | undefined,
): Mind {
  return { observe() {}, decide: (_asked, left) => agent.next(events, left, signal) };
}

/** The act with the words in which it is put. */
export function inWords(act: Ask | Examine, findings: ReadonlyMap<string, Finding>): Ask | Examine {
  const text = act.text ?? (act.finding && findings.get(act.finding)?.question) ?? act.finding;
  return text ? { ...act, text } : act;
}

/** What a reply means: the patient's own codes, else what the lexicon reads in its words, about what was asked first. */
function understood(reply: Reply, act: Ask | Examine, lexicon: Lexicon): readonly ObservedFinding[] {
  if (reply.observed.length > 0) return reply.observed;
  const finding = act.finding === undefined ? undefined : lexicon.findings.get(act.finding);
  const mentioned = reply.understood ? lexicon.mentions(reply.text) : [];
  if (!finding || reply.statement) return mentioned;
  const answer: ObservedFinding = reply.understood
    ? readAnswer(finding, reply.text)
    : { finding: finding.id, state: "unknown" };
  return [answer, ...mentioned.filter((other) => other.finding !== finding.id)];
}
