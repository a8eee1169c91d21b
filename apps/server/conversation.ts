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
  nextAct,
} from "../../src/index.ts";

export interface ServedConversation {
  readonly base: KnowledgeBase;
  readonly safety: SafetyOptions;
  readonly versions: Readonly<Record<string, string>>;
  turn(events: readonly ConsultationEvent[], message: Message, signal: AbortSignal): AsyncIterable<TurnOutput>;
  /** What the agent would conclude now. */
  differential(events: readonly ConsultationEvent[]): Differential;
}

export interface EmbeddedOptions {
  /** The most questions. */
  readonly budget: number;
  readonly safety?: SafetyOptions;
  /** Replaces embedded parts, one by one. */
  readonly parts?: Partial<Pick<ConversationParts, "understander" | "phraser">>;
}

/** A conversation of the embedded parts: no key, no network. */
export function embeddedConversation(
  base: KnowledgeBase,
  core: AgentCore,
  { budget, safety = {}, parts: given = {} }: EmbeddedOptions,
): ServedConversation {
  const lexicon = buildLexicon(base.findings);
  const understander = given.understander ?? embeddedUnderstander(lexicon);
  const phraser = given.phraser ?? templatePhraser(base, safety);
  const parts: ConversationParts = { base, lexicon, understander, core, phraser, budget, safety };
  return {
    base,
    safety,
    versions: { ...core.versions, understander: understander.name, phraser: phraser.name, budget: String(budget) },
    turn: (events, message, signal) => takeTurn(parts, events, message, signal),
    differential(events) {
      const act = nextAct(core, events, 0);
      return act.type === "conclude" ? act.differential : { entries: [], other: 1 };
    },
  };
}
