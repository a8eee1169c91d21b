/**
 * A conversation, turn by turn. A *turn* takes one message of the person and gives events: what was understood, flags
 * raised, the next question or the conclusion. Its parts are replaceable one by one: an *understander* reads words, an
 * agent's core chooses, a *phraser* writes words. The caller owns the list of events and appends what a turn gives.
 */
import type {
  Act,
  AgentCore,
  ConsultationEvent,
  EventBody,
  Intake,
  Intent,
  KnowledgeBase,
  Lexicon,
  ObservedFinding,
  Spending,
  Understood,
} from "../../src/index.ts";

export type { Intent, Understood };

/** How a part tells what happened beside its work. */
export interface Asides {
  /** Whose consultation it is: costs and budgets are counted by it. */
  readonly consultation?: string | undefined;
  /** What models cost it before this turn. */
  readonly spent?: Spending | undefined;
  /** Puts an event on the list: that a part failed and was stood in for, that a model was called. */
  readonly report?: ((event: Extract<EventBody, { type: "fell-back" | "model-called" }>) => void) | undefined;
}

/** What an understander may know: what was asked last, and what is known. Never a label. */
export interface UnderstandingContext extends Asides {
  readonly asked?: string | undefined;
  readonly known: ReadonlyMap<string, ObservedFinding>;
  /** The patient's age in years. */
  readonly age?: number | undefined;
}

export interface Understander {
  readonly name: string;
  understand(message: string, context: UnderstandingContext, signal?: AbortSignal): Promise<Understood>;
}

/** What a chooser may know: findings as they were understood, no words. */
export interface ChoosingContext extends Asides {
  readonly intake: Intake;
  /** The latest word on each finding. */
  readonly known: ReadonlyMap<string, ObservedFinding>;
  /** Findings that were asked about. */
  readonly asked: ReadonlySet<string>;
  /** How many questions may still be asked. */
  readonly left: number;
  /** What the agent's core would do with so many questions left. */
  core(left: number): Act;
}

export interface Chooser {
  readonly name: string;
  choose(context: ChoosingContext, signal?: AbortSignal): Promise<Act>;
}

export interface PhrasingContext extends Asides {
  /** What the person said last. */
  readonly message: string;
  readonly intent: Intent;
}

export interface Phraser {
  readonly name: string;
  /** The words of an act, in pieces as they come. */
  phrase(act: Act, context: PhrasingContext, signal?: AbortSignal): AsyncIterable<string>;
}

/** Where help is, as it is told to a person. */
export interface SafetyOptions {
  /** The number of the local ambulance service. Default "112". */
  readonly emergencyNumber?: string | undefined;
  /** Whom to call or write to with thoughts of suicide, for example "Samaritans, 116 123". */
  readonly crisisLine?: string | undefined;
}

export interface ConversationParts {
  readonly base: KnowledgeBase;
  readonly lexicon: Lexicon;
  readonly understander: Understander;
  readonly core: AgentCore;
  /** Default: the core decides. The differential shown on the way is the core's in any case. */
  readonly chooser?: Chooser | undefined;
  readonly phraser: Phraser;
  /** The most questions. */
  readonly budget: number;
  readonly safety?: SafetyOptions | undefined;
  /** Runs each step of a turn, for whoever watches them. Default: just the work. */
  readonly around?: Around | undefined;
}

export type Around = <Result>(step: string, work: () => Promise<Result>) => Promise<Result>;

/** An answer that a person can choose instead of typing. */
export interface Suggestion {
  readonly label: string;
  readonly observed: ObservedFinding;
}

/** What a turn gives, as it happens. Events are to be appended in order; the rest is for showing. */
export type TurnOutput =
  | { readonly type: "event"; readonly body: EventBody }
  | { readonly type: "text"; readonly delta: string }
  | {
      readonly type: "suggestions";
      readonly finding: string;
      readonly purpose: string;
      readonly suggestions: readonly Suggestion[];
    };

/** What a person sends: text, or a suggestion that was chosen. */
export type Message = string | { readonly text: string; readonly observed: ObservedFinding };

/** One turn over the events so far. */
export type TakeTurn = (
  parts: ConversationParts,
  events: readonly ConsultationEvent[],
  message: Message,
  signal?: AbortSignal,
) => AsyncIterable<TurnOutput>;
