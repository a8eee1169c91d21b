/** The parts of a conversation that a language model can play, by the names that a person gives them. */
import {
  type Caller,
  type ConversationParts,
  languageModelChooser,
  languageModelPhraser,
  languageModelUnderstander,
  type SafetyOptions,
} from "../../agents/index.ts";
import type { KnowledgeBase, Lexicon } from "../../src/index.ts";

export const MODEL_PARTS = ["understand", "choose", "phrase"] as const;
export type ModelPart = (typeof MODEL_PARTS)[number];

export interface ModelPartOptions {
  readonly base: KnowledgeBase;
  readonly lexicon: Lexicon;
  readonly call: Caller;
  readonly safety?: SafetyOptions;
}

export function modelParts(played: readonly ModelPart[], options: ModelPartOptions): Partial<ConversationParts> {
  return {
    ...(played.includes("understand") && { understander: languageModelUnderstander(options) }),
    ...(played.includes("choose") && { chooser: languageModelChooser(options.base, options.call) }),
    ...(played.includes("phrase") && { phraser: languageModelPhraser(options) }),
  };
}
