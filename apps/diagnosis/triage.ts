/** How soon a person should be seen, by the project's urgencies: a raised red flag counts for at least its level. */
import { CONVERSATION_DISCLAIMER, localWarning, nextStep } from "../../agents/index.ts";
import {
  mostUrgent,
  parseTerm,
  type RedFlagRule,
  raisedRedFlags,
  type Urgency,
  urgenciesOf,
  urgencyLevel,
} from "../../src/index.ts";
import { ServerError } from "../server/errors.ts";
import { flagsTold, isEmergency, levelOf } from "./levels.ts";
import { type Outlook, outlookOf, type Reasoner } from "./reasoner.ts";
import type { DiagnosisRequest, TriageAnswer } from "./types.ts";
import { mixOf, weightOf } from "./weights.ts";

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
  const { flags, conclusion, next } = outlook;
  const isOpen = conclusion.abstained || conclusion.urgency === undefined;
  const own = isOpen ? mostUrgent(conclusion.urgency ?? FALLBACK, FALLBACK) : conclusion.urgency!;
  const urgency = flags.reduce((most, flag) => mostUrgent(most, flag.urgency), own);
  const isFlagged = flags.some((flag) => flag.urgency === urgency);
  const step = nextStep(urgency, safety);
  const warnings = flags.map(({ message }) => localWarning(message, safety));
  const said = flags.length > 0 ? warnings : isOpen ? [UNDETERMINED] : [];
  return {
    triage_level: levelOf(urgency),
    root_cause: isFlagged ? "red_flag" : isOpen ? "undetermined" : "differential",
    serious: urgencyLevel(urgency) <= urgencyLevel("within-24-hours") ? seriousOf(reasoner, outlook, urgency) : [],
    red_flags: flagsTold(flags, safety),
    text: [...said, ...(said.some((words) => words.includes(step)) ? [] : [step])].join(" "),
    should_stop: next === undefined,
    disclaimer: CONVERSATION_DISCLAIMER,
  };
}

/** What raised the flags; without one, what speaks for the conditions that are so urgent. */
function seriousOf(reasoner: Reasoner, { flags, known, intake, conclusion }: Outlook, level: Urgency) {
  const { base, model, findings } = reasoner;
  const told = (id: string, isUrgent: boolean): TriageAnswer["serious"][number] => ({
    id,
    name: findings.get(id)!.name,
    choice_id: known.get(id)!.state,
    is_emergency: isUrgent,
  });
  if (flags.length > 0) {
    const urgent = flags.filter(({ urgency }) => isEmergency(urgency));
    const behind = (rules: readonly RedFlagRule[]): Set<string> =>
      new Set(rules.flatMap((rule) => termsOf(rule)).filter((id) => isNeeded(id, rules)));
    const isNeeded = (id: string, rules: readonly RedFlagRule[]): boolean => {
      if (known.get(id)?.state !== "present") return false;
      const without = new Map(known);
      without.delete(id);
      const still = raisedRedFlags(rules, intake, without).length;
      return still < rules.length || rules.some((rule) => termsOf(rule).includes(id));
    };
    const emergency = behind(urgent);
    return [...behind(flags)].map((id) => told(id, emergency.has(id)));
  }
  const urgencies = urgenciesOf(base);
  const isSo = (condition: string): boolean => {
    const urgency = urgencies.get(condition);
    return urgency !== undefined && urgencyLevel(urgency) <= urgencyLevel(level);
  };
  const mix = mixOf(
    model,
    conclusion.differential.entries.filter(({ condition }) => isSo(condition)),
  );
  if (!mix) return [];
  return [...known.values()]
    .flatMap((observed) => {
      const weight = weightOf(model, mix, observed) ?? 0;
      return weight >= TELLING ? [{ id: observed.finding, weight }] : [];
    })
    .sort((a, b) => b.weight - a.weight)
    .slice(0, NAMED)
    .map(({ id }) => told(id, isEmergency(level)));
}

function termsOf({ when: { all, any, atLeast } }: RedFlagRule): string[] {
  return [...all, ...(any ?? []), ...(atLeast?.of ?? [])].map((term) => parseTerm(term).finding);
}
