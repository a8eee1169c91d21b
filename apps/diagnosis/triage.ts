/** How soon a person should be seen, by the project's urgencies: a raised red flag counts for at least its level. */
import { CONVERSATION_DISCLAIMER, localWarning, nextStep } from "../../agents/index.ts";
import {
  type Chance,
  evidenceWeight,
  mostUrgent,
  parseTerm,
  type RedFlagRule,
  shareIn,
  type Urgency,
  urgenciesOf,
  urgencyLevel,
} from "../../src/index.ts";
import { ServerError } from "../server/errors.ts";
import { holdsAlone } from "./alarms.ts";
import { flagsTold, isEmergency, levelOf } from "./levels.ts";
import { mixOf } from "./mixes.ts";
import { type Outlook, outlookOf, type Reasoner } from "./reasoner.ts";
import type { DiagnosisRequest, TriageAnswer } from "./types.ts";

/** Evidence named behind a level, and the weight (nats) from which it counts. */
const NAMED = 5;
const TELLING = 0.2;

/** What is said where nothing points one way. */
const UNDETERMINED = "What you told me does not point one way; a clinician should look at it.";
const FALLBACK: Urgency = "consultation";

/** Throws `not-found` where the knowledge base says of nothing how urgent it is. */
export function triage(reasoner: Reasoner, request: DiagnosisRequest): TriageAnswer {
  const { base, safety } = reasoner;
  if (base.redFlags.length === 0 && base.conditions.every(({ urgency }) => urgency === undefined))
    throw new ServerError("not-found", "the knowledge base of this server does not say how urgent anything is");
  const outlook = outlookOf(reasoner, request);
  const { flags, raised, conclusion, next } = outlook;
  const tellsNothing = [...outlook.known.values()].every(({ state }) => state !== "present");
  const isOpen = tellsNothing || conclusion.abstained || conclusion.urgency === undefined;
  const own = isOpen ? mostUrgent(conclusion.urgency ?? FALLBACK, FALLBACK) : conclusion.urgency!;
  const urgency = flags.reduce((most, flag) => mostUrgent(most, flag.urgency), own);
  const isFlagged = flags.some((flag) => flag.urgency === urgency);
  const step = nextStep(urgency, safety);
  const warnings = raised.map(({ message }) => localWarning(message, safety));
  const said = raised.length > 0 ? warnings : isOpen ? [UNDETERMINED] : [];
  return {
    triage_level: levelOf(urgency),
    root_cause: isFlagged ? "red_flag" : isOpen ? "undetermined" : "differential",
    serious: isSerious(urgency) ? seriousOf(reasoner, outlook, urgency, isFlagged) : [],
    red_flags: flagsTold(raised, safety),
    text: [...said, ...(said.some((words) => words.includes(step)) ? [] : [step])].join(" "),
    should_stop: next === undefined,
    disclaimer: CONVERSATION_DISCLAIMER,
  };
}

const isSerious = (urgency: Urgency): boolean => urgencyLevel(urgency) <= urgencyLevel("within-24-hours");

/** What raised the flags; where they are not as urgent as the level, what speaks for the conditions that are, too. */
function seriousOf(reasoner: Reasoner, outlook: Outlook, level: Urgency, isFlagged: boolean): TriageAnswer["serious"] {
  const { findings } = reasoner;
  const { flags, known } = outlook;
  const urgent = new Map<string, boolean>();
  for (const rule of flags) {
    for (const id of behind(rule, outlook)) urgent.set(id, isEmergency(rule.urgency) || urgent.get(id) === true);
  }
  if (!isFlagged) for (const id of speakingFor(reasoner, outlook, level)) urgent.set(id, isEmergency(level));
  return [...urgent].map(([id, is_emergency]) => ({
    id,
    name: findings.get(id)!.name,
    choice_id: known.get(id)!.state,
    is_emergency,
  }));
}

/** Findings by which a rule holds. */
function behind(rule: RedFlagRule, outlook: Outlook): string[] {
  const { all, any = [], atLeast } = rule.when;
  return [...all, ...any, ...(atLeast?.of ?? [])]
    .filter((term) => holdsAlone(rule, term, outlook))
    .map((term) => parseTerm(term).finding);
}

/** Findings that speak most for the conditions of the level and above. */
function speakingFor({ base, model }: Reasoner, { known, conclusion }: Outlook, level: Urgency): string[] {
  const urgencies = urgenciesOf(base);
  const entries = conclusion.differential.entries.filter(({ condition }) => {
    const urgency = urgencies.get(condition);
    return urgency !== undefined && urgencyLevel(urgency) <= urgencyLevel(level);
  });
  const mix = mixOf(model, entries);
  if (!mix) return [];
  const chance: Chance = (finding, outcome) => shareIn(finding, outcome, mix);
  return [...known.values()]
    .map((observed) => ({ id: observed.finding, weight: evidenceWeight(model, observed, chance) ?? 0 }))
    .filter(({ weight }) => weight >= TELLING)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, NAMED)
    .map(({ id }) => id);
}
