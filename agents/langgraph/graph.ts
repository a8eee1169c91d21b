/**
 * The conversation as a LangGraph: understand → red flags → update → choose → phrase, one run for a message.
 * The list of events is the truth; what is checkpointed is the standing folded from it, a cache that is caught up, or
 * rebuilt where it is lost or does not fit. Nothing else of a run is kept: message, belief and words are untracked.
 */
import {
  type BaseCheckpointSaver,
  END,
  type LangGraphRunnableConfig,
  START,
  StateGraph,
  StateSchema,
  UntrackedValue,
} from "@langchain/langgraph";
import { z } from "zod";
import type { ConsultationEvent } from "../../src/index.ts";
import { catchUp, fits, type Standing, standingOf } from "../conversation/standing.ts";
import { STEPS, type Turn } from "../conversation/steps.ts";
import { alone } from "../conversation/turn.ts";
import type { ConversationParts, Message, TurnOutput } from "../conversation/types.ts";

const State = new StateSchema({
  /** How many events the run was given. */
  given: z.number(),
  standing: z.custom<Standing>().optional(),
  turn: new UntrackedValue<Turn>(),
});

/** What a run needs and no checkpoint may hold. */
const RunContext = z.object({
  events: z.custom<readonly ConsultationEvent[]>(),
  message: z.custom<Message>(),
});
type StepName = keyof typeof STEPS;
type Config = LangGraphRunnableConfig<z.infer<typeof RunContext>>;

export interface GraphOptions {
  /** Where standings are cached, by consultation. Without one each message folds the whole list. */
  readonly checkpointer?: BaseCheckpointSaver | undefined;
}

/** The compiled graph over `parts`. What its steps emit is streamed in mode `custom`, each chunk a `TurnOutput`. */
export function conversationGraph(parts: ConversationParts, { checkpointer }: GraphOptions = {}) {
  const { around = alone } = parts;
  const run = (name: StepName, turn: Turn, config: Config): Promise<Turn> => {
    const emit = (output: TurnOutput): void => config.writer?.(output);
    return around(name, () => STEPS[name](turn, { parts, emit, signal: config.signal }));
  };
  const node = (name: StepName) => async (state: { turn: Turn }, config: Config) => ({
    turn: await run(name, state.turn, config),
  });
  /** The first step recalls how the consultation stands. */
  const begin = async (state: { standing?: Standing | undefined }, config: Config) => {
    const { events, message } = config.context!;
    const cached = state.standing;
    const standing = cached && fits(cached, events) ? catchUp(cached, events) : standingOf(events);
    return { standing, turn: await run("understand", { standing, message }, config) };
  };
  return new StateGraph(State, RunContext)
    .addNode("understand", begin)
    .addNode("red-flags", node("red-flags"))
    .addNode("update", node("update"))
    .addNode("choose", node("choose"))
    .addNode("phrase", node("phrase"))
    .addEdge(START, "understand")
    .addEdge("understand", "red-flags")
    .addEdge("red-flags", "update")
    .addEdge("update", "choose")
    .addEdge("choose", "phrase")
    .addEdge("phrase", END)
    .compile(checkpointer ? { checkpointer } : {});
}
