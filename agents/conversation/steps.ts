/**
 * The five steps of a turn: understand, red flags, update, choose, phrase. Each takes a turn and gives it on with more
 * known; what happens meanwhile is emitted. A plain loop and a graph run the same steps.
 */
import {
  type Act,
  CONCLUSION_FLAGS,
  type EventBody,
  filterOutput,
  flagOfConclusion,
  type Lexicon,
  meansCrisis,
  type ObservedFinding,
  type RedFlagRule,
  urgencyWithFlags,
} from "../../src/index.ts";
import { AgentError } from "../errors.ts";
import { CRISIS_REASON, crisisWords, saysCrisis } from "./crisis.ts";
import { LONGEST_MESSAGE } from "./embedded.ts";
import { templatePhraser } from "./phraser.ts";
import { advance, beliefOf, knownOf, type Standing } from "./standing.ts";
import { inquiryOf, purposeOf, suggestionSaid } from "./suggestions.ts";
import type { Asides, Chooser, ConversationParts, Message, TurnOutput, Understood } from "./types.ts";
import { watchedRedFlags } from "./watch.ts";
import {
  BEFORE_AGAIN,
  CONVERSATION_DISCLAIMER,
  ENDED,
  localWarning,
  NO_QUESTION_YET,
  nextStep,
  OPENING,
} from "./wording.ts";

export interface Turn {
  readonly standing: Standing;
  readonly message: Message;
  readonly understood?: Understood;
  /** Whether what was asked has its answer. */
  readonly answered?: boolean;
  readonly belief?: unknown;
  readonly next?: Next;
}

/** What follows a message. */
export type Next =
  | { readonly type: "act"; readonly act: Act }
  | { readonly type: "again" }
  | { readonly type: "crisis" }
  | { readonly type: "ended" };

export interface StepContext {
  readonly parts: ConversationParts;
  readonly emit: (output: TurnOutput) => void;
  readonly signal?: AbortSignal | undefined;
}

export type Step = (turn: Turn, context: StepContext) => Promise<Turn>;

/** A question is put this often before it counts as not known. */
const MOST_TRIES = 2;

export const understand: Step = async (turn, { parts, emit, signal }) => {
  const { message } = turn;
  const text = typeof message === "string" ? message : message.text;
  const refused = typeof message === "string" ? refusalOf(message) : undefined;
  if (refused && !saysCrisis(text)) {
    return { ...turn, understood: { intent: refused, observed: [], corrections: [] }, answered: false };
  }
  let { standing } = turn;
  const tell = (body: EventBody): void => {
    emit({ type: "event", body });
    standing = advance(standing, body);
  };
  tell({ type: "patient-said", text: text.slice(0, LONGEST_MESSAGE) });
  const asked = standing.question?.finding;
  const known = knownOf(standing);
  const understood = await read(
    turn,
    parts,
    { asked, known, age: standing.intake.age, ...asidesOf(standing, tell) },
    signal,
  );
  signal?.throwIfAborted();
  if (standing.ended) return { ...turn, standing, understood };
  for (const observed of understood.corrections) {
    if (!parts.lexicon.findings.has(observed.finding)) continue;
    const before = known.get(observed.finding);
    if (before && isSame(before, observed) && observed.finding !== asked) continue;
    tell({ type: before ? "finding-corrected" : "finding-observed", observed });
    known.set(observed.finding, observed);
  }
  for (const observed of understood.observed) {
    if (!parts.lexicon.findings.has(observed.finding)) continue;
    if (observed.finding !== asked && !isNews(known.get(observed.finding), observed)) continue;
    tell({ type: "finding-observed", observed });
    known.set(observed.finding, observed);
  }
  const says = [...understood.observed, ...understood.corrections];
  let answered = asked === undefined || says.some(({ finding }) => finding === asked);
  if (!answered && understood.intent !== "crisis" && standing.question!.tries >= MOST_TRIES) {
    tell({ type: "finding-observed", observed: { finding: asked!, state: "unknown" } });
    answered = true;
  }
  return { ...turn, standing, understood, answered };
};

/** Why a message is not taken at all. */
function refusalOf(message: string): "empty" | "too-long" | undefined {
  if (message.length > LONGEST_MESSAGE) return "too-long";
  return /[\p{L}\p{N}?]/u.test(message) ? undefined : "empty";
}

async function read(
  { message }: Turn,
  { understander, lexicon }: ConversationParts,
  context: Parameters<ConversationParts["understander"]["understand"]>[1],
  signal: AbortSignal | undefined,
): Promise<Understood> {
  const [text, chosen] =
    typeof message === "string"
      ? [message, suggestionTyped(message, context.asked, lexicon)]
      : [message.text, checkedSuggestion(message.observed, lexicon)];
  if (!chosen) {
    const understood = await understander.understand(text, context, signal);
    return saysCrisis(text) ? { ...understood, intent: "crisis" } : understood;
  }
  const intent = saysCrisis(text) || meansCrisis(chosen) ? "crisis" : "answer";
  return { intent, observed: [chosen], corrections: [] };
}

