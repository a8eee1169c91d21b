/** Diagnosticians: consultation in, act out. They know neither simulators nor labels. */
export { mostFrequentAgent, randomAgent } from "./baselines.ts";
export { BayesOptions, bayesAgent } from "./bayes/agent.ts";
export { crisisWords, saysCrisis } from "./conversation/crisis.ts";
export { embeddedUnderstander, LONGEST_MESSAGE } from "./conversation/embedded.ts";
export { type ConversationHost, type ConversationLog, hostConversations } from "./conversation/host.ts";
export { templatePhraser } from "./conversation/phraser.ts";
export { catchUp, knownOf, type Standing, standingOf } from "./conversation/standing.ts";
export { purposeOf, suggestionsFor } from "./conversation/suggestions.ts";
export { takeTurn } from "./conversation/turn.ts";
export type {
  Asides,
  Chooser,
  ChoosingContext,
  ConversationParts,
  Intent,
  Message,
  Phraser,
  PhrasingContext,
  SafetyOptions,
  Suggestion,
  TakeTurn,
  TurnOutput,
  Understander,
  UnderstandingContext,
  Understood,
} from "./conversation/types.ts";
export { CONVERSATION_DISCLAIMER, localWarning, nextStep, OPENING } from "./conversation/wording.ts";
export { differentialAgent } from "./differential/agent.ts";
export { AgentError } from "./errors.ts";
export { closedEvidence } from "./head/evidence.ts";
export { expectedF1Set } from "./head/membership.ts";
export { type TrainingOptions, trainHead } from "./head/training.ts";
export type { Evidence, Example, Head, HeadModel } from "./head/types.ts";
export { type HeadWeights, loadHead, parseHeadWeights } from "./head/weights.ts";
export { memoryCheckpointer, redisCheckpointer } from "./langgraph/checkpointers.ts";
export type { GraphOptions } from "./langgraph/graph.ts";
export type { RedisCheckpointerOptions } from "./langgraph/redis-checkpointer.ts";
export { graphTurn } from "./langgraph/turn.ts";
export { type Caller, type CallOptions, modelCaller, structuredCall } from "./language-model/calling.ts";
export { CHOOSING_PROMPT, languageModelChooser } from "./language-model/chooser.ts";
export { grounded } from "./language-model/grounding.ts";
export { type Meter, type MeterOptions, spendingMeter } from "./language-model/meter.ts";
export { type ChatModel, type ModelOptions, openChatModel } from "./language-model/model.ts";
export { languageModelPhraser, PHRASING_PROMPT } from "./language-model/phraser.ts";
export { tokenCounter } from "./language-model/tokens.ts";
export { languageModelUnderstander, UNDERSTANDING_PROMPT } from "./language-model/understander.ts";
