/** What is served: an agent that takes turns, its knowledge base, and what fixes its behaviour. Knows no transport. */
import {
  type ConversationParts,
  embeddedUnderstander,
  type Message,
  type SafetyOptions,
  type TurnOutput,
  takeTurn,
  templatePhraser,
} from "../../agents/index.ts";
import {
  type AgentCore,
  buildLexicon,
  type ConsultationEvent,
  type Differential,
  type KnowledgeBase,
  type Lexicon,
  nextAct,
} from "../../src/index.ts";
import { chatTurn, consentsInWords, type InnerTurn, type Sent } from "./chat-turn.ts";
import type { Engine } from "./engine.ts";

export interface ServedConversation {
  readonly base: KnowledgeBase;
  readonly safety: SafetyOptions;
  readonly versions: Readonly<Record<string, string>>;
  readonly parts: ConversationParts;
  /** `sent`: given for chats, where a message may be late or bring attachments. */
  turn(
    events: readonly ConsultationEvent[],
    message: Message,
    signal: AbortSignal,
    sent?: Sent,
  ): AsyncIterable<TurnOutput>;
  /** What the agent would conclude now. */
  differential(events: readonly ConsultationEvent[]): Differential;
  /** Lets go of what is cached of a consultation, which may be deleted. */
  forget(consultation: string): Promise<void>;
}

export interface ServedOptions {
  /** The most questions. */
  readonly budget: number;
  readonly safety?: SafetyOptions;
  /** Default: built from the base's findings. */
  readonly lexicon?: Lexicon;
  /** Replaces embedded parts, one by one. */
  readonly parts?: Partial<Pick<ConversationParts, "understander" | "phraser" | "chooser">>;
  /** What fixes the behaviour of the given parts, for example the model's name. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Default: the plain loop. */
  readonly engine?: Pick<Engine, "turn" | "forget">;
}

/** A conversation of the embedded parts, no key, no network, but for those parts that are given. */
export function servedConversation(
  base: KnowledgeBase,
  core: AgentCore,
  {
    budget,
    safety = {},
    parts: given = {},
    versions = {},
    engine,
    lexicon = buildLexicon(base.findings),
  }: ServedOptions,
): ServedConversation {
  const { turn = takeTurn, forget = async () => {} } = engine ?? {};
  const understander = given.understander ?? embeddedUnderstander(lexicon);
  const phraser = given.phraser ?? templatePhraser(base, safety);
  const { chooser } = given;
  const parts: ConversationParts = { base, lexicon, understander, core, chooser, phraser, budget, safety };
  const inner: InnerTurn = {
    base,
    safety,
    turn: (events, message, signal) => turn(parts, events, message, signal),
  };
  return {
    base,
    safety,
    parts,
    versions: {
      ...core.versions,
      understander: understander.name,
      ...(chooser && { chooser: chooser.name }),
      phraser: phraser.name,
      budget: String(budget),
      ...versions,
    },
    turn: (events, message, signal, sent) =>
      sent || consentsInWords(events)
        ? chatTurn(inner, events, message, sent ?? {}, signal)
        : inner.turn(events, message, signal),
    forget,
    differential(events) {
      const act = nextAct(core, events, 0);
      return act.type === "conclude" ? act.differential : { entries: [], other: 1 };
    },
  };
}