/** An offered answer that was typed is that answer, whatever else its words could mean: "below 36 °C" is not 36. */
function suggestionTyped(
  message: string,
  asked: string | undefined,
  { findings }: Lexicon,
): ObservedFinding | undefined {
  const finding = asked === undefined ? undefined : findings.get(asked);
  return finding && suggestionSaid(finding, message)?.observed;
}

function checkedSuggestion(observed: ObservedFinding, { findings }: Lexicon): ObservedFinding {
  const finding = findings.get(observed.finding);
  if (finding && !observed.values?.some((value) => !finding.values.some(({ id }) => id === value))) return observed;
  throw new AgentError("unknown-suggestion", `${observed.finding} is no finding with such values; choose one offered`);
}

export const redFlags: Step = async (turn, { parts, emit }) => {
  let { standing } = turn;
  if (standing.ended) return turn;
  for (const { id, urgency, message } of watchedRedFlags(parts.base.redFlags, standing.intake, knownOf(standing))) {
    if (standing.redFlags.includes(id)) continue;
    const body: EventBody = { type: "red-flag-raised", rule: id, urgency, message };
    emit({ type: "event", body });
    standing = advance(standing, body);
  }
  return { ...turn, standing };
};

export const update: Step = async (turn, { parts }) =>
  turn.standing.ended ? turn : { ...turn, belief: beliefOf(parts.core, turn.standing) };

export const choose: Step = async (turn, context) => {
  const next = await nextOf(turn, context);
  const act = next.type === "act" ? next.act : undefined;
  const raised = flagsOf(turn.standing, context.parts);
  const flag = act?.type === "conclude" ? flagOfConclusion(act.urgency, raised) : undefined;
  if (!flag) return { ...turn, next };
  const { id: rule, urgency, message } = flag;
  const body: EventBody = { type: "red-flag-raised", rule, urgency, message };
  context.emit({ type: "event", body });
  return { ...turn, next, standing: advance(turn.standing, body) };
};

/** The flags that were raised so far. */
function flagsOf({ redFlags }: Standing, { base }: ConversationParts): RedFlagRule[] {
  if (redFlags.length === 0) return [];
  return [...base.redFlags, ...CONCLUSION_FLAGS].filter(({ id }) => redFlags.includes(id));
}

async function nextOf({ standing, understood, answered, belief }: Turn, context: StepContext): Promise<Next> {
  const { core, chooser, budget } = context.parts;
  if (understood?.intent === "crisis") return { type: "crisis" };
  if (standing.ended) return { type: "ended" };
  const stopped = standing.redFlags.length > 0;
  const hasComplaint = standing.intake.findings.length > 0 || standing.told.length > 0;
  const begins = standing.question === undefined && !hasComplaint && standing.messages < MOST_TRIES;
  if (!stopped && (answered === false || begins)) return { type: "again" };
  const { turns } = standing;
  const left = stopped ? 0 : Math.max(0, budget - turns);
  const decide = (most: number): Act => core.decide(belief, { asked: turns, budget: turns + most });
  const act = chooser && !stopped ? await chosenBy(chooser, standing, left, decide, context) : decide(left);
  const asks = act.type === "ask" || act.type === "examine";
  const closing: Act = asks && left === 0 ? { ...NOTHING_CONCLUDED, reason: "budget" } : act;
  if (closing.type !== "conclude") return { type: "act", act: closing };
  // As urgent as the most urgent flag raised, whatever the agent makes of it.
  const urgency = urgencyWithFlags(closing.urgency, flagsOf(standing, context.parts));
  const reason = stopped ? { reason: "red-flag" as const } : {};
  return { type: "act", act: { ...closing, ...(urgency && { urgency }), ...reason } };
}

function chosenBy(
  chooser: Chooser,
  standing: Standing,
  left: number,
  core: (left: number) => Act,
  { emit, signal }: StepContext,
): Promise<Act> {
  const report = (body: EventBody): void => emit({ type: "event", body });
  const { intake, asked } = standing;
  const known = knownOf(standing);
  return chooser.choose({ intake, known, asked: new Set(asked), left, core, ...asidesOf(standing, report) }, signal);
}

/** Who asks on when nothing is left has concluded nothing. */
const NOTHING_CONCLUDED: Extract<Act, { type: "conclude" }> = {
  type: "conclude",
  differential: { entries: [], other: 1 },
  abstained: true,
};

export const phrase: Step = async (turn, context) => {
  const { parts, emit } = context;
  const { standing, next, understood } = turn;
  switch (next!.type) {
    case "crisis": {
      const text = crisisWords(parts.safety);
      emit({ type: "text", delta: text });
      emit({ type: "event", body: { type: "handed-off", reason: CRISIS_REASON, text } });
      return turn;
    }
    case "ended":
      say(ENDED, context);
      return turn;
    case "again": {
      const { question } = standing;
      say(`${beforeAgain(turn, parts)} ${question?.text ?? OPENING}`.trim(), context, question?.finding);
      if (question?.finding) suggest(question.finding, context);
      return turn;
    }
    case "act":
      break;
    default:
      next satisfies never;
  }
  if (next!.type !== "act") return turn;
  const { act } = next!;
  if (understood?.intent === "question" && standing.question) say(purposeWords(turn, parts), context);
  switch (act.type) {
    case "ask":
    case "examine": {
      const text = await words(act, turn, context);
      const said = { turn: standing.turns + 1, text, ...(act.finding && { finding: act.finding }) };
      emit({ type: "event", body: { type: act.type === "ask" ? "agent-asked" : "agent-examined", ...said } });
      if (act.finding) suggest(act.finding, context);
      return turn;
    }
    case "conclude": {
      const alarm = standing.redFlags.length > 0 ? alarmWords(turn, parts) : undefined;
      if (alarm !== undefined) emit({ type: "text", delta: alarm });
      const text = alarm ?? (await words(act, turn, context));
      emit({ type: "event", body: { type: "concluded", conclusion: act, text } });
      return turn;
    }
    case "hand-off": {
      const text = await words(act, turn, context);
      emit({ type: "event", body: { type: "handed-off", reason: act.reason, text } });
      return turn;
    }
    default:
      act satisfies never;
      return turn;
  }
};

/** The steps in their order. */
export const STEPS = { understand, "red-flags": redFlags, update, choose, phrase } as const;

/** Says what is neither a question nor an end; `finding` stays asked. */
function say(text: string, { emit }: StepContext, finding?: string): void {
  emit({ type: "text", delta: `${text} ` });
  emit({ type: "event", body: { type: "agent-said", text, ...(finding && { finding }) } });
}

/** Emits an act's words as they come, sentence by sentence through the filter, and gives them whole. */
async function words(act: Act, { message, understood, standing }: Turn, context: StepContext): Promise<string> {
  const { parts, emit, signal } = context;
  const report = (body: EventBody): void => emit({ type: "event", body });
  const text = typeof message === "string" ? message : message.text;
  const about = { message: text, intent: understood!.intent, ...asidesOf(standing, report) };
  let said = "";
  let waiting = "";
  let removed = false;
  const release = (piece: string): void => {
    const passed = filterOutput(piece);
    removed ||= passed.removed.length > 0;
    if (passed.text === "") return;
    emit({ type: "text", delta: passed.text });
    said += passed.text;
  };
  for await (const delta of parts.phraser.phrase(act, about, signal)) {
    waiting += delta;
    const end = /^[\s\S]*[.!?\n](?=\s)/.exec(waiting)?.[0].length ?? 0;
    if (end === 0) continue;
    release(waiting.slice(0, end));
    waiting = waiting.slice(end);
  }
  release(waiting);
  if (removed) report({ type: "fell-back", part: parts.phraser.name, reason: "advice on drugs was left out" });
  if (said.trim() === "") {
    for await (const delta of templatePhraser(parts.base, parts.safety).phrase(act, about)) release(delta);
  }
  return said.trim();
}

function asidesOf({ consultation, spending }: Standing, report: (body: EventBody) => void): Asides {
  return { consultation, spent: spending, report };
}

function suggest(id: string, { parts, emit }: StepContext): void {
  const finding = parts.lexicon.findings.get(id);
  if (!finding) return;
  emit({ type: "suggestions", finding: id, ...inquiryOf(parts.base, finding) });
}

function beforeAgain({ understood, standing }: Turn, parts: ConversationParts): string {
  const intent = understood!.intent;
  if (intent === "question") return standing.question ? purposeWords({ standing }, parts) : NO_QUESTION_YET;
  if (
    intent === "answer" &&
    standing.told.length > 0 &&
    understood!.observed.length + understood!.corrections.length > 0
  )
    return "Thank you, I have noted that.";
  return intent === "crisis" ? "" : BEFORE_AGAIN[intent];
}

function purposeWords({ standing }: Pick<Turn, "standing">, { base, lexicon }: ConversationParts): string {
  const finding = lexicon.findings.get(standing.question?.finding ?? "");
  return finding ? purposeOf(base, finding) : NO_QUESTION_YET;
}

function alarmWords({ standing }: Turn, parts: ConversationParts): string {
  const { safety } = parts;
  const raised = flagsOf(standing, parts);
  const warnings = raised.map(({ message }) => localWarning(message, safety)).join(" ");
  const steps = [...new Set(raised.map(({ urgency }) => nextStep(urgency, safety)))];
  const left = steps.filter((step) => !warnings.includes(step));
  return ["I stop my questions here.", warnings, ...left, CONVERSATION_DISCLAIMER].join(" ");
}

function isSame(a: ObservedFinding, b: ObservedFinding): boolean {
  return a.state === b.state && a.number === b.number && `${a.values ?? ""}` === `${b.values ?? ""}`;
}

/** A passing mention adds to what is known and does not overturn it. */
function isNews(before: ObservedFinding | undefined, observed: ObservedFinding): boolean {
  if (!before) return true;
  if (observed.state === "unknown") return false;
  if (before.state === "unknown") return true;
  const hasDetail = before.values !== undefined || before.number !== undefined;
  return before.state === observed.state && !hasDetail && (observed.values ?? observed.number) !== undefined;
}
